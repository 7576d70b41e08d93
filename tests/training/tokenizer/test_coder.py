"""Text becomes ids and comes back, as with Hugging Face's tokenizer, and is never a command."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import SITE

from curation import sentinels
from training.errors import BadTokenizerError
from training.tokenizer import convert, proof
from training.tokenizer.coder import Coder, mended
from training.tokenizer.load import load_coder, load_hf
from training.tokenizer.proof import FRAGMENTS
from training.tokenizer.specials import specials_of

PACKAGES = ("jinja2", "pyarrow/include/arrow/util", "pygments/styles")
"""Installed code whose files must get the very same ids."""
ANY = st.text(st.characters(exclude_categories=["Cs"]))
ODD = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join)
RUNS = st.lists(
    st.tuples(
        st.sampled_from([" ", "\n", "\t", "a", "=", "'", "7", "é", "漢", "\u00a0"]), st.integers(1, 40)
    ),
    max_size=12,
).map(lambda runs: "".join(character * count for character, count in runs))
TEXTS = st.one_of(ANY, ODD, RUNS)


def changed(folder: Path, target: Path, **parts: Any) -> Path:
    """A tokenizer whose tokenizer.json has other parts."""
    target.mkdir()
    for path in folder.iterdir():
        content = json.loads(path.read_bytes())
        if path.name == "tokenizer.json":
            content |= parts
        (target / path.name).write_text(json.dumps(content))
    return target


def slow(folder: Path) -> Coder:
    """The same tokenizer without tiktoken."""
    return load_coder(folder, fast=False)


def sent_twice(coder: Coder) -> tuple[Coder, Coder]:
    """What a process gets that a coder is sent to with each of two tasks."""
    content = pickle.dumps(coder)
    one, other = (pickle.loads(content) for _ in range(2))  # noqa: S301  # our own bytes
    return one, other


@given(TEXTS)
def test_ids_are_those_of_hugging_face(coder: Coder, original: Any, text: str) -> None:
    """Any text, texts that have broken conversions, and runs of all kinds."""
    assert coder.fast
    assert coder.encode(text) == original.encode(text, add_special_tokens=False).ids


@given(TEXTS)
def test_nothing_is_lost(coder: Coder, text: str) -> None:
    """Decoding gives the text back."""
    assert coder.decode(coder.encode(text)) == text


@given(st.lists(st.integers(0, 2047)))
def test_any_ids_are_decoded_as_hugging_face_decodes_them(
    coder: Coder, original: Any, ids: list[int]
) -> None:
    """Special tokens by name, and broken characters as U+FFFD."""
    assert coder.decode(ids) == original.decode(ids, skip_special_tokens=False)


def test_ids_that_the_tokenizer_does_not_have_are_no_text(coder: Coder) -> None:
    """An embedding may have more rows, and a model that knows nothing yet may name them."""
    assert coder.decode([*coder.encode("a"), coder.size, 10**6]) == "a"


def test_every_file_of_installed_packages_gets_the_same_ids(coder: Coder, original: Any) -> None:
    """Real code, whole files, in both forms."""
    paths = [path for name in PACKAGES for path in sorted((SITE / name).rglob("*")) if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.suffix in {".py", ".h", ".pyi"}]
    assert sum(map(len, texts)) > 700_000
    for start in range(0, len(texts), 50):
        some = texts[start : start + 50]
        for text, expected in zip(some, original.encode_batch(some, add_special_tokens=False), strict=True):
            assert coder.encode(text) == expected.ids


@pytest.mark.parametrize("family", ["folder", "first_folder"])
def test_text_of_a_document_is_never_a_command(family: str, request: pytest.FixtureRequest) -> None:
    """The name of a special token in a text becomes ordinary ids, whichever way it is encoded."""
    folder = request.getfixturevalue(family)
    for coder in (load_coder(folder), slow(folder)):
        control = set(coder.specials.control)
        names = [one.text for one in sentinels.SENTINELS]
        for text in (*names, "".join(names), f"x{' '.join(names)}\n", "<" * 50 + "fim_prefix>" * 3):
            ids = coder.encode(text)
            assert control.isdisjoint(ids)
            assert coder.decode(ids) == text


def test_a_control_token_that_is_not_marked_as_special_is_no_command_either(
    folder: Path, definition: dict[str, Any], tmp_path: Path
) -> None:
    """Some tokenizers have been saved so; their own `encode` would let texts command."""
    added = [{**token, "special": False} for token in definition["added_tokens"]]
    made = changed(folder, tmp_path / "plain", added_tokens=added)
    for coder in (load_coder(made), load_coder(made, fast=False)):
        assert set(coder.specials.control).isdisjoint(coder.encode("<fim_prefix>x<|endoftext|>"))


def test_a_control_token_that_text_becomes_is_refused(folder: Path, definition: dict[str, Any]) -> None:
    """Where even that does not help, because merges make it, training is refused."""
    hf = load_hf(folder)
    specials = specials_of(hf.get_vocab())
    ordinary = hf.get_vocab()["a"]
    wrong = specials._replace(control={**specials.control, ordinary: "a"})
    with pytest.raises(
        BadTokenizerError, match=f"'a' in a document would become the special token {ordinary}"
    ):
        Coder(hf, wrong)


def test_a_layout_has_its_commands(coder: Coder) -> None:
    """Special tokens of the family by their ids, those of another as text."""
    ids = coder.encode_layout("<repo_name>octo/hello<file_sep>a.py\nx = 1<|endoftext|>")
    by_name = {text: number for number, text in coder.specials.control.items()}
    assert [one for one in ids if one in coder.specials.control] == [
        by_name[name] for name in ("<repo_name>", "<file_sep>", "<|endoftext|>")
    ]
    assert coder.decode(ids) == "<repo_name>octo/hello<file_sep>a.py\nx = 1<|endoftext|>"
    other = coder.encode_layout("<reponame>octo")
    assert set(other).isdisjoint(coder.specials.control)


@given(st.lists(st.one_of(TEXTS, st.sampled_from(sentinels.of("starcoder2"))), max_size=8).map("".join))
def test_layouts_are_encoded_as_hugging_face_does_with_commands(
    coder: Coder, original: Any, text: str
) -> None:
    """Text between two special tokens is a text of its own."""
    original.encode_special_tokens = False
    expected = original.encode(text, add_special_tokens=False).ids
    original.encode_special_tokens = True
    assert coder.encode_layout(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("é\udc80漢", "é\ufffd漢"),
        ("plain", "plain"),
        ("é", "é"),
    ],
)
def test_lone_surrogates_are_replaced(coder: Coder, folder: Path, text: str, expected: str) -> None:
    """They have no bytes; a pair is the character that it stands for."""
    assert mended(text) == expected
    assert coder.decode(coder.encode(text)) == expected
    assert slow(folder).encode(text) == coder.encode(text)
    assert coder.decode(coder.encode_layout(text)) == expected


@pytest.mark.parametrize("text", [" " * 1_100_000 + "x", "x" + "\n\t" * 550_000])
def test_a_million_spaces_in_a_row_do_not_end_the_process(coder: Coder, text: str) -> None:
    """tiktoken panics at them, with an exception that nothing catches; they go another way."""
    assert coder.decode(coder.encode(text)) == text


@pytest.mark.parametrize("text", ["a" * 200_000, "=" * 200_000, "漢" * 50_000, "7" * 50_000, "ab" * 100_000])
def test_long_runs_of_anything_else_are_encoded_fast(coder: Coder, original: Any, text: str) -> None:
    """Their time grows with their length, not with its square, and the ids are the same."""
    assert coder.encode(text) == original.encode(text, add_special_tokens=False).ids


def test_characters_of_new_unicode_get_the_same_ids(coder: Coder, original: Any) -> None:
    """Digits of Unicode 17 are numbers for one library and unknown to the other."""
    text = "".join(f"a{chr(point)}! {chr(point)}\n{chr(point)}" for point in range(0x11DB0, 0x11DF0))
    assert coder.encode(text) == original.encode(text, add_special_tokens=False).ids


def test_characters_in_doubt_go_to_the_original(
    folder: Path, definition: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Had tiktoken never heard of Tibetan digits, texts with them would still get the right ids."""
    unaware = convert.SINGLE_DIGITS.replace(r"\p{N}", r"[\p{N}--\x{f20}-\x{f33}]")
    monkeypatch.setattr(convert, "LAYOUTS", (([convert.DIGITS, convert.BYTES], unaware),))
    proof._cut_differently.cache_clear()
    model = definition["model"]
    joined = {**model["vocab"], "Ġà": len(model["vocab"])}
    made = {**model, "vocab": joined, "merges": [*model["merges"], ["Ġ", "à"]]}
    coder = load_coder(changed(folder, tmp_path / "joined", model=made))
    proof._cut_differently.cache_clear()
    assert coder.fast
    for text in (" ༣", " ཀ", "x ༣ 1"):
        assert coder.encode(text) == slow(tmp_path / "joined").encode(text)
    assert coder.encode(" ཀ")[0] == len(model["vocab"])


