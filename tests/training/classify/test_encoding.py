"""Tokens know their characters, and windows own each token once."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadConfigError
from training.classify import encoding
from training.classify.encoding import Encoder, check_length, load_encoder, windows
from training.errors import BadTokenizerError


@pytest.fixture(scope="module", params=["starcoder", "starcoder2", "encoder"])
def encoder(models: Path, request: pytest.FixtureRequest) -> Encoder:
    return load_encoder(models / request.param)


@given(st.integers(0, 300), st.integers(2, 40), st.data())
def test_every_token_is_owned_once_and_seen_with_what_stands_around_it(
    count: int, size: int, data: st.DataObject
) -> None:
    """No window is too long, none is needless, and a token is owned far from the borders of its window."""
    overlap = data.draw(st.integers(0, size // 2))
    cut = windows(count, size, overlap)
    owned = [token for window in cut for token in range(window.own_start, window.own_end)]
    assert owned == list(range(count))
    for window in cut:
        assert window.start <= window.own_start < window.own_end <= window.end <= window.start + size
        assert window.start == 0 or window.own_start - window.start >= overlap // 2
        assert window.end == count or window.end - window.own_end >= overlap // 2
    assert [window.start for window in cut] == list(
        range(0, max(count - overlap, min(count, 1)), size - overlap)
    )


@pytest.mark.parametrize("text", ["", "def f(x):\n    return x", "naïve 漢字 😀😀", "  \n\t ", "a" * 50])
def test_tokens_cover_what_is_visible(encoder: Encoder, text: str) -> None:
    """Every character that is no white space belongs to a token, and places never fall."""
    encoded = encoder.encode(text)
    covered = {place for a, b in zip(encoded.starts, encoded.ends, strict=True) for place in range(a, b)}
    assert covered >= {place for place, character in enumerate(text) if not character.isspace()}
    assert encoded.starts.tolist() == sorted(encoded.starts)
    assert encoded.ends.tolist() == sorted(encoded.ends)


def test_text_never_becomes_a_special_token(encoder: Encoder) -> None:
    """Else padding in a text would end it for a classifier, wherever it stands."""
    hostile = "x <fim_pad> <|endoftext|> <pad> <s> </s> y"
    assert not {*encoder.hf.all_special_ids} & {*encoder.encode(hostile).ids.tolist()}


def test_a_long_text_is_taken_in_blocks(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the ends of lines, with the same tokens there, and places that count on."""
    text = "".join(f"value_{number} = {number}\n" for number in range(40)) + "x" * 90
    whole = encoder.encode(text)
    monkeypatch.setattr(encoding, "BLOCK", 64)
    cut = encoder.encode(text)
    before = text.index("xxx")
    kept = whole.ends <= before
    assert cut.ids[: kept.sum()].tolist() == whole.ids[kept].tolist()
    assert cut.starts[: kept.sum()].tolist() == whole.starts[kept].tolist()
    assert cut.ends[-1] == len(text)


def test_a_lone_surrogate_is_read_as_a_question_mark(encoder: Encoder) -> None:
    """It has no bytes; the places of all else stay."""
    assert encoder.encode("a\ud800b").ids.tolist() == encoder.encode("a?b").ids.tolist()


def test_special_tokens_stand_around_windows(models: Path) -> None:
    """Those of the tokenizer: none for StarCoder, two for the encoder, and they take room."""
    causal, encoder = (load_encoder(models / name) for name in ("starcoder", "encoder"))
    assert (causal.before, causal.after, causal.room(64)) == ([], [], 64)
    assert (encoder.before, encoder.after, encoder.room(64)) == ([0], [2], 62)
    assert encoder.framed(encoder.encode("x").ids).tolist()[::2] == [0, 2]


def test_starcoder_pads_with_its_own_token(models: Path) -> None:
    """Not with the end of a document, which must stay an end."""
    encoder = load_encoder(models / "starcoder2")
    assert encoder.pad == encoder.hf.convert_tokens_to_ids("<fim_pad>")
    assert encoder.hf.pad_token_id == encoder.pad != encoder.hf.eos_token_id


def stand_in(**values: object) -> SimpleNamespace:
    return SimpleNamespace(
        **{"is_fast": True, "pad_token": None, "eos_token": "e", "get_vocab": lambda: {"e": 0}, **values}
    )


@pytest.mark.parametrize(
    ("hf", "message"),
    [
        (stand_in(is_fast=False), "m: expected a fast tokenizer (tokenizer.json), saw SimpleNamespace"),
        (stand_in(), "m: the tokenizer has no padding token of its own"),
        (stand_in(pad_token="e"), "m: the tokenizer has no padding token of its own"),  # noqa: S106  # no password
    ],
)
def test_a_tokenizer_that_cannot_serve_is_refused(hf: SimpleNamespace, message: str) -> None:
    """Slow ones know no places; without padding, or with ends as padding, lengths cannot be told."""
    with pytest.raises(BadTokenizerError) as refused:
        Encoder(hf, "m")
    assert message in str(refused.value)


def test_a_folder_without_tokenizer_is_refused(tmp_path: Path) -> None:
    """It says what was expected."""
    with pytest.raises(BadTokenizerError, match="expected a tokenizer on the hub or a folder with"):
        load_encoder(tmp_path)


def test_texts_are_cut_as_tokenizer_json_says(models: Path, tmp_path: Path) -> None:
    """Digit by digit for StarCoder2, whatever class its configuration names."""
    shutil.copytree(models / "starcoder2", tmp_path / "published")
    path = tmp_path / "published" / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "tokenizer_class": "GPT2Tokenizer"}))
    text = "if x:\n        12 34\n"
    expected = load_encoder(models / "starcoder2").encode(text).ids
    assert load_encoder(tmp_path / "published").encode(text).ids.tolist() == expected.tolist()


def test_a_vocabulary_without_tokenizer_json_is_turned_into_one(tmp_path: Path) -> None:
    """As older encoders have it."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "return", "##s", "x"]
    (tmp_path / "vocab.txt").write_text("\n".join(words) + "\n")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "vocab_size": len(words)}))
    encoder = load_encoder(tmp_path)
    assert (encoder.before, encoder.after) == ([2], [3])
    assert encoder.encode("returns x").ids.tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("kind", "positions", "longest"),
    [("bert", 64, 64), ("roberta", 66, 64), ("starcoder2", 64, 64), ("x", -1, 9999)],
)
def test_windows_are_no_longer_than_the_model_takes(kind: str, positions: int, longest: int) -> None:
    """RoBERTa counts positions from behind its padding; some models have no limit."""
    config = SimpleNamespace(model_type=kind, max_position_embeddings=positions, pad_token_id=1)
    check_length(longest, config)
    if positions > 0:
        with pytest.raises(
            BadConfigError, match=f"{longest + 1} tokens, but the model .* has {longest} positions"
        ):
            check_length(longest + 1, config)
