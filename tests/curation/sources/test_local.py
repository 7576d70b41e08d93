"""Local files are opened so that links, FIFOs and growing files can do no harm."""

import os
import socket
from pathlib import Path

import pytest

from curation.errors import BadInputError
from curation.sources.base import Problem
from curation.sources.local import opened_folder, read_file, read_start, stat_problem


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "a").write_bytes(b"12345")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "in" / "fifo")
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("sub/a", b"12345"),
        ("link", Problem("link", detail="became a link or file after the run was planned")),
        ("up/secret", Problem("link", detail="became a link or file after the run was planned")),
        ("fifo", Problem("special_file", detail="not a regular file")),
        ("sub", Problem("special_file", detail="not a regular file")),
        ("gone", Problem("unreadable", detail="No such file or directory")),
        ("sub/a/b", Problem("link", detail="became a link or file after the run was planned")),
    ],
)
def test_only_regular_files_below_the_folder_are_read(
    tree: Path, path: str, expected: bytes | Problem
) -> None:
    """Everything else is a problem, at once and without waiting."""
    with opened_folder(tree) as folder:
        assert read_file(folder, path, limit=5) == expected
        assert read_start(folder, path, limit=3) == (b"123" if path == "sub/a" else b"")


def test_a_socket_is_a_special_file(tmp_path: Path) -> None:
    """It cannot be opened, and that is not called a lack of permission."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(tmp_path / "s"))
        with opened_folder(tmp_path) as folder:
            found = read_file(folder, "s", limit=5)
    assert found == Problem("special_file", detail="socket or device")


def test_size_is_checked_before_and_while_reading(tree: Path) -> None:
    """Above the limit, and other than planned; a device that claims no size is cut at the limit."""
    with opened_folder(tree) as folder:
        assert read_file(folder, "sub/a", limit=4) == Problem("too_large", 5, 4)
        assert read_file(folder, "sub/a", limit=5, planned=4) == Problem(
            "unreadable", 5, 4, "size changed after the run was planned"
        )
    with opened_folder("/proc/self") as folder:  # regular files of stated size 0
        assert read_file(folder, "status", limit=100) == Problem(
            "too_large", 101, 100, "grew while it was read"
        )


@pytest.mark.parametrize(
    ("path", "reason"),
    [("sub/a", "too_large"), ("link", "link"), ("fifo", "special_file"), ("sub", "special_file")],
)
def test_the_status_alone_tells_what_will_not_be_read(tree: Path, path: str, reason: str) -> None:
    """Without opening anything."""
    problem = stat_problem((tree / path).lstat(), tree / path, limit=4)
    assert problem is not None
    assert problem.reason == reason
    assert stat_problem((tree / "sub/a").lstat(), tree / "sub/a", limit=5) is None


def test_no_descriptor_is_left_open(tree: Path) -> None:
    """Neither after success nor after any problem."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    with opened_folder(tree) as folder:
        for path in ("sub/a", "link", "up/secret", "fifo", "gone", "sub/gone", "sub/a/b"):
            read_file(folder, path, limit=5)
            read_start(folder, path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_folder_that_is_none_is_an_error(tree: Path) -> None:
    """The message names path, reason and what to do."""
    with pytest.raises(
        BadInputError, match=r"sub/a: Not a directory; expected a folder that can be read; check"
    ):
        opened_folder(tree / "sub" / "a").__enter__()
