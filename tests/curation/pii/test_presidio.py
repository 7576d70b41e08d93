"""presidio as a frame: no language model, no deep-learning package, no connection, only our recognizers."""

import logging
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.presidio import SILENT, UNNEEDED, offline_engine, presidio_analyzer
from curation.pii.recognizers import ScanOnce, recognizer_for, spans_of
from curation.pii.spans import Span


def recognizer(word: str, tag: str = "KEY", rule: str = "r", score: float = 1.0) -> Any:
    def find(_text: str, hits: Sequence[Hit], _context: Context) -> list[Span]:
        return [Span(hit.end - len(word), hit.end, tag, rule, score) for hit in hits]

    return recognizer_for(word, (Trigger(word, rule, word),), find, (tag,))


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_engine_makes_no_connection(no_sockets: None) -> None:
    """Neither making an engine nor using it opens a socket or asks for a name."""
    engine = offline_engine([recognizer("zap")])
    assert spans_of(engine.analyze("a zap", "en")) == [Span(2, 5, "KEY", "r", 1.0)]


def test_engine_in_a_fresh_process_is_offline_and_light() -> None:
    """In a process of its own, imports included, there is no connection and no deep-learning package."""
    code = f"""
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("a connection was tried")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from curation.pii.presidio import offline_engine
from curation.pii.recognizers import recognizer_for
from curation.pii.candidates import Trigger
from curation.pii.spans import Span
from curation.pii.extra.presidio import PresidioRecognizers
find = lambda text, hits, context: [Span(0, 3, "KEY", "r", 1.0)]
engine = offline_engine([recognizer_for("zap", [Trigger("zap", "r", "zap")], find, ["KEY"])])
print(len(engine.analyze("zap", "en")))
print(len(PresidioRecognizers(["EmailRecognizer"]).find("ann.lee@uni-ulm.de", None)))
print([name for name in {UNNEEDED!r} + ("pandas", "datasets", "matplotlib") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["1", "1", "[]"]


def test_hidden_packages_come_back() -> None:
    """What was hidden from presidio while it was imported can be imported afterwards."""
    code = f"""
import sys, types
sys.modules["stanza"] = loaded = types.ModuleType("stanza")
sys.modules["stanza"].Pipeline = None
from curation.pii.presidio import presidio_analyzer
presidio_analyzer()
print([name for name in {UNNEEDED!r} if name in sys.modules], sys.modules["stanza"] is loaded)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "['stanza'] True", done.stderr


def test_engine_holds_only_what_it_is_given() -> None:
    """None of presidio's own recognizers is loaded; they are asked in the order given."""
    engine = offline_engine([recognizer("zap"), recognizer("zip", "EMAIL")])
    assert [r.name for r in engine.get_recognizers()] in (["zap", "zip"], ["zip", "zap"])
    assert sorted(engine.get_supported_entities()) == ["EMAIL_ADDRESS", "KEY"]


def test_engine_without_recognizers_is_refused() -> None:
    """Without any recognizer presidio would load its own, so that is refused."""
    with pytest.raises(ValueError, match="at least one"):
        offline_engine([])


@pytest.mark.parametrize("first", ["one", "two"])
def test_equal_findings_keep_the_rule_of_the_first(first: str) -> None:
    """Of two equal findings presidio keeps one: always that of the recognizer that was given first."""
    second = {"one": "two", "two": "one"}[first]
    for _ in range(5):
        engine = offline_engine([recognizer("zap", rule=first), recognizer("zap", rule=second)])
        assert [span.rule for span in spans_of(engine.analyze("zap", "en"))] == [first]


def test_scores_are_not_changed_by_the_engine() -> None:
    """Nothing around a finding changes its score, and a low one is not left out."""
    engine = offline_engine([recognizer("zap", score=0.01)])
    text = "api key token zap"
    results = engine.analyze(
        text, "en", context=["token"], nlp_artifacts=ScanOnce(text, {"zap": [Hit("r", 17)]})
    )
    assert spans_of(results) == [Span(14, 17, "KEY", "r", 0.01)]


def test_log_of_presidio_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """presidio writes nothing to the log, for it may write what it found."""
    presidio_analyzer()
    offline_engine([recognizer("zap")]).analyze("zap", "en")
    logging.getLogger("presidio-analyzer").critical("GB00 secret")
    assert logging.getLogger("presidio-analyzer").level == SILENT
    assert caplog.text == ""
