"""Shards become texts to train on: drawn, in their layout, and each document counted once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datatrove.data import Document
from hypothesis import given
from hypothesis import strategies as st

from curation import document as documents
from curation.blocks import render as block
from curation.blocks.render import COLUMNS, ReadShard, Render, RenderRepositories, Sample, Scatter, WriteTrain
from curation.document import document_id, split_id
from curation.grouping import gather
from curation.layout import Train
from curation.ledger import Ledger
from curation.mix import MixSettings
from curation.render.settings import RenderSettings
from curation.shards import ParquetFile
from curation.structured.parts import Part, header, join
from curation.tasks import read_record

PYTHON, SHELL = (f"data/{name}/{name}-00000-of-00001.parquet" for name in ("python", "shell"))
SETTINGS = RenderSettings(names_probability=1.0, order="path")
Row = dict[str, Any]


def row(unit: int, number: int, repository: str, path: str = "a.py", **more: Any) -> Row:
    """A document in a shard; its content says which it is."""
    content = more.pop("content", f"# {repository} {path} {unit} {number}\n")
    return {
        "id": document_id(unit, number),
        "content": content,
        "kind": "code",
        "language": "Python",
        "repo_name": repository,
        "path": path,
        "stars": 7,
        "parts": "",
        "length_bytes": len(content.encode()),
        **more,
    }


ROWS = {
    PYTHON: [
        [row(0, 0, "b/b", "z.py"), row(0, 1, "a/a")],
        [row(1, 0, "b/b", "b.py"), row(1, 1, "b/b"), row(2, 1, "c/c")],
        [row(3, 0, "", "lone.py"), row(3, 1, "", "lone.py")],
    ],
    SHELL: [
        [row(1, 2, "b/b", "run.sh"), row(2, 0, "c/c", "c.sh")],
        [row(12, 0, "d/d", "d.sh"), row(110, 0, "e/e", "e.sh")],
    ],
}
"""Row groups of two shards."""
IDS = [one["id"] for groups in ROWS.values() for group in groups for one in group]


def write_shards(run: Path, rows: Mapping[str, Sequence[Sequence[Row]]]) -> Path:
    """Shards in data/."""
    schema = pa.schema([documents.schema().field(name) for name in COLUMNS])
    for name, groups in rows.items():
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        with ParquetFile(run / name, schema) as out:
            for group in groups:
                out.write_table(pa.Table.from_pylist(list(group), schema=schema))
    return run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with two shards of code."""
    return write_shards(tmp_path, ROWS)


def train(*files: str, **more: Any) -> Train:
    """A task of the render pass."""
    return Train("train/x/x-00000-of-00001.parquet", files, 0, **more)


def rendered(
    run: Path,
    task: Train,
    *,
    settings: RenderSettings = SETTINGS,
    epochs: Mapping[str, float] | None = None,
    row_group_bytes: int = 1 << 20,
) -> tuple[list[Row], Ledger]:
    """All blocks of a task in a row: the texts that were written, and the ledger before it was taken."""
    ledger = Ledger()
    data: Iterator[Document] = ReadShard(run, [task], ledger).run(None)
    for step in (
        Sample(MixSettings(), epochs or {}, ledger),
        RenderRepositories([task], settings, MixSettings(), epochs or {}, ledger),
        Render([task], settings, ledger),
    ):
        data = step.run(data)
    assert list(WriteTrain(run, [task], ledger, row_group_bytes).run(data)) == []
    return pq.read_table(run / task.path).to_pylist(), ledger


def texts(run: Path, *tasks: Train, **how: Any) -> dict[str, str]:
    """Repository -> its text, of several tasks."""
    found: dict[str, str] = {}
    for number, task in enumerate(tasks):
        numbered = Train(f"train/r/{number}.parquet", task.files, 0, task.units, task.partition)
        rows, _ = rendered(run, numbered, **how)
        found |= {one["repo_name"] or one["id"]: one["text"] for one in rows}
        (run / "render" / "train-00000").rename(
            run / "render" / f"done-{len(list((run / 'render').iterdir()))}"
        )
    return found


