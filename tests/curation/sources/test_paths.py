"""No path leaves a source that could harm whoever joins, prints or stores it."""

import posixpath
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation.sources.base import Problem
from curation.sources.paths import MAX_PATH_BYTES, compile_globs, escape_path, licences_above, safe_path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.py", "a.py"),
        ("src/a.py", "src/a.py"),
        ("./src/./a.py", "src/a.py"),
        ("src//a.py", "src/a.py"),
        ("src/", "src"),
        ("..a/b..", "..a/b.."),
        (".gitignore", ".gitignore"),
        ("a:b/c", "a%3Ab/c"),
        ("src/中 файл.py", "src/中 файл.py"),
        ("100%.txt", "100%.txt"),
    ],
)
def test_a_usual_path_is_kept(name: str, path: str) -> None:
    """Relative paths stay what they are, without empty and "." components; a drive letter is none."""
    found, problem = safe_path(name)
    assert found == path
    assert (problem is None) == ("%3A" not in path)


@pytest.mark.parametrize(
    ("name", "path", "detail"),
    [
        ("/etc/passwd", "%2Fetc/passwd", "absolute path"),
        ("//host/share", "%2F/host/share", "absolute path"),
        ("../a", "%2E%2E/a", "parent folder"),
        ("a/../../b", "a/%2E%2E/%2E%2E/b", "parent folder"),
        ("a/..", "a/%2E%2E", "parent folder"),
        ("C:/x", "C%3A/x", "drive letter"),
        ("..\\x", "..%5Cx", "backslash"),
        ("a\nb", "a%0Ab", "control character"),
        ("a\x1b[31m", "a%1B[31m", "control character"),
        ("a\x00.py", "a%00.py", "control character"),
        ("a\x85", "a%85", "control character"),
        ("a\udcff", "a%FF", "not UTF-8"),
        ("a\ud800", "a%uD800", "not UTF-8"),
        ("", "%00", "empty path"),
        ("./", "%2E", "empty path"),
        (".", "%2E", "empty path"),
    ],
)
def test_a_harmful_path_is_a_problem_under_a_harmless_name(name: str, path: str, detail: str) -> None:
    """It is named by its fault, and shown percent-escaped."""
    assert safe_path(name) == (path, Problem("unsafe_path", detail=detail))


def test_a_long_path_is_cut_but_stays_unique() -> None:
    """A path over 4,096 bytes is shown by its beginning and a hash of the whole."""
    first, problem = safe_path("a/" * 3000 + "x")
    second, _ = safe_path("a/" * 3000 + "y")
    assert problem == Problem("unsafe_path", 6001, MAX_PATH_BYTES, "too long")
    assert first != second
    assert len(first) < 1100


@given(st.text(st.one_of(st.characters(), st.sampled_from("./\\:%\0\udc80")), max_size=60))
@example("%2E%2E/x")
@example("/" * 5000)
@example("\ud800" * 5000)
def test_no_path_that_is_given_out_is_harmful(name: str) -> None:
    """Whatever comes in, what comes out stays below the folder it is joined to and can be stored."""
    path, problem = safe_path(name)
    for given_out in (path, escape_path(name)):
        assert posixpath.normpath(posixpath.join("/root", given_out)).startswith("/root/")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\\]|^[A-Za-z]:", given_out)
        assert 0 < len(given_out.encode()) <= MAX_PATH_BYTES
    if problem is None:
        assert safe_path(path) == (path, None)


@pytest.mark.parametrize(
    ("include", "exclude", "wanted", "unwanted"),
    [
        ((), (), ["a", "a/b.py"], []),
        (("*.py",), (), ["a.py", "x/y/a.py"], ["a.pyc", "py/x"]),
        (("src/*.py",), (), ["src/a.py"], ["src/x/a.py", "a.py", "x/src/a.py"]),
        (("src/**",), (), ["src/a.py", "src/x/a.py"], ["a.py", "xsrc/a"]),
        (("**/test/*.py",), (), ["test/a.py", "x/y/test/a.py"], ["test/x/a.py"]),
        (("a?.py",), (), ["ab.py"], ["a.py", "abc.py"]),
        ((), ("node_modules/**", "*.min.js"), ["a.js"], ["node_modules/x/a.js", "x/a.min.js"]),
        (("*.py",), ("test_*",), ["a.py"], ["test_a.py"]),
        (("a+(b).py",), (), ["a+(b).py"], ["aab.py"]),
        (("/a.py",), (), ["a.py"], []),
    ],
)
def test_globs_select_paths(
    include: tuple[str, ...], exclude: tuple[str, ...], wanted: list[str], unwanted: list[str]
) -> None:
    """One star stays in a folder, two cross folders, no slash means the file name."""
    is_wanted = compile_globs(include, exclude)
    assert [path for path in wanted if not is_wanted(path)] == []
    assert [path for path in unwanted if is_wanted(path)] == []


def test_licence_files_count_from_their_folder_down() -> None:
    """A unit gets the licence files at or above its files, and none of its neighbours'."""
    files = ["LICENSE", "a/LICENSE", "a/b/COPYING", "c/LICENSE", "LICENSES/MIT.txt", "x.dist-info/LICENSE"]
    assert licences_above(["a/b.py"], files) == [
        "LICENSE",
        "LICENSES/MIT.txt",
        "a/LICENSE",
        "x.dist-info/LICENSE",
    ]
    assert licences_above(["a/b/c/d.py"], files)[-2:] == ["a/b/COPYING", "x.dist-info/LICENSE"]
    assert licences_above([], files) == []
