"""Every near-dedup tool that the benchmark compares, ours included: one function each.

    python tests/benchmarks/near_dedup_peers.py rensa FOLDER WARM OUT.npz --tokens words

Runs one tool in this process: first on the few files of WARM, so that imports and compilation are not
counted, then on FOLDER, which holds parquet shards with a column `content` and with `int_id_column`, which
counts rows. Written to OUT.npz: `keeper`, the row that each row is dropped for (itself if kept, -1 if dropped
for none), `cluster`, a number per row that rows of one cluster share, and for ours `pairs`, the verified
ones. Printed as JSON: CPU seconds of all threads and children, wall seconds, peak memory in MB.
`near_dedup.py` calls this file for each tool.

Peers that take tokens (datasketch, rensa) get 5-token shingles of `--tokens`; the others cut text their own
way. This file imports neither `curation` nor any peer before it is known which one runs.
"""

import argparse
import hashlib
import json
import os
import re
import resource
import struct
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

Rows = npt.NDArray[np.int64]

WINDOW = 5
BATCH = 1000
SEED = 42
SPLITS: dict[str, Callable[[str], list[str]]] = {
    "words": re.compile(r"\w+").findall,
    "sc1-code": re.compile("[^A-Za-z_0-9]").split,
}


class Found(NamedTuple):
    """What a tool decided."""

    keeper: Rows
    cluster: Rows
    pairs: npt.NDArray[Any] | None = None


def columns(folder: Path) -> Iterator[Any]:
    """The texts as Arrow string arrays, in order."""
    for shard in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(shard).iter_batches(BATCH, columns=["content"], use_threads=False):
            yield batch.column(0)


def texts(folder: Path) -> Iterator[str]:
    """The texts as Python strings, in order."""
    for column in columns(folder):
        yield from column.to_pylist()


def shingles(text: str, tokens: str) -> set[str]:
    """Distinct 5-token shingles of a text, for peers that leave this to their user."""
    found = SPLITS[tokens](text)
    return {" ".join(found[at : at + WINDOW]) for at in range(len(found) - WINDOW + 1)}


def find(parents: list[int], row: int) -> int:
    """First row of a row's cluster, by union-find."""
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


def unite(parents: list[int], a: int, b: int) -> None:
    """Make one cluster of the clusters of two rows."""
    a, b = find(parents, a), find(parents, b)
    parents[max(a, b)] = min(a, b)


def first_kept(parents: list[int]) -> Found:
    """Keep the first row of each cluster."""
    root = np.array([find(parents, row) for row in range(len(parents))], np.int64)
    return Found(root, root)


def ours(folder: Path, tokens: str, **changed: Any) -> Found:
    """`curation.dedup.near` in one process; the texts stay in memory, as with every peer."""
    near = import_module("curation.dedup.near")
    settings = near.NearSettings(tokens=tokens, **changed)
    texts = list(columns(folder))
    result = near.deduplicate(lambda: texts, settings)
    keeper = np.asarray(result.keeper, np.int64)
    return Found(keeper, keeper, np.asarray(result.pairs))


def datasketch(folder: Path, tokens: str) -> Found:
    """MinHash of 256 permutations and MinHashLSH at 0.7, both with the defaults otherwise."""
    peer = import_module("datasketch")
    index = peer.MinHashLSH(threshold=0.7, num_perm=256)
    clusters: list[int] = []
    for row, text in enumerate(texts(folder)):
        clusters.append(row)
        if found := shingles(text, tokens):
            minhash = peer.MinHash(num_perm=256)
            minhash.update_batch([shingle.encode() for shingle in found])
            for other in index.query(minhash):
                unite(clusters, row, other)
            index.insert(row, minhash)
    return first_kept(clusters)


def rensa(folder: Path, tokens: str) -> Found:
    """R-MinHash of 250 values and its LSH of 25 bands, as BigCode's settings; not the sampling `rho` mode."""
    peer = import_module("rensa")
    index = peer.RMinHashLSH(0.7, 250, 25)
    clusters: list[int] = []
    row = 0
    for column in columns(folder):
        found = [list(shingles(text, tokens)) for text in column.to_pylist()]
        sketches = peer.RMinHash.from_token_sets(found, 250, SEED)
        for some, sketch in zip(found, sketches, strict=True):
            clusters.append(row)
            if some:
                for other in index.query(sketch):
                    unite(clusters, row, other)
                index.insert(row, sketch)
            row += 1
    return first_kept(clusters)


