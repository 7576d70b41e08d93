"""No text makes the detectors hang, and none makes them fail in a way that is not said."""

import pytest
from patience import LENGTH, ends_soon
from pii_hostile import hostile

from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.settings import PiiSettings

LARGE = 5_000_000
REASONS = {"too_large", "too_many_candidates"}
"""Why a text may be set aside here; a failure or a time-out would be a mistake of a detector."""
CONTEXT = Context("Python", "a.py")


@pytest.fixture(scope="module")
def detector() -> Detector:
    """The detectors of the default profile, compiled."""
    made = Detector(PiiSettings(timeout_seconds=3600))
    made.find("password = 'k3wlP4ss' # ann.lee@uni-ulm.de 133.52.7.9")
    return made


def read(detector: Detector, name: str, text: str) -> None:
    """Look through a text that may be set aside, and at the spans, which are in order."""
    spans = []
    with ends_soon(f"looking for personal data in {name}"):
        try:
            spans = detector.find(text, CONTEXT)
        except DetectorError as error:
            assert error.reason in REASONS  # noqa: PT017 -- setting aside is an allowed outcome, not the expected one
    ends = [0, *(span.end for span in spans)]
    assert all(0 <= end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))


@pytest.mark.parametrize("name", hostile(64))
def test_hostile_text_is_read_to_its_end(detector: Detector, name: str) -> None:
    """What is repeated and what is nested takes no time that grows with its square."""
    read(detector, name, hostile(LENGTH)[name])


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
def test_line_of_megabytes_is_read_to_its_end(detector: Detector, name: str) -> None:
    """A line of 5 MB is a text like any other."""
    read(detector, name, hostile(LARGE)[name])