def read(run: Path, task: Train) -> tuple[list[Document], Ledger]:
    """What a task begins with."""
    ledger = Ledger()
    return list(ReadShard(run, [task], ledger).run(None)), ledger


def test_a_shard_is_read_in_its_order(run: Path) -> None:
    """Every document with what its layout needs, its folder, and its place in the counts."""
    docs, ledger = read(run, train(SHELL))
    rows = [one for group in ROWS[SHELL] for one in group]
    assert [doc.id for doc in docs] == [one["id"] for one in rows]
    assert docs[0].text == rows[0]["content"]
    assert docs[0].metadata == {
        **{key: value for key, value in rows[0].items() if key not in {"id", "content"}},
        "folder": "shell",
    }
    assert (ledger.counts.read, ledger.counts.kinds) == (4, {"code/read": 4})
    assert ledger.counts.bytes_read == sum(one["length_bytes"] for one in rows)


@pytest.mark.parametrize("units", [(0, 2), (1, 3), (2, 4), (3, 111), (12, 13), (13, 110), (0, 999)])
def test_a_range_is_read_by_repository_from_all_shards(run: Path, units: tuple[int, int]) -> None:
    """Only units of the range, by repository, and in order within it."""
    docs, ledger = read(run, train(PYTHON, SHELL, units=units))
    expected = sorted(
        (one["repo_name"], split_id(one["id"]))
        for groups in ROWS.values()
        for group in groups
        for one in group
        if units[0] <= split_id(one["id"])[0] < units[1]
    )
    assert [(doc.metadata["repo_name"], split_id(doc.id)) for doc in docs] == expected
    assert ledger.counts.read == len(expected)


@pytest.mark.parametrize(("units", "read_groups"), [((0, 1), 1), ((1, 2), 2), ((3, 4), 1), ((4, 5), 0)])
def test_row_groups_of_other_units_are_not_read(
    run: Path, monkeypatch: pytest.MonkeyPatch, units: tuple[int, int], read_groups: int
) -> None:
    """The smallest and largest id of a row group say so."""
    kept = []
    known = block._may_hold

    def counting(group: Any, wanted: Sequence[int]) -> bool:
        kept.append(known(group, wanted))
        return kept[-1]

    monkeypatch.setattr(block, "_may_hold", counting)
    read(run, train(PYTHON, SHELL, units=units))
    assert (len(kept), sum(kept)) == (5, read_groups)


@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 1200)), min_size=1, max_size=3))
def test_a_row_group_is_left_out_only_if_it_holds_nothing(pairs: list[tuple[int, int]]) -> None:
    """For any ids and ranges; without statistics it is read."""
    sink = pa.BufferOutputStream()
    units = sorted({unit for pair in pairs for unit in pair})
    pq.write_table(pa.table({"id": [document_id(unit, 0) for unit in units]}), sink)
    group = pq.ParquetFile(sink.getvalue()).metadata.row_group(0)
    for first, end in pairs:
        expected = any(first <= unit < end for unit in units)
        assert block._may_hold(group, (first, end)) or not expected
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": ["000001-00000000"]}), sink, write_statistics=False)
    assert block._may_hold(pq.ParquetFile(sink.getvalue()).metadata.row_group(0), (5, 6))


