"""Every document of a unit has a row, a kind and a text, and what has no text has a counted reason."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from datatrove.data import Document
from hypothesis import given
from hypothesis import strategies as st
from notebook_json import code, notebook, stream, text

from curation.blocks import read as block
from curation.blocks.read import LAST_SECOND, Read, plausible
from curation.decode import DecodeSettings
from curation.document import content_id
from curation.ledger import Counts
from curation.manifest import UnitList, open_units, write_units
from curation.optout import OptOut
from curation.problem import Problem
from curation.sources import SourceSettings, commits, folder, github_events
from curation.sources.base import Repository, SourceFile, Unit
from curation.store import UnitStore
from curation.structured.commits import CommitSettings
from curation.structured.convert import Converter, Settings
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import Part, split
from curation.structured.records import Commit

SECRET = "kT9qmlw4K7zzv"  # noqa: S105  # made up
NOTEBOOK = notebook(text("# Training"), code("x = 1", stream("1\n")))
CONVERTER = Converter(Settings(), DecodeSettings(), OptOut())
FOLDER = folder.Settings(path=Path("code"))
COMMITS = commits.Settings(path=Path("hello.git"))
EVENTS = github_events.Settings(path="events")


class Result:
    """What a unit became."""

    def __init__(self, docs: list[Document], rows: list[dict[str, Any]], counts: Counts) -> None:
        self.docs = docs
        self.rows = rows
        self.counts = counts

    @property
    def dropped(self) -> list[tuple[str, str]]:
        """Stage and reason of what was dropped, in order."""
        return [(row["stage"], row["reason"]) for row in self.rows if row["decision"] == "dropped"]


def file(path: str, content: Any, problem: Problem | None = None, **about: Any) -> SourceFile:
    """A file of octo/hello as a source yields it."""
    repository = Repository("octo/hello", "r1", stars=7, forks=2, revision_date=-5, visit_date=1_600_000_000)
    return SourceFile(path, content, "input.zip", repository=repository, problem=problem, **about)


def made_of(*outcomes: Converted | Refused) -> Any:
    """A converter that makes these of every file."""
    return SimpleNamespace(begin=lambda: None, documents=lambda _file: iter(outcomes))


def units_of(place: Path, source: SourceSettings, count: int = 1) -> UnitList:
    """Units of one source, fixed as in a run."""
    write_units(place / "units.jsonl", [(0, Unit(source.kind, f"unit {n}")) for n in range(count)])
    return open_units(place / "units.jsonl", (source,))


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Reads files as those of one unit."""

    def read(
        *files: SourceFile, source: SourceSettings = FOLDER, converter: Any = CONVERTER, rank: int = 0
    ) -> Result:
        monkeypatch.setattr(block, "read", lambda _unit, _settings, _grouped: iter(files))
        store = UnitStore(tmp_path, folder_of=lambda kind, _language: kind, row_group_bytes=1 << 20)
        step = Read(units_of(tmp_path, source, rank + 1), DecodeSettings(), converter, store)
        docs = list(step.run(None, rank))
        found = Result(docs, store.ledger.take().to_pylist(), store.counts)
        for doc in docs:
            store.ledger.keep(doc.id, "filters")
        store.counts.check("the unit")
        store.task.__exit__(None, None, None)
        return found

    return read


def test_a_file_is_a_document_as_it_stands(result: Callable[..., Result]) -> None:
    """With its text, where it comes from, and dates only where they are some."""
    found = result(file("src/a.py", b"\xef\xbb\xbfx = 1\n", source_row=3, file_date=1 << 60), rank=2)
    (doc,) = found.docs
    assert (doc.id, doc.text) == ("000002-00000000", "x = 1\n")
    expected = {
        "content": b"x = 1\n",
        "content_id": content_id(b"x = 1\n"),
        "length_bytes": 6,
        "kind": "code",
        "parts": "",
        "path": "src/a.py",
        "src_encoding": "utf-8",
        "repo_name": "octo/hello",
        "revision_id": "r1",
        "stars": 7,
        "forks": 2,
        "file_date": None,
        "revision_date": None,
        "visit_date": 1_600_000_000,
        "source_file": "input.zip",
        "source_row_group": -1,
        "source_row": 3,
    }
    assert {key: doc.metadata[key] for key in expected} == expected
    assert doc.metadata.keys() == expected.keys() | {"file"}
    assert [(row["stage"], row["reason"]) for row in found.rows] == [("read", "bom_removed")]
    assert (found.counts.read, found.counts.bytes_read) == (1, 6)


def test_every_kind_is_counted_by_itself(result: Callable[..., Result]) -> None:
    """Two documents of each notebook, one of a file; whatever their fate, each has been read once."""
    found = result(file("a.ipynb", NOTEBOOK), file("a.py", b"x = 1\n"), file("b.ipynb", b"{no json"))
    assert [doc.metadata["kind"] for doc in found.docs] == ["jupyter-scripts", "jupyter-structured", "code"]
    for kind, seen, dropped in (("jupyter-scripts", 2, 1), ("jupyter-structured", 2, 1), ("code", 1, 0)):
        assert found.counts.kinds[f"{kind}/read"] == seen
        assert found.counts.kinds[f"{kind}/dropped"] == dropped
    assert found.counts.read == 5


