"""Every shard becomes texts once: of its own, or as a part of the repositories that it holds."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.config import Config, check
from curation.layout import Train
from curation.mix import Size
from curation.sources import IN_A_ROW, SOURCES
from curation.trains import code_of, in_a_row, partitions_of, plan_trains, sizes_of

WITHOUT_REPOSITORIES = frozenset({"commits", "github_events", "github_threads"})
"""Kinds of sources that hold no code."""


def config(*kinds: str, shard_bytes: int = 1024, **render: Any) -> Config:
    """A configuration with sources of these kinds."""
    more = {"table": {"columns": {"content": "text"}}}
    sources = [{"kind": kind, "path": f"in/{kind}", **more.get(kind, {})} for kind in kinds or ("folder",)]
    values = {"output": "out", "sources": sources, "shards": {"shard_bytes": shard_bytes}, "render": render}
    return check(values, "the test")


def finished(name: str, kept: int, size: int, *, index: int = 0, of: int = 1) -> dict[str, Any]:
    """The record of a finish task, as far as it is looked at."""
    path = f"data/{name}/{name}-{index:05d}-of-{of:05d}.parquet"
    return {"path": path, "language": name, "counts": {"kept": kept, "bytes_kept": size}}


def cleaned(*groups: tuple[str, int], repositories: tuple[str, ...] = ()) -> dict[str, Any]:
    """The record of a clean task, as far as it is looked at: (folder, bytes) of its row groups."""
    return {"row_groups": [[name, 1, size] for name, size in groups], "repositories": list(repositories)}


FINISHED = [
    finished("issues", 3, 300),
    finished("jupyter-scripts", 1, 50),
    finished("python", 4, 1500, index=0, of=2),
    finished("python", 2, 700, index=1, of=2),
    finished("shell", 1, 20),
]
CODE = [record["path"] for record in FINISHED[2:]]
UNITS = [
    cleaned(("python", 900), ("issues", 300), repositories=("a/a", "b/b")),
    cleaned(("python", 800), repositories=("b/b", "c/c")),
    cleaned(("python", 500), ("shell", 20), repositories=("d/d",)),
]


def test_every_shard_has_texts_of_its_own_without_repositories() -> None:
    """Under train/ with the same folder and name, and the size that was kept."""
    trains = list(plan_trains(config(context="file"), FINISHED, UNITS))
    assert [(train.path, train.files, train.size) for train in trains] == [
        (f"train/{path.removeprefix('data/')}", (path,), size)
        for path, size in ((one["path"], one["counts"]["bytes_kept"]) for one in FINISHED)
    ]
    assert not any(train.whole for train in trains)


def test_only_the_first_folder_of_a_name_is_another() -> None:
    """A language whose name holds data/ keeps it."""
    record = {**finished("python", 1, 10), "path": "data/python/data/x.parquet"}
    (train,) = plan_trains(config(context="file"), [record], [])
    assert train.path == "train/python/data/x.parquet"


def test_code_becomes_repositories_that_no_range_cuts() -> None:
    """Units 0 and 1 share b/b, so they are one range, although too large; other kinds stay as they are."""
    trains = list(plan_trains(config(context="repository"), FINISHED, UNITS))
    assert [train.path for train in trains[:2]] == [
        "train/issues/issues-00000-of-00001.parquet",
        "train/jupyter-scripts/jupyter-scripts-00000-of-00001.parquet",
    ]
    name = "train/repositories/repositories-{:05d}-of-00002.parquet"
    assert trains[2:] == [
        Train(name.format(0), CODE, 1700, units=(0, 2)),
        Train(name.format(1), CODE, 520, units=(2, 3)),
    ]


def test_rows_in_any_order_become_partitions() -> None:
    """As many as hold the code, each of all shards; their sizes are estimates."""
    settings = config("folder", "stack_v1", context="repository")
    assert partitions_of(settings, FINISHED) == 3
    name = "train/repositories/repositories-{:05d}-of-00003.parquet"
    assert list(plan_trains(settings, FINISHED, UNITS))[2:] == [
        Train(name.format(number), CODE, 740, partition=number) for number in range(3)
    ]


def test_no_code_needs_no_repositories() -> None:
    """Only of ranges; one partition is planned at least, and it is empty."""
    records, units = FINISHED[:2], [cleaned(("issues", 300)), cleaned()]
    assert len(list(plan_trains(config(context="repository"), records, units))) == 2
    trains = list(plan_trains(config("hub", context="repository"), records, units))
    assert [(list(train.files), train.size, train.partition) for train in trains[2:]] == [([], 0, 0)]
    assert list(plan_trains(config(context="repository"), [], [])) == []


@pytest.mark.parametrize(
    ("render", "whole"),
    [
        ({}, True),
        ({"family": "starcoder2"}, True),
        ({"family": "starcoder"}, False),
        ({"family": "starcoder2", "context": "file"}, False),
        ({"context": "repository"}, True),
    ],
)
def test_the_family_says_whether_repositories_are_whole(render: dict[str, Any], *, whole: bool) -> None:
    """Unless the context is asked for."""
    trains = plan_trains(config(**render), FINISHED, UNITS)
    assert any(train.whole for train in trains) == whole


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_sources_without_repositories_or_with_whole_ones_come_in_a_row(kind: str) -> None:
    """Others need the scatter pass, alone and beside any other."""
    expected = kind in IN_A_ROW | WITHOUT_REPOSITORIES
    assert in_a_row(config(kind)) == in_a_row(config("folder", kind)) == expected


def test_sizes_are_those_of_the_folders() -> None:
    """All shards of a folder together; documents that were dropped do not count."""
    assert sizes_of(FINISHED) == {
        "issues": Size(3, 300),
        "jupyter-scripts": Size(1, 50),
        "python": Size(6, 2200),
        "shell": Size(1, 20),
    }
    assert code_of(FINISHED) == CODE


@given(
    st.lists(
        st.tuples(st.sampled_from(["python", "shell", "issues"]), st.integers(0, 900), st.integers(0, 3)),
        max_size=12,
    )
)
def test_ranges_hold_every_unit_with_code_once(found: list[tuple[str, int, int]]) -> None:
    """In order, without a gap, and no repository in two of them."""
    units, at = [], 0
    for name, size, step in found:
        names = (f"r/{at:03d}", f"r/{at + step:03d}")[: 1 + (step > 0)]
        is_code = name != "issues"
        at += step if is_code else 0
        units.append(cleaned((name, size), repositories=names if is_code else ()))
    trains = [one for one in plan_trains(config(context="repository"), [], units) if one.units is not None]
    ranges = [train.units for train in trains if train.units is not None]
    assert all(one[1] == other[0] for one, other in pairwise(ranges))
    code = [size for name, size, _ in found if name != "issues"]
    assert sum(train.size for train in trains) == sum(code)
    if ranges:
        assert (ranges[0][0], ranges[-1][1]) == (0, len(units))
    owners: dict[str, set[int]] = {}
    for number, (first, end) in enumerate(ranges):
        for unit in units[first:end]:
            for name in unit["repositories"]:
                owners.setdefault(name, set()).add(number)
    assert all(len(numbers) == 1 for numbers in owners.values())


def test_a_path_is_relative_to_the_run() -> None:
    """So a run can be moved."""
    trains = plan_trains(config(context="repository"), FINISHED, UNITS)
    assert not any(Path(name).is_absolute() for train in trains for name in (train.path, *train.files))
