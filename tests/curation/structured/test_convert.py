"""Every content goes to the converter of its kind, and what is none of theirs is read as it stands."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from made_pulls import PULL
from notebook_json import code, notebook, text

from curation.decode import DecodeSettings
from curation.optout import OptOut
from curation.problem import Problem
from curation.sources.base import Repository, SourceFile
from curation.structured.commits import CommitSettings
from curation.structured.convert import Converter, Made, Settings, kind_of
from curation.structured.issues.settings import IssueSettings
from curation.structured.notebooks import NotebookSettings
from curation.structured.outcome import Converted, Refused
from curation.structured.pulls import PullSettings
from curation.structured.records import Comment, Commit, Record, Thread

NOTEBOOK = notebook(text("# Training"), code("x = 1"))
THREAD = Thread(7, "It breaks", (Comment("ann", "User", "It breaks.", "opened"),))
BEFORE = "".join(f"value_{number} = {number}\n" for number in range(30))
COMMIT = Commit(
    "Make the value of seven larger\n",
    "ann",
    "a.py",
    "a.py",
    BEFORE.encode(),
    b"first = 1\n" + BEFORE.encode(),
)
SETTINGS = Settings(
    issues=IssueSettings(minimum_characters=0, minimum_users=1, language=None),
    pull_requests=PullSettings(subsample=False),
    commits=CommitSettings(tiny_keep=1, huge_keep=1, short_keep=1, data_keep=1),
)
"""Nothing is refused for being small, and nothing by chance."""
RECORDS: dict[str, Record] = {"issues": THREAD, "pull-requests": PULL, "commits": COMMIT}


def file(content: bytes | str | Record | None, path: str = "a.py", revision: str = "") -> SourceFile:
    """A file as a source yields it, of the repository octo/hello."""
    return SourceFile(path, content, "input", repository=Repository("octo/hello", revision))


def converter(settings: Settings = SETTINGS, optout: OptOut | None = None) -> Converter:
    """At the start of a unit."""
    made = Converter(settings, DecodeSettings(), optout or OptOut())
    made.begin()
    return made


def one(made: Iterator[Made] | None) -> Made:
    """The only document, which there must be."""
    assert made is not None
    (found,) = made
    return found


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_becomes_the_document_of_its_kind(kind: str) -> None:
    """One, made by the settings of its kind."""
    found = one(converter().documents(file(RECORDS[kind])))
    assert isinstance(found, Converted), found
    assert (found.kind, kind_of(RECORDS[kind])) == (kind, kind)
    assert found.parts


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (NOTEBOOK, "a.py"),
        (NOTEBOOK, "ipynb"),
        (NOTEBOOK, "a.ipynb.txt"),
        (b"x = 1\n", "a.py"),
        (b"", ""),
        (None, "a.ipynb"),
    ],
)
def test_other_files_are_read_as_they_stand(content: bytes | str | None, path: str) -> None:
    """The name says what is a notebook, not the content; what could not be read is left to the reader."""
    assert converter().documents(file(content, path)) is None


@pytest.mark.parametrize("path", ["a.ipynb", "A.IPYNB", "nb/.ipynb"])
@pytest.mark.parametrize("content", [NOTEBOOK, NOTEBOOK.encode()], ids=["text", "bytes"])
def test_a_notebook_becomes_a_document_for_each_form(content: bytes | str, path: str) -> None:
    """Whatever the case of its suffix, from text and from bytes."""
    made = converter().documents(file(content, path))
    assert made is not None
    assert [(found.kind, type(found)) for found in made] == [
        ("jupyter-scripts", Converted),
        ("jupyter-structured", Converted),
    ]


def test_notebooks_can_be_switched_off() -> None:
    """Then they are files as all others; records are converted all the same."""
    off = converter(SETTINGS._replace(notebooks=NotebookSettings(enabled=False)))
    assert off.documents(file(NOTEBOOK, "a.ipynb")) is None
    assert isinstance(one(off.documents(file(THREAD))), Converted)


def test_a_listed_author_is_a_reason_of_the_kind() -> None:
    """Without the name; of a thread only what somebody said is left out, and that is counted."""
    optout = OptOut({("every", "owner"): {"ann", "bob"}})
    for kind, record in RECORDS.items():
        found = one(converter(optout=optout).documents(file(record)))
        assert found == Refused(kind_of(record), Problem("optout_author")), kind
    listed = replace(THREAD, comments=(*THREAD.comments, Comment("mallory", "User", "Me too.", "created")))
    found = one(converter(optout=OptOut({("every", "owner"): {"mallory"}})).documents(file(listed)))
    assert isinstance(found, Converted)
    assert "optout_events" in found.changes
    assert [part.text for part in found.parts] == ["It breaks", "It breaks."]


def test_the_first_commit_of_a_file_is_taken_in_each_unit() -> None:
    """A later one of the same file is seen; a unit knows nothing of the units before."""
    here = converter()

    def reasons() -> list[str]:
        found = (one(here.documents(file(COMMIT, revision=revision))) for revision in ("1", "2"))
        return [made.problem.reason if isinstance(made, Refused) else "" for made in found]

    assert reasons() == ["", "not_first_of_file"]
    here.begin()
    assert reasons() == ["", "not_first_of_file"]


@pytest.mark.parametrize("kind", ["pull-requests", "commits"])
def test_chance_depends_on_the_repository_and_the_name_of_the_record(kind: str) -> None:
    """Documents that are kept by chance are the same wherever they were read."""
    drawing = Settings(
        pull_requests=PullSettings(), commits=CommitSettings(tiny_keep=0.5, short_keep=0.5, whole_files=0.5)
    )
    outcomes = []
    for number in range(40):
        record: Record = replace(PULL, number=number) if kind == "pull-requests" else COMMIT
        here, again = file(record, revision=str(number)), file(record, "b.py", revision=str(number))
        again.source_file, again.source_row = "elsewhere", 77
        outcomes.append(one(converter(drawing).documents(here)))
        assert one(converter(drawing).documents(again)) == outcomes[-1]
    assert (
        len({repr(replace(found, path="")) if isinstance(found, Converted) else "" for found in outcomes}) > 1
    )
