"""Grouping on disk: all items of a key together and in order, in little memory, whoever writes them."""

import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation import grouping
from curation.errors import BrokenRunError
from curation.grouping import Item, gather, order_of, partition_of, partitions_for, scatter
from curation.shards import sha256_of

keys = st.sampled_from(["a/b/1", "a/b/2", "A/b/1", "é/ü/3", "", "\0x", "z" * 40])
items = st.builds(Item, keys | st.text("ab\0é", max_size=3), st.binary(max_size=3), st.binary(max_size=40))
items_of_tasks = st.lists(st.lists(items, max_size=12), max_size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grouping")


def scattered(
    folder: Path, tasks: list[list[Item]], partitions: int, buffer_bytes: int = 1 << 20
) -> list[Path]:
    """The folders of all tasks, each emptied and written anew."""
    folders = []
    for number, items in enumerate(tasks):
        here = folder / f"task-{number}"
        here.mkdir(parents=True, exist_ok=True)
        for path in here.iterdir():
            path.unlink()
        scatter(items, here, partitions, buffer_bytes=buffer_bytes)
        folders.append(here)
    return folders


def gathered(folders: list[Path], partitions: int, memory_bytes: int = 1 << 30) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for partition in range(partitions):
        for key, items in gather(folders, partition, memory_bytes=memory_bytes):
            assert key not in found
            assert partition_of(key, partitions) == partition
            found[key] = list(items)
    return found


def expected(tasks: list[list[Item]]) -> dict[str, list[Item]]:
    """The plain twin: a dictionary of sorted lists."""
    groups = defaultdict(list)
    for items in tasks:
        for item in items:
            groups[item.key].append(item)
    return {key: sorted(items) for key, items in groups.items()}


@given(
    tasks=items_of_tasks,
    partitions=st.integers(1, 5),
    buffer_bytes=st.sampled_from([1, 700, 1 << 20]),
    memory_bytes=st.sampled_from([1, 900, 1 << 30]),
)
def test_every_item_comes_out_once_in_its_group_and_in_order(
    folder: Path, tasks: list[list[Item]], partitions: int, buffer_bytes: int, memory_bytes: int
) -> None:
    """Whatever the buffers, the memory and the partitions, the groups are those of a dictionary."""
    folders = scattered(folder, tasks, partitions, buffer_bytes)
    assert gathered(folders, partitions, memory_bytes) == expected(tasks)


@given(tasks=items_of_tasks, data=st.data())
def test_result_does_not_depend_on_who_wrote_what(
    folder: Path, tasks: list[list[Item]], data: st.DataObject
) -> None:
    """The same items split among tasks in another way, and folders in another order, give the same groups."""
    whole = [item for items in tasks for item in items]
    shuffled = data.draw(st.permutations(whole))
    cut = data.draw(st.integers(0, len(whole)))
    first = gathered(scattered(folder / "whole", [whole], 3), 3)
    folders = scattered(folder / "cut", [shuffled[:cut], shuffled[cut:]], 3)
    assert gathered(folders[::-1], 3) == first


def test_same_items_are_the_same_bytes(tmp_path: Path) -> None:
    """A task that is run again leaves files of the same hash, and its record says so."""
    items = [Item(f"k{number % 7}", order_of(number), b"x" * number) for number in range(500)]
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        records = scatter(iter(items), tmp_path / name, 4, buffer_bytes=50_000)
        assert sum(record.rows for record in records) == 500
        assert [record.sha256 for record in records] == [
            sha256_of(tmp_path / name / record.name) for record in records
        ]
        hashes.append([record.sha256 for record in records])
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) > 1


def test_order_of_items_in_a_buffer_makes_no_difference(tmp_path: Path) -> None:
    """A file holds its items sorted, whichever came first."""
    items = [Item(f"k{number % 7}", order_of(number), b"x" * number) for number in range(50)]
    (forward,) = scatter(items, tmp_path, 2)
    (backward,) = scatter(items[::-1], tmp_path, 2)
    assert forward == backward


def test_equal_items_all_stay(tmp_path: Path) -> None:
    """Nothing is taken for a duplicate here."""
    folders = scattered(tmp_path, [[Item("a", b"", b"x")] * 3], 2)
    assert gathered(folders, 2) == {"a": [Item("a", b"", b"x")] * 3}


def test_task_without_items_leaves_no_file(tmp_path: Path) -> None:
    """An input of which nothing is kept costs nothing later."""
    assert scatter([], tmp_path, 3) == []
    assert list(tmp_path.iterdir()) == []
    assert list(gather([tmp_path], 0)) == []