def test_half_of_the_documents_are_drawn_by_their_ids(tmp_path: Path) -> None:
    """The others are counted; the same ones whatever else is there; another seed draws others."""
    rows = [row(0, number, "a/a", f"{number}.py") for number in range(400)]
    write_shards(tmp_path, {PYTHON: [rows], SHELL: [rows[100:300]]})

    def drawn(name: str, seed: int = 0) -> tuple[set[str], Ledger]:
        docs, ledger = read(tmp_path, train(name))
        sample = Sample(MixSettings(seed=seed), {"python": 0.5, "shell": 0.5}, ledger)
        found = list(sample.run(iter(docs)))
        assert {doc.metadata["copies"] for doc in found} == {1}
        return {doc.id for doc in found}, ledger

    ids, ledger = drawn(PYTHON)
    assert 150 < len(ids) < 250
    assert ledger.counts.dropped == {"render/not_drawn": 400 - len(ids)}
    dropped = ledger.take().to_pylist()[0]
    assert (dropped["decision"], dropped["value"], dropped["threshold"]) == ("dropped", 0, 0.5)
    assert drawn(SHELL)[0] == {one for one in ids if 100 <= split_id(one)[1] < 300}
    assert drawn(PYTHON, seed=1)[0] != ids


@pytest.mark.parametrize(
    ("epochs", "copies"), [({}, {1: 4}), ({"shell": 2}, {2: 4}), ({"shell": 0}, {}), ({"python": 0}, {1: 4})]
)
def test_the_mix_says_how_often_a_text_is_seen(
    run: Path, epochs: dict[str, float], copies: dict[int, int]
) -> None:
    """By folder; a text is written once, with the number of its copies."""
    rows, ledger = rendered(run, train(SHELL), epochs=epochs)
    assert Counter(one["copies"] for one in rows) == copies
    assert ledger.counts.dropped == ({"render/not_drawn": 4} if not copies else {})


def test_every_document_is_a_text_in_its_layout(run: Path) -> None:
    """With its own kind, language and name; what has no layout is dropped with the reason."""
    parts = [Part("title", "It breaks"), Part("comment", "Why?", {"user": "username_0"})]
    change = [Part("before", "a"), Part("message", "b"), Part("after", "c")]
    mixed = "data/issues/issues-00000-of-00001.parquet"
    rows = [
        row(0, 0, "a/a", "issues/7", content=join(parts), parts=header(parts), kind="issues", language=""),
        row(0, 1, "a/a", content=join(change), parts=header(change), kind="commits"),
        row(0, 2, "a/a", content="x = '<file_sep>'\n"),
    ]
    write_shards(run, {mixed: [rows]})
    found, ledger = rendered(run, train(mixed))
    assert [(one["id"], one["kind"], one["language"], one["documents"]) for one in found] == [
        (rows[0]["id"], "issues", "", 1),
        (rows[2]["id"], "code", "Python", 1),
    ]
    assert found[0]["text"] == "<issue_start>Title: It breaks\nusername_0: Why?"
    assert found[1]["text"] == "<repo_name>a/a<file_sep>a.py\nx = '<\u2060file_sep>'\n"
    assert ledger.counts.dropped == {"render/no_layout": 1}
    assert ledger.counts.changed == {"render/sentinels_escaped": 1}
    assert (ledger.counts.read, ledger.counts.kept) == (3, 2)
    assert ledger.counts.bytes_kept == sum(one["length_bytes"] for one in found)
    assert ledger.counts.kinds["commits/dropped"] == 1


def test_the_other_family_shows_what_is_known_of_a_file(run: Path) -> None:
    """Repository, path and the range of stars."""
    settings = RenderSettings(
        family="starcoder", repository_name_probability=1, file_name_probability=1, stars_probability=1
    )
    found, _ = rendered(run, train(SHELL), settings=settings)
    expected = "<reponame>b/b<filename>run.sh<gh_stars>1-10\n# b/b run.sh 1 2\n"
    assert found[0]["text"] == expected


