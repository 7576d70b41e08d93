"""Profiles of issues differ where paper and code do, and a value that is given wins."""

import pytest
from pydantic import ValidationError

from curation.structured.issues.settings import IssueSettings

PUBLISHED = {
    "sc1": (80, 60, 20, "[Truncated]"),
    "sc1-paper": (100, 80, 20, "[Truncated]"),
    "sc2": (100, 80, 20, "[Truncated]"),
}


@pytest.mark.parametrize("profile", PUBLISHED)
def test_published_values(profile: str) -> None:
    """Those of StarCoder's code, with the length of the papers for the others."""
    settings = IssueSettings.model_validate({"profile": profile})
    shown = (settings.lines, settings.head_lines, settings.tail_lines, settings.marker)
    assert shown == PUBLISHED[profile]
    assert (settings.minimum_characters, settings.minimum_users) == (200, 2)
    assert (settings.few_users_characters, settings.few_users_events) == (7000, 10)
    assert settings.bots.suffixes == "published"
    assert not settings.first_bot_call


def test_ours_spares_people_and_drops_every_call() -> None:
    """Careful rules for programs, and the call of the first comment by one is dropped too."""
    settings = IssueSettings()
    assert settings.bots.suffixes == "careful"
    assert settings.first_bot_call
    assert not settings.count_silent


def test_only_starcoder2_drops_those_without_a_name() -> None:
    """A deleted user is a person everywhere else."""
    names = ("default", "sc1", "sc1-paper", "sc2")
    nameless = [IssueSettings.model_validate({"profile": name}).bots.nameless for name in names]
    assert nameless == [False, False, False, True]


def test_what_is_given_wins_and_resolves_to_itself() -> None:
    """A value beside a profile replaces the profile's; what is dumped is read as the same."""
    settings = IssueSettings.model_validate({"profile": "sc1", "lines": None, "bots": {"suffixes": "off"}})
    assert settings.lines is None
    assert settings.head_lines == 60
    assert settings.bots.suffixes == "off"
    assert IssueSettings.model_validate(settings.model_dump()) == settings


@pytest.mark.parametrize(
    "values", [{"profile": "sc3"}, {"profile": ["sc1"]}, {"line": 3}, {"language_score": 2}, 3]
)
def test_wrong_values_are_refused(values: object) -> None:
    """Unknown profiles and keys, numbers out of range, and what is no mapping."""
    with pytest.raises(ValidationError):
        IssueSettings.model_validate(values)