def test_documents_of_one_notebook_have_rows_of_their_own(result: Callable[..., Result]) -> None:
    """Rows count documents, not files; path and place are those of the notebook, the language its own."""
    found = result(file("a.py", b"x = 1\n"), file("a.ipynb", NOTEBOOK), file("b.py", b"y = 2\n"))
    assert [doc.id for doc in found.docs] == [f"000000-{row:08d}" for row in range(4)]
    script, structured = found.docs[1:3]
    assert script.metadata["path"] == structured.metadata["path"] == "a.ipynb"
    assert (script.metadata["language"], structured.metadata["language"]) == ("Python", "Python")
    assert "language" not in found.docs[0].metadata
    assert script.metadata["parts"] == ""
    assert [part.role for part in split(structured.text, structured.metadata["parts"])] == [
        *("text", "code", "output")
    ]


def test_parts_are_joined_and_repaired(result: Callable[..., Result]) -> None:
    """What UTF-8 cannot hold is replaced, halves of a character are joined, and the header fits the text."""
    parts = (
        Part("title", "a\ud800"),
        Part("comment", "\0b\ufeff", {"user": "username_0"}),
        Part("comment", "\ud83d\ude00", {"user": "username_1"}),
        Part("comment", "\0"),
    )
    made = Converted("issues", "issues/7", parts=parts, changes=("truncated", "truncated"))
    found = result(file("x", b"ignored"), converter=made_of(made))
    (doc,) = found.docs
    assert doc.text == "a\ufffd\n\ufffdb\ufeff\n\U0001f600\n\ufffd"
    assert [part.text for part in split(doc.text, doc.metadata["parts"])] == doc.text.split("\n")
    assert [part.about for part in split(doc.text, doc.metadata["parts"])] == [part.about for part in parts]
    assert doc.metadata["content"] == doc.text.encode()
    assert (doc.metadata["kind"], doc.metadata["path"]) == ("issues", "issues/7")
    assert [(row["stage"], row["decision"], row["reason"]) for row in found.rows] == [
        ("issues", "changed", "truncated"),
        ("issues", "changed", "surrogates_replaced"),
        ("issues", "changed", "nul_replaced"),
        ("issues", "changed", "surrogates_joined"),
    ]


def test_a_text_without_parts_is_repaired_as_well(result: Callable[..., Result]) -> None:
    """As of a script with a NUL in a string; its language is known, and what decided it."""
    made = Converted("jupyter-scripts", "a.ipynb", "x = '\0'\n", language="R", language_method="kernelspec")
    found = result(file("a.ipynb", b"ignored"), converter=made_of(made))
    (doc,) = found.docs
    assert (doc.text, doc.metadata["parts"]) == ("x = '\ufffd'\n", "")
    assert (doc.metadata["language"], doc.metadata["language_method"]) == ("R", "kernelspec")
    assert found.counts.changed == {"jupyter-scripts/nul_replaced": 1}


@given(st.lists(st.text(st.characters(), max_size=5), min_size=1, max_size=5))
def test_any_parts_can_be_stored(texts: list[str]) -> None:
    """Lone surrogates, NUL and all line ends: the text is UTF-8, and the header still fits it."""
    made = Converted("issues", "issues/7", parts=tuple(Part("comment", one) for one in texts))
    joined, _, header, _ = block._joined(made)
    assert "\0" not in joined
    assert joined.encode().decode() == joined
    assert len(split(joined, header)) == len(texts)


def test_what_is_refused_has_stage_reason_and_number(result: Callable[..., Result]) -> None:
    """The kind is the stage; a file that is refused beside a document does not take it along."""
    refused = Refused("kaggle", Problem("too_long", 12, 10, "characters of JSON"))
    kept = Converted("jupyter-scripts", "a.ipynb", "x = 1\n")
    found = result(file("nb/a.ipynb", b"ignored"), converter=made_of(refused, kept))
    assert [doc.id for doc in found.docs] == ["000000-00000001"]
    assert found.rows == [
        {
            "id": "000000-00000000",
            "stage": "kaggle",
            "decision": "dropped",
            "reason": "too_long",
            "signal": None,
            "value": 12,
            "threshold": 10,
            "detail": "nb/a.ipynb characters of JSON",
        }
    ]
    assert found.counts.kinds["kaggle/dropped"] == 1


