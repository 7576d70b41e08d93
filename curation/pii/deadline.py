"""A limit on the time of a piece of work, for detectors that are not ours.

    with deadline(20.0):
        recognizer.analyze(text)      ->  OutOfTimeError after 20 seconds

Uses an interval timer in the main thread, where workers run; Python's `re` and `regex` notice it inside a
match. The handler of SIGALRM stays in place, for setting it costs as much as a small document; deadlines do
not nest. In another thread the time is only looked at when the work has ended. It never lets work pass that
took too long.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType


class OutOfTimeError(Exception):
    """The time is over. Not a TimeoutError, which presidio would take for its own and pass over."""


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let the body run for at most `seconds` of wall time.

    Raises:
        OutOfTimeError: In the body when the time is over, or after it if it took too long.
    """
    begun = time.monotonic()
    timed = threading.current_thread() is threading.main_thread()
    if timed:
        if signal.getsignal(signal.SIGALRM) is not _out_of_time:
            signal.signal(signal.SIGALRM, _out_of_time)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
    if time.monotonic() - begun > seconds:
        raise OutOfTimeError


def _out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTimeError
