r"""Near-dedup against every peer on the same files: speed, memory, and quality by exact Jaccard.

    python tests/benchmarks/build_corpus.py /tmp/corpus --megabytes 500
    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install datasketch rensa gaoya text-dedup 'datatrove[io,processing]' spacy
    python3 -m venv /tmp/peers2
    /tmp/peers2/bin/pip install 'data-prep-toolkit-transforms[fdedup]' 'pyarrow<19'
    python tests/benchmarks/near_dedup.py /tmp/corpus --python /tmp/peers/bin/python \
        --python /tmp/peers2/bin/python

Takes any folder of parquet shards with a column `content`; exact duplicates should be gone from it. What
build_corpus.py makes serves, but holds one version of each package: a corpus with two or three versions has
more near-duplicates. Every tool runs at its own defaults in a process of its own (`near_dedup_peers.py`), all
on the first `--peer-megabytes` of the corpus in turn, `--rounds` times; then ours on the whole of it. A peer
that no interpreter has is named as not installed. `near_dedup_corpus.py` lists a corpus several times, for
scale: measure that with `--no-truth`.

Speed: CPU seconds of all threads and children, imports and compilation excluded, medians over rounds; "x
ours" is the median over rounds of a tool's seconds by those of `ours exact` in the same round. Quality is
judged by the exact Jaccard J of all pairs (`near_dedup_truth.py`, which runs first and keeps its result
beside the corpus) over 5-token shingles of `--tokens`, which ours, datasketch and rensa use too; BigCode's
scripts, text-dedup, gaoya, datatrove and data-prep-kit cut text their own way. Columns of the quality table:

    removed        files removed, % of all
    recall .7      pairs of J >= 0.7 whose two files are in one cluster, %; recall .8 likewise
    settled .7     pairs of J >= 0.7 of which a file is removed, %; settled .8 likewise
    no partner     removed files without any file of J >= 0.7 in their cluster, % of removed
    far from kept  removed files whose J to the file kept of their cluster is < 0.7, % of removed
    no kept near   removed files without any kept file of J >= 0.7, % of removed, and how many
    left           kept files that have a kept file of J >= 0.7, % of kept

Peers make connected components. Compare their recall with `ours components`: our star clusters are smaller,
for a file of a component may be kept, or be dropped for another file than its neighbour is.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
TOOLS = {
    "ours exact": "import curation.dedup.near",
    "ours components": "import curation.dedup.near",
    "ours sketch": "import curation.dedup.near",
    "ours none": "import curation.dedup.near",
    "ours 32x8": "import curation.dedup.near",
    "ours 42x6": "import curation.dedup.near",
    "ours margin": "import curation.dedup.near",
    "gaoya": "import gaoya",
    "rensa": "import rensa",
    "data-prep-kit": "import dpk_fdedup",
    "datasketch": "import datasketch",
    "bigcode v2": "import xxhash",
    "bigcode v1": "import numpy",
    "text-dedup": "import text_dedup.minhash",
    "datatrove": "import datatrove, spacy",
}
"""What an interpreter must be able to do for a tool to run."""
FIRST = "ours exact"
SHARD_BATCHES = 5
WARM_ROWS = 20
THRESHOLD = 0.7


@dataclass
class Outcome:
    """What the rounds of one tool gave."""

    name: str
    result: Path
    """File with the tool's decisions."""
    trouble: str = ""
    """Why there is nothing, if there is nothing."""
    runs: list[dict[str, float]] = field(default_factory=list)
    """CPU and wall seconds and peak MB of each round."""


def batches(corpus: Path, megabytes: float) -> Iterator[Any]:
    """The first contents of a corpus (0: all) as Arrow string arrays of up to 1000 rows."""
    size = 0
    for shard in sorted(corpus.glob("*.parquet")):
        for batch in pq.ParquetFile(shard).iter_batches(1000, columns=["content"]):
            if megabytes and size >= megabytes * 1e6:
                return
            column = batch.column(0).cast(pa.string()).fill_null("")
            yield column
            size += content_bytes(column)


def content_bytes(column: Any) -> int:
    """Bytes of text in an Arrow string array."""
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset :]
    return int(ends[len(column)]) - int(ends[0])


