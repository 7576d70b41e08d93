"""Near-dedup through datatrove tasks with files between the stages: rate, disk and memory of every pass.

    python tests/benchmarks/near_dedup_stages.py CORPUS [--rounds 3] [--profile default] [--workers 1]
    python tests/benchmarks/near_dedup_stages.py CORPUS --scale 1,2,4,8

CORPUS is a folder of zstd parquet shards with a column `content` (and `max_stars_repo_path`), as
near_dedup_corpus.py and build_corpus.py write them. The clean pass is run once, without filters; then the
passes from sign to cluster are run again and again by the executor of a real run, and for each of them
printed: CPU seconds of the whole process tree, MB of text a second and core, bytes on disk per document,
and the largest worker. --scale takes the first part of the shards and more and more of them: time and memory
per document must stay as they are. Start-up of the workers of each pass is included.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from curation import manifest as manifests
from curation import run as runs
from curation.config import check
from curation.executors import Event
from curation.passes import Started

PASSES = ("sign", "match", "estimate", "shingle", "compare", "cluster")
AFTER = (*PASSES, "finish", "data")
"""Folders of a run that near-dedup and what comes after it write."""


def cpu_seconds() -> float:
    """CPU time of this process, its children, and those of them that have ended."""
    total = 0.0
    own = psutil.Process()
    for process in (own, *own.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


class Peaks:
    """The largest memory of a worker in each pass, looked at ten times a second; file pages not counted."""

    def __init__(self) -> None:
        self.name = ""
        self.megabytes: dict[str, float] = {}
        self.over = threading.Event()

    def watch(self) -> None:
        """Look until it is over."""
        while not self.over.wait(0.1):
            for process in psutil.Process().children(recursive=True):
                try:
                    memory = process.memory_info()
                except psutil.Error:
                    continue
                own = (memory.rss - memory.shared) / 1e6
                self.megabytes[self.name] = max(self.megabytes.get(self.name, 0.0), own)


@contextmanager
def watched() -> Iterator[Peaks]:
    """Watch the workers."""
    peaks = Peaks()
    thread = threading.Thread(target=peaks.watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        peaks.over.set()
        thread.join()


def measure(settings: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Run, or go on with, a run; CPU and wall seconds, and peak memory, of every pass that was done."""
    marks: list[tuple[str, float, float]] = []
    with watched() as peaks:

        def listen(name: str, event: Started | Event) -> None:
            if isinstance(event, Started):
                peaks.name = name
                marks.append((name, cpu_seconds(), time.monotonic()))

        runs.run(check(settings, "the benchmark"), listen=listen)
        marks.append(("end", cpu_seconds(), time.monotonic()))
    return {
        name: {"cpu": after[1] - cpu, "wall": after[2] - wall, "peak": peaks.megabytes.get(name, 0.0)}
        for (name, cpu, wall), after in pairwise(marks)
    }


def settings_of(corpus: Path, output: Path, shards: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """A run without filters over the first so many shards of the corpus."""
    paths = sorted(corpus.glob("*.parquet"))[:shards]
    sources = [{"kind": "stack_v1", "path": str(path)} for path in paths]
    return {
        "output": str(output),
        "workers": arguments.workers,
        "sources": sources,
        "language": {"profile": "all"},
        "licence": {"policy": "any"},
        "filters": {"profile": "none"},
        "dedup": {"near": {"profile": arguments.profile}},
    }


def disk(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def bench(corpus: Path, shards: int, arguments: argparse.Namespace) -> None:
    """Measure the passes over the first shards and print a table."""
    with tempfile.TemporaryDirectory(dir=arguments.work) as name:
        output = Path(name) / "run"
        settings = settings_of(corpus, output, shards, arguments)
        rounds = [measure(settings)]
        for _ in range(arguments.rounds - 1):
            for folder in AFTER:
                shutil.rmtree(output / folder, ignore_errors=True)
            rounds.append(measure(settings))
        manifest = manifests.load(output)
        documents = manifest["passes"]["deduplicate"]["kept"]
        megabytes = manifest["passes"]["sign"]["bytes_read"] / 1e6
        sizes = {each: disk(output / each) / documents for each in PASSES}
        say(f"\n{shards} shards: {documents:,} documents, {megabytes:,.0f} MB, profile {arguments.profile}")
        say(f"{manifest['near']}, {manifest['passes']['cluster']['dropped']}")
        say("| pass | CPU s | us a document | MB/s a core | wall s | B a document on disk | peak MB |")
        say("|---|---|---|---|---|---|---|")
        total = 0.0
        for each in PASSES:
            cpu = statistics.median(found[each]["cpu"] for found in rounds)
            wall = statistics.median(found[each]["wall"] for found in rounds)
            peak = max(found[each]["peak"] for found in rounds)
            total += cpu
            rates = f"{cpu:.2f} | {cpu / documents * 1e6:.1f} | {megabytes / cpu:,.0f} | {wall:.2f}"
            say(f"| {each} | {rates} | {sizes[each]:,.0f} | {peak:,.0f} |")
        walls = statistics.median(sum(found[each]["wall"] for each in PASSES) for found in rounds)
        rates = f"{total:.2f} | {total / documents * 1e6:.1f} | {megabytes / total:,.0f} | {walls:.2f}"
        say(f"| together | {rates} | {sum(sizes.values()):,.0f} | |")


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", default="default")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--scale", default="1", help="multiples of an eighth of the shards, such as 1,2,4,8")
    parser.add_argument("--work", type=Path, help="where the runs are made; removed afterwards")
    arguments = parser.parse_args()
    count = len(sorted(arguments.corpus.glob("*.parquet")))
    parts = [int(part) for part in arguments.scale.split(",")]
    for part in parts:
        bench(arguments.corpus, count if len(parts) == 1 else max(1, part * count // max(parts)), arguments)


if __name__ == "__main__":
    main()
