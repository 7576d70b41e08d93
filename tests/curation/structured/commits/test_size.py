"""Files that are too long and changes that are tiny or huge are dropped, the latter but for a share."""

import pytest

from curation.sources.base import Problem
from curation.structured.commits.change_range import ChangeRange
from curation.structured.commits.settings import CommitSettings
from curation.structured.commits.size import problem


@pytest.mark.parametrize(
    ("before", "lines", "chance", "expected"),
    [
        (99_999, 10, 0.99, None),
        (100_000, 10, 0.0, Problem("before_too_long", 100_000, 100_000)),
        (0, 10, 0.99, None),
        (50, 0, 0.0, Problem("no_change", detail="the text is the same")),
        (50, 2, 0.1, Problem("tiny_change", 2, 2)),
        (50, 1, 0.99, Problem("tiny_change", 1, 2)),
        (50, 2, 0.09, None),
        (50, 3, 0.99, None),
        (50, 199, 0.99, None),
        (50, 200, 0.1, Problem("huge_change", 200, 200)),
        (50, 900, 0.09, None),
    ],
)
def test_limits_are_those_of_starcoder(
    before: int, lines: int, chance: float, expected: Problem | None
) -> None:
    """At each limit and beside it."""
    found = problem(before, ChangeRange(500, 500 + lines, 500), CommitSettings(), lambda _: chance)
    assert found == expected


def test_a_change_late_in_a_file_is_not_huge() -> None:
    """The number of its lines counts, not the line at which it ends, as upstream."""
    assert problem(50, ChangeRange(5000, 5003, 5003), CommitSettings(), lambda _: 0.99) is None
    assert problem(50, ChangeRange(0, 0, 300), CommitSettings(), lambda _: 0.99) == Problem(
        "huge_change", 300, 200
    )


def test_limits_can_be_switched_off() -> None:
    """0 calls no change tiny or huge."""
    chosen = CommitSettings(tiny_lines=0, huge_lines=0)
    for lines in (1, 10_000):
        assert problem(50, ChangeRange(0, lines, 0), chosen, lambda _: 0.99) is None
