"""Microseconds of processor time per call of `curation.language.identify`, one row per kind of file.

    python tests/benchmarks/language_speed.py

The content is this package's own source, 8 KiB of it. "new path" rows never see a path twice, so that the
caches of names and folders do not help. Prints a table; asserts nothing.
"""

import itertools
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from curation.language import identify

CONTENT = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))[:8192]
FILES = ("a.py", "a.js", "a.h", "a.ts", "a.sql", "a.m", "a.pl", "a.v", "a.inc", "a.md", "a.txt", "Makefile")


def microseconds(call: Callable[[], object], calls: int = 300, rounds: int = 15) -> float:
    """The fastest round's time per call."""
    call()
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(calls):
            call()
        best = min(best, (time.process_time() - start) / calls)
    return best * 1e6


def main() -> None:
    """Time each kind of file."""
    numbers = itertools.count()
    for name in FILES:
        known = microseconds(partial(identify, f"a/b/{name}", CONTENT))
        sys.stdout.write(f"{name:12} {known:8.2f}\n")
    new = microseconds(lambda: identify(f"a/b{next(numbers)}/c{next(numbers)}.py", CONTENT))
    sys.stdout.write(f"{'new path .py':12} {new:8.2f}\n")


if __name__ == "__main__":
    main()