def test_a_tokenizer_that_cannot_be_converted_is_used_as_it_is(folder: Path, tmp_path: Path) -> None:
    """And the reason is said."""
    coder = load_coder(changed(folder, tmp_path / "nfc", normalizer={"type": "NFC"}))
    assert (coder.fast, coder.slow_because) == (False, "it has a normalizer, NFC")
    assert coder.encode("e\u0301") == coder.encode("é")
    wanted = slow(folder)
    assert (wanted.fast, wanted.slow_because) == (False, "")


def test_limits_of_the_file_do_not_cut_documents(folder: Path, tmp_path: Path, coder: Coder) -> None:
    """A tokenizer that was saved with truncation and padding gives all ids, and no more."""
    truncation = {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}
    padding = {
        "strategy": {"Fixed": 64},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "<|endoftext|>",
    }
    made = changed(folder, tmp_path / "limited", truncation=truncation, padding=padding)
    for limited in (load_coder(made), load_coder(made, fast=False)):
        assert limited.encode("one two three four five six seven") == coder.encode(
            "one two three four five six seven"
        )
        assert limited.sha256 == coder.sha256


def test_the_checksum_tells_what_ids_a_text_gets(
    folder: Path, first_folder: Path, definition: dict[str, Any], tmp_path: Path, coder: Coder
) -> None:
    """The same after saving; another for other merges, or another way to cut."""
    coder.hf.save_pretrained(tmp_path / "saved")
    assert load_coder(tmp_path / "saved").sha256 == coder.sha256
    assert load_coder(first_folder).sha256 != coder.sha256
    model = definition["model"]
    shorter = changed(folder, tmp_path / "shorter", model={**model, "merges": model["merges"][:-1]})
    assert load_coder(shorter).sha256 != coder.sha256
    bytes_only = changed(
        folder, tmp_path / "bytes", pre_tokenizer=definition["pre_tokenizer"]["pretokenizers"][1]
    )
    assert load_coder(bytes_only).sha256 != coder.sha256


