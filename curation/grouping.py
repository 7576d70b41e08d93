r"""Items with a key, however many and wherever they come from -> all items of one key, together and in order.

    scatter([Item("octo/hello/7", order_of(1367, 3), b"..."), ...], folder, partitions=16)     one task each
    for key, items in gather(folders, partition=3): ...                                        one task each

Every scatter task splits its own items by a hash of their keys; a gather task reads one of the partitions
from what all scatter tasks have left. So neither holds more than a stated number of bytes, tasks can run
anywhere and in any order, and what comes out depends on nothing but the items: groups by key, items by
`order`, then by payload. Equal items all stay. What keys, orders and payloads mean is the caller's business.

A scatter task leaves Arrow files with exactly one record batch for each partition, so that a gather task
reads its own batches and nothing else. A partition that is larger than the memory it is given is sorted in
pieces on disk and merged.
"""

import heapq
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow as pa

from curation.errors import BrokenRunError
from curation.shards import FileRecord, flush_to_disk, sha256_of, temporary_name
from curation.tasks import PENDING

MIB = 1 << 20
PARTITION_BYTES = 256 * MIB
"""Bytes of items that a partition should hold; in memory they take about half as much again."""
MAX_PARTITIONS = 4096
"""More would make the batches of a run too small; what a partition then has too much is merged on disk."""
BUFFER_BYTES = 64 * MIB
"""Bytes of items that a scatter task holds before it writes them."""
ITEM_BYTES = 256
"""Bytes that Python needs for an item besides its key, order and payload."""
PIECE_BYTES = 256 << 10
"""Bytes of items that are read at once of each sorted piece of a large partition."""
ROWS_AT_ONCE = 1024
SCHEMA = pa.schema([("key", pa.large_utf8()), ("order", pa.large_binary()), ("payload", pa.large_binary())])
WRITING = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
OFFSET = 1 << 63


class Item(NamedTuple):
    """Something that belongs to a key."""

    key: str
    """What it is grouped by; any text that UTF-8 can hold."""
    order: bytes
    """Where it comes in its group, compared byte by byte; see `order_of`."""
    payload: bytes


Group = tuple[str, Iterator[Item]]
"""A key and its items in order; they must be consumed before the next group is asked for."""


def order_of(*values: int | str) -> bytes:
    """Bytes that compare as these values do, one after the other; numbers have 64 bits, texts no NUL."""
    return b"".join(
        struct.pack(">Q", value + OFFSET) if isinstance(value, int) else value.encode() + b"\0"
        for value in values
    )


