"""Decontamination: speed on real code with many benchmark texts, beside BigCode's method, and memory.

    python tests/benchmarks/decontaminate.py                             200 MB of this environment's packages
    python tests/benchmarks/decontaminate.py --texts 100000 --rounds 3   as many texts as APPS has solutions
    python tests/benchmarks/decontaminate.py --corpus FOLDER --shares    how often any shared window is chance

Benchmark texts are made of the docstrings and functions of the standard library, their lines in another
order: what people write, in pieces that other code shares, and yet in no file. Speed: processor seconds of
`find`, all default methods on, text as str; compilation and reading are excluded. In every round the same
files go through ours and, the first `--peer-kilobytes` of them, through a loop over all texts with `in`,
which is what BigCode does (on lower-cased text). Memory: bytes of all tables, and by how much the largest
resident set of a process grows that is given the texts, builds a matcher and reads 20 MB.
"""

import argparse
import ast
import json
import random
import statistics
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
from pii_corpus import site_packages, texts

from curation.decontaminate.benchmarks import Text
from curation.decontaminate.matcher import Matcher
from curation.decontaminate.settings import DecontaminateSettings, NgramSettings

LONGEST = 4000
"""Characters of a benchmark text, at most."""


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def functions() -> Iterator[tuple[str, str]]:
    """Kind and text of all docstrings and functions of the standard library."""
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("**/*.py")):
        if "site-packages" in path.parts or "lib2to3" in path.parts:
            continue
        try:
            source = path.read_text(encoding="utf-8")
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        lines = source.split("\n")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                yield "code", "\n".join(lines[node.lineno - 1 : node.end_lineno])
                if doc := ast.get_docstring(node):
                    yield "text", doc


def benchmark(count: int) -> list[Text]:
    """Texts that no file holds: lines of real ones in another order, the same for every run."""
    drawn = random.Random(0)
    real = [(kind, text) for kind, text in functions() if 120 <= len(text) <= LONGEST]
    found = []
    for number in range(count):
        kind, text = real[number % len(real)]
        lines = text.split("\n")
        drawn.shuffle(lines)
        found.append(Text("made", str(number), kind, kind, "\n".join([*lines, f"item_{number} = {number}"])))
    return found


def corpus(folders: list[Path], megabytes: float, part: int, parts: int) -> list[str]:
    """Texts of one part of the corpus."""
    return [text for _, text in texts(folders, part=part, parts=parts, megabytes=megabytes)]


def size_of(documents: list[str]) -> int:
    """UTF-8 bytes."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in documents)


def seconds_of(matcher: Matcher, documents: list[str]) -> tuple[float, Counter[str]]:
    """Processor seconds for all documents, and what was found."""
    found: Counter[str] = Counter()
    started = time.process_time()
    for text in documents:
        hits = matcher.find(text)
        if hits:
            found[f"{hits[0].method} {'hit' if hits[0].contaminated else 'near'}"] += 1
    return time.process_time() - started, found


def peer_seconds(items: list[Text], documents: list[str]) -> float:
    """BigCode's method: every text is looked for in every document, in lower case."""
    lowered = [item.text.lower() for item in items]
    started = time.process_time()
    for text in documents:
        content = text.lower()
        any(item in content for item in lowered)
    return time.process_time() - started


def first(documents: list[str], size: int) -> list[str]:
    """The first documents of about so many bytes."""
    total, found = 0, []
    for text in documents:
        found.append(text)
        total += len(text.encode("utf-8", "surrogatepass"))
        if total >= size:
            break
    return found


def speed(arguments: argparse.Namespace) -> None:
    """Print one line per round, and the medians."""
    items = benchmark(arguments.texts)
    started = time.process_time()
    matcher = Matcher(items, DecontaminateSettings())
    index = matcher.index
    built = time.process_time() - started
    say(f"{len(index.texts):,} texts, {len(index.table.keys):,} keys, built in {built:.1f} s")
    matcher.find(items[0].text + items[1].text)
    rates, ratios = [], []
    for part in range(arguments.rounds):
        documents = corpus(arguments.corpus, arguments.megabytes / arguments.rounds, part, arguments.rounds)
        taken, found = seconds_of(matcher, documents)
        rates.append(size_of(documents) / taken / 1e6)
        sample = first(documents, arguments.peer_kilobytes * 1000)
        peer = size_of(sample) / peer_seconds(items, sample) / 1e6
        ratios.append(rates[-1] / peer)
        say(
            f"round {part + 1}: {len(documents):,} files, {size_of(documents) / 1e6:.0f} MB; ours "
            f"{rates[-1]:.1f} MB/s, a loop over all texts {peer:.3f} MB/s, {ratios[-1]:,.0f} x; "
            f"{dict(sorted(found.items()))}"
        )
    say(f"median {statistics.median(rates):.1f} MB/s, {statistics.median(ratios):,.0f} x the loop")
    peaks = memory(items, arguments.corpus) / 1e6
    say(f"tables {table_bytes(matcher) / 1e6:.0f} MB; peak {peaks:.0f} MB beyond a matcher of no texts")


def table_bytes(matcher: Matcher) -> int:
    """Bytes of all arrays of a matcher."""
    arrays = [*matcher.index.table, *matcher.index.needles, matcher.index.totals]
    return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))


def memory(items: list[Text], folders: list[Path]) -> float:
    """Bytes that a process needs for the texts at most, beyond one without."""
    peaks = []
    for given in (items, []):
        command = [sys.executable, __file__, "--peak", "--megabytes", "20"]
        command += [part for folder in folders for part in ("--corpus", str(folder))]
        rows = json.dumps([astuple(item) for item in given])
        done = subprocess.run(command, input=rows, capture_output=True, text=True, check=True)
        peaks.append(float(done.stdout))
    return peaks[0] - peaks[1]


def peak(arguments: argparse.Namespace) -> None:
    """Print the largest resident set of this process, bytes; texts come as JSON on the standard input."""
    matcher = Matcher([Text(*row) for row in json.load(sys.stdin)], DecontaminateSettings())
    for _, text in texts(arguments.corpus, megabytes=arguments.megabytes):
        matcher.find(text)
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # unlike ru_maxrss it knows no parent
    say(str(next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))))


def shares(arguments: argparse.Namespace) -> None:
    """Print how many files share windows of ten words with texts that no file holds, by the largest share."""
    settings = DecontaminateSettings(methods=("ngram",), ngram=NgramSettings(share=0))
    matcher = Matcher(benchmark(arguments.texts), settings)
    documents = corpus(arguments.corpus, arguments.megabytes, 0, 1)
    best = [max((hit.score for hit in matcher.find(text)), default=-1.0) for text in documents]
    for share in (0.0, 0.05, 0.1, 0.2, 0.35, 0.5):
        count = sum(value >= share for value in best)
        say(f"share {share:4.2f} and more: {count:,} of {len(best):,} files, {count / len(best):.2%}")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, action="append", help="folder of files; repeatable")
    parser.add_argument("--texts", type=int, default=10_000, help="benchmark texts")
    parser.add_argument("--megabytes", type=float, default=200, help="of the corpus, in all rounds together")
    parser.add_argument("--peer-kilobytes", type=float, default=100, help="that the loop gets in each round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--shares", action="store_true", help="how often shared windows are chance")
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.corpus = arguments.corpus or [site_packages()]
    (peak if arguments.peak else shares if arguments.shares else speed)(arguments)


if __name__ == "__main__":
    main()