def test_a_repository_is_one_text(run: Path) -> None:
    """Its files in the order that is asked for; a file without repository is a text by itself."""
    found, ledger = rendered(run, train(PYTHON, SHELL, units=(0, 4)))
    assert [(one["repo_name"], one["documents"]) for one in found] == [
        *(("", 1), ("", 1), ("a/a", 1), ("b/b", 4), ("c/c", 2))
    ]
    files = (
        "a.py\n# b/b a.py 1 1\n",
        "b.py\n# b/b b.py 1 0\n",
        "run.sh\n# b/b run.sh 1 2\n",
        "z.py\n# b/b z.py 0 0\n",
    )
    assert found[3]["text"] == "<repo_name>b/b" + "".join(f"<file_sep>{file}" for file in files)
    assert (found[3]["id"], found[3]["kind"], found[3]["language"]) == ("000001-00000001", "code", "")
    assert [one["text"] for one in found[:2]] == [f"<file_sep>#  lone.py 3 {number}\n" for number in range(2)]
    assert (ledger.counts.read, ledger.counts.kept) == (9, 9)


def test_files_of_no_repository_are_drawn_one_by_one(tmp_path: Path) -> None:
    """Were they one repository, all of them or none would be taken."""
    write_shards(tmp_path, {PYTHON: [[row(0, number, "") for number in range(200)]]})
    found, ledger = rendered(tmp_path, train(PYTHON, units=(0, 1)), epochs={"repositories": 0.5})
    assert 60 < len(found) < 140
    assert ledger.counts.dropped == {"render/not_drawn": 200 - len(found)}


@pytest.mark.parametrize(("epochs", "copies"), [(2.0, 2), (0.0, 0), (1.0, 1)])
def test_repositories_are_drawn_whole(run: Path, epochs: float, copies: int) -> None:
    """All files of one are seen as often; of one that is not drawn, every file is counted."""
    found, ledger = rendered(run, train(PYTHON, SHELL, units=(0, 3)), epochs={"repositories": epochs})
    assert {one["copies"] for one in found} == ({copies} if copies else set())
    assert ledger.counts.dropped == ({} if copies else {"render/not_drawn": 7})


def test_a_large_repository_is_several_texts(run: Path) -> None:
    """Cut between files; each text is named after its first file, and documents still add up."""
    settings = SETTINGS.model_copy(update={"max_document_bytes": 80})
    found, ledger = rendered(run, train(PYTHON, SHELL, units=(1, 2)), settings=settings)
    assert [(one["id"], one["documents"]) for one in found] == [
        ("000001-00000001", 2),
        ("000001-00000002", 1),
    ]
    assert all(one["text"].startswith("<repo_name>b/b<file_sep>") for one in found)
    assert all(one["length_bytes"] <= 80 for one in found)
    assert ledger.counts.changed == {"render/repository_split": 1}
    assert ledger.counts.kept == 3


def test_a_file_that_is_refused_is_counted_and_the_others_stay(run: Path) -> None:
    """One with a forged token, where these are to be dropped."""
    forged = row(1, 9, "b/b", "f.py", content="<|endoftext|>")
    write_shards(run, {PYTHON: [[*ROWS[PYTHON][1], forged]]})
    settings = SETTINGS.model_copy(update={"forged": "drop"})
    found, ledger = rendered(run, train(PYTHON, units=(1, 2)), settings=settings)
    assert [one["documents"] for one in found] == [2]
    assert "f.py" not in found[0]["text"]
    assert ledger.counts.dropped == {"render/forged_sentinel": 1}


def test_an_order_by_need_is_asked_of_the_whole_repository(run: Path) -> None:
    """What is imported comes first, also from another shard."""
    lib = row(1, 9, "z/z", "lib.py", content="def f():\n    return 1\n")
    app = row(1, 8, "z/z", "app.py", content="import lib\n\nlib.f()\n")
    write_shards(run, {PYTHON: [[app]], SHELL: [[lib]]})
    settings = SETTINGS.model_copy(update={"order": "dependency"})
    (found,), _ = rendered(run, train(PYTHON, SHELL, units=(1, 2)), settings=settings)
    assert found["text"].index("lib.py") < found["text"].index("app.py")


