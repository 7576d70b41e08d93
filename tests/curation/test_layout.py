"""Row groups of all units become shards of one language and a bounded size."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from curation.layout import part_name, plan_ranges, plan_shards, shard_name, unit_name

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


def test_ranges_of_units_hold_whole_repositories() -> None:
    """A range ends where it is full and the repository changes; units without code lie where they fall."""
    sizes = [60, 60, 0, 60, 30, 0]
    repositories = [["a", "b"], ["b"], [], ["c", "d"], ["e"], []]
    assert plan_ranges(sizes, repositories, 100) == [(0, 3, 120), (3, 6, 90)]
    assert plan_ranges(sizes, repositories, 1000) == [(0, 6, 210)]
    assert plan_ranges([0, 0], [[], []], 100) == []


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 30))
def test_ranges_cover_all_code_once_and_cut_no_repository(files: list[int], limit: int) -> None:
    """Files of repositories in a row, cut into units anywhere: no repository is in two ranges."""
    names = sorted(str(number // 2) for number in files)
    units = [names[start : start + 3] for start in range(0, len(names), 3)]
    ranges = plan_ranges(
        [len(unit) for unit in units], [sorted({*unit[:1], *unit[-1:]}) for unit in units], limit
    )
    held = [[name for unit in units[first:end] for name in unit] for first, end, _ in ranges]
    assert [name for each in held for name in each] == names
    assert [size for *_, size in ranges] == [len(each) for each in held]
    assert sum(len(set(each)) for each in held) == len(set(names))
