"""Every commit of a history gives one file: an edit of a single file, or the reason why it is none."""

import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import history
import pytest
from commit_cases import (
    FILE,
    GONE,
    LINK,
    OTHER,
    RUN,
    SUBMODULE,
    TEXT,
    last,
    move,
    newest,
    outcome,
    read_all,
    record,
    row,
    two,
)
from history import Change, Maker, building

from curation.errors import BadInputError
from curation.sources import commits
from curation.sources.base import Problem
from curation.sources.commits import Settings
from curation.structured.records import Commit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hello.git"


def test_an_edit_of_one_file_becomes_a_record(folder: Path) -> None:
    """With message, paths, both contents, dates, the id of the commit, and the licence of the repository."""
    with building(folder) as maker:
        maker.commit("first", b"first", [(FILE, b"src/a.py", TEXT), (FILE, b"LICENSE", b"MIT License")])
        maker.commit(
            "then",
            b"Fix it\n\nAt last.\n",
            [(FILE, b"src/a.py", OTHER)],
            person=b"Ada Example <ada@example.org>",
            when=1_600_000_000,
        )
    _, file = read_all(folder, repository_licences=("MIT",))
    assert file.content == Commit(
        "Fix it\n\nAt last.\n", "Ada Example", "src/a.py", "src/a.py", TEXT, OTHER, 1_600_000_000
    )
    seen = file.repository
    assert (file.path, file.file_date, file.source_row) == ("src/a.py", 1_600_000_000, 1)
    assert (seen.name, seen.revision) == ("acme/history", history.git(folder, "rev-parse", "HEAD"))
    assert (seen.licences, seen.licence_files) == (("MIT",), {"LICENSE": b"MIT License"})
    assert (seen.revision_date, seen.stars, file.source_file) == (1_600_000_000, None, str(folder))


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ([(FILE, b"a.py", OTHER)], None),
        ([(FILE, b"a.py", b"")], None),
        ([(RUN, b"a.py", OTHER)], None),
        ([(FILE, b"b.py", OTHER), (GONE, b"a.py", b"")], None),
        ([], Problem("no_files")),
        ([(FILE, b"a.py", TEXT)], Problem("no_files")),
        ([(FILE, b"a.py", b"1"), (FILE, b"b.py", b"2")], Problem("several_files", 2, 1)),
        ([(FILE, b"%d" % number, b"1") for number in range(5)], Problem("several_files", 5, 1)),
        ([(FILE, b"b.py", b"2")], Problem("added")),
        ([(FILE, b"b.py", b""), (GONE, b"a.py", b"")],
         Problem("several_files", 2, 1, "one deleted, another created")),
        ([(FILE, b"b.py", b"x" * len(TEXT)), (GONE, b"a.py", b"")],
         Problem("several_files", 2, 1, "one deleted, another created")),
        ([(GONE, b"a.py", b"")], Problem("deleted")),
        ([(FILE, b"b.py", TEXT), (GONE, b"a.py", b"")], Problem("renamed", detail="no change of content")),
        ([(RUN, b"a.py", TEXT)], Problem("mode_only", detail="no change of content")),
        ([(LINK, b"a.py", b"/etc/passwd")], Problem("link")),
        ([(LINK, b"b.py", b"/etc/passwd")], Problem("link")),
        ([(SUBMODULE, b"a.py", b"1" * 40)], Problem("submodule")),
        ([(SUBMODULE, b"sub", b"1" * 40)], Problem("submodule")),
        ([(FILE, b"a.py", b"x" * 1001)], Problem("too_large", 1001, 1000)),
    ],
)  # fmt: skip
def test_a_commit_is_an_edit_of_one_file_or_has_a_reason(
    folder: Path, then: Sequence[Change], expected: Problem | None
) -> None:
    """Edits, also with another mode or name, are read; all else is counted, with what was measured."""
    file = last(two(folder, [(FILE, b"a.py", TEXT)], then), max_file_bytes=1000)
    if expected is None:
        assert record(file).before == TEXT
        return
    assert file.problem is not None
    commit = history.git(folder, "rev-parse", "HEAD")
    detail = file.problem.detail.removeprefix(f"commit {commit}").strip()
    assert Problem(file.problem.reason, file.problem.value, file.problem.limit, detail) == expected
    assert commit in f"{file.path} {file.problem.detail}", "whoever reads the ledger finds the commit"


