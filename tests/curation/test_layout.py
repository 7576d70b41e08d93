"""Row groups of all units become shards of one language and a bounded size."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from curation.layout import part_name, plan_shards, shard_name, unit_name

groups = st.lists(
    st.lists(st.tuples(st.sampled_from(["c", "python", "r"]), st.integers(1, 5), st.integers(0, 99)))
)


def test_a_worked_example() -> None:
    """Two units, two languages, 100 bytes a shard."""
    shards = plan_shards([[("c", 1, 60), ("python", 2, 90)], [("c", 1, 30), ("python", 3, 20)]], 100)
    assert [(s.name, list(s.segments), s.size) for s in shards] == [
        ("c-00000-of-00001.parquet", [(0, 0), (1, 0)], 90),
        ("python-00000-of-00002.parquet", [(0, 1)], 90),
        ("python-00001-of-00002.parquet", [(1, 1)], 20),
    ]
    assert [s.number for s in shards] == [0, 1, 2]


@given(groups, st.integers(1, 200))
def test_every_row_group_is_in_exactly_one_shard_of_its_language(
    units: list[list[tuple[str, int, int]]], limit: int
) -> None:
    """Nothing is lost or doubled; a shard over the limit has a single row group."""
    shards = plan_shards(units, limit)
    placed = sorted(segment for shard in shards for segment in shard.segments)
    assert placed == [(unit, group) for unit, found in enumerate(units) for group in range(len(found))]
    per_language: dict[str, int] = defaultdict(int)
    for shard in shards:
        per_language[shard.language] += 1
        assert {units[unit][group][0] for unit, group in shard.segments} == {shard.language}
        assert shard.size <= limit or len(shard.segments) == 1
        assert list(shard.segments) == sorted(shard.segments)
    assert all(s.name.endswith(f"-of-{per_language[s.language]:05d}.parquet") for s in shards)


def test_names_sort_as_their_numbers() -> None:
    """Folders are listed in the order of their tasks."""
    for name in (unit_name, part_name, shard_name):
        assert sorted(map(name, range(0, 120, 7))) == list(map(name, range(0, 120, 7)))
