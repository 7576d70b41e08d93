"""One number ranks documents as the policy says, as tuples in Python do."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.dedup.exact import Criterion
from curation.dedup.policy import COLUMNS, WIDTHS, policy_keys
from curation.document import schema

KEEP: tuple[Criterion, ...] = ("license", "stars", "forks", "earliest_date")
START = datetime(2015, 6, 1, tzinfo=UTC)
Row = tuple[str | None, int | None, int | None, datetime | None, datetime | None]
DATES = st.none() | st.integers(0, 200_000).map(lambda minutes: START + timedelta(minutes=minutes))
ROWS = st.tuples(
    st.sampled_from(["permissive", "no_license", "non_permissive"]),
    st.none() | st.integers(0, 5) | st.integers(0, (1 << 20) - 1),
    st.none() | st.integers(0, 5) | st.integers(0, (1 << 18) - 1),
    DATES,
    DATES,
)


def keys(rows: list[Row], keep: tuple[Criterion, ...] = KEEP) -> list[int]:
    """Policy keys of rows."""
    columns = [
        pa.array([row[place] for row in rows], schema().field(name).type)
        for place, name in enumerate(COLUMNS)
    ]
    return list(map(int, policy_keys(pa.table(columns, names=list(COLUMNS)), keep)))


def ranks(row: Row) -> dict[Criterion, Any]:
    """What each criterion compares, lower is better."""
    licence, stars, forks, file_date, revision_date = row
    date = file_date or revision_date
    return {
        "license": ["permissive", "no_license", "non_permissive"].index(licence or "no_license"),
        "stars": -(stars or 0),
        "forks": -(forks or 0),
        "earliest_date": int(date.timestamp()) // 3600 if date else 1 << 40,
    }


@pytest.mark.parametrize("keep", [*permutations(KEEP), ("stars",), ("earliest_date", "license"), ()])
def test_the_order_is_that_of_tuples(keep: tuple[Criterion, ...]) -> None:
    """Whatever criteria are named in whatever order, documents are ranked as tuples of them are."""

    @settings(max_examples=15)
    @given(st.lists(ROWS, min_size=2, max_size=8))
    def check(rows: list[Row]) -> None:
        found = keys(rows, keep)
        expected = [tuple(ranks(row)[name] for name in keep) for row in rows]
        for n, own in enumerate(found):
            for m, other in enumerate(found):
                assert (own < other) == (expected[n] < expected[m])

    check()


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (("permissive", 0, 0, None, None), ("no_license", 9, 9, START, None)),
        (("no_license", 0, 0, None, None), ("non_permissive", 9, 9, START, None)),
        (("permissive", 1, 0, None, None), ("permissive", 0, 9, START, None)),
        (("permissive", 1, 0, None, None), ("permissive", None, 0, None, None)),
        (("permissive", 1, 1, None, None), ("permissive", 1, 0, START, None)),
        (("permissive", 1, 1, START, None), ("permissive", 1, 1, None, None)),
        (("permissive", 1, 1, None, START), ("permissive", 1, 1, START + timedelta(hours=1), None)),
        (("permissive", 1, 1, START, None), ("permissive", 1, 1, START + timedelta(hours=1), START)),
    ],
)
def test_licence_stars_forks_date(better: Row, worse: Row) -> None:
    """Permissive, none, others; more stars, more forks, the earlier date; known before unknown."""
    one, other = keys([better, worse])
    assert one < other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("permissive", 2_000_000, 0, None, None), ("permissive", (1 << 20) - 1, 0, None, None)),
        (("permissive", 0, 400_000, None, None), ("permissive", 0, (1 << 18) - 1, None, None)),
        (("permissive", None, None, None, None), ("permissive", 0, 0, None, None)),
        (("permissive", -5, 0, None, None), ("permissive", 0, 0, None, None)),
        (("permissive", 0, 0, START, None), ("permissive", 0, 0, START + timedelta(minutes=59), None)),
        (("permissive", 0, 0, START, None), ("permissive", 0, 0, None, START)),
        (
            ("permissive", 0, 0, datetime(1969, 1, 1, tzinfo=UTC), None),
            ("permissive", 0, 0, datetime(1970, 1, 1, tzinfo=UTC), None),
        ),
        ((None, 0, 0, None, None), ("no_license", 0, 0, None, None)),
        (("unheard of", 0, 0, None, None), ("no_license", 0, 0, None, None)),
    ],
)
def test_what_ranks_the_same(one: Row, other: Row) -> None:
    """Counts beyond their bits, unknown and no stars, dates within an hour, unknown licences."""
    assert keys([one])[0] == keys([other])[0]


def test_sixty_four_bits_are_enough() -> None:
    """All criteria together take 64 bits; the worst document has the largest key and the best one zero."""
    assert sum(WIDTHS.values()) == 64
    best: Row = ("permissive", 1 << 40, 1 << 40, datetime(1970, 1, 1, tzinfo=UTC), None)
    worst: Row = ("non_permissive", None, None, None, None)
    assert keys([best, worst]) == [0, (2 << 62) | ((1 << 62) - 1)]


def test_no_documents() -> None:
    """An empty table has no keys."""
    assert keys([]) == []
