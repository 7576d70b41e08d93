"""All detectors together: what they find, that they say so when they cannot tell, that it is stable."""

from typing import Literal

import pytest

from curation.pii.candidates import MAX_HITS
from curation.pii.context import Context
from curation.pii.engine import (
    Detector,
    DetectorError,
    detect,
    detector_of,
    parts_of,
    reason_of,
    together,
)
from curation.pii.presidio import LANGUAGE, offline_engine
from curation.pii.recognizers import recognizer_for, spans_of
from curation.pii.redact import redact
from curation.pii.scorecard.residual import planted_documents
from curation.pii.settings import PiiSettings
from curation.pii.spans import TAGS, resolve

TEXT = """# Author: Sunniva Aasheim <sunniva.aas@havbruk-senter.no>
password = "vT9qmlwK4zz"
TOKEN = "k3Jx9Qw2Lm5Nb8Vc4Xz7"
HOST = "93.184.77.201"
"""


def found(text: str, settings: PiiSettings | None = None) -> list[tuple[str, str]]:
    """Tag and value of all findings."""
    return [(span.tag, text[span.start : span.end]) for span in detect(text, settings=settings)]


def test_one_text_with_one_of_each() -> None:
    """Every kind is found, in order, with exactly its value."""
    assert found(TEXT) == [
        ("NAME", "Sunniva Aasheim"),
        ("EMAIL", "sunniva.aas@havbruk-senter.no"),
        ("PASSWORD", "vT9qmlwK4zz"),
        ("KEY", "k3Jx9Qw2Lm5Nb8Vc4Xz7"),
        ("IP_ADDRESS", "93.184.77.201"),
    ]


def test_names_can_be_switched_off() -> None:
    """With `names` off nobody's name is looked for; everything else is."""
    assert {tag for tag, _ in found(TEXT, PiiSettings(names="off"))} == {
        "EMAIL",
        "PASSWORD",
        "KEY",
        "IP_ADDRESS",
    }


def test_user_names_are_found_when_they_are_asked_for() -> None:
    """Home folders name accounts."""
    text = "open('/home/sunnivaa/work/x.py')\n"
    assert found(text) == []
    assert found(text, PiiSettings(usernames=True)) == [("USERNAME", "sunnivaa")]


@pytest.mark.parametrize("part", parts_of(PiiSettings(usernames=True)), ids=lambda part: part.name)
def test_each_detector_is_a_recognizer_for_any_engine(part: object) -> None:
    """Alone in an engine of presidio, without our scan, a detector finds what it finds among the others."""
    own = recognizer_for(*part)  # type: ignore[misc]  # a named tuple, as a parameter
    alone = resolve(spans_of(offline_engine([own]).analyze(TEXT, LANGUAGE)))
    all_of_them = detect(TEXT, settings=PiiSettings(usernames=True))
    assert set(alone) <= set(all_of_them)


def test_hits_tell_whose_they_are() -> None:
    """Two detectors with one rule id could not be told apart."""
    part = parts_of(PiiSettings())[0]
    with pytest.raises(AssertionError, match="whose"):
        together([part, part])


def test_detectors_of_equal_settings_are_built_once() -> None:
    """Settings are compared by value, also those with tables."""
    assert detector_of(PiiSettings()) is detector_of(PiiSettings(names="rules"))
    assert detector_of(PiiSettings(names="off")) is not detector_of(PiiSettings())


def test_what_goes_wrong_is_an_answer_of_its_own() -> None:
    """Of several documents the one that cannot be told gets an error, and the others their spans."""
    too_many = "a@bc.de " * (MAX_HITS + 1)
    spans, error = Detector(PiiSettings()).find_many([(TEXT, Context()), (too_many, Context())])
    assert isinstance(spans, list)
    assert isinstance(error, DetectorError)
    assert (len(spans), error.reason) == (5, "too_many_candidates")


def test_a_reason_names_no_content() -> None:
    """Of an error its kind and place are told, not its message."""
    try:
        int("vT9qmlwK4zz")
    except ValueError as error:
        told = reason_of(error)
    assert told.reason == "detector_failed"
    assert told.detail.startswith("ValueError in ")
    assert "vT9" not in str(told)


@pytest.mark.parametrize("profile", ["sc1", "typed-fake"])
def test_redacting_twice_changes_nothing(profile: Literal["sc1", "typed-fake"]) -> None:
    """In what redaction has put in, whatever the language and the kind, nothing is found again."""
    settings = PiiSettings(replacement=profile)
    detector = detector_of(settings)
    again = []
    for language, planted in planted_documents(150, seed=5):
        text = planted.text
        first = redact(text, detector.find(text), settings=settings, key=b"k", language=language)
        second = redact(first.text, detector.find(first.text), settings=settings, key=b"k", language=language)
        again += [(found.tag, found.rule) for found in second.applied if not found.kept]
    assert again == []


def test_tags_of_all_detectors_are_known() -> None:
    """No detector returns what redaction does not know."""
    assert {tag for part in parts_of(PiiSettings(usernames=True)) for tag in part.tags} <= set(TAGS)
