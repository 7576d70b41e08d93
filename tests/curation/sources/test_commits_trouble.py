"""Histories that are damaged, cut off, hostile or badly named lose nothing silently and run nothing."""

import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import history
import pytest
from commit_cases import FILE, OTHER, TEXT, last, move, outcome, read_all, record, row, two

from curation.errors import BadInputError
from curation.sources import commits
from curation.sources.base import Problem
from curation.sources.commits import Settings
from curation.structured.records import Commit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hello.git"


def test_a_path_that_is_not_utf8_is_kept_under_an_escaped_name(folder: Path) -> None:
    """The record has it as it is, so that the change of the name can be counted."""
    file = last(two(folder, [(FILE, b"caf\xe9.py", TEXT)], [(FILE, b"caf\xe9.py", OTHER)]))
    assert (file.path, record(file).new_path) == ("caf%E9.py", "caf\udce9.py")


@pytest.mark.parametrize("name", [b"..", b"a\nb.py", b"a\\b.py", b"c:x.py", b"caf\xe9\n.py", b"x" * 4097])
def test_an_unsafe_path_is_counted_under_a_safe_name(folder: Path, name: bytes) -> None:
    """Names that git would never check out."""
    two(folder, [(FILE, b"a.py", TEXT)], [])
    for content in (TEXT, OTHER):
        blob = history.git(folder, "hash-object", "-w", "--stdin", data=content)
        raw = b"100644 " + name + b"\0" + bytes.fromhex(blob)
        tree = history.git(folder, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=raw)
        parent = history.git(folder, "rev-parse", "HEAD")
        identity = b"Ada <a@x> 1600000000 +0000"
        facts = [b"tree " + tree.encode(), b"parent " + parent.encode(), b"author " + identity]
        move(folder, b"\n".join([*facts, b"committer " + identity, b"", b"m"]))
    file = last(folder)
    assert outcome(file) == "unsafe_path"
    assert not any(bad in file.path for bad in ("..", "\n", "\\", ":"))


def test_a_shallow_clone_is_read_up_to_its_border(folder: Path) -> None:
    """The commit at the border is not taken for one that creates all files."""
    row(folder, 6)
    shallow = folder.with_name("shallow.git")
    command = ["git", "clone", "-q", "--bare", "--depth=3", f"file://{folder}", str(shallow)]
    subprocess.run(command, check=True)
    border, *rest = read_all(shallow, added=True)
    assert border.problem == Problem("parent_missing", detail="as at the border of a shallow clone")
    assert [record(file).message for file in rest] == ["5", "6"]


def test_replaced_objects_and_grafts_do_not_count(folder: Path) -> None:
    """A repository cannot show another history than the one that its ids are of."""
    row(folder, 3)
    expected = read_all(folder)
    history.git(folder, "replace", "HEAD", "HEAD~2")
    (folder / "info").mkdir(exist_ok=True)
    (folder / "info" / "grafts").write_text(history.git(folder, "rev-parse", "HEAD~1") + "\n")
    assert read_all(folder) == expected


def test_a_commit_graph_that_lies_does_not_count(folder: Path) -> None:
    """The file that caches the history could claim another one, here that no commit has a parent."""
    row(folder, 3)
    expected = read_all(folder)
    history.git(folder, "commit-graph", "write", "--reachable")
    graph = folder / "objects" / "info" / "commit-graph"
    content = bytearray(graph.read_bytes())
    entry = content.index(b"CDAT")  # in the table of chunks: name, then offset
    start = int.from_bytes(content[entry + 4 : entry + 12], "big")
    for number in range(4):  # of each commit: tree, two parents, date
        parent = start + 36 * number + 20
        content[parent : parent + 4] = bytes.fromhex("70000000")
    graph.chmod(0o644)
    graph.write_bytes(content)
    assert history.git(folder, "rev-list", "--count", "HEAD") == "1", "git itself believes it"
    assert read_all(folder) == expected


