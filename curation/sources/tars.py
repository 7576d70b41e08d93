r"""Tar archives, plain or compressed, read as one stream of entries with bounded memory.

    for entry in entries(Path("attrs-25.1.tar.gz"), budget, max_members): entry.read(limit)

The archive is never extracted and never held whole: headers are read block by block, extended headers
(pax, GNU long names) only up to a stated size, and the expanded bytes are counted against a budget
before they are read. Python's `tarfile` is used for the header block alone, since it reads extended
headers of any size into memory and calls itself once per extended header.
"""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol

import zstandard

from curation.errors import BadInputError
from curation.sources.base import Problem
from curation.sources.local import MIB

BLOCK = tarfile.BLOCKSIZE
CHUNK = 256 << 10
EXTENDED_HEADER_BYTES = MIB
"""Longest extended header that is read; real ones hold a path and some times."""
LOOKED_AT_AFTER_THE_END = 16 * MIB
XZ_MEMORY, ZSTD_WINDOW = 256 * MIB, 128 * MIB
"""Bytes that a compressed stream may ask its decoder to hold."""

GZIP, BZIP2, XZ, ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
CHECKED = (GZIP, BZIP2, XZ)
DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
FOLDERS = {tarfile.DIRTYPE, b"D"}
FILES = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE}
LINKS = {tarfile.SYMTYPE, tarfile.LNKTYPE}
SPECIAL = {tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE}
WITHOUT_DATA = LINKS | SPECIAL | {tarfile.DIRTYPE}
EXTENDED = {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, b"L", b"K"}
SPARSE = "GNU.sparse"
FACTS = frozenset({"path", "size", "comment", SPARSE})
"""Keys of pax headers that decide something here; the others are not kept."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a tar or zip archive that is no folder: what the archive claims, unchecked."""

    number: int
    """Position in the archive, counted from 0 without extended headers."""
    name: str
    """As the archive has it, unchecked; undecodable bytes as lone surrogates."""
    size: int
    """Bytes that the archive states."""
    problem: Problem | None
    """Why the entry has no content that could be read."""
    read: Callable[[int], bytes | Problem]
    """Up to so many bytes of the content; to be called before the next entry is asked for."""
    comment: str = ""
    """The pax comment in force, which `git archive` sets to the commit."""


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, count: int, /) -> bytes:
        """Up to `count` bytes; b"" at the end."""
        ...


