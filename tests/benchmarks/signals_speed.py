"""How fast the signals are measured: MB of UTF-8 per second of process CPU time, on one core.

    python tests/benchmarks/signals_speed.py            the packages of the running environment
    python tests/benchmarks/signals_speed.py FOLDER --megabytes 200 --rounds 7

Reads text files (valid UTF-8 without NUL, at most 10 MB each) until the megabytes are full, every seventh
first, so that the whole folder is sampled. The contestants take turns, so that a busy machine slows all of
them alike; a figure is the median of its rounds. "one search" looks for a byte that is not there, which is
what reading the bytes once costs at least. "plain Python" is three signals only: mean and longest line,
alphanumeric fraction.
"""

import argparse
import resource
import statistics
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from curation.signals import measure
from curation.signals.comments import measure_comments
from curation.signals.html import measure_html

LANGUAGES = {".py": "Python", ".js": "JavaScript", ".c": "C", ".h": "C", ".hpp": "C++", ".cpp": "C++"}
LANGUAGES |= {".html": "HTML", ".pyx": "Cython", ".ts": "TypeScript", ".css": "CSS", ".java": "Java"}
LARGEST_BYTES = 10_000_000
REPETITION = 3
"""Row of the table that has repetition too."""
NONE: frozenset[str] = frozenset()


class Document(NamedTuple):
    """A file, decoded and not."""

    text: str
    content: bytes
    language: str


class Contestant(NamedTuple):
    """A way to measure a document, and which documents it is for."""

    name: str
    run: Callable[[Document], object]
    documents: list[Document]


def read(folder: Path, megabytes: float) -> list[Document]:
    """Text files from all over the folder, up to so many megabytes.

    Raises:
        SystemExit: The folder holds no text file.
    """
    files = (path for path in folder.rglob("*") if path.is_file())
    paths = sorted(path for path in files if 0 < path.stat().st_size <= LARGEST_BYTES)
    documents: list[Document] = []
    left = megabytes * 1e6
    for offset in range(7):
        for path in paths[offset::7]:
            content = path.read_bytes()
            if left <= 0 or b"\0" in content:
                continue
            try:
                text = content.decode()
            except UnicodeDecodeError:
                continue
            documents.append(Document(text, content, LANGUAGES.get(path.suffix, "")))
            left -= len(content)
    if not documents:
        raise SystemExit(f"{folder} holds no text file; give a folder with source code")
    return documents


def plain(document: Document) -> tuple[float, int, float]:
    """Mean and longest line and alphanumeric fraction, as the common filters compute them."""
    lengths = list(map(len, document.text.splitlines()))
    alphanumeric = sum(map(str.isalnum, document.text))
    characters = max(len(document.text), 1)
    return sum(lengths) / max(len(lengths), 1), max(lengths, default=0), alphanumeric / characters


def contestants(documents: list[Document]) -> list[Contestant]:
    """Everything that is timed, the reference first."""
    repetition = frozenset({"repetition"})

    def ours(document: Document, groups: frozenset[str]) -> object:
        return measure(document.text, document.content, language="", path="", groups=groups)

    def comments(document: Document) -> object:
        data = np.frombuffer(document.content, np.uint8)
        return measure_comments(data, document.text, document.language)

    pages = [document for document in documents if document.language == "HTML"]
    known = [document for document in documents if document.language]
    return [
        Contestant("text + encoded", lambda document: ours(document, NONE), documents),
        Contestant("plain Python, 3 signals", plain, documents),
        Contestant("one search", lambda document: document.content.find(b"\xff"), documents),
        Contestant("text + encoded + repetition", lambda document: ours(document, repetition), documents),
        Contestant("comments", comments, known),
        Contestant("html", lambda document: measure_html(document.text, document.language), pages),
    ]


def seconds(contestant: Contestant) -> float:
    """CPU time of one round."""
    start = time.process_time()
    for document in contestant.documents:
        contestant.run(document)
    return time.process_time() - start


def peak_megabytes() -> float:
    """Most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, kilobytes here


def say(text: str) -> None:
    """Print at once, so that a long run shows where it is."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def table(entries: list[Contestant], rounds: list[list[float]]) -> list[str]:
    """One line per contestant; each round holds the seconds of all."""
    sizes = [sum(len(document.content) for document in entry.documents) / 1e6 for entry in entries]
    speeds = [[size / time for size, time in zip(sizes, row, strict=True)] for row in rounds]
    lines = [f"{'':30}{'MB':>8}{'MB/s':>9}{'lowest':>9}{'highest':>9}{'us a file':>11}{'ratio':>8}"]
    reference = statistics.median(row[0] for row in speeds)
    for entry, size, own in zip(entries, sizes, zip(*speeds, strict=True), strict=True):
        median = statistics.median(own)
        lines.append(
            f"{entry.name:30}{size:8.2f}{median:9.1f}{min(own):9.1f}{max(own):9.1f}"
            f"{size / median / len(entry.documents) * 1e6:11.1f}{reference / median:8.2f}"
        )
    added = sizes[0] / statistics.median(row[REPETITION] - row[0] for row in rounds)
    return [*lines, f"ratio: text + encoded against this row; repetition by itself: {added:.1f} MB/s"]


def main() -> None:
    """Parse the arguments, time, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = Path(sysconfig.get_paths()["purelib"])
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="default: installed packages")
    parser.add_argument("--megabytes", type=float, default=100, help="text to read (default: 100)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each contestant (default: 5)")
    arguments = parser.parse_args()
    documents = read(arguments.folder, arguments.megabytes)
    total = sum(len(document.content) for document in documents)
    wide = sum(not document.text.isascii() for document in documents)
    mean = total / len(documents) / 1e3
    say(f"{len(documents):,} files, {total / 1e6:.1f} MB, mean {mean:.1f} kB, {wide:,} not ASCII")
    before = peak_megabytes()
    entries = [entry for entry in contestants(documents) if entry.documents]
    for entry in entries:
        for document in entry.documents[:20]:
            entry.run(document)  # compile, or load what was compiled
    rounds = [[seconds(entry) for entry in entries] for _ in range(arguments.rounds)]
    say("\n".join(table(entries, rounds)))
    say(f"peak memory {peak_megabytes():.0f} MB, {before:.0f} MB of it before timing, for the files")


if __name__ == "__main__":
    main()
