"""A checkpoint counts when its record is there, and an old one goes when a new one counts."""

from pathlib import Path

import pytest

from curation.errors import BrokenRunError
from training.train import kept


def checkpoint(output: Path, step: int, *, whole: bool = True) -> Path:
    folder = output / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"weights")
    if whole:
        kept.settle(folder, {"step": step})
    return folder


def test_checkpoints_are_ordered_by_steps(tmp_path: Path) -> None:
    """By number, not by name."""
    for step in (20, 100, 3):
        checkpoint(tmp_path, step)
    assert [kept.step_of(folder) for folder in kept.whole(tmp_path)] == [3, 20, 100]
    assert kept.newest(tmp_path) == tmp_path / "checkpoint-100"


def test_a_folder_without_a_record_does_not_count(tmp_path: Path) -> None:
    """It is what a killed save left: the one before it is the newest."""
    good, torn = checkpoint(tmp_path, 3), checkpoint(tmp_path, 6, whole=False)
    assert kept.newest(tmp_path) == good
    assert kept.remove_torn(tmp_path) == ["checkpoint-6"]
    assert not torn.exists()
    assert good.exists()


def test_there_may_be_none(tmp_path: Path) -> None:
    """A run that has not begun has no checkpoint, and neither has a folder that is not there."""
    assert kept.newest(tmp_path / "nothing") is None
    assert kept.remove_torn(tmp_path / "nothing") == []


@pytest.mark.parametrize("name", ["checkpoint-", "checkpoint-x", "checkpoint-3.old", "my-checkpoint-3"])
def test_other_folders_are_left_alone(tmp_path: Path, name: str) -> None:
    """Only names that training gives are looked at or deleted."""
    (tmp_path / name).mkdir()
    assert kept.remove_torn(tmp_path) == []
    assert (tmp_path / name).exists()


def test_an_unfinished_model_is_removed(tmp_path: Path) -> None:
    """What a kill left of the final model."""
    (tmp_path / ".final").mkdir()
    kept.remove_torn(tmp_path)
    assert not (tmp_path / ".final").exists()


@pytest.mark.parametrize(("keep", "left"), [(1, [9]), (2, [6, 9]), (5, [3, 6, 9])])
def test_the_newest_stay(tmp_path: Path, keep: int, left: list[int]) -> None:
    """As many as are wanted; a torn one is not counted among them."""
    for step in (3, 6, 9):
        checkpoint(tmp_path, step)
    checkpoint(tmp_path, 12, whole=False)
    kept.rotate(tmp_path, keep)
    assert [kept.step_of(folder) for folder in kept.whole(tmp_path)] == left


def test_a_record_says_what_was_noted_and_when(tmp_path: Path) -> None:
    """The note comes back with the time of writing."""
    note = kept.read_note(checkpoint(tmp_path, 3))
    assert note["step"] == 3
    assert note["created"].startswith("20")


@pytest.mark.parametrize(("content", "seen"), [("{", "Expecting"), ("[]", "an object, saw list")])
def test_a_damaged_record_is_refused(tmp_path: Path, content: str, seen: str) -> None:
    """The path and what was seen are named."""
    folder = checkpoint(tmp_path, 3)
    (folder / "record.json").write_text(content, encoding="utf-8")
    with pytest.raises(BrokenRunError, match=f"checkpoint-3/record.json: expected .*{seen}"):
        kept.read_note(folder)
