"""The scan finds every trigger, whatever the engine, in characters of the text."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.pii import candidates
from curation.pii.candidates import Hit, Scanner, TooManyCandidatesError, Trigger

TRIGGERS = (
    Trigger("mail", "mail", r"[a-z0-9]@[a-z]"),
    Trigger("keys", "github", r"ghp_[A-Za-z0-9]{3}"),
    Trigger("keys", "word", r"pass(?:word|wd)", caseless=True),
)
BACKENDS = ("hyperscan", "re2")


@pytest.mark.parametrize("backend", BACKENDS)
def test_hits_are_counted_in_characters(backend: str) -> None:
    """A hit's end is an index of the text, also behind characters of two to four bytes."""
    text = "é中🙂 ann@x PassWord ghp_a1b"
    hits = Scanner(TRIGGERS, backend=backend).scan(text)
    assert hits["mail"] == [Hit("mail", text.index("@x") + 2)]
    assert hits["keys"] == [Hit("word", text.index(" ghp_")), Hit("github", len(text))]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_text_without_triggers_has_no_hits(backend: str) -> None:
    """Nothing found is an empty mapping."""
    assert Scanner(TRIGGERS, backend=backend).scan("x = 1\n") == {}


@pytest.mark.parametrize("backend", BACKENDS)
def test_overlapping_triggers_are_all_found(backend: str) -> None:
    """A hit does not hide another that shares characters with it."""
    hits = Scanner([Trigger("f", "ab", "ab"), Trigger("f", "ba", "ba")], backend=backend).scan("aba")
    assert hits == {"f": [Hit("ab", 2), Hit("ba", 3)]}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_document_of_candidates_only_is_refused(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More hits than the limit are an error, never a silent cut."""
    monkeypatch.setattr(candidates, "MAX_HITS", 10)
    scanner = Scanner(TRIGGERS, backend=backend)
    assert len(scanner.scan("a@b " * 10)["mail"]) == 10
    with pytest.raises(TooManyCandidatesError, match="more than 10 candidates"):
        scanner.scan("a@b " * 11)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_match_may_be_longer_than_a_window(backend: str) -> None:
    """A trigger without a bound is found however long its match is."""
    text = "token" + "x" * 2 * candidates.WINDOW + "="
    hits = Scanner([Trigger("f", "named", "token[a-z]*=")], backend=backend).scan(text)
    assert hits == {"f": [Hit("named", len(text))]}


def test_lone_surrogates_are_scanned_over() -> None:
    """A string that is no valid Unicode text is scanned like any other."""
    assert Scanner(TRIGGERS).scan("\ud800 ann@x") == {"mail": [Hit("mail", 7)]}


def test_a_scanner_can_be_sent_to_another_process() -> None:
    """A copy compiles its own patterns and finds the same."""
    scanner = Scanner(TRIGGERS)
    scanner.scan("ann@x")
    copied = pickle.loads(pickle.dumps(scanner))  # noqa: S301  # our own bytes
    assert copied.scan("ann@x") == scanner.scan("ann@x")


@settings(max_examples=200)
@given(st.text(st.sampled_from("ab@ghp_PasWord1é🙂 \n"), max_size=60))
def test_both_engines_find_the_same(text: str) -> None:
    """Hyperscan and RE2 give the same hits for triggers of fixed length."""
    found = [Scanner(TRIGGERS, backend=backend).scan(text) for backend in BACKENDS]
    assert {k: sorted(v) for k, v in found[0].items()} == {k: sorted(v) for k, v in found[1].items()}