def gaoya(folder: Path, _tokens: str) -> Found:
    """MinHashStringIndex of 256 hashes at 0.7 over whitespace 5-grams, in batches; estimates are compared."""
    minhash = import_module("gaoya.minhash")
    index = minhash.MinHashStringIndex(
        jaccard_threshold=0.7, num_bands=None, band_size=None, num_hashes=256, ngram_range=(5, 5)
    )
    clusters: list[int] = []
    for column in columns(folder):
        rows = list(range(len(clusters), len(clusters) + len(column)))
        clusters.extend(rows)
        index.par_bulk_insert_docs(rows, column.to_pylist())
    row = 0
    for column in columns(folder):
        for near in index.par_bulk_query(column.to_pylist()):
            for other in near:
                unite(clusters, row, other)
            row += 1
    return first_kept(clusters)


def bigcode(folder: Path, _tokens: str, version: int) -> Found:
    """The logic of BigCode's scripts: 25 bands of 10, union of what collides, nothing verified.

    Version 1 hashes with SHA-1 and permutes modulo 2^61 - 1; version 2 lower-cases, hashes with xxh32 and
    permutes 32-bit products that wrap. Files below five tokens have an empty signature in version 1, the
    same for all, and so become one cluster; in version 2 they are one shorter shingle.
    """
    random = np.random.RandomState(SEED)
    kind: Any = np.uint64 if version == 1 else np.uint32
    prime, count = ((1 << 61) - 1, 256) if version == 1 else (4_294_967_291, 250)
    a = random.randint(1, prime, count, dtype=kind)
    b = random.randint(0, prime, count, dtype=kind)
    xxh32 = None if version == 1 else import_module("xxhash").xxh32_intdigest
    split = re.compile("[^A-Za-z_0-9]" if version == 1 else r"\W").split
    bands: list[dict[bytes, int]] = [{} for _ in range(25)]
    clusters: list[int] = []
    for row, text in enumerate(texts(folder)):
        clusters.append(row)
        found = split(text if version == 1 else text.lower())
        last = len(found) - WINDOW + 1 if version == 1 else max(len(found) - WINDOW + 1, 1)
        some = {" ".join(found[at : at + WINDOW]).encode() for at in range(last)}
        if xxh32:
            hashed = [xxh32(shingle) for shingle in some]
        else:
            digests = [hashlib.sha1(shingle, usedforsecurity=False).digest() for shingle in some]
            hashed = [struct.unpack("<I", digest[:4])[0] for digest in digests]
        hashes: Any = np.array(hashed, kind)
        values = (hashes[:, None] * a + b) % kind(prime) & kind(0xFFFFFFFF)
        lowest = values.min(axis=0, initial=0xFFFFFFFF)
        for band, first in zip(bands, range(0, 250, 10), strict=True):
            unite(clusters, row, band.setdefault(lowest[first : first + 10].tobytes(), row))
    return first_kept(clusters)


def text_dedup(folder: Path, _tokens: str) -> Found:
    """text_dedup.minhash at its defaults, one process; what is too short for it is lost."""
    with tempfile.TemporaryDirectory() as out:
        peer = import_module("text_dedup.minhash")
        arguments = [
            "--path",
            "parquet",
            "--data_dir",
            str(folder),
            "--split",
            "train",
            "--column",
            "content",
        ]
        places = ["--cache_dir", f"{out}/cache", "--output", f"{out}/kept", "--num_proc", "1"]
        peer.main(arguments + places, standalone_mode=False)
        rows = range(sum(len(column) for column in columns(folder)))
        cluster = np.array([peer.uf.find(row) for row in rows], np.int64)
        kept = import_module("datasets").load_from_disk(f"{out}/kept")["int_id_column"]
    keeper = np.where(np.isin(rows, kept), rows, np.where(cluster == rows, -1, cluster))
    return Found(keeper, cluster)


