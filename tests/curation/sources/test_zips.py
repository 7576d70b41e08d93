"""Zip archives are listed and read member by member: odd members, false sizes, endless directories."""

import io
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadInputError
from curation.sources import archive
from curation.sources.archive import Settings
from curation.sources.base import SourceFile

MIB = 1 << 20


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def write(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def read_all(path: Path, **options: Any) -> list[SourceFile]:
    chosen = Settings(path=path, **options)
    return [file for unit in archive.plan(chosen) for file in archive.read(unit, chosen)]


def outcome(files: list[SourceFile]) -> dict[str, Any]:
    assert all((file.content is None) == (file.problem is not None) for file in files)
    return {file.path: file.problem.reason if file.problem else file.content for file in files}


def test_a_name_cut_by_nul_is_unsafe(tmp_path: Path) -> None:
    """A NUL in the name of a zip member, where the standard library cuts silently, is counted as unsafe."""
    content = zipped({"a.pyX.exe": b"1"}).replace(b"a.pyX.exe", b"a.py\0.exe")
    assert outcome(read_all(write(tmp_path, "x.zip", content))) == {"a.py%00.exe": "unsafe_path"}


def test_zip_links_and_other_modes_are_problems(tmp_path: Path) -> None:
    """A member that was a symbolic link or FIFO on Unix is not taken for its text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, mode in (("link", stat.S_IFLNK), ("fifo", stat.S_IFIFO), ("file", stat.S_IFREG)):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (mode | 0o644) << 16
            file.writestr(info, b"/etc/passwd")
    found = outcome(read_all(write(tmp_path, "x.zip", buffer.getvalue())))
    assert found == {"link": "link", "fifo": "special_file", "file": b"/etc/passwd"}


def test_members_that_cannot_be_expanded_are_problems_of_their_own(tmp_path: Path) -> None:
    """Encrypted, oddly compressed and damaged members are set aside; the others are read."""
    plain = zipped({"secret": b"1", "ok": b"2"}, zipfile.ZIP_STORED)
    at = plain.index(b"PK\x01\x02")
    encrypted = plain[: at + 8] + struct.pack("<H", 1) + plain[at + 10 :]
    assert outcome(read_all(write(tmp_path, "a.zip", encrypted))) == {"secret": "unreadable", "ok": b"2"}
    other = zipped({"x": b"1" * 100}, zipfile.ZIP_LZMA)
    assert outcome(read_all(write(tmp_path, "b.zip", other))) == {"x": "unreadable"}
    flipped = zipped({"x": b"abc", "ok": b"2"}, zipfile.ZIP_STORED).replace(b"abc", b"abd")
    assert outcome(read_all(write(tmp_path, "c.zip", flipped))) == {"x": "unreadable", "ok": b"2"}


def test_a_zip_member_that_lies_about_its_size_is_not_read_beyond_it(tmp_path: Path) -> None:
    """Declared 10 bytes, in truth a megabyte: at most 10 are expanded, and the member is damaged."""
    content = bytearray(zipped({"bomb": b"\0" * MIB}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    (file,) = read_all(write(tmp_path, "x.zip", bytes(content)))
    assert file.problem is not None
    assert file.problem.reason == "unreadable"


def test_a_zip_directory_without_bound_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    """40,000 members where 100 are allowed: the directory is not loaded at all."""
    path = write(tmp_path, "x.zip", zipped({f"{number}": b"" for number in range(40_000)}))
    with pytest.raises(
        BadInputError, match=r"x\.zip: a directory of \d+ bytes, more than 25600 for 100 members"
    ):
        read_all(path, max_members=100)