def test_a_repository_cannot_make_git_run_a_program(folder: Path, tmp_path: Path) -> None:
    """Diff drivers, converters, monitors and transports of its configuration are never started."""
    canary, evil = tmp_path / "canary", tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {canary}\n")
    evil.chmod(0o755)
    two(
        folder,
        [(FILE, b".gitattributes", b"* diff=x filter=x\n"), (FILE, b"a.py", TEXT)],
        [(FILE, b"a.py", OTHER)],
    )
    with (folder / "config").open("a") as config:
        config.write(
            f"[core]\n fsmonitor = {evil}\n pager = {evil}\n attributesFile = {folder}/attributes\n"
            f"[diff]\n external = {evil}\n relative = true\n renames = copies\n"
            f'[diff "x"]\n textconv = {evil}\n command = {evil}\n'
            f'[filter "x"]\n smudge = {evil}\n process = {evil}\n'
            f'[alias]\n diff-tree = "!{evil}"\n cat-file = "!{evil}"\n rev-list = "!{evil}"\n'
        )
    assert (record(last(folder)).before, record(last(folder)).after) == (TEXT, OTHER)
    assert not canary.exists()
    show = ["git", f"--git-dir={folder}", "diff", "--ext-diff", "HEAD~1", "HEAD"]
    subprocess.run(show, check=False, capture_output=True)
    assert canary.exists(), "the canary works: git outside our hardening does start the program"


def test_a_missing_blob_is_counted(folder: Path) -> None:
    """As in a partial clone: nothing is fetched, and the other commits are read."""
    row(folder, 3)
    loosen(folder)
    blob = history.git(folder, "rev-parse", "HEAD~1:a.py")
    (folder / "objects" / blob[:2] / blob[2:]).unlink()
    assert [outcome(file) for file in read_all(folder)][2:] == ["blob_missing", "blob_missing"]
    assert isinstance(outcome(read_all(folder)[1]), Commit)


def loosen(folder: Path) -> None:
    """Unpack every pack, so that single objects can be damaged."""
    for pack in list((folder / "objects" / "pack").glob("*.pack")):
        content = pack.read_bytes()
        for part in pack.parent.glob(f"{pack.stem}.*"):
            part.unlink()
        command = ["git", f"--git-dir={folder}", "unpack-objects", "-q"]
        subprocess.run(command, input=content, check=True)


def damage_blob(folder: Path) -> None:
    blob = history.git(folder, "rev-parse", "HEAD:a.py")
    file = folder / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(b"blob 5\0abcde")[:-6])


def lose_tree(folder: Path) -> None:
    tree = history.git(folder, "rev-parse", "HEAD~1^{tree}")
    (folder / "objects" / tree[:2] / tree[2:]).unlink()


def lose_commit(folder: Path) -> None:
    commit = history.git(folder, "rev-parse", "HEAD~1")
    (folder / "objects" / commit[:2] / commit[2:]).unlink()


@pytest.mark.parametrize("damage", [damage_blob, lose_tree, lose_commit])
def test_a_damaged_repository_is_an_error(folder: Path, damage: Callable[[Path], None]) -> None:
    """The message names the repository and what git said, and no half of a unit is passed on as whole."""
    row(folder, 3)
    loosen(folder)
    damage(folder)
    with pytest.raises(BadInputError, match=r"hello\.git: git could not read it \(.*expected a whole"):
        read_all(folder)


def test_a_commit_that_is_gone_after_planning_is_counted(folder: Path) -> None:
    """The others of the unit are read."""
    row(folder, 3)
    chosen = Settings(path=folder)
    (unit,) = commits.plan(chosen)
    loosen(folder)
    lose_commit(folder)
    outcomes = [outcome(file) for file in commits.read(unit, chosen)]
    assert outcomes[2:] == ["commit_missing", "parent_missing"]