def partition_of(key: str, partitions: int) -> int:
    """In which partition the items of a key are; the same on every machine."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") % partitions


def partitions_for(size: int, partition_bytes: int = PARTITION_BYTES) -> int:
    """How many partitions hold `size` bytes of items in all: 1 to 4096."""
    return max(1, min(MAX_PARTITIONS, -(-size // partition_bytes)))


def scatter(
    items: Iterable[Item], folder: Path, partitions: int, *, buffer_bytes: int = BUFFER_BYTES
) -> list[FileRecord]:
    """Write the items of one task into `folder`, split by key; no item, no file.

    Args:
        items: In any order.
        folder: Of this task alone.
        partitions: The same for all tasks whose items are gathered together.
        buffer_bytes: Most bytes of items that are held; a larger item is held alone.

    Returns:
        What was written, for the record of the task.
    """
    written: list[FileRecord] = []
    held: list[list[Item]] = [[] for _ in range(partitions)]
    size = 0

    def write() -> None:
        written.append(_write_run(folder / f"items-{len(written):04d}.arrow", held))

    for item in items:
        held[partition_of(item.key, partitions)].append(item)
        size += size_of(item)
        if size >= buffer_bytes:
            write()
            held = [[] for _ in range(partitions)]
            size = 0
    if size:
        write()
    return written


def size_of(item: Item) -> int:
    """Bytes that an item takes in memory."""
    return len(item.key) + len(item.order) + len(item.payload) + ITEM_BYTES


def gather(
    folders: Iterable[Path],
    partition: int,
    *,
    memory_bytes: int = 2 * PARTITION_BYTES,
    scratch: Path | None = None,
) -> Iterator[Group]:
    """Every group of one partition, sorted by key.

    Args:
        folders: Of all scatter tasks; their order does not matter.
        partition: From 0.
        memory_bytes: Most bytes of items that are held; more are sorted in pieces on disk.
        scratch: Where these pieces are put, in a folder that is deleted at the end; None takes the
            system's folder for temporary files.

    Raises:
        BrokenRunError: If a file is damaged or was written for fewer partitions.
    """
    with ExitStack() as stack:
        spill: Path | None = None
        pieces: list[Path] = []
        held: list[Item] = []
        size = 0
        for folder in folders:
            for path in sorted(folder.glob("items-*.arrow")):
                for items in _read_run(path, partition):
                    held += items
                    size += sum(map(size_of, items))
                    if size > memory_bytes:
                        if spill is None:
                            where = TemporaryDirectory(prefix=f"{PENDING}merge-", dir=scratch)
                            spill = Path(stack.enter_context(where))
                        pieces.append(_write_piece(spill / f"{len(pieces)}.arrow", held))
                        held, size = [], 0
        held.sort()
        sources: list[Iterable[Item]] = [*map(_read_piece, pieces), held]
        yield from groupby(heapq.merge(*sources) if pieces else held, key=itemgetter(0))


def _write_run(path: Path, partitions: Sequence[list[Item]]) -> FileRecord:
    """One file with the items of each partition, sorted, as one record batch."""
    temporary = temporary_name(path)
    try:
        with (
            pa.OSFile(str(temporary), "wb") as sink,
            pa.ipc.new_file(sink, SCHEMA, options=WRITING) as writer,
        ):
            for items in partitions:
                items.sort()
                writer.write_batch(_batch(items))
        flush_to_disk(temporary)
        rows = sum(map(len, partitions))
        record = FileRecord(path.name, rows, temporary.stat().st_size, sha256_of(temporary))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return record


def _batch(items: Sequence[Item]) -> pa.RecordBatch:
    columns = zip(*items, strict=True) if items else ((), (), ())
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _read_run(path: Path, partition: int) -> Iterator[list[Item]]:
    """The items of one partition in one file, some at a time, in order.

    Raises:
        BrokenRunError: If the file is damaged or has no such partition.
    """
    try:
        with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
            if partition >= reader.num_record_batches:
                raise BrokenRunError(
                    f"{path}: expected partition {partition}, saw {reader.num_record_batches} partitions: it "
                    "was written with other settings; delete its folder and run the same command again"
                )
            batch = reader.get_batch(partition)
    except (pa.ArrowException, OSError) as error:
        raise BrokenRunError(
            f"{path}: expected a whole file of items, saw: {error}; delete its folder and run the same "
            "command again to make it anew"
        ) from error
    for start in range(0, batch.num_rows, ROWS_AT_ONCE):
        yield _items(batch.slice(start, ROWS_AT_ONCE))


def _items(batch: pa.RecordBatch) -> list[Item]:
    return list(map(Item, *(column.to_pylist() for column in batch.columns)))


def _write_piece(path: Path, items: list[Item]) -> Path:
    """Sorted items on disk, in batches small enough for many pieces to be read side by side."""
    items.sort()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA, options=WRITING) as writer:
        start = size = 0
        for stop, item in enumerate(items, 1):
            size += size_of(item)
            if size >= PIECE_BYTES or stop == len(items):
                writer.write_batch(_batch(items[start:stop]))
                start, size = stop, 0
    return path


def _read_piece(path: Path) -> Iterator[Item]:
    with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
        for batch in reader:
            yield from _items(batch)
