"""Tar archives are streamed: formats, links, damage and headers made to take memory."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from curation.errors import BadInputError
from curation.sources import archive
from curation.sources.archive import Settings
from curation.sources.base import SourceFile

PACK: dict[str, Callable[[bytes], bytes]] = {
    ".tar": bytes,
    ".tar.gz": gzip.compress,
    ".tgz": gzip.compress,
    ".tar.bz2": bz2.compress,
    ".tar.xz": lzma.compress,
    ".tar.zst": zstandard.compress,
}


def tar(members: dict[str, bytes] | list[tarfile.TarInfo], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, errors="surrogateescape") as file:
        for member in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            content = members[info.name] if isinstance(members, dict) else b"1" * info.size
            info.size = len(content) if info.isreg() else info.size
            file.addfile(info, io.BytesIO(content))
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


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_formats_agree_with_the_standard_library(tmp_path: Path, form: int) -> None:
    """Long and non-ASCII names and all sizes around a block are read as `tarfile` reads them."""
    names = ["a", "é" * 60, "deep/" * 40 + "x" * 50, "b" * 100]
    members = {name: bytes([65]) * size for name, size in zip(names, [0, 511, 512, 513], strict=True)}
    if form == tarfile.USTAR_FORMAT:
        members.pop("é" * 60)
    path = write(tmp_path, "x.tar", tar(members, form))
    with tarfile.open(path) as reference:
        expected = {info.name: b"".join(reference.extractfile(info) or ()) for info in reference}
    assert outcome(read_all(path)) == expected == members


def test_tar_links_devices_and_sparse_files_are_problems(tmp_path: Path) -> None:
    """Nothing is followed, opened or expanded; the file after them is read."""
    kinds = {
        "sym": tarfile.SYMTYPE,
        "hard": tarfile.LNKTYPE,
        "fifo": tarfile.FIFOTYPE,
        "char": tarfile.CHRTYPE,
        "block": tarfile.BLKTYPE,
        "sparse": tarfile.GNUTYPE_SPARSE,
        "volume": b"V",
        "dir": tarfile.DIRTYPE,
        "file": tarfile.REGTYPE,
    }
    members = []
    for name, kind in kinds.items():
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd" if kind in {b"1", b"2"} else ""
        info.size = 3 if kind == tarfile.REGTYPE else 0
        members.append(info)
    assert outcome(read_all(write(tmp_path, "x.tar", tar(members)))) == {
        "sym": "link",
        "hard": "link",
        "fifo": "special_file",
        "char": "special_file",
        "block": "special_file",
        "sparse": "special_file",
        "volume": "special_file",
        "file": b"111",
    }


@pytest.mark.parametrize("suffix", PACK)
def test_a_cut_tar_is_an_error_that_names_it(tmp_path: Path, suffix: str) -> None:
    """Whatever the compression, the file that is cut in the middle is told, not the last member dropped."""
    noise = random.Random(1).randbytes(200_000)
    whole = PACK[suffix](tar({"first": b"1", "second": noise, "third": noise}))
    path = write(tmp_path, f"cut{suffix}", whole[: len(whole) * 6 // 10])
    with pytest.raises(BadInputError, match=rf"cut\{suffix}: .*expected a whole tar archive"):
        read_all(path)


@pytest.mark.parametrize("suffix", [".tar.gz", ".tar.bz2", ".tar.xz"])
def test_a_missing_checksum_at_the_end_is_noticed(tmp_path: Path, suffix: str) -> None:
    """All members are there, but the compressed stream lacks its last three bytes."""
    path = write(tmp_path, f"cut{suffix}", PACK[suffix](tar({"a": b"1"}))[:-3])
    with pytest.raises(BadInputError, match=r"damaged after \d+ expanded bytes"):
        read_all(path)


def test_a_tar_without_the_mark_of_its_end_is_an_error(tmp_path: Path) -> None:
    """Cut exactly between two members it looks whole but for the two empty blocks; gzip says it itself."""
    half = tar({"a": b"1" * 512, "b": b"2"})[:1024]
    with pytest.raises(BadInputError, match="ends after 1024 expanded bytes without the mark of its end"):
        read_all(write(tmp_path, "x.tar", half))
    assert outcome(read_all(write(tmp_path, "x.tar.gz", gzip.compress(half, mtime=0)))) == {"a": b"1" * 512}


def test_members_before_the_damage_are_yielded(tmp_path: Path) -> None:
    """What could be read is given out before the error."""
    path = write(tmp_path, "cut.tar", tar({"first": b"1", "second": b"2" * 2000})[:2000])
    chosen = Settings(path=path)
    (unit,) = archive.plan(chosen)
    stream = archive.read(unit, chosen)
    assert next(stream).path == "first"
    with pytest.raises(BadInputError, match="cut off after 2000 expanded bytes"):
        list(stream)


def extended(size: int, kind: bytes, data: bytes) -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (extended(1 << 31, b"x", b""), "extended header of 2147483648 bytes"),
        (extended(1 << 31, b"L", b""), "extended header of 2147483648 bytes"),
        (extended(9, b"x", b"0 path=a\n"), "extended header that cannot be read"),
        (extended(9, b"x", b"99 path=a"), "extended header that cannot be read"),
        (extended(9, b"x", b"9 noequal"), "extended header that cannot be read"),
        (extended(9, b"x", b"x" * 9), "extended header that cannot be read"),
    ],
)
def test_hostile_extended_headers_take_no_memory(tmp_path: Path, blocks: bytes, message: str) -> None:
    """A header that claims gigabytes, or is no header, ends the archive with an error."""
    path = write(tmp_path, "x.tar", blocks + bytes(1024))
    with pytest.raises(BadInputError, match=message):
        read_all(path)


def test_a_chain_of_extended_headers_is_read_without_recursion(tmp_path: Path) -> None:
    """5,000 headers before one member, on which tarfile recurses, are read one after the other."""
    chain = extended(9, b"x", b"9 a=bcde\n") * 5000
    path = write(tmp_path, "x.tar", chain + tar({"a": b"1"}))
    assert outcome(read_all(path)) == {"a": b"1"}


def test_what_follows_the_end_of_an_archive_is_counted(tmp_path: Path) -> None:
    """Two archives put one after the other, of which tar reads the first: the second is told of."""
    path = write(tmp_path, "x.tar", tar({"a": b"1"}) + tar({"b": b"2"}))
    assert outcome(read_all(path)) == {"a": b"1", "data after the end": "unreadable"}


@pytest.mark.parametrize("blocks", [1, 3, 3000])
def test_the_map_of_a_sparse_file_is_left_out(tmp_path: Path, blocks: int) -> None:
    """The header of an old sparse file goes on in further blocks; one without end is an error."""
    info = tarfile.TarInfo("sparse")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[482] = 1
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:]))
    more = (bytes(504) + b"\1" + bytes(7)) * (blocks - 1) + bytes(512)
    path = write(tmp_path, "x.tar", bytes(header) + more + tar({"a": b"1"}))
    if blocks < 3000:
        assert outcome(read_all(path)) == {"sparse": "special_file", "a": b"1"}
    else:
        with pytest.raises(BadInputError, match="sparse map of more than 1048576 bytes"):
            read_all(path)