def datatrove(folder: Path, _tokens: str) -> Found:
    """The four MinHash stages at their defaults (14 x 8, English word tokenizer), in turn."""
    minhash = import_module("datatrove.pipeline.dedup.minhash")
    import_module("loguru").logger.remove()
    read = import_module("datatrove.pipeline.readers").ParquetReader(
        str(folder), text_key="content", glob_pattern="*.parquet", read_metadata=False
    )
    with tempfile.TemporaryDirectory() as name:
        signed, matched, clustered = (f"{name}/{stage}" for stage in ("signatures", "buckets", "clusters"))
        minhash.MinhashDedupSignature(signed).run(read.run())
        for bucket in range(14):
            minhash.MinhashDedupBuckets(signed, matched).run(rank=bucket, world_size=14)
        minhash.MinhashDedupCluster(matched, clustered, save_cluster_id=True).run()
        deque(minhash.MinhashDedupFilter(clustered).run(read.run()), maxlen=0)
        numbers = [np.fromfile(path, np.uint32) for path in Path(clustered).glob("*.clusters")]
        removed = [np.fromfile(path, np.uint32) for path in Path(clustered).glob("*.remove")]
    read_rows = np.flatnonzero([bool(text) for text in texts(folder)])
    cluster = -1 - np.arange(sum(len(column) for column in columns(folder)))
    keeper = np.arange(len(cluster))
    if numbers:
        rows, found = numbers[0].reshape(-1, 2).astype(np.int64).T
        gone = np.isin(rows, removed[0])
        kept = np.zeros(found.max() + 1, np.int64)
        kept[found[~gone]] = read_rows[rows[~gone]]
        cluster[read_rows[rows]] = found
        keeper[read_rows[rows]] = kept[found]
    return Found(keeper, cluster)


def data_prep_kit(folder: Path, _tokens: str) -> Found:
    """Its fuzzy dedup at its defaults (14 x 8 and an estimate of 0.75), without writing the kept files."""
    peer = import_module("dpk_fdedup.transform_python")
    with tempfile.TemporaryDirectory() as name:
        sys.argv = ["fdedup", "--input_folder", str(folder), "--output_folder", name]
        sys.argv += ["--contents_column", "content", "--document_id_column", "int_id_column"]
        sys.argv += ["--services", "SignatureCalculation,ClusterAnalysis,GetDuplicateList"]
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            peer.ServiceOrchestrator(peer.parse_args()).orchestrate()
        files = sorted(Path(name).glob("docs_to_remove/*.parquet"))
        edges = [pq.read_table(path, columns=["first_doc", "docs_to_remove"]) for path in files]
    clusters = list(range(sum(len(column) for column in columns(folder))))
    kept = np.ones(len(clusters), bool)
    for edge in edges:
        kept[edge["docs_to_remove"].to_numpy()] = False
        for a, b in zip(*(column.to_pylist() for column in edge.columns), strict=True):
            unite(clusters, a, b)
    cluster = first_kept(clusters).cluster
    keeper = np.full(len(cluster), -1, np.int64)
    for row in np.flatnonzero(kept)[::-1]:
        keeper[cluster[row]] = row
    return Found(np.where(kept, np.arange(len(cluster)), keeper[cluster]), cluster)


TOOLS: dict[str, Callable[[Path, str], Found]] = {
    "ours exact": partial(ours, verify="exact"),
    "ours components": partial(ours, verify="exact", cluster="components"),
    "ours sketch": partial(ours, verify="sketch"),
    "ours none": partial(ours, verify="none"),
    "ours 32x8": partial(ours, bands=32, rows=8),
    "ours 42x6": partial(ours, bands=42, rows=6),
    "ours margin": partial(ours, margin_above=3.0),
    "gaoya": gaoya,
    "rensa": rensa,
    "data-prep-kit": data_prep_kit,
    "datasketch": datasketch,
    "bigcode v2": partial(bigcode, version=2),
    "bigcode v1": partial(bigcode, version=1),
    "text-dedup": text_dedup,
    "datatrove": datatrove,
}


def cpu_seconds() -> float:
    """CPU seconds of this process so far, all threads, and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def main() -> None:
    """Run one tool."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("folder", type=Path, help="shards to measure on")
    parser.add_argument("warm", type=Path, help="a few files to warm up on")
    parser.add_argument("out", type=Path, help="file to write the result to")
    parser.add_argument("--tokens", choices=SPLITS, default="words", help="what a token is")
    arguments = parser.parse_args()
    run = TOOLS[arguments.tool]
    run(arguments.warm, arguments.tokens)
    started, cpu = time.perf_counter(), cpu_seconds()
    found = run(arguments.folder, arguments.tokens)
    cpu, wall = cpu_seconds() - cpu, time.perf_counter() - started
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    known = {name: value for name, value in found._asdict().items() if value is not None}
    np.savez(arguments.out, **known)
    sys.stdout.write(json.dumps({"cpu": cpu, "wall": wall, "peak": max(peaks) * 1024 / 1e6}))


if __name__ == "__main__":
    main()