def test_new_files_are_read_if_they_are_wanted(folder: Path) -> None:
    """With nothing before them, also in the first commit of all; deleted ones never are."""
    with building(folder) as maker:
        maker.commit("root", b"m", [(FILE, b"a.py", TEXT)])
        maker.commit("added", b"m", [(FILE, b"b.py", OTHER)])
        maker.commit("deleted", b"m", [(GONE, b"b.py", b"")])
    assert [outcome(file) for file in read_all(folder)] == ["added", "added", "deleted"]
    *new, deleted = [outcome(file) for file in read_all(folder, added=True)]
    facts = [
        (each.old_path, each.new_path, each.before, each.after) for each in new if isinstance(each, Commit)
    ]
    assert facts == [("", "a.py", b"", TEXT), ("", "b.py", b"", OTHER)]
    assert deleted == "deleted"


def test_a_renamed_file_that_changed_is_read_if_it_is_wanted(folder: Path) -> None:
    """Under its new name, with the old one in the record."""
    two(folder, [(FILE, b"old.py", TEXT)], [(FILE, b"new.py", OTHER), (GONE, b"old.py", b"")])
    file = last(folder)
    assert (file.path, record(file).old_path, record(file).new_path) == ("new.py", "old.py", "new.py")
    assert outcome(last(folder, renames=False)) == "renamed"


@pytest.mark.parametrize("parents", [[1, 2], [1, 2, 3]])
def test_merges_are_counted(folder: Path, parents: list[int]) -> None:
    """Also of more than two branches, with the number of parents; the commits that they join are read."""
    with building(folder) as maker:
        maker.commit("first", b"m", [(FILE, b"a", TEXT), (FILE, b"b", TEXT)])
        maker.commit("side", b"m", [(FILE, b"a", OTHER)], parents=[1])
        maker.commit("side", b"m", [(FILE, b"b", OTHER)], parents=[1])
        maker.commit("merge", b"m", [(FILE, b"c", b"1")], parents=parents)
    files = read_all(folder)
    assert files[-1].problem == Problem("merge", len(parents), 1)
    assert sum(isinstance(file.content, Commit) for file in files) == len(parents) - 1


def graph(maker: Maker, dates: Sequence[int]) -> None:
    """Two branches that are merged, committed at these times."""
    parents: Sequence[Sequence[int]] = ([], [1], [2], [1], [4], [3, 5])
    for number, (date, above) in enumerate(zip(dates, parents, strict=True)):
        changes = [(FILE, b"%d" % number, b"1")]
        maker.commit("any", b"%d" % number, changes, parents=above, when=date)


def test_the_order_follows_the_graph_and_not_the_dates(tmp_path: Path) -> None:
    """Parents come before children, branches one after the other, also where clocks were wrong."""
    orders = []
    for number, dates in enumerate(
        [[10, 20, 30, 40, 50, 60], [60, 50, 40, 30, 20, 10], [10, 40, 60, 20, 50, 30]]
    ):
        folder = tmp_path / f"{number}.git"
        with building(folder) as maker:
            graph(maker, dates)
        subjects = dict(line.split(" ") for line in history.git(folder, "log", "--format=%H %s").splitlines())
        files = read_all(folder)
        orders.append([subjects[file.repository.revision] for file in files])
    assert orders[0] == orders[1] == orders[2]
    assert orders[0] in (["0", "1", "2", "3", "4", "5"], ["0", "3", "4", "1", "2", "5"])


