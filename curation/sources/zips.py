"""Zip archives (zip, wheel, jar, egg), listed from their directory and read member by member.

    for entry in entries(Path("attrs-25.1-py3-none-any.whl"), budget, max_members): entry.read(limit)

Nothing is extracted. The directory's size is checked before it is parsed, only stored and deflated
members are expanded, in small steps, and expanded bytes are counted against a budget. A member that is
encrypted, damaged or compressed otherwise is a problem of that member alone; an archive without its
directory is an error.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from curation.errors import BadInputError
from curation.sources.base import Problem
from curation.sources.tars import Entry

STEP = 256 << 10
"""Bytes that are expanded at a time."""
DIRECTORY_BYTES_PER_MEMBER = 256
"""Room in the directory for one allowed member; real ones take 46 bytes and their name, about 100."""
END, END64 = b"PK\x05\x06", b"PK\x06\x06"
END_BYTES, END64_BYTES, LOCATOR_BYTES, LONGEST_COMMENT = 22, 56, 20, 65535
EXPANDABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 0x1
ON_UNIX = 3
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""What zipfile raises on damaged input; NotImplementedError is a RuntimeError."""


def entries(path: Path, budget: int, max_members: int) -> Iterator[Entry]:
    """Every entry of a zip archive that is no folder, in the order of its directory.

    Args:
        path: The archive.
        budget: Expanded bytes that may be read; members beyond it have a problem.
        max_members: Members that are listed; one more entry says how many there are beyond.

    Raises:
        BadInputError: The archive is cut off, has no directory, or one that is damaged or too large.
    """
    _check_directory(path, max_members)
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise BadInputError(_message(path, f"no zip directory that can be read ({error})")) from error
    with archive:
        members = archive.infolist()
        taken = 0
        for number, info in enumerate(members[:max_members]):
            if info.is_dir():
                continue
            problem = _problem(info)
            if problem is None and taken + info.file_size > budget:
                problem = Problem("too_large", taken + info.file_size, budget, "expands beyond the limit")
            read = _refusal(problem) if problem else _reader(archive, info)
            yield Entry(number, info.orig_filename, info.file_size, problem, read)
            taken += 0 if problem else info.file_size
        if len(members) > max_members:
            problem = Problem("too_large", len(members), max_members, "members beyond the limit, not listed")
            yield Entry(max_members, members[max_members].orig_filename, 0, problem, _refusal(problem))


def _check_directory(path: Path, max_members: int) -> None:
    """Refuse a directory so large that parsing it would take memory without bound.

    Raises:
        BadInputError: It is too large, or there is none.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - END_BYTES - LONGEST_COMMENT - LOCATOR_BYTES - END64_BYTES))
            tail = file.read()
    except OSError as error:
        raise BadInputError(_message(path, str(error.strerror))) from error
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_BYTES:
        raise BadInputError(
            _message(path, f"no end of a zip directory in the last {len(tail)} bytes, so it is cut off")
        )
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    wide = at - LOCATOR_BYTES - END64_BYTES  # where zipfile looks for it
    if wide >= 0 and tail.startswith(END64, wide):
        directory = max(directory, int.from_bytes(tail[wide + 40 : wide + 48], "little"))
    allowed = max_members * DIRECTORY_BYTES_PER_MEMBER
    if min(directory, size) > allowed:
        what = f"a directory of {directory} bytes, more than {allowed} for {max_members} members"
        raise BadInputError(_message(path, what))


def _message(path: Path, what: str) -> str:
    return f"{path}: {what}; expected a whole zip archive; fetch it again or leave it out of the input"


def _problem(info: zipfile.ZipInfo) -> Problem | None:
    """Why a member cannot be read, from the directory alone."""
    mode = info.external_attr >> 16 if info.create_system == ON_UNIX else 0
    if stat.S_ISLNK(mode):
        return Problem("link")
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return Problem("special_file", detail=f"zip member of mode {mode:o}")
    if info.flag_bits & ENCRYPTED:
        return Problem("unreadable", detail="encrypted")
    if info.compress_type not in EXPANDABLE:
        return Problem("unreadable", detail=f"zip compression method {info.compress_type}")
    return None


def _refusal(problem: Problem) -> Callable[[int], bytes | Problem]:
    return lambda _: problem


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes | Problem]:
    def read(limit: int) -> bytes | Problem:
        pieces: list[bytes] = []
        left = limit
        try:
            with archive.open(info) as member:
                while left > 0 and (piece := member.read(min(left, STEP))):
                    pieces.append(piece)
                    left -= len(piece)
        except DAMAGE as error:
            return Problem("unreadable", detail=f"damaged member: {type(error).__name__}")
        content = b"".join(pieces)
        if left > 0 and len(content) != info.file_size:
            return Problem("unreadable", len(content), info.file_size, "shorter than the directory says")
        return content

    return read
