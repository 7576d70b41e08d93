"""Which pull requests are taken."""

from dataclasses import replace
from typing import Any

import pytest
from made_pulls import ALL, CLOSED, HEAD, OPENED, PAIR, PULL, REVIEW, comment, with_events

from curation.sources.base import Problem
from curation.structured.pulls.admit import first_head, refusal
from curation.structured.pulls.settings import PullSettings
from curation.structured.records import PullRequest

COMMENTED = replace(REVIEW, state="commented")
APPROVED = replace(REVIEW, state="APPROVED")


@pytest.mark.parametrize(
    ("pull", "reason"),
    [
        (PULL, None),
        (replace(PULL, author="dependabot[bot]"), "opened_by_bot"),
        (replace(PULL, author="renovate", author_type="Bot"), "opened_by_bot"),
        (replace(PULL, description=" \n"), "no_description"),
        (with_events(), "no_person_answered"),
        (with_events(comment("x", "codecov-io")), "no_person_answered"),
        (with_events(comment("x", "ann")), None),
        (replace(PULL, events=()), "no_person_answered"),
        (with_events(COMMENTED, merged=False), "not_approved_or_merged"),
        (with_events(COMMENTED), None),
        (with_events(APPROVED, merged=False), None),
        (replace(PULL, base_count=2), None),
        (replace(PULL, base_count=3), "several_bases"),
        (with_events(APPROVED, merged=False, base_count=2), "several_bases"),
        (with_events(APPROVED, merged=False, base_count=0), None),
        (replace(PULL, files={}), "no_initial_diff"),
        (replace(PULL, files={"c" * 40: (PAIR,)}), "no_initial_diff"),
        (replace(PULL, files={HEAD: ()}), "no_initial_diff"),
    ],
)
def test_rules_by_hand(pull: PullRequest, reason: str | None) -> None:
    """Each rule of StarCoder2 lets a pull request pass on its one side and names itself on the other."""
    found = refusal(pull, "ann/tool", ALL, "ann/tool/1", 0)
    assert (found.reason if found else None) == reason


def test_reasons_carry_what_was_measured() -> None:
    """The ledger learns numbers and the rule, and no name."""
    assert refusal(replace(PULL, base_count=3), "", ALL, "r/1", 0) == Problem("several_bases", 3, 2)
    bot = replace(PULL, author="travis-ci-bot", author_type="Bot")
    assert refusal(bot, "", ALL, "r/1", 0) == Problem("opened_by_bot", detail="stated")


def test_repositories_can_be_left_out() -> None:
    """One repository is left out as published, whatever the case of its name, and others on request."""
    assert refusal(PULL, "chocogrenouille/GitHub-slideshow", ALL, "r/1", 0) == Problem("repository_excluded")
    own = ALL.model_copy(update={"excluded_repositories": ("ann/tool",)})
    assert refusal(PULL, "ann/tool", own, "r/1", 0) == Problem("repository_excluded")
    assert refusal(PULL, "ann/tools", own, "r/1", 0) is None


def test_conversations_alone_are_taken_on_request() -> None:
    """Without the rule about diffs, a pull request without any contents is taken."""
    settings = ALL.model_copy(update={"require_diff": False})
    assert refusal(replace(PULL, files={}), "", settings, "r/1", 0) is None


@pytest.mark.parametrize(
    ("count", "number", "share"), [(1, 9, 0.8), (501, 9, 0.45), (0, 501, 0.45), (2000, 9, 0.05)]
)
def test_large_repositories_keep_fewer(count: int, number: int, share: float) -> None:
    """As many are kept as the count of the repository says; the number stands in where it is not known."""
    settings = PullSettings(profile="sc2-code")
    pull = replace(PULL, number=number)
    kept = sum(refusal(pull, "", settings, f"r/{document}", count) is None for document in range(2000))
    assert kept / 2000 == pytest.approx(share, abs=0.04)


def test_a_draw_against_a_pull_request_says_both_numbers() -> None:
    """The ledger shows what was drawn, and below what it had to be."""
    settings = PullSettings()
    found = [refusal(PULL, "", settings, f"r/{number}", 5000) for number in range(10)]
    problem = next(one for one in found if one)
    assert problem.reason == "subsampled"
    assert problem.limit == 0.02
    assert problem.value is not None
    assert problem.value >= 0.02


@pytest.mark.parametrize(
    ("changes", "head"),
    [
        ({}, HEAD),
        ({"events": (replace(OPENED, head=""), REVIEW, CLOSED)}, HEAD),
        ({"events": (replace(OPENED, head=""),)}, HEAD),
        ({"events": (), "files": {}}, ""),
        ({"events": (), "files": {HEAD: (), "second": ()}}, ""),
    ],
)
def test_the_first_head_is_found(changes: dict[str, Any], head: str) -> None:
    """The first event that names a head decides; without one, contents of a single head do."""
    assert first_head(replace(PULL, **changes)) == head