def test_a_long_history_is_split(folder: Path) -> None:
    """Into units of consecutive commits, whose ids are fixed when the run is planned."""
    row(folder, 6)
    chosen = Settings(path=folder, unit_commits=3)
    units = list(commits.plan(chosen))
    assert [len(unit.part["commits"]) for unit in units] == [3, 3, 1]
    assert [unit.size > 0 for unit in units] == [True] * 3
    files = [file for unit in units for file in commits.read(unit, chosen)]
    assert files == read_all(folder)
    assert [file.source_row for file in files] == list(range(7))
    assert [file.repository.revision for file in files] == [
        each for unit in units for each in unit.part["commits"]
    ]


def test_the_oldest_commits_are_left_out_above_a_limit(folder: Path) -> None:
    """One problem stands for all of them, and none where nothing is left out."""
    row(folder, 6)
    files = read_all(folder, max_commits=2, unit_commits=1)
    assert files[0].problem == Problem("too_many_commits", None, 2, "older ones are not read")
    assert [record(file).message for file in files[1:]] == ["5", "6"]
    assert "too_many_commits" not in [outcome(file) for file in read_all(folder, max_commits=7)]


def test_a_part_of_the_history_can_be_chosen(folder: Path) -> None:
    """Up to a revision, and without what was there before another."""
    row(folder, 6)
    assert [record(file).message for file in read_all(folder, revision="HEAD~1", since="HEAD~3")] == [
        "4",
        "5",
    ]
    assert [record(file).message for file in read_all(folder, since="main~1")] == ["6"]
    assert read_all(folder, since="main") == []


@pytest.mark.parametrize("option", ["revision", "since"])
@pytest.mark.parametrize("revision", ["nowhere", "--help", "HEAD:a.py", "HEAD~1..HEAD"])
def test_an_unknown_revision_is_an_error(folder: Path, option: str, revision: str) -> None:
    """Also one that looks like an option, names a file, or is a range."""
    row(folder, 2)
    with pytest.raises(BadInputError, match=f"hello.git: no commit '{revision}'"):
        read_all(folder, **{option: revision})


def test_repositories_in_folders_are_read_bare_or_not(tmp_path: Path) -> None:
    """Sorted by path; one without commits has none and is no error, a folder without any is one."""
    row(tmp_path / "octo" / "b.git", 1)
    subprocess.run(["git", "clone", "-q", "--no-local", "b.git", "a"], cwd=tmp_path / "octo", check=True)
    history.git(tmp_path / "empty.git", "init", "-q", "--bare")
    files = read_all(tmp_path, repository_name="mine")
    assert [Path(file.source_file).name for file in files] == ["a", "a", "b.git", "b.git"]
    assert [outcome(file) for file in files[:2]] == [outcome(file) for file in files[2:]]
    assert {file.repository.name for file in files} == {"mine"}
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BadInputError, match="no git repository found"):
        read_all(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("message", "encoding", "expected"),
    [
        ("Größe prüfen".encode(), b"", "Größe prüfen"),
        ("Größe prüfen".encode("latin-1"), b"ISO-8859-1", "Größe prüfen"),
        ("変更する".encode("shift_jis"), b"Shift_JIS", "変更する"),
        ("Größe".encode(), b"nonsense", "Größe"),
        ("Größe".encode(), b"rot13", "Größe"),
        (b"", b"", ""),
        (b"\n\n", b"", "\n\n"),
        (b"a\xff\xfe\x81b", b"", Problem("bad_encoding")),
        (b"a\0b", b"", Problem("binary")),
    ],
)
def test_messages_are_decoded_as_the_commit_states(
    folder: Path, message: bytes, encoding: bytes, expected: str | Problem
) -> None:
    """UTF-8 first; what cannot be read is counted, and an empty message is a message."""
    with building(folder) as maker:
        maker.commit("first", b"m", [(FILE, b"a.py", TEXT)])
        maker.commit("then", b"m", [(FILE, b"a.py", OTHER)])
    raw = newest(folder).partition(b"\n\n")[0] + (b"\nencoding " + encoding if encoding else b"")
    move(folder, raw + b"\n\n" + message)
    file = last(folder)
    if isinstance(expected, Problem):
        assert file.problem is not None
        assert file.problem.reason == expected.reason
        assert "message" in file.problem.detail
    else:
        assert record(file).message == expected


