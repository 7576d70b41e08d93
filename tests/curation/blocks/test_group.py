"""What an input holds is left by issue and pull request, once, and every line of it is counted."""

from pathlib import Path
from typing import Any

import pytest
from github_payloads import comment_event, issue_event, pull_event, watch_event, write_hour

from curation.blocks.group import Group
from curation.errors import BadInputError
from curation.grouping import gather
from curation.manifest import UnitList, open_units, write_units
from curation.sources import folder, github_events
from curation.sources.base import Unit
from curation.tasks import read_record

HOURS: tuple[list[dict[str, Any] | bytes], ...] = (
    [issue_event(7, "opened"), watch_event(), b"{no json", pull_event(12, "opened")],
    [comment_event(7, 91, "Me too."), watch_event(), watch_event()],
)


@pytest.fixture
def inputs(tmp_path: Path) -> UnitList:
    """Two hours, of the second of two sources."""
    for number, lines in enumerate(HOURS):
        write_hour(tmp_path / "events" / f"2019-05-15-{number}.json.gz", lines)
    settings = github_events.Settings(path=str(tmp_path / "events"))
    write_units(tmp_path / "inputs.jsonl", [(1, unit) for unit in github_events.inputs(settings)])
    return open_units(tmp_path / "inputs.jsonl", (folder.Settings(path=tmp_path), settings))


def test_every_line_of_an_input_is_counted(tmp_path: Path, inputs: UnitList) -> None:
    """Events of other types by their type; a line that is no event goes on, and its reason is known."""
    run = tmp_path / "run"
    block = Group(run, inputs)
    told: list[tuple[int, int]] = []
    block.on_progress = lambda documents, size: told.append((documents, size))
    assert [list(block.run(None, rank)) for rank in range(len(inputs))] == [[], []]
    first, second = (read_record(run / "group-001" / f"input-{rank:06d}") for rank in range(2))
    assert (first["counts"]["read"], first["counts"]["kept"]) == (4, 3)
    assert first["counts"]["dropped"] == {"group/WatchEvent": 1}
    assert first["unreadable"] == {"bad_json": 1}
    assert (second["counts"]["read"], second["counts"]["kept"]) == (3, 1)
    assert (second["counts"]["dropped"], second["unreadable"]) == ({"group/WatchEvent": 2}, {})
    assert told == [(4, inputs(0)[0].size), (3, inputs(1)[0].size)]
    assert first["counts"]["bytes_read"] == inputs(0)[0].size
    assert first["counts"]["bytes_kept"] > second["counts"]["bytes_kept"] > 0


def test_what_belongs_together_is_together_afterwards(tmp_path: Path, inputs: UnitList) -> None:
    """Whichever input it comes from; files are those that the record names."""
    run = tmp_path / "run"
    for rank in range(len(inputs)):
        list(Group(run, inputs).run(None, rank))
    folders = sorted((run / "group-001").iterdir())
    groups = {key: len(list(items)) for key, items in gather(folders, 0)}
    assert sorted(groups.values()) == [1, 1, 2]
    for place in folders:
        named = {file["name"] for file in read_record(place)["files"]}
        assert {path.name for path in place.iterdir()} == named | {"record.json"}


def test_the_same_input_gives_the_same_files(tmp_path: Path, inputs: UnitList) -> None:
    """Byte for byte, in whichever order inputs are read."""
    found = []
    for name, ranks in (("one", (0, 1)), ("two", (1, 0))):
        for rank in ranks:
            list(Group(tmp_path / name, inputs).run(None, rank))
        paths = sorted((tmp_path / name).rglob("*.*"))
        found.append(
            {path.relative_to(tmp_path / name): path.read_bytes() for path in paths if path.is_file()}
        )
    assert found[0] == found[1]
    assert len(found[0]) == 4


def test_a_damaged_input_leaves_nothing(tmp_path: Path, inputs: UnitList) -> None:
    """The task fails with the input's name, and its folder is gone."""
    whole = Path(inputs(1)[0].uri)
    whole.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(BadInputError, match=whole.name):
        list(Group(tmp_path / "run", inputs).run(None, 1))
    assert list((tmp_path / "run" / "group-001").iterdir()) == []


def test_only_events_are_grouped(tmp_path: Path) -> None:
    """Of another source there is nothing to split, so to ask for it is a defect."""
    source = folder.Settings(path=tmp_path)
    write_units(tmp_path / "inputs.jsonl", [(0, Unit("folder", str(tmp_path)))])
    with pytest.raises(AssertionError):
        list(Group(tmp_path, open_units(tmp_path / "inputs.jsonl", (source,))).run(None, 0))
