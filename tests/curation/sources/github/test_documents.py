"""What the items of one number make, in bounded memory."""

import tracemalloc
from collections.abc import Iterator

from github_payloads import comment_event

from curation.grouping import Item
from curation.sources.github.documents import documents
from curation.sources.github.items import Grouped, content_items, event_items
from curation.sources.rows import Row


def items_of_a_huge_issue() -> Iterator[Item]:
    """80 comments of a megabyte."""
    rows = (Row("a", -1, n, comment_event(7, n, "x" * 1_000_000, at=n)) for n in range(80))
    return event_items(rows, ("issues",), Grouped())


def test_more_than_is_allowed_is_not_held() -> None:
    """80 MB under a limit of 5 MB: one problem that says how much it is."""
    tracemalloc.start()
    (file,) = documents(items_of_a_huge_issue(), 5_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.problem
    assert file.problem.reason == "too_large"
    assert file.problem.value
    assert file.problem.value > 80_000_000
    assert (file.path, file.repository.name, file.content) == ("issues/7", "octo/hello", None)
    assert peak < 30_000_000


def test_nothing_makes_nothing() -> None:
    """No item, no document."""
    assert list(documents(iter(()), 100)) == []


def test_contents_above_the_limit_are_a_pull_request_that_is_too_large() -> None:
    """Also if no event says what it is."""
    values = {
        "repo_name": "o/h",
        "number": 3,
        "head_commit": "c",
        "path": "a",
        "before": "x" * 500,
        "after": "",
    }
    rows = [Row("a", -1, n, {**values, "path": f"{n}.py"}) for n in range(3)]
    (file,) = documents(content_items(rows, 1000, Grouped()), 900)
    assert file.problem
    assert (file.path, file.problem.reason) == ("pull/3", "too_large")
