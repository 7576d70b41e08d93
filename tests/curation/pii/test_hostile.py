"""No text makes the detectors slow, and none makes them fail in a way that is not said."""

import time

import pytest
from pii_hostile import hostile

from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.settings import PiiSettings

SMALL = 64 << 10
LARGE = 5_000_000
REASONS = {"too_large", "too_many_candidates"}
"""Why a text may be set aside here; a failure or a time-out would be a mistake of a detector."""
CONTEXTS = (Context(), Context("Python", "a.py"))


@pytest.fixture(scope="module")
def detector() -> Detector:
    """The detectors of the default profile, compiled."""
    made = Detector(PiiSettings())
    made.find("password = 'k3wlP4ss' # ann.lee@uni-ulm.de 133.52.7.9")
    return made


def seconds(detector: Detector, text: str, context: Context) -> float:
    """Processor time for a text that may be set aside, with spans in it that are in order."""
    begun = time.process_time()
    try:
        spans = detector.find(text, context)
    except DetectorError as error:
        assert error.reason in REASONS  # noqa: PT017 -- setting aside is an allowed outcome, not the expected one
        spans = []
    taken = time.process_time() - begun
    ends = [0, *(span.end for span in spans)]
    assert all(0 <= end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))
    return taken


@pytest.mark.parametrize("name", hostile(64))
def test_hostile_text_takes_little_time(detector: Detector, name: str) -> None:
    """64 kB of it take less than a second of processor time, whatever the language; most take 0.05 s."""
    text = hostile(SMALL)[name]
    slowest = max((seconds(detector, text, context), context) for context in CONTEXTS)
    assert slowest < (1.0,), f"{name}: {slowest}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "base64",
        "one @ in base64",
        "a key word before base64",
        "one @ in ideographs",
        "one heading before base64",
    ],
)
def test_line_of_megabytes_takes_little_time(detector: Detector, name: str) -> None:
    """A line of 5 MB takes less than five seconds of processor time."""
    taken = seconds(detector, hostile(LARGE)[name], Context())
    assert taken < 5.0, f"{name}: {taken}"


def test_time_grows_with_the_size_only(detector: Detector) -> None:
    """Eight times the text takes less than a third of 64 times the time, wherever that can be measured."""
    slow = {}
    for name, text in hostile(SMALL // 4).items():
        before = seconds(detector, text, Context())
        if before > 0.02:
            slow[name] = seconds(detector, hostile(2 * SMALL)[name], Context()) / before
    assert {name: ratio for name, ratio in slow.items() if ratio > 20} == {}