@given(TEXTS)
def test_other_layouts_and_orders_of_ids_get_the_same_ids(
    mirrored: Coder, whole_numbers: Coder, text: str
) -> None:
    """GPT-2's pieces, and a vocabulary whose ids are not in the order of its merges."""
    for coder in (mirrored, whole_numbers):
        assert coder.fast, coder.slow_because
        backend = coder.hf.backend_tokenizer
        backend.encode_special_tokens = True
        assert coder.encode(text) == backend.encode(text, add_special_tokens=False).ids
        assert coder.decode(coder.encode(text)) == text


@pytest.fixture(scope="session")
def mirrored(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Coder:
    """A tokenizer whose ordinary ids run backwards."""
    definition = json.loads((folder / "tokenizer.json").read_bytes())
    model, special = definition["model"], {token["content"] for token in definition["added_tokens"]}
    ordinary = [token for token in model["vocab"] if token not in special]
    ids = sorted(model["vocab"][token] for token in ordinary)
    vocabulary = model["vocab"] | dict(zip(ordinary, reversed(ids), strict=True))
    target = tmp_path_factory.mktemp("mirrored") / "tokenizer"
    return load_coder(changed(folder, target, model={**model, "vocab": vocabulary}))


@pytest.fixture(scope="session")
def whole_numbers(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Coder:
    """A tokenizer with GPT-2's pieces."""
    definition = json.loads((folder / "tokenizer.json").read_bytes())
    bytes_only = definition["pre_tokenizer"]["pretokenizers"][1]
    target = tmp_path_factory.mktemp("whole") / "tokenizer"
    return load_coder(changed(folder, target, pre_tokenizer=bytes_only))


def test_a_coder_is_sent_to_another_process_and_built_there_once(coder: Coder) -> None:
    """Without the proof, and without what is only needed for saving."""
    sent, again = sent_twice(coder)
    assert sent is again
    assert sent.hf is None
    assert (sent.size, sent.sha256, sent.fast, sent.specials) == (
        coder.size,
        coder.sha256,
        True,
        coder.specials,
    )
    text = "def f(x):\n    return 12 <fim_prefix> é😀\U00011de0"
    assert sent.encode(text) == coder.encode(text)
    assert sent.encode_layout(text) == coder.encode_layout(text)
    assert sent.decode(sent.encode(text)) == text


def test_a_slow_coder_stays_slow_in_another_process(folder: Path, tmp_path: Path) -> None:
    """What was not proven is not used there either."""
    sent, _ = sent_twice(slow(folder))
    assert (sent.fast, sent.slow_because) == (False, "")
    refused = load_coder(changed(folder, tmp_path / "nfc", normalizer={"type": "NFC"}))
    assert sent_twice(refused)[0].slow_because == "it has a normalizer, NFC"


def test_a_worker_needs_neither_torch_nor_transformers(coder: Coder, tmp_path: Path) -> None:
    """Unpickling takes a moment, not seconds of imports."""
    (tmp_path / "coder").write_bytes(pickle.dumps(coder))
    code = (
        "import pickle, sys; coder = pickle.load(open(sys.argv[1], 'rb')); print(coder.encode('def f(x):'));"
        "print([name for name in ('torch', 'transformers', 'datasets') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "coder")], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{coder.encode('def f(x):')}\n[]\n"
