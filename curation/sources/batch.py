"""Grouping of what a source found into units of about equal size, and what a unit's part holds.

    list(batches([("a", 3), ("b", 3), ("c", 3)], limit=6)) -> [["a", "b"], ["c"]]

The order is kept and nothing is left out. Problems that are known when a run is planned travel in the
unit's part as plain JSON rows and become files again when the unit is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from curation.sources.base import Problem, Repository, SourceFile

T = TypeVar("T")

MAX_UNIT_FILES = 100_000
"""Files in one unit at most, however small: bounds the manifest's rows and a worker's list."""


def batches(items: Iterable[tuple[T, int]], limit: int, count: int = MAX_UNIT_FILES) -> Iterator[list[T]]:
    """Consecutive items whose sizes add up to at most `limit`; an item above it stands alone.

    Args:
        items: Pairs of an item and its size in bytes.
        limit: Bytes in one batch.
        count: Items in one batch at most.
    """
    batch: list[T] = []
    total = 0
    for item, size in items:
        if batch and (total + size > limit or len(batch) >= count):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += size
    if batch:
        yield batch


def problem_row(path: str, problem: Problem) -> list[Any]:
    """A problem as JSON values, for a unit's part."""
    return [path, problem.reason, problem.value, problem.limit, problem.detail]


def row_problem(row: Sequence[Any]) -> tuple[str, Problem]:
    """The path and the problem of a row that `problem_row` made."""
    path, reason, value, limit, detail = row
    return path, Problem(reason, value, limit, detail)


def source_file(
    path: str, content: bytes | Problem, source: str, repository: Repository, row: int = -1
) -> SourceFile:
    """A file from its content, or from the problem that stands in for it.

    Args:
        path: Path inside the repository.
        content: Bytes, or why there are none.
        source: Input file, archive or repository.
        repository: What is known about the repository.
        row: Number of the member or entry; -1 where it has no meaning.
    """
    problem = content if isinstance(content, Problem) else None
    known = None if isinstance(content, Problem) else content
    return SourceFile(path, known, source, source_row=row, repository=repository, problem=problem)
