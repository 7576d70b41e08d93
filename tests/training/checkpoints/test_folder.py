"""A folder is written whole or not at all, and never over anything."""

from pathlib import Path

import pytest

from curation.errors import BadConfigError
from training.checkpoints.folder import check_free, clear_temporary, fresh


def test_a_folder_is_there_when_it_is_whole(tmp_path: Path) -> None:
    """While it is written it has another name; afterwards nothing else is left."""
    out = tmp_path / "models" / "one"
    with fresh(out) as folder:
        (folder / "config.json").write_text("{}")
        assert not out.exists()
    assert [path.name for path in out.parent.rglob("*")] == ["one", "config.json"]


def test_an_empty_folder_may_be_written(tmp_path: Path) -> None:
    """A person may have made it; it becomes the output."""
    with fresh(tmp_path) as folder:
        (folder / "config.json").write_text("{}")
    assert (tmp_path / "config.json").read_text() == "{}"


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    """What was written before the error is removed."""
    with pytest.raises(ZeroDivisionError), fresh(tmp_path / "one") as folder:
        (folder / "config.json").write_text("{}")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_nothing_is_written_over(tmp_path: Path, kind: str) -> None:
    """A folder that holds a file, and a file, are refused and stay."""
    out = tmp_path / "one"
    held = out / "mine.txt" if kind == "folder" else out
    held.parent.mkdir(exist_ok=True)
    held.write_text("mine")
    with pytest.raises(BadConfigError, match=r"expected an? (empty )?folder"), fresh(out):
        pytest.fail("it was written")
    assert held.read_text() == "mine"


def test_what_appears_while_it_is_written_is_refused_too(tmp_path: Path) -> None:
    """Another process was faster: its output stays, ours goes."""
    with pytest.raises(BadConfigError, match="saw files in it"), fresh(tmp_path / "one") as folder:
        (folder / "config.json").write_text("ours")
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "config.json").write_text("theirs")
    assert [path.read_text() for path in tmp_path.rglob("config.json")] == ["theirs"]


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    """Hidden folders of this output go, those of another stay."""
    for name in (".one.7.tmp", ".other.7.tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_text("")
    temporary = clear_temporary(tmp_path / "one")
    assert temporary.parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == [".other.7.tmp"]


def test_a_folder_that_is_not_there_is_free(tmp_path: Path) -> None:
    """Neither is its parent needed."""
    check_free(tmp_path / "a" / "b")
