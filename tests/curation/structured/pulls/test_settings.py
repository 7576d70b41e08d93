"""Profiles and limits."""

import pytest
from pydantic import ValidationError

from curation.structured.pulls import PullSettings

DIFFERENT = {
    "extra_lines": (32, 31),
    "context_max": (10, 9),
    "characters_min": (0, 200),
    "characters_max": (100_000, 1_000_000),
    "json_keys": (("pack", "lock", "yarn", "output", "swagger", "openapi"), ("pack", "lock", "output")),
}


def test_paper_and_code_differ_where_they_do() -> None:
    """Each profile has its own numbers; the paper's are the default."""
    paper, code = PullSettings(), PullSettings(profile="sc2-code")
    assert paper.profile == "sc2-paper"
    assert {name: (getattr(paper, name), getattr(code, name)) for name in DIFFERENT} == DIFFERENT
    same = set(PullSettings.model_fields) - set(DIFFERENT) - {"profile", "bots"}
    assert all(getattr(paper, name) == getattr(code, name) for name in same)
    assert (paper.bots.suffixes, code.bots.suffixes) == ("careful", "published")


def test_what_is_given_wins_and_comes_back() -> None:
    """A limit that is given replaces the profile's, and what is dumped gives the same settings again."""
    settings = PullSettings(profile="sc2-code", characters_max=5000)
    assert (settings.characters_max, settings.context_max) == (5000, 9)
    assert PullSettings.model_validate(settings.model_dump()) == settings


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"profile": "sc3"}, "profile"),
        ({"colour": 1}, "colour"),
        ({"context_min": 12}, "expected context_min <= context_max, saw 12 and 10"),
        ({"characters_min": 200_000}, "expected characters_min <= characters_max, saw 200000 and 100000"),
        ({"text_tail": 80}, "expected text_tail < text_lines, saw 80 and 80"),
        ({"whole_file": 1.5}, "whole_file"),
        ("sc2", "dictionary"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: object, message: str) -> None:
    """An unknown name, an impossible number or limits in the wrong order are named."""
    with pytest.raises(ValidationError, match=message):
        PullSettings.model_validate(given)
