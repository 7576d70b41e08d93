"""Work that takes too long is stopped, and never taken for done."""

import re
import signal
import threading
import time

import pytest

from curation.pii.deadline import OutOfTimeError, deadline


def test_a_regex_is_stopped_inside_its_match() -> None:
    """A match that would take hours ends when the time is over."""
    with pytest.raises(OutOfTimeError), deadline(0.2):
        re.match(r"(a+)+$", "a" * 40 + "b")


def test_work_in_time_is_left_alone() -> None:
    """Afterwards no timer is left."""
    with deadline(60.0):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_in_another_thread_late_work_does_not_pass() -> None:
    """Where no timer can interrupt, the time is looked at when the work has ended."""
    seen: list[type[BaseException]] = []

    def work() -> None:
        try:
            with deadline(0.01):
                time.sleep(0.05)
        except OutOfTimeError as error:
            seen.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [OutOfTimeError]