def test_failed_task_leaves_nothing_half_written(tmp_path: Path) -> None:
    """If the input breaks off, what was written is whole, and no temporary file stays."""

    def broken() -> Iterator[Item]:
        yield Item("a", b"", b"x" * 100)
        yield Item("a", b"", b"x" * 100)
        raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        scatter(broken(), tmp_path, 2, buffer_bytes=1)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["items-0000.arrow", "items-0001.arrow"]


@pytest.mark.parametrize("damage", ["cut", "flip", "other"])
def test_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    """A file that is cut off, or is something else, stops the task with its path."""
    scatter([Item(f"k{n}", b"", bytes(range(200)) * 9) for n in range(50)], tmp_path, 1)
    path = tmp_path / "items-0000.arrow"
    data = path.read_bytes()
    changed = {"cut": data[:-30], "flip": data[:60] + bytes(400) + data[460:], "other": b"{}"}
    path.write_bytes(changed[damage])
    with pytest.raises(BrokenRunError, match=r"items-0000\.arrow: expected a whole file of items"):
        list(gather([tmp_path], 0))


def test_file_of_other_settings_is_refused(tmp_path: Path) -> None:
    """A partition that no task has written is not just empty."""
    scatter([Item("a", b"", b"")], tmp_path, 2)
    with pytest.raises(BrokenRunError, match="expected partition 2, saw 2 partitions"):
        list(gather([tmp_path], 2))


def test_large_partition_is_merged_on_disk_in_little_memory(tmp_path: Path) -> None:
    """40 MB of items in one partition are gathered in 8 MB, and the pieces on disk are gone at the end."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    items = (Item(f"key {n % 997:04d}", order_of(n), bytes([n % 251]) * 4000) for n in range(10_000))
    (tmp_path / "task").mkdir()
    scatter(items, tmp_path / "task", 1, buffer_bytes=2 << 20)
    tracemalloc.start()
    seen, last = 0, ""
    for key, group in gather([tmp_path / "task"], 0, memory_bytes=4 << 20, scratch=scratch):
        assert key > last
        last = key
        seen += sum(1 for _ in group)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == 10_000
    assert peak < 12 << 20
    assert list(scratch.iterdir()) == []


def test_pieces_are_removed_when_nobody_reads_on(tmp_path: Path) -> None:
    """A reader that stops in the middle leaves nothing on disk."""
    (tmp_path / "task").mkdir()
    (tmp_path / "scratch").mkdir()
    scatter([Item(f"k{n}", b"", b"x" * 100) for n in range(5000)], tmp_path / "task", 1)
    groups = gather([tmp_path / "task"], 0, memory_bytes=1000, scratch=tmp_path / "scratch")
    next(groups)
    assert [path.name[:15] for path in (tmp_path / "scratch").iterdir()] == [".pending-merge-"]
    groups.close()  # type: ignore[attr-defined]
    assert list((tmp_path / "scratch").iterdir()) == []


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1), st.text(st.characters(codec="utf-8", exclude_characters="\0"))
        ),
        min_size=2,
        max_size=5,
    )
)
def test_orders_compare_as_their_values(values: list[tuple[int, str]]) -> None:
    """Numbers as numbers, texts by code point, one after the other."""
    assert sorted(values) == sorted(values, key=lambda value: order_of(*value))


@pytest.mark.parametrize(
    ("size", "partitions"), [(0, 1), (1, 1), (256 << 20, 1), ((256 << 20) + 1, 2), (1 << 60, 4096)]
)
def test_partitions_follow_from_the_size(size: int, partitions: int) -> None:
    """One for each 256 MiB, at least one, at most 4096."""
    assert partitions_for(size) == partitions


def test_keys_are_spread_evenly() -> None:
    """A thousand keys in ten partitions: none holds less than half or more than twice its share."""
    counts = [0] * 10
    for number in range(1000):
        counts[partition_of(f"octo/hello/{number}", 10)] += 1
    assert min(counts) > 50
    assert max(counts) < 200
    assert partition_of("octo/hello/7", 1000) == 153


def test_rows_are_taken_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows are turned into Python at once, the groups are the same."""
    folders = scattered(tmp_path, [[Item("a", order_of(n), b"%d" % n) for n in range(50)]], 1)
    whole = gathered(folders, 1)
    monkeypatch.setattr(grouping, "ROWS_AT_ONCE", 3)
    assert gathered(folders, 1) == whole
