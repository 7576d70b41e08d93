"""A folder is read whole: every entry once, nothing outside it, whatever is put in it."""

import os
import random
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import folder
from curation.sources.base import Problem, SourceFile
from curation.sources.folder import Settings


def fill(root: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def read_all(root: Path, **options: Any) -> list[SourceFile]:
    chosen = Settings(path=root, **options)
    return [file for unit in folder.plan(chosen) for file in folder.read(unit, chosen)]


def outcome(files: list[SourceFile]) -> dict[str, Any]:
    """Path to content, or to the reason why there is none; each path must be there once."""
    assert len({(file.repository.name, file.path) for file in files}) == len(files)
    return {file.path: file.problem.reason if file.problem else file.content or b"" for file in files}


TREE = {
    "README.md": b"hi",
    "src/b.py": b"b",
    "src/a.py": b"a",
    "src/deep/x.c": b"x",
    "z.txt": b"",
    "t/1": b"1",
}


def test_every_file_is_yielded_with_its_content_in_a_stable_order(tmp_path: Path) -> None:
    """Files of a folder come before its subfolders, both sorted by name."""
    files = read_all(fill(tmp_path / "hello", TREE))
    assert [file.path for file in files] == [
        "README.md",
        "z.txt",
        "src/a.py",
        "src/b.py",
        "src/deep/x.c",
        "t/1",
    ]
    assert outcome(files) == TREE
    assert {file.repository.name for file in files} == {"hello"}
    assert files[2].source_file == f"{tmp_path}/hello/src/a.py"


def test_two_plans_of_the_same_tree_are_equal(tmp_path: Path) -> None:
    """The order in which the disk lists names has no influence."""
    names = [f"{number}.py" for number in range(50)]
    for copy in ("one", "two"):
        random.Random(copy).shuffle(names)
        fill(tmp_path / copy / "x", dict.fromkeys(names, b"1"))
    first, second = (next(folder.plan(Settings(path=tmp_path / copy))) for copy in ("one", "two"))
    assert first.part == second.part


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (
            0,
            {("all", "README"), ("all", "octo/x.py"), ("all", "octo/hello/a.py"), ("all", "octo/bye/d/b.py")},
        ),
        (1, {("", "README"), ("octo", "x.py"), ("octo", "hello/a.py"), ("octo", "bye/d/b.py")}),
        (2, {("", "README"), ("", "octo/x.py"), ("octo/hello", "a.py"), ("octo/bye", "d/b.py")}),
    ],
)
def test_leading_folders_name_the_repository(
    tmp_path: Path, depth: int, expected: set[tuple[str, str]]
) -> None:
    """At depth 1 and 2 folders are repositories, and files above them belong to none."""
    names = ("README", "octo/x.py", "octo/hello/a.py", "octo/bye/d/b.py")
    root = fill(tmp_path / "all", dict.fromkeys(names, b"1"))
    assert {(file.repository.name, file.path) for file in read_all(root, repository_depth=depth)} == expected


def test_stated_name_and_licences_reach_the_repository(tmp_path: Path) -> None:
    """What the user knows about the folder is passed on."""
    root = fill(tmp_path, {"a.py": b"1"})
    (file,) = read_all(root, repository_name="octo/hello", repository_licences=("MIT",))
    assert (file.repository.name, file.repository.licences) == ("octo/hello", ("MIT",))


def test_licence_files_of_a_repository_reach_each_of_its_units(tmp_path: Path) -> None:
    """Also a unit without the licence file knows it, cut at 64 KiB; another repository does not."""
    files = {
        "one/LICENSE": b"M" * 70_000,
        "one/a.py": b"a" * 60,
        "one/b/b.py": b"b" * 60,
        "two/c.py": b"c" * 60,
    }
    found = read_all(fill(tmp_path, files), repository_depth=1, unit_bytes=100)
    by_path = {file.path: dict(file.repository.licence_files) for file in found}
    assert by_path["a.py"] == by_path["b/b.py"] == {"LICENSE": b"M" * 65536}
    assert by_path["c.py"] == {}


def test_units_hold_at_most_the_asked_bytes(tmp_path: Path) -> None:
    """Consecutive files are grouped; a file above the limit stands alone."""
    sizes = {"a": 40, "b": 60, "c": 1, "d": 500, "e": 99}
    root = fill(tmp_path, {name: b"x" * size for name, size in sizes.items()})
    units = list(folder.plan(Settings(path=root, unit_bytes=100)))
    assert [unit.part["files"] for unit in units] == [["a", "b"], ["c"], ["d"], ["e"]]
    assert [unit.size for unit in units] == [100, 1, 500, 99]
    assert units[0].inputs == (str(root / "a"), str(root / "b"))


def test_version_control_folders_are_not_entered(tmp_path: Path) -> None:
    """Neither .git as folder nor as file, at any depth; names that only look alike are read."""
    files = {
        ".git/config": b"1",
        "sub/.git": b"gitdir: x",
        "x/.svn/a": b"1",
        ".github/ci.yml": b"1",
        "a.git": b"1",
    }
    assert set(outcome(read_all(fill(tmp_path, files)))) == {".github/ci.yml", "a.git"}


def test_globs_select_what_belongs_to_the_input(tmp_path: Path) -> None:
    """Left out files are neither read nor counted."""
    root = fill(tmp_path, TREE)
    assert set(outcome(read_all(root, include=("*.py",), exclude=("**/b.py",)))) == {"src/a.py"}


