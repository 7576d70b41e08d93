"""Folders are whole or not there."""

import subprocess
import sys
from pathlib import Path

import pytest

from curation.errors import BrokenRunError
from training.tokenise.whole import only_writer, remove_attempts, whole_folder


def test_a_folder_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """Until then there is nothing under that name."""
    final = tmp_path / "deep" / "shard"
    with whole_folder(final) as folder:
        (folder / "file").write_text("x")
        (folder / "below").mkdir()
        (folder / "below" / "file").write_text("y")
        assert not final.exists()
    assert (final / "below" / "file").read_text() == "y"
    assert list(final.parent.iterdir()) == [final]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    """Neither the folder nor the attempt."""
    with pytest.raises(KeyError), whole_folder(tmp_path / "shard") as folder:
        (folder / "file").write_text("x")
        raise KeyError("stop")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path: Path) -> None:
    """Two attempts at the same give the same; the first stands."""
    with whole_folder(tmp_path / "shard") as folder:
        (folder / "file").write_text("first")
        with whole_folder(tmp_path / "shard") as other:
            (other / "file").write_text("second")
    assert (tmp_path / "shard" / "file").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["shard"]


def test_what_killed_attempts_left_is_removed(tmp_path: Path) -> None:
    """And nothing else."""
    code = (
        "import os, sys; from pathlib import Path; from training.tokenise.whole import whole_folder\n"
        "with whole_folder(Path(sys.argv[1]) / 'shard') as folder:\n"
        "    (folder / 'file').write_text('half'); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    (tmp_path / "kept").mkdir()
    assert len(list(tmp_path.iterdir())) == 2
    remove_attempts(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    """Another is refused with the folder's name, until the first has ended."""
    code = (
        "import sys; from pathlib import Path; from training.tokenise.whole import only_writer\n"
        "with only_writer(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        with pytest.raises(BrokenRunError, match=f"{tmp_path}: another process is writing here"):
            only_writer(tmp_path).__enter__()
        process.kill()
    with only_writer(tmp_path):
        assert (tmp_path / ".lock").is_file()