@pytest.mark.parametrize(
    ("path", "content", "stages", "reason"),
    [
        ("a.ipynb", '{"password": "' + SECRET, ("jupyter-scripts", "jupyter-structured"), "bad_json"),
        ("a.py", f"x = '\0{SECRET}'".encode(), ("read",), "binary"),
        ("a.py", f"x = '{SECRET}\xff\xff'".encode("latin-1"), ("read",), "bad_encoding"),
        ("a.py", b"", ("read",), "empty"),
        ("a.py", None, ("read",), "null_content"),
    ],
)
def test_no_reason_holds_any_content(
    result: Callable[..., Result],
    path: str,
    content: str | bytes | None,
    stages: tuple[str, ...],
    reason: str,
) -> None:
    """It names the file, and nothing that stands in it."""
    found = result(file(path, content))
    assert found.docs == []
    assert found.dropped == [(stage, reason) for stage in stages]
    assert found.rows[0]["detail"].startswith(path)
    assert SECRET not in str(found.rows)


@pytest.mark.parametrize(
    ("source", "kind", "stage"),
    [(FOLDER, "code", "read"), (COMMITS, "commits", "commits"), (EVENTS, *["issues"] * 2)],
)
def test_problems_are_of_the_kind_that_the_source_holds(
    result: Callable[..., Result], source: SourceSettings, kind: str, stage: str
) -> None:
    """A commit that is no edit of one file was a commit, not code."""
    problem = Problem("several_files", 3, 1, "files")
    found = result(file("commits/abc", None, problem), source=source)
    assert found.dropped == [(stage, "several_files")]
    assert found.counts.kinds == {f"{kind}/read": 1, f"{kind}/dropped": 1}
    assert found.rows[0]["detail"] == "commits/abc files"
    assert (found.rows[0]["value"], found.rows[0]["threshold"]) == (3, 1)


def test_a_unit_knows_nothing_of_the_units_before(result: Callable[..., Result]) -> None:
    """A file of which a commit was taken may give one in the next unit, wherever that is read."""
    lines = b"".join(b"value_%d = %d\n" % (n, n) for n in range(30))
    commit = Commit("Begin with a first value\n", "ann", "a.py", "a.py", lines, b"first = 1\n" + lines)
    settings = Settings(commits=CommitSettings(tiny_keep=1))
    converter = Converter(settings, DecodeSettings(), OptOut())
    for rank in range(2):
        found = result(*[file("a.py", commit)] * 2, source=COMMITS, converter=converter, rank=rank)
        assert [doc.id for doc in found.docs] == [f"{rank:06d}-00000000"]
        assert found.dropped == [("commits", "not_first_of_file")]


@pytest.mark.parametrize(("sampled", "expected"), [(False, "group-000"), (True, None)])
def test_a_sample_reads_nothing_that_was_grouped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, sampled: bool, expected: str | None
) -> None:
    """A run reads what the pass before has left; a sample has no pass before."""
    asked: list[Path | None] = []

    def read(_unit: Unit, _settings: SourceSettings, grouped: Path | None) -> Iterator[SourceFile]:
        asked.append(grouped)
        yield from ()

    monkeypatch.setattr(block, "read", read)
    store = UnitStore(tmp_path, folder_of=lambda kind, _language: kind, row_group_bytes=1 << 20)
    units = units_of(tmp_path, EVENTS)
    assert list(Read(units, DecodeSettings(), CONVERTER, store, sampled=sampled).run(None)) == []
    store.task.__exit__(None, None, None)
    assert asked == [tmp_path / expected if expected else None]


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents and bytes that were read so far, also those that were dropped."""
    monkeypatch.setattr(block, "PROGRESS_SECONDS", -1)
    files = [file("a.py", b"x = 1\n"), file("b.py", b""), file("c.py", b"y\n")]
    monkeypatch.setattr(block, "read", lambda _unit, _settings, _grouped: iter(files))
    store = UnitStore(tmp_path, folder_of=lambda kind, _language: kind, row_group_bytes=1 << 20)
    step = Read(units_of(tmp_path, FOLDER), DecodeSettings(), CONVERTER, store)
    told: list[tuple[int, int]] = []
    step.on_progress = lambda documents, size: told.append((documents, size))
    assert len(list(step.run(None))) == 2
    store.task.__exit__(None, None, None)
    assert told == [(1, 6), (2, 6), (3, 8)]


@pytest.mark.parametrize(
    ("date", "expected"),
    [(None, None), (0, 0), (-1, None), (LAST_SECOND, LAST_SECOND), (LAST_SECOND + 1, None)],
)
def test_dates_are_plausible_or_none(date: int | None, expected: int | None) -> None:
    """From 1970 to the year 9999."""
    assert plausible(date) == expected


def test_a_pull_request_that_cannot_be_read_is_none_of_the_issues(result: Callable[..., Result]) -> None:
    """Its path tells, for the archive holds both kinds."""
    problem = Problem("too_large", 3, 1, "bytes")
    found = result(file("pull/12", None, problem), source=EVENTS)
    assert found.dropped == [("pull-requests", "too_large")]
    assert found.counts.kinds == {"pull-requests/read": 1, "pull-requests/dropped": 1}
