"""Recognizers of presidio by name: offline, quiet, and never passing a text that took too long."""

import logging
import socket
from typing import NoReturn

import pytest

from curation.errors import BadConfigError
from curation.pii.context import Context
from curation.pii.deadline import OutOfTimeError, deadline
from curation.pii.extra.presidio import PresidioRecognizers
from curation.pii.presidio import presidio_analyzer

NOWHERE = Context()
SLOW = "a.a/" * 9000 + "@"
"""presidio's pattern of mail addresses takes minutes for this."""
SLOWER = "a.a/" * 90_000 + "@"
"""And hours for this."""


@pytest.mark.parametrize(
    ("recognizer", "text", "found"),
    [
        ("IbanRecognizer", "pay GB33BUKB20201555555555 now", [("GB33BUKB20201555555555", "KEY")]),
        ("IbanRecognizer", "pay GB34BUKB20201555555555 now", []),
        ("CreditCardRecognizer", "é 4111 1111 1111 1111", [("4111 1111 1111 1111", "KEY")]),
        ("CreditCardRecognizer", "4111 1111 1111 1112", []),
        ("PhoneRecognizer", "call (415) 555-2671", [("(415) 555-2671", "KEY")]),
        ("EmailRecognizer", "to ann.lee@uni-ulm.de, x@example.com", [("ann.lee@uni-ulm.de", "EMAIL")]),
        ("IpRecognizer", "at 133.52.7.9 or 10.0.0.1", [("133.52.7.9", "IP_ADDRESS")]),
        ("UsSsnRecognizer", "number 078051121", []),
    ],
)
def test_finds_what_presidio_finds(recognizer: str, text: str, found: list[tuple[str, str]]) -> None:
    """Findings that presidio checks or trusts are spans under our tags; weak ones and stand-ins are not."""
    spans = PresidioRecognizers((recognizer,)).find(text, NOWHERE)
    assert [(text[span.start : span.end], span.tag) for span in spans] == found
    assert {span.rule for span in spans} <= {f"presidio:{recognizer}"}


def test_mail_addresses_need_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of public suffixes is that of the package: it is not fetched."""

    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(PresidioRecognizers(("EmailRecognizer",)).find("ann@uni-ulm.de", NOWHERE)) == 1


@pytest.mark.parametrize("name", ["IbanRecogniser", "SpacyRecognizer", "GLiNERRecognizer"])
def test_unknown_recognizer_is_refused(name: str) -> None:
    """A name that presidio does not know, or that needs a model, is refused with the nearest ones."""
    with pytest.raises(BadConfigError, match=f"unknown recognizer {name!r}; the nearest are [A-Z]"):
        PresidioRecognizers((name,))


def test_pattern_that_presidio_gives_up_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where presidio logs a time-out and passes the text, the search fails instead."""
    presidio_analyzer()
    monkeypatch.setattr("presidio_analyzer.pattern_recognizer.REGEX_TIMEOUT_SECONDS", 0.2)
    detector = PresidioRecognizers(("EmailRecognizer",))
    assert detector.recognizers[0].analyze(SLOW, [], None) == []
    with pytest.raises(OutOfTimeError):
        detector.find(SLOW, NOWHERE)


def test_deadline_ends_a_slow_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on time that is shorter than presidio's own stops a pattern where it is."""
    presidio_analyzer()
    monkeypatch.setattr("presidio_analyzer.pattern_recognizer.REGEX_TIMEOUT_SECONDS", 3600)
    detector = PresidioRecognizers(("EmailRecognizer",))
    with pytest.raises(OutOfTimeError), deadline(0.3):
        detector.find(SLOWER, NOWHERE)


def test_values_do_not_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """presidio logs numbers that it cannot check; nothing of that comes out."""
    caplog.set_level(logging.DEBUG)
    PresidioRecognizers(("IbanRecognizer",)).find("pay GB33BUKB2020155555555é now", NOWHERE)
    assert "GB33" not in caplog.text


def test_error_of_a_recognizer_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recognizer that fails makes the search fail."""
    detector = PresidioRecognizers(("IbanRecognizer",))

    def broken(*_args: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(detector.recognizers[0], "analyze", broken)
    with pytest.raises(ZeroDivisionError):
        detector.find("x", NOWHERE)
