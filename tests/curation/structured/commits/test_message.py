"""Subjects that teach nothing are dropped for the rule that they break, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.sources.base import Problem
from curation.structured.commits.message import problem, subject_of, without_trailers
from curation.structured.commits.settings import CommitSettings


def always(_: str) -> float:
    """A chance at which everything with a share above 0 is kept."""
    return 0.0


def never(_: str) -> float:
    """A chance at which everything with a share below 1 is dropped."""
    return 0.999


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        ("Fix the size\n\nIt was wrong.\n", "Fix the size"),
        ("\n\r\n \t\nFix the size  \r\nmore", "Fix the size"),
        (" indented\n", " indented"),
        ("", ""),
        (" \n\n", ""),
        ("é\ud800\0", "é\ud800\0"),
    ],
)
def test_the_subject_is_the_first_line_with_anything(message: str, subject: str) -> None:
    """Without space at its end, with what stands before it."""
    assert subject_of(message) == subject


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("", "empty_message"),
        ("Make the parser twice as fast", None),
        ("An AUTO COMMIT of all changes", "stop_phrase"),
        ("Update CONTRIBUTING.md with the new address", "stop_phrase"),
        ("Read the <?xml header of feeds", "stop_phrase"),
        ("Commit automatically when idle for long", None),
        ("Describe how people contribute to this", None),
        ("Readme", "stop_message"),
        ("update", "stop_message"),
        ("dummy", "stop_message"),
        ("Updated", "stop_message"),
        ("debug", "stop_message"),
        ("Test", "stop_message"),
        ("Update README", "stop_message"),
        ("Update README.md", "stop_message"),
        ("updated readme.md", "stop_message"),
        ("Updated readme", "stop_message"),
        ("Update the readme with a usage example", None),
        ("Test the parser with empty input", None),
        ("1.2.3", "version_bump"),
        ("v1.2.3", "version_bump"),
        ("V1.2.3", "version_bump"),
        ("v1.2.3-beta is what we ship", "version_bump"),
        ("1.2.34 is what we ship today", "version_bump"),
        ("1.2.3 is what we ship today", None),
        ("1.2 is what we ship today", None),
        ("Ship v1.2.3 to all of them", None),
        ("3f2a9c1d8e7b6a5f4e3d2c1b", "hash_like_message"),
        ("https://host.example/a/very/long/address seen", "hash_like_message"),
        ("Internationalisation of documentation strings is done", None),
        (" indented", "odd_message"),
        (" indented but a whole sentence", None),
        ("\tindented", None),
        ("word", None),
    ],
)  # fmt: skip
def test_a_subject_breaks_a_rule_or_none(subject: str, reason: str | None) -> None:
    """Each rule with what it drops and what looks alike and is kept."""
    found = problem(subject, CommitSettings(), always)
    assert (found.reason if found else None) == reason


def test_numbers_that_decide_are_told() -> None:
    """What was measured, and the limit."""
    assert problem("a" * 41 + " b", CommitSettings(), always) == Problem("hash_like_message", 21.5, 20)
    assert problem("a" * 38 + " b", CommitSettings(), always) is None
    assert problem("Fix the size now", CommitSettings(), never) == Problem("short_message", 4, 5)


@pytest.mark.parametrize(
    ("subject", "share", "chance", "kept"),
    [
        ("Fix the size now", 0.5, 0.49, True),
        ("Fix the size now", 0.5, 0.5, False),
        ("Fix the size right now", 0.5, 0.99, True),
        ("Fix the size now", 1, 0.99, True),
        ("Fix the size now", 0, 0, False),
    ],
)
def test_short_subjects_are_kept_by_chance(subject: str, share: float, chance: float, kept: bool) -> None:
    """Of fewer than five words: half of them."""
    chosen = CommitSettings(short_keep=share)
    assert (problem(subject, chosen, lambda _: chance) is None) == kept


def test_rules_can_be_switched_off() -> None:
    """A limit of 0 calls nothing short or a hash."""
    chosen = CommitSettings(short_words=0, max_characters_per_word=0)
    assert problem("3f2a9c1d8e7b6a5f4e3d2c1b", chosen, never) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fix\n\nWhy.\n\nSigned-off-by: A <a@x>\nCo-authored-by: B <b@x>\n", "Fix\n\nWhy."),
        ("Fix\n\nChange-Id: I12\ngit-svn-id: x\nCc: all\nReviewed-on: y", "Fix"),
        ("Fix\n\nFixes: 12\nTested-by: A\n\n(cherry picked from commit 12ab)\n", "Fix\n\nFixes: 12"),
        ("Fix\n\nSigned-off-by: A\n\nThis stays.", "Fix\n\nSigned-off-by: A\n\nThis stays."),
        ("Fix\n\nNote: this stays\n", "Fix\n\nNote: this stays"),
        ("Fix\n\nWhat we stand-by: it stays\n", "Fix\n\nWhat we stand-by: it stays"),
        ("Signed-off-by: A", "Signed-off-by: A"),
        ("", ""),
    ],
)
def test_trailers_at_the_end_are_cut_off(message: str, expected: str) -> None:
    """Only keys that name people or ids of tools, only in the last paragraph, and never the subject."""
    assert without_trailers(message) == expected


@given(st.text(max_size=200))
def test_any_message_is_handled(message: str) -> None:
    """Its subject is a part of it and one line; cutting twice is cutting once."""
    subject = subject_of(message)
    assert subject in message
    assert "\n" not in subject
    assert without_trailers(without_trailers(message)) == without_trailers(message)
    problem(subject, CommitSettings(), never)


@pytest.mark.parametrize("piece", [" \n", " ", "\n", "\r", "x: y\n", "Cc: y\n", "1.", "a ", "\n\nCc: y"])
def test_hostile_messages_take_linear_time(piece: str) -> None:
    """A megabyte of any of them ends."""
    message = piece * (1_000_000 // len(piece))
    with ends_soon(f"judging a message of {piece!r}"):
        problem(subject_of(message), CommitSettings(), never)
        without_trailers(message)
