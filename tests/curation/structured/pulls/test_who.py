"""Programs and people."""

from dataclasses import replace

import pytest
from made_pulls import ALL, PULL, REVIEW, comment, with_events

from curation.structured.people.settings import BotSettings, bot_rules
from curation.structured.pulls.who import opener, person_took_part, program
from curation.structured.records import PullEvent

OURS = BotSettings()
PUBLISHED = bot_rules("sc2")


@pytest.mark.parametrize(
    ("event", "rules", "is_program"),
    [
        (comment("x" * 30, "codecov-io"), OURS, True),
        (comment("x" * 30, "ann"), OURS, False),
        (comment("x" * 30, "ann", author_type="Bot"), OURS, True),
        (comment("x" * 30, "abbot"), OURS, False),
        (comment("x" * 30, "abbot"), PUBLISHED, True),
        (comment("x" * 30, ""), OURS, False),
        (comment("x" * 30, ""), PUBLISHED, True),
        (PullEvent("review", "abbot", "User"), PUBLISHED, False),
        (PullEvent("review", "abbot", ""), PUBLISHED, True),
        (PullEvent("review", "ann", "Bot"), PUBLISHED, True),
        (PullEvent("review", "house-bot", "User"), BotSettings(more=("house-bot",)), True),
    ],
)
def test_programs_by_hand(event: PullEvent, rules: BotSettings, is_program: bool) -> None:
    """Names decide about comments; about reviews what GitHub states does, if it states anything."""
    assert (program(event, rules) is not None) is is_program


def test_the_opener_is_judged_by_name_and_type() -> None:
    """Who opens is a program if named or stated so."""
    assert opener(PULL, ALL.bots) is None
    assert opener(replace(PULL, author="dependabot[bot]"), ALL.bots) is not None
    assert opener(replace(PULL, author_type="Bot"), ALL.bots) == "stated"


@pytest.mark.parametrize(
    ("events", "took_part"),
    [
        ((), False),
        ((REVIEW,), True),
        ((comment("x", "codecov-io"),), False),
        ((comment("x", "codecov-io"), comment("x", "ann")), True),
    ],
)
def test_a_person_takes_part_by_saying_something(events: tuple[PullEvent, ...], took_part: bool) -> None:
    """Opening and closing count for nothing; comments and reviews of people do, the opener's own too."""
    assert person_took_part(with_events(*events), ALL.bots) is took_part