def test_links_and_special_files_are_problems_and_never_opened(tmp_path: Path) -> None:
    """A link to a secret, a loop, a FIFO that would block and a socket are each counted once."""
    secret = fill(tmp_path / "outside", {"secret.txt": b"secret"})
    root = fill(tmp_path / "inside", {"a.py": b"1"})
    (root / "link.txt").symlink_to(secret / "secret.txt")
    (root / "folder").symlink_to(secret)
    (root / "loop").symlink_to(root)
    (root / "broken").symlink_to("nowhere")
    os.mkfifo(root / "fifo.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(root / "s"))
        found = outcome(read_all(root))
    assert found == {
        "a.py": b"1",
        "link.txt": "link",
        "folder": "link",
        "loop": "link",
        "broken": "link",
        "fifo.py": "special_file",
        "s": "special_file",
    }


def test_a_large_file_is_counted_and_not_read(tmp_path: Path) -> None:
    """The limit itself is allowed; above it size and limit are told, and the file is no input."""
    root = fill(tmp_path, {"fits": b"x" * 10, "large": b"x" * 11})
    unit = next(folder.plan(Settings(path=root, max_file_bytes=10)))
    found = {file.path: file.problem for file in folder.read(unit, Settings(path=root, max_file_bytes=10))}
    assert found == {"fits": None, "large": Problem("too_large", 11, 10)}
    assert unit.inputs == (str(root / "fits"),)


def test_names_that_are_not_utf8_are_counted_under_an_escaped_name(tmp_path: Path) -> None:
    """Files in such a folder too: the name cannot be stored, and nothing is lost from the count."""
    raw = os.fsencode(tmp_path)
    (tmp_path / "d\udcff").mkdir()
    for name in (b"/caf\xe9.py", b"/d\xff/a.py", b"/a\nb", b"/back\\slash", b"/ok"):
        Path(os.fsdecode(raw + name)).write_bytes(b"1")
    assert outcome(read_all(tmp_path)) == {
        "caf%E9.py": "unsafe_path",
        "d%FF/a.py": "unsafe_path",
        "a%0Ab": "unsafe_path",
        "back%5Cslash": "unsafe_path",
        "ok": b"1",
    }


def test_a_tree_deeper_than_the_longest_path_is_one_problem(tmp_path: Path) -> None:
    """Folders that the system cannot open by path are counted once, at the point where it gives up."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(90):
        os.mkdir("d" * 50, dir_fd=here)
        below = os.open("d" * 50, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    (file,) = read_all(tmp_path)
    assert file.problem == Problem("unreadable", detail="folder: File name too long")


@pytest.mark.parametrize("change", ["gone", "grown", "link", "fifo", "parent is a link", "folder"])
def test_what_changes_between_plan_and_read_is_a_problem(tmp_path: Path, change: str) -> None:
    """A file that is not what was planned is set aside, and a link put in its place is not followed."""
    secret = fill(tmp_path / "outside", {"a.py": b"secret"})
    root = fill(tmp_path / "inside", {"src/a.py": b"public"})
    chosen = Settings(path=root)
    (unit,) = folder.plan(chosen)
    target = root / "src" / "a.py"
    target.unlink()
    if change == "grown":
        target.write_bytes(b"public and more")
    elif change == "link":
        target.symlink_to(secret / "a.py")
    elif change == "fifo":
        os.mkfifo(target)
    elif change == "folder":
        target.mkdir()
    elif change == "parent is a link":
        target.parent.rmdir()
        target.parent.symlink_to(secret)
    (file,) = folder.read(unit, chosen)
    expected = {"link": "link", "parent is a link": "link", "fifo": "special_file", "folder": "special_file"}
    assert file.problem is not None
    assert (file.content, file.problem.reason) == (None, expected.get(change, "unreadable"))


def test_a_file_without_permission_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known when the run is planned and is no input, so that nobody tries to hash it."""
    root = fill(tmp_path, {"a.py": b"1", "locked.py": b"2"})
    monkeypatch.setattr(os, "access", lambda path, _mode: not os.fspath(path).endswith("locked.py"))
    unit = next(folder.plan(Settings(path=root)))
    assert unit.inputs == (str(root / "a.py"),)
    assert unit.part["problems"] == [["locked.py", "unreadable", None, None, "no permission"]]


def test_a_path_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    """The message names the path and what to do."""
    with pytest.raises(BadInputError, match=r"missing: No such file or directory; expected a folder"):
        next(folder.plan(Settings(path=tmp_path / "missing")))


NAMES = st.text(st.sampled_from("ab.é\\\n\udcff "), min_size=1, max_size=4).filter(
    lambda name: name not in {".", ".."}
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    tree=st.lists(
        st.tuples(st.lists(NAMES, min_size=1, max_size=3), st.sampled_from(["file", "link", "fifo"])),
        max_size=12,
    ),
    unit_bytes=st.integers(1, 30),
)
def test_every_entry_of_any_tree_is_yielded_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, tree: list[tuple[list[str], str]], unit_bytes: int
) -> None:
    """As many files as there are entries; content only from regular files with safe names."""
    root = tmp_path_factory.mktemp("tree")
    made = 0
    for parts, kind in tree:
        target = root.joinpath(*parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if kind == "file":
                with target.open("xb") as file:
                    file.write(b"content")
            elif kind == "link":
                target.symlink_to("/etc/passwd")
            else:
                os.mkfifo(target)
            made += 1
        except OSError:
            continue
    found = read_all(root, unit_bytes=unit_bytes)
    assert len(found) == made
    assert Counter(file.content for file in found if file.problem is None).keys() <= {b"content"}
    assert all((file.content is None) == (file.problem is not None) for file in found)
    assert not any(".." in file.path.split("/") or file.path.startswith("/") for file in found)
