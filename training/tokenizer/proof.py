r"""Does a converted tokenizer give the same ids as the original? Shown at loading, or the original is used.

    prove(definition, backend) -> Proven(converted=..., doubtful=((0x378, 0x379), ...))
    prove(definition, backend) -> "it has a normalizer, NFC"

Three things are shown. Merging: the original merges the bytes of every token into that token. From this
follows equality for all pieces: what stands in the place of a token merges as it does alone, until something
joins it from outside; so two neighbours whose bytes together are a token are only ever its own last merge,
and joining by rank is joining by merges. Cutting: characters at both ends of every run of one class are cut
alike, with a vocabulary that makes each cut visible; characters that are not, because one library knows a
newer Unicode, are told, so that texts with them go to the original. And samples, as a last look.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from curation.draw import whole
from training.tokenizer.classes import BEFORE, SURROGATE, UNASSIGNED, probe, runs, unassigned
from training.tokenizer.convert import Converted, bytes_of, convert, is_bytes, symbol_of_byte
from training.tokenizer.fast import FastEncoder

Range = tuple[int, int]
FRAGMENTS = (
    *("a", "word", "I'll", "we're", "it's", "don't", "'d", "''s", "'S", "x_1", "0", "42", "3.14", "٣", "½"),
    *(
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\r\n",
        "\n\n    ",
        " \n",
        "\u00a0",
        "\u2003",
        "\u3000",
        "\u0085",
        "\x0b",
    ),
    *(
        "!",
        "==",
        "->",
        "();",
        "#",
        '"""',
        "<",
        ">",
        "/",
        "é",
        "e\u0301",
        "ß",
        "漢字",
        "한글",
        "שלום",
        "हिन्दी",
        "ไทย",
    ),
    *(
        "😀",
        "👩\u200d💻",
        "\ufeff",
        "\u200b",
        "\u2060",
        "\ufffd",
        "\x00",
        "\x1c",
        "\x7f",
        "\U000e0041",
        "\U0010ffff",
    ),
    *("<fim_prefix>", "<|endoftext|>", "<NAME>"),
)
"""What the samples are put together from: every class of characters, and what stands at its edges."""
SAMPLES, LENGTH = 120, 40
"""Texts that are put together, and fragments of each."""


class Proven(NamedTuple):
    """A conversion, and what it is right for."""

    converted: Converted
    """The tokenizer for tiktoken."""
    doubtful: tuple[Range, ...]
    """First and last code points of characters that may be cut differently; none of them is ASCII."""


def prove(definition: Mapping[str, Any], backend: Any) -> Proven | str:
    """Convert a tokenizer and show that this changes nothing.

    Args:
        definition: Content of its tokenizer.json.
        backend: The same as `tokenizers` loads it, with `encode_special_tokens` set.

    Returns:
        The conversion, or why the original must be used.
    """
    converted = convert(definition)
    if isinstance(converted, str):
        return converted
    encoder = FastEncoder(converted)
    cut = _cut_differently(_shape(definition))
    wrong = {
        "merges": _wrong_merge(definition, converted, backend, encoder),
        "pieces": next((chr(first) for first, _ in cut if first < 0x80), None),
        "samples": next((text for text in samples() if _differs(text, backend, encoder)), None),
    }
    for what, text in wrong.items():
        if text is not None:
            return f"its {what} are not the same when converted, such as for {text!r}"
    return Proven(converted, (*unassigned(), *cut))


def samples() -> Iterator[str]:
    """Texts with what has broken conversions, always the same ones."""
    for number in range(SAMPLES):
        places = (whole(number, str(place), "fragment", len(FRAGMENTS)) for place in range(LENGTH))
        yield "".join(FRAGMENTS[place] for place in places)


def _differs(text: str, backend: Any, encoder: FastEncoder) -> bool:
    return bool(backend.encode(text, add_special_tokens=False).ids != encoder.encode(text))


def _wrong_merge(
    definition: Mapping[str, Any], converted: Converted, backend: Any, encoder: FastEncoder
) -> str | None:
    """A token that its own bytes do not become, one way or the other; None if there is none."""
    model = backend.model
    vocabulary: dict[str, int] = definition["model"]["vocab"]
    of_bytes = {bytes_of(token): token for token in vocabulary if is_bytes(token)}
    for content in converted.ranks:
        token = of_bytes[content]
        if [one.id for one in model.tokenize(token)] != [vocabulary[token]]:
            return token
        if encoder.token(content) != vocabulary[token]:
            return token
    return None


def _shape(definition: Mapping[str, Any]) -> str:
    """The tokenizer with a vocabulary in which a character is joined to what it is in one piece with."""
    symbols = symbol_of_byte()
    merges = [[symbols[ord(before)], symbol] for before in BEFORE for symbol in symbols]
    tokens = [*symbols, *("".join(pair) for pair in merges)]
    model = {"type": "BPE", "vocab": {token: n for n, token in enumerate(tokens)}, "merges": merges}
    parts: dict[str, Any] = {"normalizer": None, "post_processor": None, "added_tokens": []}
    made = {**definition, **parts, "model": {**definition["model"], **model}}
    return json.dumps(made, sort_keys=True)


@lru_cache(maxsize=4)
def _cut_differently(shape: str) -> tuple[Range, ...]:
    """First and last code points of the runs that are not cut alike."""
    from tokenizers import Tokenizer

    converted = convert(json.loads(shape))
    assert isinstance(converted, Converted)
    encoder, backend = FastEncoder(converted), Tokenizer.from_str(shape)
    return tuple(
        (run.first, run.last)
        for run in runs()
        if run.kind not in {UNASSIGNED, SURROGATE}
        if any(_differs(probe(chr(point)), backend, encoder) for point in {run.first, run.last})
    )
