"""How fast events of GH Archive are grouped: MB of JSON per second of process CPU time, on one core.

    python tests/support/github_archive.py /tmp/events --megabytes 150 --hours 3
    python tests/benchmarks/github_events.py /tmp/events
    python tests/benchmarks/github_events.py --comments 50000

The first measures the archive: the first step (files -> split by issue and pull request), the second step
(partitions -> threads and pull requests), and beside them what decompressing and parsing the same lines costs
at least. Figures are medians of `--rounds`. Peak memory is that of a process of its own for each step. The
second measures one issue with so many comments, whose title and body of 4 kB stand in every event.
"""

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from curation.sources import github_events
from curation.sources.github_events import Settings

STEPS = ("read and parse", "group", "gather")


def settings_of(folder: Path, partition_megabytes: float) -> Settings:
    """The archive, with its table of contents if there is one."""
    contents = folder / "contents.jsonl.gz"
    return Settings(
        path=str(folder / "archive"),
        contents=str(contents) if contents.is_file() else None,
        partition_bytes=int(partition_megabytes * 1e6),
    )


def parse_all(settings: Settings) -> int:
    """Decompress and parse every line; the bytes of all lines."""
    size = 0
    for task in github_events.inputs(settings):
        with gzip.open(task.uri) as lines:
            for line in lines:
                size += len(line)
                orjson.loads(line)
    return size


def group_all(settings: Settings, out: Path) -> tuple[int, int]:
    """The first step; lines and bytes that are kept."""
    read = kept = 0
    for number, task in enumerate(github_events.inputs(settings)):
        folder = out / github_events.task_name(number)
        folder.mkdir(parents=True, exist_ok=True)
        counts = github_events.group(task, settings, folder)
        read, kept = read + counts.read, kept + counts.bytes_kept
    return read, kept


def gather_all(settings: Settings, out: Path) -> tuple[int, int]:
    """The second step; documents, and comments or events in the largest."""
    documents = largest = 0
    for unit in github_events.plan(settings):
        for file in github_events.read(unit, settings, out):
            documents += 1
            largest = max(
                largest, len(getattr(file.content, "comments", getattr(file.content, "events", ())))
            )
    return documents, largest


def one_long_issue(folder: Path, comments: int) -> None:
    """An archive of one issue."""
    user = {"login": "ann", "id": 1, "type": "User"}
    issue = {
        "number": 7,
        "id": 70,
        "title": "It breaks",
        "body": "word " * 800,
        "user": user,
        "state": "open",
    }
    lines = []
    for number in range(comments):
        comment = {"id": number, "body": f"Same here, for the {number}th time.", "user": user}
        event = {
            "id": str(10**10 + number),
            "type": "IssueCommentEvent",
            "actor": user,
            "repo": {"id": 1, "name": "octo/hello"},
            "payload": {"action": "created", "issue": issue, "comment": comment},
            "created_at": f"2019-05-{1 + number // 3600 // 24:02d}T{number // 3600 % 24:02d}:"
            f"{number // 60 % 60:02d}:{number % 60:02d}Z",
        }
        lines.append(json.dumps(event).encode())
    (folder / "archive").mkdir(parents=True, exist_ok=True)
    (folder / "archive" / "2019-05-01-0.json.gz").write_bytes(gzip.compress(b"\n".join(lines), 6))


def run_step(step: str, settings: Settings, out: Path) -> None:
    """One step in this process, with its time and memory as a line of JSON."""
    steps: dict[str, Callable[[], object]] = {
        "read and parse": lambda: parse_all(settings),
        "group": lambda: group_all(settings, out),
        "gather": lambda: gather_all(settings, out),
    }
    start = time.process_time()
    result = steps[step]()
    seconds = time.process_time() - start
    sys.stdout.write(json.dumps({"result": result, "seconds": seconds, "peak": _peak()}))


def _peak() -> float:
    """Most MiB that this process has held; unlike what getrusage says, without those of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Every step in processes of its own, in turn, and a table of medians."""
    with tempfile.TemporaryDirectory() as out:
        results: dict[str, list[dict[str, Any]]] = {step: [] for step in STEPS}
        for _ in range(options.rounds):
            for step in STEPS:
                command = [sys.executable, __file__, str(folder), "--step", step, "--out", out]
                command += ["--partition-megabytes", str(options.partition_megabytes)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                results[step].append(json.loads(done.stdout))
    size = results["read and parse"][0]["result"]
    lines, kept = results["group"][0]["result"]
    documents, largest = results["gather"][0]["result"]
    table = [
        f"{size / 1e6:.1f} MB of JSON in {lines} lines, {kept / 1e6:.1f} MB kept",
        f"{documents} documents, up to {largest} comments or events in one",
    ]
    total = 0.0
    for step in STEPS:
        seconds = statistics.median(result["seconds"] for result in results[step])
        peak = max(result["peak"] for result in results[step])
        total += seconds if step != "read and parse" else 0.0
        table.append(f"{step:16}{seconds:8.2f} s {size / 1e6 / seconds:8.1f} MB/s {peak:8.0f} MiB peak")
    table.append(f"{'both steps':16}{total:8.2f} s {size / 1e6 / total:8.1f} MB/s")
    sys.stdout.write("\n".join(table) + "\n")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="what github_archive.py has made")
    parser.add_argument("--comments", type=int, default=50_000, help="of one issue, if no folder is given")
    parser.add_argument("--partition-megabytes", type=float, default=64.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        run_step(options.step, settings_of(options.folder, options.partition_megabytes), options.out)
    elif options.folder:
        measure(options.folder, options)
    else:
        with tempfile.TemporaryDirectory() as folder:
            one_long_issue(Path(folder), options.comments)
            measure(Path(folder), options)


if __name__ == "__main__":
    main()