def warm_texts(corpus: Path) -> Any:
    """A few files, and each again without its end, so that a tool meets pairs near the threshold."""
    texts = next(batches(corpus, 0))[:WARM_ROWS].to_pylist()
    return pa.array(texts + [text[: len(text) * 72 // 100] for text in texts], pa.string())


def write_shards(columns: Iterable[Any], folder: Path) -> float:
    """Write contents and row numbers to shards of 5000 rows; return megabytes of content."""
    folder.mkdir()
    schema = pa.schema({"content": pa.string(), "int_id_column": pa.int64()})
    size, row, writer = 0, 0, None
    for number, column in enumerate(columns):
        if writer is None or number % SHARD_BATCHES == 0:
            if writer:
                writer.close()
            writer = pq.ParquetWriter(folder / f"part-{number:06d}.parquet", schema, compression="zstd")
        numbers = pa.array(range(row, row + len(column)), pa.int64())
        writer.write_table(pa.Table.from_arrays([column, numbers], schema=schema))
        size, row = size + content_bytes(column), row + len(column)
    if writer:
        writer.close()
    return size / 1e6


def interpreter_of(tool: str, interpreters: list[str]) -> str | None:
    """The first interpreter that has what a tool needs."""
    for python in interpreters:
        if subprocess.run([python, "-c", TOOLS[tool]], capture_output=True, check=False).returncode == 0:
            return python
    return None


def run_once(outcome: Outcome, python: str, folder: Path, warm: Path, tokens: str, limit: float) -> None:
    """Run one tool once in a process of its own; note what it printed, or why it gave nothing."""
    script = HERE / "near_dedup_peers.py"
    command = [
        python,
        str(script),
        outcome.name,
        str(folder),
        str(warm),
        str(outcome.result),
        "--tokens",
        tokens,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        outcome.trouble = f"stopped after {limit:.0f} s"
    except subprocess.CalledProcessError as error:
        outcome.trouble = f"failed: {(error.stderr.strip().splitlines() or ['no message'])[-1]}"
    else:
        outcome.runs.append(json.loads(done.stdout.splitlines()[-1]))


def measure(tools: list[str], folder: Path, work: Path, arguments: argparse.Namespace) -> list[Outcome]:
    """Run all tools in turn, as often as asked or until interrupted."""
    interpreters = [sys.executable, *arguments.python]
    pythons = {tool: interpreter_of(tool, interpreters) for tool in tools}
    outcomes = [Outcome(tool, work / f"{folder.name}-{tool.replace(' ', '-')}.npz") for tool in tools]
    try:
        for number in range(arguments.rounds):
            for outcome in outcomes:
                python = pythons[outcome.name]
                if python is None:
                    outcome.trouble = "not installed"
                if outcome.trouble or python is None:
                    continue
                run_once(outcome, python, folder, work / "warm", arguments.tokens, arguments.limit)
                last = f"{outcome.runs[-1]['cpu']:.1f} s CPU" if outcome.runs else outcome.trouble
                sys.stderr.write(f"round {number + 1}, {outcome.name}: {last}\n")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what has been measured follows\n")
    return outcomes


def share(part: Any, whole: Any) -> str:
    """Per cent, or a dash of nothing."""
    return f"{100 * int(part) / int(whole):.3f}" if whole else "-"


def quality(found: dict[str, Any], pairs: npt.NDArray[Any], jaccard: npt.NDArray[Any]) -> list[str]:
    """Cells of the quality table for one result.

    Args:
        found: `keeper` and `cluster` of every row.
        pairs: Pairs of rows that are near enough to matter, shape (n, 2).
        jaccard: Their similarity.
    """
    keeper, cluster = found["keeper"], found["cluster"]
    rows = np.arange(len(keeper))
    near = jaccard >= THRESHOLD
    a, b = pairs[near].T
    kept, together = keeper == rows, cluster[a] == cluster[b]
    partner, beside_kept, left, close = np.zeros((4, len(rows)), bool)
    for one, other in ((a, b), (b, a)):
        partner[one[together]] = True
        beside_kept[one[kept[other]]] = True
        left[one[kept[one] & kept[other]]] = True
        close[one[keeper[one] == other]] = True
    gone = ~kept
    high = jaccard[near] >= 0.8
    cells = [
        share(gone.sum(), len(rows)),
        share(together.sum(), len(a)),
        share(together[high].sum(), high.sum()),
    ]
    settled = ~(kept[a] & kept[b])
    cells += [share(settled.sum(), len(a)), share(settled[high].sum(), high.sum())]
    alone = gone & ~beside_kept
    cells += [share((gone & ~partner).sum(), gone.sum()), share((gone & ~close).sum(), gone.sum())]
    return [*cells, f"{share(alone.sum(), gone.sum())} ({alone.sum()})", share(left.sum(), kept.sum())]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown, columns aligned."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in [heads, rule, *rows]
    ]
    return "".join(f"| {line} |\n" for line in lines)


def speed_rows(outcomes: list[Outcome], megabytes: float) -> list[list[str]]:
    """The speed table of some outcomes."""
    first = next((outcome.runs for outcome in outcomes if outcome.name == FIRST), [])
    rows = []
    for outcome in outcomes:
        if outcome.trouble or not outcome.runs:
            rows.append([outcome.name, outcome.trouble or "not run", *[""] * 4])
            continue
        middle = {key: statistics.median(run[key] for run in outcome.runs) for key in outcome.runs[0]}
        ratios = [run["cpu"] / ours["cpu"] for run, ours in zip(outcome.runs, first, strict=False)]
        ratio = f"{statistics.median(ratios):.2f}" if ratios else "-"
        cells = [f"{middle['cpu']:.2f}", f"{megabytes / middle['cpu']:.1f}", f"{middle['wall']:.2f}"]
        rows.append([outcome.name, *cells, f"{middle['peak']:.0f}", ratio])
    return rows


def show(title: str, outcomes: list[Outcome], megabytes: float, truth: Path | None) -> None:
    """Print the tables of some outcomes: speed, and quality if the truth is known."""
    heads = ["tool", "CPU s", "MB/s per core", "wall s", "peak MB", "x ours"]
    sys.stdout.write(f"\n{title}, {megabytes:.0f} MB\n\n{table(heads, speed_rows(outcomes, megabytes))}")
    if truth is None:
        return
    stored = np.load(truth)
    pairs, jaccard = stored["pairs"], stored["jaccard"]
    rows, files = [], 0
    for outcome in outcomes:
        if outcome.runs and not outcome.trouble:
            found = dict(np.load(outcome.result))
            files = len(found["keeper"])
            inside = pairs[:, 1] < files
            rows.append([outcome.name, *quality(found, pairs[inside], jaccard[inside])])
    heads = [
        "tool",
        "removed",
        "recall .7",
        "recall .8",
        "settled .7",
        "settled .8",
        "no partner",
        "far from kept",
    ]
    sys.stdout.write(f"\n{files:,} files, % of what the docstring says\n\n")
    sys.stdout.write(table([*heads, "no kept near", "left"], rows))


def make_truth(corpus: Path, tokens: str) -> Path:
    """Compute the truth of a corpus in a process of its own, so that its memory is not ours."""
    command = [sys.executable, str(HERE / "near_dedup_truth.py"), str(corpus), "--tokens", tokens]
    subprocess.run(command, check=True)
    return corpus.resolve().with_name(f"{corpus.resolve().name}.truth-{tokens}.npz")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="folder of parquet shards with a column `content`")
    parser.add_argument(
        "--python", action="append", default=[], help="interpreter that has peers; repeatable"
    )
    parser.add_argument("--tools", default=",".join(TOOLS), help="which tools, separated by commas")
    parser.add_argument("--peer-megabytes", type=float, default=60, help="size of the sample, 0: all (60)")
    parser.add_argument("--rounds", type=int, default=3, help="times that every tool runs (default 3)")
    parser.add_argument("--limit", type=float, default=1800, help="wall seconds for one run (default 1800)")
    parser.add_argument("--tokens", choices=("words", "sc1-code"), default="words", help="what a token is")
    parser.add_argument("--no-whole", action="store_true", help="leave out ours on the whole corpus")
    parser.add_argument("--no-truth", action="store_true", help="speed and memory only")
    arguments = parser.parse_args()
    chosen = [tool for tool in TOOLS if tool in arguments.tools.split(",")]
    ours = [tool for tool in chosen if tool.startswith("ours")]
    corpus = arguments.corpus
    truth = None if arguments.no_truth else make_truth(corpus, arguments.tokens)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_shards([warm_texts(corpus)], work / "warm")
        size = write_shards(batches(corpus, arguments.peer_megabytes), work / "sample")
        measured = [("every tool", measure(chosen, work / "sample", work, arguments), size)]
        if ours and arguments.peer_megabytes and not arguments.no_whole:
            size = write_shards(batches(corpus, 0), work / "whole")
            measured.append(("the whole corpus", measure(ours, work / "whole", work, arguments), size))
        for title, outcomes, megabytes in measured:
            show(title, outcomes, megabytes, truth)


if __name__ == "__main__":
    main()
