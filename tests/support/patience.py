"""A guard against work that does not end, in place of assertions about speed.

    with ends_soon("reading a header of brackets"):
        read_header(repeated(b"("))

A slow machine, a loaded one or one that compiles on first use must not fail a test, so nothing here is a
bar for speed: speed is measured in tests/benchmarks. What the guard does tell is work that grows with the
square of its input or worse, if the input is long enough: `LENGTH` characters are done in well under a second
by work that grows with the length, and take minutes where something starts anew at every character.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import AnyStr

PATIENCE_SECONDS = 60.0
"""Processor time, so that what runs beside does not count."""
LENGTH = 190_000
"""Characters of a hostile text. Squared, 36 thousand million; and few enough that the detectors of personal
data, which set a document of more than 100,000 candidates aside, look at it if every second begins one."""


@contextmanager
def ends_soon(what: str) -> Iterator[None]:
    """Fail if the body takes more than `PATIENCE_SECONDS` of processor time: it guards against hanging only.

    Args:
        what: The work, for the message.

    Raises:
        AssertionError: If it took so long.
    """
    begun = time.process_time()
    yield
    taken = time.process_time() - begun
    assert taken < PATIENCE_SECONDS, (
        f"{what} took {taken:.0f} s; does its time grow with the square of its size?"
    )


def repeated(piece: AnyStr, length: int = LENGTH) -> AnyStr:
    """A piece again and again, `length` characters (or bytes) in all, less what would be part of a piece."""
    return piece * (length // len(piece))
