r"""A tokenizer.json of Hugging Face -> what tiktoken needs to give the same ids, or why that cannot be.

    convert({"model": {"type": "BPE", ...}, "pre_tokenizer": {...}, ...}) -> Converted(pattern, ranks, ids)
    convert({"normalizer": {"type": "NFC"}, ...})                         -> "it has a normalizer, NFC"

Knows two ways to cut a text into pieces: single digits and then GPT-2's pieces, which is what the published
tokenizers of SantaCoder, StarCoder and StarCoder2 have, and GPT-2's pieces alone. Anything else is refused
with a reason; whether a conversion gives the same ids is proven elsewhere (see `training.tokenizer.proof`).

tiktoken knows no list of merges. It joins the neighbours whose joined bytes have the lowest rank, so ranks
must be in the order of the merges: ids where these are in that order, otherwise numbers of our own, which
are turned into ids afterwards.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

DIGITS = {"type": "Digits", "individual_digits": True}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
_WORDS = r" ?\p{L}+|'(?:[dmst]|ll|re|ve)| ?[^\s\p{L}\p{N}]+"
"""Letters, the English endings, and signs, each with one space before."""
SINGLE_DIGITS = rf"(?:{_WORDS}|\p{{N}})|\s+(?=[\s\p{{N}}]|\z)|\s"
"""A digit is a piece, and so is all white space before it, where otherwise its last character is left for
the next word. What needs no look ahead is in a group, because that is matched by an automaton: 1.6 times as
fast as without the group (tests/benchmarks/tokenise.py)."""
WHOLE_NUMBERS = rf"(?:{_WORDS}| ?\p{{N}}+)|\s+(?=\s|\z)|\s"
"""GPT-2's pieces, with numbers of any length."""
LAYOUTS: tuple[tuple[list[dict[str, Any]], str], ...] = (
    ([DIGITS, BYTES], SINGLE_DIGITS),
    ([BYTES], WHOLE_NUMBERS),
)
"""Steps of the pre-tokenizer -> a pattern of the pieces that they cut, for Rust's fancy-regex."""


class Converted(NamedTuple):
    """What tiktoken needs."""

    pattern: str
    """Of pieces."""
    ranks: dict[bytes, int]
    """Bytes of a token -> its place in the order of merges."""
    ids: list[int] | None
    """Rank -> id; None where a rank is the id."""


def convert(definition: Mapping[str, Any]) -> Converted | str:
    """Convert a tokenizer.

    Args:
        definition: Content of its tokenizer.json.

    Returns:
        What tiktoken needs, or a reason why not, that begins with "it".
    """
    pattern = _pattern(definition.get("pre_tokenizer"))
    if pattern is None:
        return f"it cuts texts in a way that is not known here: {definition.get('pre_tokenizer')}"
    reason = _refusal(definition)
    return reason or _ranks(definition, pattern)


@lru_cache(maxsize=1)
def symbol_of_byte() -> tuple[str, ...]:
    """GPT-2's letters for the 256 bytes: those that Latin-1 shows stand for themselves, others are moved."""
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    moved = {byte: chr(0x100 + place) for place, byte in enumerate(sorted(set(range(0x100)) - shown))}
    return tuple(moved.get(byte, chr(byte)) for byte in range(0x100))


def is_bytes(token: str) -> bool:
    """Whether an entry of a vocabulary is written in these letters."""
    return _symbols() >= set(token)


def bytes_of(token: str) -> bytes:
    """The bytes that such an entry stands for."""
    return token.translate(_bytes()).encode("latin-1")


@lru_cache(maxsize=1)
def _symbols() -> frozenset[str]:
    return frozenset(symbol_of_byte())


@lru_cache(maxsize=1)
def _bytes() -> dict[int, int]:
    return {ord(symbol): byte for byte, symbol in enumerate(symbol_of_byte())}


def _pattern(pre_tokenizer: Mapping[str, Any] | None) -> str | None:
    """The pattern of a known layout; None for any other."""
    steps = pre_tokenizer or {}
    listed = steps.get("pretokenizers", []) if steps.get("type") == "Sequence" else [steps]
    plain = [{key: value for key, value in step.items() if key != "trim_offsets"} for step in listed]
    return next((pattern for layout, pattern in LAYOUTS if layout == plain), None)


def _refusal(definition: Mapping[str, Any]) -> str:
    """What of a tokenizer tiktoken cannot do; "" if nothing."""
    model = definition["model"]
    normalizer = definition.get("normalizer")
    plain = [token["content"] for token in definition.get("added_tokens", ()) if not token["special"]]
    checks = (
        (normalizer is not None, f"it has a normalizer, {(normalizer or {}).get('type')}"),
        (model.get("type") != "BPE", f"it is no BPE but {model.get('type')}"),
        (bool(model.get("dropout")), "it drops merges at random"),
        (bool(model.get("continuing_subword_prefix")), "it marks tokens inside words"),
        (bool(model.get("end_of_word_suffix")), "it marks tokens that end words"),
        (bool(model.get("byte_fallback")), "it has a fallback to bytes"),
        (bool(model.get("ignore_merges")), "it takes whole pieces before it merges"),
        (bool(plain), f"it finds added tokens that are not special, such as {plain[:1]}"),
    )
    return next((reason for found, reason in checks if found), "")


def _ranks(definition: Mapping[str, Any], pattern: str) -> Converted | str:
    """Bytes of every token that merges can make, by the order of the merges."""
    vocabulary: dict[str, int] = definition["model"]["vocab"]
    singles = symbol_of_byte()
    lacking = [byte for byte, symbol in enumerate(singles) if symbol not in vocabulary]
    if lacking:
        return f"it has no token for {len(lacking)} of the 256 bytes, such as {lacking[0]:#04x}"
    made = _made(definition["model"]["merges"])
    unknown = [token for token in made if token not in vocabulary or not is_bytes(token)]
    if unknown:
        return f"it has merges whose outcome is no token, such as {unknown[0]!r}"
    if len(set(made)) != len(made):
        return "it has two merges with the same outcome"
    order = [*singles, *made]
    ids = [vocabulary[token] for token in order]
    if all(one < other for one, other in pairwise(ids[len(singles) :])):
        return Converted(pattern, dict(zip(map(bytes_of, order), ids, strict=True)), None)
    return Converted(pattern, {bytes_of(token): rank for rank, token in enumerate(order)}, ids)


def _made(merges: Sequence[str | Sequence[str]]) -> list[str]:
    """What each merge makes; older files have a merge as two tokens with a space between."""
    parts = (merge.split(" ") if isinstance(merge, str) else merge for merge in merges)
    return ["".join(pair) for pair in parts]
