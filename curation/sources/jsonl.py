r"""Rows of JSON Lines files, plain, gzip or zstd: one object per line.

    units(...) -> Unit("table", "a.jsonl", {"bytes": [0, 67108901], "first_line": 0}, size=67108901)
    rows(unit, ...) -> Row("a.jsonl", -1, number=0, values={"content": "x = 1\n"})
    b'{"content": "caf\xe9"}' -> Row(..., problem=Problem("bad_encoding", ...))

Plain files are split at line starts, compressed ones are one unit. A line is read as bytes and decoded on
its own, so a bad one costs only itself: it comes out as a problem (bad_json, bad_encoding, too_large).
Blank lines are no rows. A damaged compressed file gives the rows before the damage, then stops the unit.
Memory is bounded by the longest line that is allowed. A file that is one big JSON value is refused.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO, cast

import orjson
import pyarrow as pa

from curation.errors import BadInputError
from curation.sources.base import Problem, Unit
from curation.sources.inputs import MIB, Input, container_of, describe, open_input
from curation.sources.rows import Row

BLOCK = MIB
SAMPLE_LINES = 100
SAMPLE_BYTES = 8 * MIB
"""How much of a file is looked at to learn its columns."""
EXPANSION = 4
"""Bytes of content that one compressed byte is taken for, in progress and ETA."""
DEPTH = 4
"""How deep nested objects are looked into for columns."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def columns(found: Input, options: Mapping[str, Any]) -> list[str]:
    """The columns that occur in the first 100 lines (8 MiB) of a file, dotted for nested objects.

    Raises:
        BadInputError: If there are lines, but no JSON object is among them.
    """
    names: dict[str, None] = {}
    seen = 0
    unit = Unit("", found.uri, {"bytes": [0, SAMPLE_BYTES], "first_line": 0})
    sample = islice(rows(unit, options, SAMPLE_BYTES), SAMPLE_LINES)
    first: Problem | None = None
    try:
        for row in sample:
            seen += 1
            first = first or row.problem
            names.update(dict.fromkeys(_names(row.values)))
    except BadInputError:
        if not names:  # what can be read tells the columns; reading the unit will stop at the damage
            raise
    if seen and not names:
        detail = f": {first.reason}, {first.detail}" if first else ""
        raise BadInputError(
            f"{found.uri}: none of the first {seen} lines is a JSON object with columns{detail}. Expected "
            f"one object per line; a JSON array becomes that with `jq -c '.[]'`."
        )
    return list(names)


def _names(values: Mapping[str, Any]) -> Iterator[str]:
    """Dotted names of an object's columns, also of nested objects and of the first object in a list."""
    pending = [("", values)]
    while pending:
        prefix, inner = pending.pop()
        for name, value in inner.items():
            yield prefix + name
            item = value[0] if isinstance(value, list) and value else value
            if isinstance(item, Mapping) and prefix.count(".") < DEPTH:
                pending.append((f"{prefix}{name}.", item))


def units(source: str, found: Input, options: Mapping[str, Any], unit_bytes: int) -> Iterator[Unit]:
    """Byte ranges of a plain file, each of at least `unit_bytes` but the last; a compressed file as a whole.

    A plain file that is longer than `unit_bytes` is read once, to find line starts and count lines.

    Raises:
        BadInputError: If the file cannot be opened.
    """
    if found.container != "jsonl":
        yield Unit(source, found.uri, {"first_line": 0}, found.size * EXPANSION, found.fingerprinted)
        return
    ranges = iter([(0, found.size, 0)])
    if found.size > unit_bytes:
        ranges = _splits(found, options, unit_bytes)
    for start, stop, first_line in ranges:
        part = {"bytes": [start, stop], "first_line": first_line}
        yield Unit(source, found.uri, part, stop - start, found.fingerprinted)


def _splits(found: Input, options: Mapping[str, Any], unit_bytes: int) -> Iterator[tuple[int, int, int]]:
    """Start, stop and number of the first line of each range."""
    start = first_line = line = position = 0
    with open_input(found.uri, options) as stream:
        while block := stream.read(BLOCK):
            cursor = 0
            while cursor < len(block):
                cut = block.find(b"\n", max(cursor, start + unit_bytes - 1 - position)) + 1
                line += block.count(b"\n", cursor, cut or len(block))
                if not cut:
                    break
                yield start, position + cut, first_line
                start, first_line, cursor = position + cut, line, cut
            position += len(block)
    if start < position:
        yield start, position, first_line


def rows(unit: Unit, options: Mapping[str, Any], max_line_bytes: int) -> Iterator[Row]:
    """Every line of a unit that is not blank, in order, as a row or as the problem that it has.

    Raises:
        BadInputError: If the file is truncated or damaged; the rows before that come out first.
    """
    start, stop = unit.part.get("bytes", (0, None))
    number = int(unit.part["first_line"])
    try:
        with open_input(unit.uri, options) as file, _decompressed(file, unit.uri) as stream:
            if start:
                stream.seek(start)
            for found, size in _lines(stream, None if stop is None else stop - start, max_line_bytes):
                line = found.removesuffix(b"\n") if found else found
                line = line.removeprefix(BYTE_ORDER_MARK) if line and number == 0 else line
                if line is None:
                    problem = Problem(
                        "too_large", size, max_line_bytes, "the line is longer than max_line_bytes"
                    )
                    yield Row(unit.uri, -1, number, problem=problem)
                elif line.strip():
                    values = _parse(line)
                    if isinstance(values, Problem):
                        yield Row(unit.uri, -1, number, problem=values)
                    else:
                        yield Row(unit.uri, -1, number, values)
                number += 1
    except (OSError, EOFError, zlib.error) as error:
        raise BadInputError(
            f"{unit.uri} is damaged or truncated near line {number + 1}: {describe(error)}. "
            f"Fetch it again or take it out of the input."
        ) from error


def _decompressed(file: BinaryIO, uri: str) -> BinaryIO:
    """The bytes of the lines; unlike zstandard's reader, Arrow's says when a zstd file is cut off."""
    container = container_of(uri)
    if container == "jsonl.gz":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if container == "jsonl.zst":
        stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
        return cast("BinaryIO", io.BufferedReader(stream, 64 * 1024))
    return file


def _lines(stream: BinaryIO, size: int | None, limit: int) -> Iterator[tuple[bytes | None, int]]:
    """Each line and its length in bytes; None for one above the limit, of which `limit` bytes are held."""
    position = 0
    while size is None or position < size:
        line = stream.readline(limit + 1)
        if not line:
            return
        length = len(line)
        if length > limit and not line.endswith(b"\n"):
            line = b""
            while rest := stream.readline(BLOCK):
                length += len(rest)
                if rest.endswith(b"\n"):
                    break
            yield None, length
        else:
            yield line, length
        position += length


def _parse(line: bytes) -> dict[str, Any] | Problem:
    """The object of one line, or what is wrong with it."""
    try:
        values = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        values = _parse_surrogates(line, error)
    if isinstance(values, Problem | dict):
        return values
    return Problem("bad_json", detail=f"the line is a {type(values).__name__}, expected an object")


def _parse_surrogates(line: bytes, error: orjson.JSONDecodeError) -> Any:
    """What orjson refuses: lone surrogates, which notebooks hold and JSON allows, are parsed by Python."""
    try:
        text = line.decode()
    except UnicodeDecodeError as bad:
        return Problem("bad_encoding", value=bad.start, detail=f"byte {bad.start} of the line is not UTF-8")
    if "\\ud" in text or "\\uD" in text:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return Problem("bad_json", value=error.pos, detail=error.msg[:120])
