"""List a corpus several times, each copy with other identifiers, to measure near-dedup at scale.

    python tests/benchmarks/near_dedup_corpus.py /tmp/corpus /tmp/corpus4 --copies 4

Copy 0 is the corpus. In copy n every word like an identifier gets two letters or digits that depend on the
word and on n: `def f(x)` -> `defk3 fq0(x9a)`. Equal words stay equal within a copy, so a copy holds the same
near-duplicates as the corpus, and files of different copies share next to no shingle. Writes a zstd parquet
shard per shard and copy, row group by row group; columns `hexsha` and `size`, if there are any, follow the
new content. Prints megabytes of content.
"""

import argparse
import hashlib
import re
import sys
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

IDENTIFIER = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
LETTERS = b"0123456789abcdefghijklmnopqrstuv"
REMEMBERED = 2_000_000
"""Words whose new form is kept in memory at a time."""


def rename(word: bytes, known: dict[bytes, bytes], start: int) -> bytes:
    """The new form of an identifier in the copy whose checksum starts at `start`."""
    new = known.get(word)
    if new is None:
        if len(known) >= REMEMBERED:
            known.clear()
        value = zlib.crc32(word, start) * 0x9E3779B1 >> 16
        new = word + bytes((LETTERS[value & 31], LETTERS[value >> 5 & 31]))
        known[word] = new
    return new


def git_name(text: bytes) -> str:
    """Name that git gives to a file."""
    return hashlib.sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()


def renamed(table: pa.Table, known: dict[bytes, bytes], start: int) -> pa.Table:
    """The table with other identifiers in its `content`."""
    texts = [
        IDENTIFIER.sub(lambda found: rename(found[0], known, start), text.as_buffer().to_pybytes())
        for text in table["content"]
    ]
    new = {
        "content": [text.decode("utf-8") for text in texts],
        "size": [len(text) for text in texts],
        "hexsha": [git_name(text) for text in texts],
    }
    for name, values in new.items():
        place = table.schema.get_field_index(name)
        if place >= 0:
            table = table.set_column(
                place, table.schema.field(place), pa.array(values, table.schema.types[place])
            )
    return table


def write_copy(shard: Path, path: Path, copy: int) -> int:
    """Write one copy of one shard; bytes of content written."""
    source, start, written = pq.ParquetFile(shard), zlib.crc32(b"copy %d" % copy), 0
    known: dict[bytes, bytes] = {}
    with pq.ParquetWriter(path, source.schema_arrow, compression="zstd") as out:
        for group in range(source.num_row_groups):
            table = source.read_row_group(group)
            table = renamed(table, known, start) if copy else table
            written += sum(len(text.as_buffer()) for text in table["content"])
            out.write_table(table)
    return written


def main() -> None:
    """Write all copies."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="folder of parquet shards with a column `content`")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--copies", type=int, default=4, help="times that the corpus is listed (default 4)")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    shards = sorted(arguments.corpus.glob("*.parquet"))
    written = 0
    for copy in range(arguments.copies):
        for shard in shards:
            written += write_copy(shard, arguments.out / f"copy-{copy}-{shard.name}", copy)
        sys.stdout.write(f"copy {copy}: {written / 1e6:,.0f} MB so far\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
