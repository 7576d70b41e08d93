"""Our detectors as presidio recognizers: the same findings in any engine, from one scan or from their own."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.presidio import offline_engine, presidio_analyzer
from curation.pii.recognizers import ENTITY, TAG, ScanOnce, recognizer_for, spans_of
from curation.pii.spans import TAGS, Span

TRIGGERS = (Trigger("zap", "zap-rule", "zap"), Trigger("zip", "zip-rule", "zip"))


def found(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
    """A detector that takes every trigger for a key, and in Python for a mail address."""
    assert "za" in text or "zi" in text
    tag = "EMAIL" if context.language == "Python" else "KEY"
    return [Span(hit.end - 3, hit.end, tag, hit.rule, 0.75) for hit in hits]


def zapper() -> Any:
    return recognizer_for("zapper", TRIGGERS, found, ("KEY", "EMAIL"))


def test_recognizer_is_one_of_presidio() -> None:
    """It is a presidio recognizer under its own name, with presidio's names of what it finds."""
    recognizer = zapper()
    assert isinstance(recognizer, presidio_analyzer().EntityRecognizer)
    assert recognizer.name == "zapper"
    assert recognizer.supported_entities == ["KEY", "EMAIL_ADDRESS"]
    assert recognizer.is_loaded


def test_finds_in_a_text_of_its_own_scan() -> None:
    """Without a shared scan it looks for its triggers itself, in the order of the text."""
    results = zapper().analyze("a zip, a zap", [], None)
    assert [(r.start, r.end, r.entity_type, r.score) for r in results] == [
        (2, 5, "KEY", 0.75),
        (9, 12, "KEY", 0.75),
    ]
    assert [r.recognition_metadata["rule"] for r in results] == ["zip-rule", "zap-rule"]
    assert results[0].recognition_metadata["recognizer_name"] == "zapper"


def test_takes_hits_and_context_from_the_shared_scan() -> None:
    """A scan of this very text is used with its context; hits of two families in the order of the text."""
    text = "zap zip zap"
    hits = {
        "zap": [Hit("one", 3), Hit("three", 11)],
        "zip": [Hit("two", 7)],
        "other": [Hit("not mine", 5)],
    }
    results = zapper().analyze(text, [], ScanOnce(text, hits, Context("Python")))
    assert spans_of(results) == [
        Span(0, 3, "EMAIL", "one", 0.75),
        Span(4, 7, "EMAIL", "two", 0.75),
        Span(8, 11, "EMAIL", "three", 0.75),
    ]


def test_scan_of_another_text_object_is_not_used() -> None:
    """Hits belong to the text that was scanned: for any other, also an equal one, it looks itself."""
    text, other = (bytes.decode(b"zap") for _ in range(2))
    assert text is not other
    assert spans_of(zapper().analyze(text, [], ScanOnce(other, {}))) == [Span(0, 3, "KEY", "zap-rule", 0.75)]
    assert zapper().analyze(text, [], ScanOnce(text, {})) == []


@pytest.mark.parametrize(("entities", "count"), [([], 1), (["KEY"], 1), (["EMAIL_ADDRESS"], 0)])
def test_only_kinds_that_are_asked_for(entities: list[str], count: int) -> None:
    """Kinds that presidio does not ask for are not returned; no kinds means all."""
    assert len(zapper().analyze("zap", entities, None)) == count


def test_detector_without_triggers_sees_every_text() -> None:
    """A detector that has no triggers is asked about every text, with no hits."""
    seen: list[tuple[str, int]] = []

    def look(text: str, hits: Sequence[Hit], _context: Context) -> list[Span]:
        seen.append((text, len(hits)))
        return []

    assert recognizer_for("all", (), look, ("NAME",)).analyze("nothing", [], None) == []
    assert seen == [("nothing", 0)]


def test_works_in_a_foreign_engine() -> None:
    """An engine that presidio's users build themselves finds the same as ours."""
    presidio = presidio_analyzer()
    registry = presidio.RecognizerRegistry(recognizers=[zapper()], supported_languages=["en"])
    nlp = offline_engine([zapper()]).nlp_engine
    theirs = presidio.AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
    ours = offline_engine([zapper()])
    text = "zap and zip and zap"
    expected = [Span(0, 3, "KEY", "zap-rule", 0.75), Span(8, 11, "KEY", "zip-rule", 0.75)]
    assert spans_of(theirs.analyze(text, "en"))[:2] == spans_of(ours.analyze(text, "en"))[:2] == expected


def test_error_of_a_detector_passes_through_the_engine() -> None:
    """An error in a detector is never taken for nothing found."""

    def broken(_text: str, _hits: Sequence[Hit], _context: Context) -> list[Span]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        offline_engine([recognizer_for("broken", TRIGGERS, broken, ("KEY",))]).analyze("zap", "en")


def test_every_tag_has_one_entity() -> None:
    """Tags and entities of presidio stand for each other both ways, by presidio's names if it has them."""
    assert [TAG[ENTITY[tag]] for tag in TAGS] == list(TAGS)
    assert (ENTITY["EMAIL"], ENTITY["IP_ADDRESS"], ENTITY["NAME"]) == (
        "EMAIL_ADDRESS",
        "IP_ADDRESS",
        "PERSON",
    )


def test_import_loads_nothing_of_presidio() -> None:
    """Importing the module costs nothing: presidio comes with the first recognizer."""
    code = (
        "import curation.pii.recognizers, curation.pii.extra, curation.pii.extra.presidio, "
        "curation.pii.extra.detect_secrets, curation.pii.extra.gitleaks, sys; "
        "print([n for n in ('presidio_analyzer', 'spacy', 'detect_secrets') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
