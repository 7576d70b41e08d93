"""Time and peak memory of one part of the exact match, at its largest.

    python tests/benchmarks/exact_dedup.py

Writes `PART_ROWS` random keys, half of them in pairs, to a temporary folder, then reads and decides them as
one task of the deduplicate pass does. Prints seconds and the peak memory of this process before and after.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from curation.dedup import exact
from curation.shards import ParquetFile

BATCH = 1 << 18


def write_keys(path: Path, rows: int) -> None:
    """Write keys in batches, so that making them does not count for the peak."""
    random = np.random.default_rng(0)
    zeros = np.zeros(BATCH, np.int64)
    with ParquetFile(path, exact.KEY_SCHEMA) as out:
        for start in range(0, rows, BATCH):
            size = min(BATCH, rows - start)
            hashes = random.integers(0, 256, (size, exact.HASH_BYTES), dtype=np.uint8)
            hashes[1 : size // 2 : 2] = hashes[0 : size // 2 - 1 : 2]
            data = pa.Array.from_buffers(hashes_type(), size, [None, pa.py_buffer(hashes.tobytes())])
            number = np.arange(start, start + size)
            other = [pa.array(zeros[:size].astype(np.int8)), *(pa.array(zeros[:size]) for _ in range(3))]
            unit, row = pa.array(number // 8000, pa.int32()), pa.array(number % 8000, pa.int32())
            out.write_table(pa.Table.from_arrays([data, unit, row, *other], schema=exact.KEY_SCHEMA))


def hashes_type() -> pa.DataType:
    """Type of the hash column."""
    return exact.KEY_SCHEMA.field("hash").type


def peak() -> float:
    """Peak memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Measure one part."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "keys.parquet"
        write_keys(path, exact.PART_ROWS)
        before, started = peak(), time.perf_counter()
        keys = exact.read_keys([(path, 0)], 0, 1)
        decisions = exact.decide(keys, exact.Settings().keep)
        seconds = time.perf_counter() - started
    found = f"{keys.num_rows:,} keys, {decisions.num_rows:,} in clusters: {seconds:.1f} s"
    sys.stdout.write(f"{found}, peak {peak():.0f} MB ({before:.0f} before)\n")


if __name__ == "__main__":
    main()