def test_a_signature_is_no_part_of_the_message(folder: Path) -> None:
    """Nor is it checked."""
    two(folder, [(FILE, b"a.py", TEXT)], [(FILE, b"a.py", OTHER)], b"Fix it")
    signature = (
        b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n author Eve <e@x> 9 +0000\n -----END PGP SIGNATURE-----"
    )
    move(folder, newest(folder).replace(b"\n\n", b"\n" + signature + b"\n\n", 1))
    assert (record(last(folder)).message, record(last(folder)).author != "Eve") == ("Fix it", True)


def test_a_repository_with_sha256_ids_is_read(folder: Path) -> None:
    """Ids may be 64 digits long."""
    history.git(folder, "init", "-q", "--bare", "-b", "main", "--object-format=sha256")
    maker_stream = b"".join(
        b"commit refs/heads/main\ncommitter A <a@x> %d +0000\ndata 1\nm\nM 100644 inline a.py\ndata 1\n%d\n\n"
        % (n, n)
        for n in range(3)
    )
    history.git(folder, "fast-import", "--quiet", data=maker_stream)
    assert [
        outcome(file) if isinstance(outcome(file), str) else record(file).after for file in read_all(folder)
    ] == [
        "added",
        b"1",
        b"2",
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> history.History:
    """A history of every kind of commit."""
    return history.make(tmp_path_factory.mktemp("made") / "history.git", 400)


REASONS = {
    "root": "several_files",
    "binary_added": "added",
    "no_utf8_path_added": "added",
    "binary_deleted": "deleted",
    "no_utf8_path_deleted": "deleted",
}
READ = {"edit", "renamed_and_changed", "binary", "latin1_message", "no_utf8_path"}


def test_every_commit_of_a_history_gives_one_file(made: history.History) -> None:
    """As many of each reason as were made."""
    files = read_all(made.folder)
    kinds = Counter(
        "read" if kind in READ else REASONS.get(kind, kind.partition("_added")[0].partition("_deleted")[0])
        for kind in made.kinds
    )
    assert len(files) == len(made.kinds)
    assert len({file.repository.revision for file in files}) == len(files)
    assert Counter(file.problem.reason if file.problem else "read" for file in files) == kinds


def test_contents_are_those_that_git_shows(made: history.History) -> None:
    """Before and after of each record, asked of git one by one."""
    for file in read_all(made.folder)[::9]:
        if isinstance(file.content, Commit) and "\udce9" not in file.content.new_path:
            for revision, path, content in (
                (f"{file.repository.revision}~1", file.content.old_path, file.content.before),
                (file.repository.revision, file.content.new_path, file.content.after),
            ):
                command = ["git", f"--git-dir={made.folder}", "cat-file", "blob", f"{revision}:{path}"]
                assert subprocess.run(command, check=True, capture_output=True).stdout == content


def test_the_number_of_processes_does_not_grow_with_the_history(
    tmp_path: Path, made: history.History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit of 400 commits takes as many as one of 4."""
    counts: list[int] = []
    real = subprocess.Popen

    def counted(*arguments: Any, **options: Any) -> Any:
        counts[-1] += 1
        return real(*arguments, **options)

    small = row(tmp_path / "small.git", 3)
    monkeypatch.setattr(subprocess, "Popen", counted)
    for folder in (small, made.folder):
        counts.append(0)
        read_all(folder)
    assert counts[0] == counts[1] <= 12