@pytest.mark.parametrize("partitions", [1, 3])
def test_what_was_scattered_makes_the_same_repositories(run: Path, partitions: int) -> None:
    """Texts do not depend on whether repositories came in a row, nor on the number of partitions."""
    expected = texts(run, train(PYTHON, SHELL, units=(0, 999)))
    shards = [PYTHON, SHELL]
    for rank in range(2):
        assert list(Scatter(run, shards, partitions).run(None, rank)) == []
    found = texts(run, *(train(*shards, partition=number) for number in range(partitions)))
    assert found == expected
    counts = [read_record(run / "scatter" / Path(name).stem)["counts"] for name in shards]
    assert [(one["read"], one["kept"]) for one in counts] == [(7, 7), (4, 4)]


def test_scattered_documents_keep_what_their_layout_needs(run: Path) -> None:
    """Folder, stars and path; and they come by repository, each in order."""
    for rank in range(2):
        list(Scatter(run, [PYTHON, SHELL], 1).run(None, rank))
    docs, ledger = read(run, train(PYTHON, SHELL, partition=0))
    assert sorted(doc.id for doc in docs) == sorted(IDS)
    keys = [(doc.metadata["repo_name"] or doc.id, split_id(doc.id)) for doc in docs]
    assert keys == sorted(keys)
    plain = {doc.id: doc for name in (PYTHON, SHELL) for doc in read(run, train(name))[0]}
    assert all((doc.text, doc.metadata) == (plain[doc.id].text, plain[doc.id].metadata) for doc in docs)
    assert ledger.counts.read == len(IDS)
    groups = dict(gather(sorted((run / "scatter").iterdir()), 0))
    assert groups.keys() == {"a/a", "b/b", "c/c", "d/d", "e/e", "000003-00000000", "000003-00000001"}


@pytest.mark.parametrize(("limit", "groups"), [(1, [1] * 4), (70, [2, 2]), (105, [3, 1]), (1 << 20, [4])])
def test_row_groups_are_bounded(tmp_path: Path, limit: int, groups: list[int]) -> None:
    """By bytes of text; a larger text stands alone, and none is lost."""
    rows = [row(0, number, "", content="é" * 12) for number in range(4)]
    write_shards(tmp_path, {SHELL: [rows]})
    found, _ = rendered(tmp_path, train(SHELL), row_group_bytes=limit)
    assert [one["length_bytes"] for one in found] == [34] * 4
    metadata = pq.ParquetFile(tmp_path / train().path).metadata
    assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == groups


def test_texts_and_ledger_are_committed_together(run: Path) -> None:
    """The record says what was written and of what; every document has one row in the ledger."""
    found, _ = rendered(run, train(PYTHON, SHELL, units=(0, 999)))
    record = read_record(run / "render" / "train-00000")
    assert (record["path"], record["language"]) == (train().path, "x")
    assert record["shard"]["rows"] == len(found)
    assert record["counts"]["kept"] == len(IDS) == sum(one["documents"] for one in found)
    ledger = pq.read_table(run / "render" / "train-00000" / "rendered.parquet").to_pylist()
    assert sorted(one["id"] for one in ledger) == sorted(IDS)
    assert {(one["stage"], one["decision"]) for one in ledger} == {("render", "kept")}


def test_a_task_without_documents_is_whole_as_well(tmp_path: Path) -> None:
    """Such as a partition that no repository fell into."""
    found, ledger = rendered(tmp_path, train(partition=0))
    assert (found, ledger.counts.read) == ([], 0)
    assert (tmp_path / train().path).is_file()
    assert read_record(tmp_path / "render" / "train-00000")["shard"]["rows"] == 0


def test_progress_is_told(run: Path) -> None:
    """Documents and bytes so far."""
    told: list[tuple[int, int]] = []
    step = ReadShard(run, [train(SHELL)], Ledger())
    step.on_progress = lambda number, size: told.append((number, size))
    list(step.run(None))
    sizes = [one["length_bytes"] for group in ROWS[SHELL] for one in group]
    assert told == [(number, sum(sizes[:number])) for number in range(1, 5)]
