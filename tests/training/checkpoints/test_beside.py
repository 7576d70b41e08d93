"""Tokenizer, record and README stand beside the weights that are written."""

import json
from pathlib import Path

import pytest

from training.checkpoints import beside
from training.errors import BadTokenizerError


def folders(tmp_path: Path, *names: str) -> list[Path]:
    for name in names:
        (tmp_path / name).mkdir()
    return [tmp_path / name for name in names]


def test_a_tokenizer_is_copied_from_one_folder(tmp_path: Path) -> None:
    """The first that has one; never half of one and half of another."""
    out, first, second = folders(tmp_path, "out", "first", "second")
    (first / "chat_template.jinja").write_text("first")
    for name in ("tokenizer.json", "merges.txt", "dialogue_template.json", "other.txt"):
        (second / name).write_text("second")
    assert beside.copy_tokenizer(out, first, second)
    assert {path.name: path.read_text() for path in out.iterdir()} == {
        "tokenizer.json": "second",
        "merges.txt": "second",
        "dialogue_template.json": "second",
    }


def test_no_tokenizer_is_no_error(tmp_path: Path) -> None:
    """An adapter may have none; the caller is told."""
    out, first = folders(tmp_path, "out", "first")
    assert not beside.copy_tokenizer(out, first)
    beside.check_tokenizer({"vocab_size": 1}, first)
    assert list(out.iterdir()) == []


def test_settings_come_from_the_first_that_has_them(tmp_path: Path) -> None:
    """Of generation."""
    out, first, second = folders(tmp_path, "out", "first", "second")
    for folder in (first, second):
        (folder / "generation_config.json").write_text(folder.name)
    beside.copy_settings(out, first, second)
    assert (out / "generation_config.json").read_text() == "first"


@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (64, True)])
def test_every_id_needs_a_row(models: Path, spare: int, fits: bool) -> None:
    """More rows than ids are common, fewer are an error."""
    config = {"vocab_size": 2048 + spare}
    if fits:
        beside.check_tokenizer(config, models / "starcoder2")
        return
    with pytest.raises(
        BadTokenizerError, match="has 2048 ids, the model rows for 2047; expected the tokenizer"
    ):
        beside.check_tokenizer(config, models / "starcoder2")


def test_one_file_has_its_own_fingerprint() -> None:
    """Several have one of all, in whatever order they are named."""
    one, two = Path("a"), Path("b")
    assert beside.digest({one: "11"}) == "11"
    assert beside.digest({one: "11", two: "22"}) == beside.digest({two: "22", one: "11"})
    assert beside.digest({one: "11", two: "22"}) != beside.digest({one: "22", two: "11"})


def test_a_record_is_carried_over(tmp_path: Path) -> None:
    """With the new fingerprints beside the old ones; one that was not there is begun."""
    out, source = folders(tmp_path, "out", "source")
    (source / "record.json").write_text(json.dumps({"seed": 1, "data": {"tokens": "a", "base": "old"}}))
    beside.write_record(out, source, {"base": "new"})
    assert json.loads((out / "record.json").read_text()) == {
        "seed": 1,
        "data": {"tokens": "a", "base": "new"},
    }
    beside.write_record(source, out / "nothing", {"base": "new"})
    assert json.loads((source / "record.json").read_text()) == {"data": {"base": "new"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\npipeline_tag: text-generation\nlicense: bigcode-openrail-m\n---\n# X\n", "bigcode-openrail-m"),
        ("---\nlicense:\n---\n", None),
        ("# X\nlicense: mit\n", None),
        (None, None),
    ],
)
def test_a_licence_is_found_in_the_header(tmp_path: Path, text: str | None, expected: str | None) -> None:
    """Nowhere else."""
    if text is not None:
        (tmp_path / "README.md").write_text(text)
    assert beside.licence_of(tmp_path) == expected


def test_a_readme_has_the_header_of_the_hub(tmp_path: Path) -> None:
    """The base and its licence are named where they are known."""
    beside.write_card(tmp_path, "mine", "What it is.", base="some/base", licence="bigcode-openrail-m")
    header, _, text = (tmp_path / "README.md").read_text().removeprefix("---\n").partition("---\n")
    assert header.splitlines() == [
        "library_name: transformers",
        "pipeline_tag: text-generation",
        "tags: [code]",
        'base_model: "some/base"',
        "license: bigcode-openrail-m",
    ]
    assert text == "\n# mine\n\nWhat it is.\n"
    (tmp_path / "record.json").write_text("{}")
    beside.write_card(tmp_path, "mine", "What it is.")
    assert (tmp_path / "README.md").read_text().endswith("holds fingerprints of what it was made from.\n")
    assert "base_model" not in (tmp_path / "README.md").read_text()