class Stream:
    """Decompressed bytes of one archive, in order, with damage turned into one kind of error."""

    def __init__(self, path: Path, file: BufferedReader) -> None:
        self.path = path
        self.taken = 0
        """Decompressed bytes that were used so far."""
        magic = file.peek(6)[:6]
        self.is_checked = magic.startswith(CHECKED)
        """Whether the compressed stream itself says that it is whole, by a checksum at its end."""
        self._chunks = _chunks(file, magic)
        self._buffer = b""
        self._at = 0

    def up_to(self, count: int) -> bytes:
        """The next `count` bytes, or fewer at the end of the archive."""
        pieces: list[bytes] = []
        wanted = count
        while wanted > 0 and self._fill():
            piece = self._buffer[self._at : self._at + wanted]
            self._at += len(piece)
            wanted -= len(piece)
            pieces.append(piece)
        self.taken += count - wanted
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes.

        Raises:
            BadInputError: The archive ends before.
        """
        found = self.up_to(count)
        if len(found) < count:
            raise self.damaged(f"cut off after {self.taken} expanded bytes")
        return found

    def skip(self, count: int) -> None:
        """Leave out the next `count` bytes, holding one chunk at a time."""
        while count > 0:
            count -= len(self.exactly(min(count, CHUNK)))

    def damaged(self, what: str) -> BadInputError:
        """An error that names the archive and what is wrong with it."""
        return BadInputError(
            f"{self.path}: {what}; expected a whole tar archive; fetch it again or leave it out of the input"
        )

    def _fill(self) -> bool:
        """Have at least one byte at hand; False at the end of the archive."""
        if self._at < len(self._buffer):
            return True
        try:
            self._buffer = next(self._chunks, b"")
        except DAMAGE as error:
            raise self.damaged(f"damaged after {self.taken} expanded bytes ({error})") from error
        self._at = 0
        return bool(self._buffer)


def _chunks(file: BufferedReader, magic: bytes) -> Iterator[bytes]:
    """Decompressed pieces of a file; what compressed it is told from its first bytes."""
    source: Readable = file
    if magic.startswith(GZIP):
        source = gzip.GzipFile(fileobj=file)
    elif magic.startswith(BZIP2):
        source = bz2.BZ2File(file)
    elif magic.startswith(ZSTD):
        decoder = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        source = decoder.stream_reader(file, read_across_frames=True)
    elif magic.startswith(XZ):
        yield from _xz_chunks(file)
        return
    while piece := source.read(CHUNK):
        yield piece


def _xz_chunks(file: BufferedReader) -> Iterator[bytes]:
    """As `lzma.open`, which would let the archive decide how much memory its dictionary takes.

    Raises:
        EOFError: The compressed stream is cut off, as the other decoders say it.
    """
    left = file.read(CHUNK)
    while left:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
        while not decoder.eof:
            if decoder.needs_input and not left:
                left = file.read(CHUNK)
                if not left:
                    raise EOFError("compressed stream is cut off")
            yield decoder.decompress(left, CHUNK)
            left = b""
        left = (decoder.unused_data or file.read(CHUNK)).lstrip(b"\0")  # streams may be padded


def entries(path: Path, budget: int, max_members: int) -> Iterator[Entry]:
    """Every entry of a tar archive that is no folder, in order.

    An archive that would expand beyond the budget, or has too many members, ends with one entry whose
    problem says so.

    Args:
        path: The archive.
        budget: Expanded bytes that may be read, skipped ones included.
        max_members: Members that are read.

    Raises:
        BadInputError: The archive is cut off, damaged or no tar archive; after the entries before that.
    """
    with path.open("rb") as file:
        stream = Stream(path, file)
        pending: dict[str, str] = {}
        everywhere: dict[str, str] = {}
        number = 0
        while number <= max_members and stream.taken <= budget:
            info = _header(stream)
            if info is None:
                if _has_more(stream):
                    yield _refused(number, "data after the end", Problem("unreadable", detail="not read"))
                return
            if info.type in EXTENDED:
                target = everywhere if info.type == tarfile.XGLTYPE else pending
                target.update(_extended(stream, info))
                continue
            facts, pending = everywhere | pending, {}
            yield from _entry(stream, info, facts, number, budget if number < max_members else -1)
            number += 1


def _header(stream: Stream) -> tarfile.TarInfo | None:
    """The next header block; None at the end of the archive."""
    block = stream.up_to(BLOCK)
    if not block and stream.taken:
        if stream.is_checked:
            return None
        raise stream.damaged(f"ends after {stream.taken} expanded bytes without the mark of its end")
    if block == bytes(BLOCK):
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        at = stream.taken - len(block)
        raise stream.damaged(f"no tar header at expanded byte {at} ({error})") from error
    if info.type == tarfile.GNUTYPE_SPARSE and block[482]:
        _skip_sparse_map(stream)
    return info


def _has_more(stream: Stream) -> bool:
    """Whether anything but zeros follows the last member; reading on also compares the final checksum."""
    for _ in range(LOOKED_AT_AFTER_THE_END // CHUNK):
        rest = stream.up_to(CHUNK)
        if rest.strip(b"\0"):
            return True
        if not rest:
            return False
    return False


def _entry(
    stream: Stream, info: tarfile.TarInfo, facts: dict[str, str], number: int, budget: int
) -> Iterator[Entry]:
    """The entry of a header, if it is no folder; leaves the stream at the next header."""
    size = _size(stream, info, facts)
    name = facts.get("path") or info.name
    extra = 0 if info.type in WITHOUT_DATA else size + -size % BLOCK
    end = stream.taken + extra
    if budget < 0 or end > budget:
        limit = None if budget < 0 else budget
        problem = Problem("too_large", end, limit, "the rest of the archive is beyond the limits, not read")
        stream.taken = end
        yield _refused(number, name, problem)
        return
    if info.type not in FOLDERS and not (info.type in FILES and name.endswith("/")):
        found = _problem(info, facts)

        def read(limit: int) -> bytes | Problem:
            return found or stream.exactly(min(size, limit))

        yield Entry(number, name, size, found, read, facts.get("comment", ""))
    stream.skip(end - stream.taken)


def _refused(number: int, name: str, problem: Problem) -> Entry:
    return Entry(number, name, 0, problem, lambda _: problem)


def _size(stream: Stream, info: tarfile.TarInfo, facts: dict[str, str]) -> int:
    stated = facts.get("size", "")
    if stated.isascii() and stated.isdigit() and len(stated) < 20:
        return int(stated)
    if info.size < 0:
        raise stream.damaged(f"member size {info.size}")
    return info.size


def _problem(info: tarfile.TarInfo, facts: dict[str, str]) -> Problem | None:
    if info.type in LINKS:
        return Problem("link")
    if info.type == tarfile.GNUTYPE_SPARSE or SPARSE in facts:
        return Problem("special_file", detail="sparse file")
    if info.type not in FILES:
        return Problem("special_file", detail=f"tar member of type {info.type!r}")
    return None


def _skip_sparse_map(stream: Stream) -> None:
    """Leave out the extension blocks of an old GNU sparse header: byte 504 of each says if one follows."""
    for _ in range(EXTENDED_HEADER_BYTES // BLOCK):
        if not stream.exactly(BLOCK)[504]:
            return
    raise stream.damaged(f"sparse map of more than {EXTENDED_HEADER_BYTES} bytes")


def _extended(stream: Stream, info: tarfile.TarInfo) -> dict[str, str]:
    """What an extended header says about the next member, or about all that follow."""
    if not 0 <= info.size <= EXTENDED_HEADER_BYTES:
        raise stream.damaged(f"extended header of {info.size} bytes, at most {EXTENDED_HEADER_BYTES} taken")
    data = stream.exactly(info.size)
    stream.exactly(-info.size % BLOCK)
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")}
    if info.type == tarfile.GNUTYPE_LONGLINK:
        return {}
    return _pax_records(stream, data)


def _pax_records(stream: Stream, data: bytes) -> dict[str, str]:
    r"""Records "<length> <key>=<value>\n" as a mapping."""
    records: dict[str, str] = {}
    at = 0
    while at < len(data) and data[at] != 0:
        digits = data[at : at + 20].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        record = data[at + len(digits) + 1 : at + length - 1]
        key, equals, value = record.partition(b"=")
        if not equals or not len(digits) + 1 < length <= len(data) - at:
            raise stream.damaged(f"extended header that cannot be read near expanded byte {stream.taken}")
        known = SPARSE if key.startswith(b"GNU.sparse") else key.decode("ascii", "replace")
        if known in FACTS:
            records[known] = value.decode("utf-8", "surrogateescape")
        at += length
    return records
