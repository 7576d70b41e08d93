"""Grouping keeps order and loses nothing; problems survive the way through a manifest."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from curation.sources.base import Problem, Repository
from curation.sources.batch import batches, problem_row, row_problem, source_file


@given(st.lists(st.integers(0, 50)), st.integers(1, 60), st.integers(1, 5))
def test_batches_are_consecutive_full_and_within_their_limits(
    sizes: list[int], limit: int, count: int
) -> None:
    """Together they are the input; each is within bytes and count unless it is a single large item."""
    groups = list(batches(((size, size) for size in sizes), limit, count))
    assert [size for group in groups for size in group] == sizes
    assert all(sum(group) <= limit or len(group) == 1 for group in groups)
    assert all(0 < len(group) <= count for group in groups)
    for first, second in pairwise(groups):
        assert len(first) == count or sum(first) + second[0] > limit


def test_a_problem_survives_as_json() -> None:
    """A problem known at planning is the same problem when the unit is read."""
    problem = Problem("too_large", 11, 10, "why")
    assert row_problem(json.loads(json.dumps(problem_row("a/b", problem)))) == ("a/b", problem)


def test_a_file_has_content_or_a_problem() -> None:
    """Exactly one of the two, also for empty content."""
    repository = Repository("r")
    empty, broken = (
        source_file("a", b"", "s", repository, 3),
        source_file("a", Problem("link"), "s", repository),
    )
    assert (empty.content, empty.problem, empty.source_row) == (b"", None, 3)
    assert (broken.content, broken.problem, broken.source_row) == (None, Problem("link"), -1)
