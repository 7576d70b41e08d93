"""Repositories are found, opened and named without trusting what they say."""

from pathlib import Path

import pytest
from history import building, git

from curation.errors import BadInputError
from curation.sources.clones import (
    commit_of,
    licence_files,
    name_of,
    opened,
    plausible_date,
    repositories,
    tree,
)
from curation.sources.gitcommand import Git


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "octo" / "hello.git"
    with building(path) as maker:
        files = {b"LICENSE": b"MIT", b"a/LICENSE": b"BSD", b"a/x.py": b"1", b"b/y.py": b"22"}
        maker.commit("first", b"m", [(b"100644", *each) for each in files.items()])
    return path


def test_repositories_are_found_two_levels_down(folder: Path) -> None:
    """None inside of another, and none at all is an error."""
    assert repositories(folder.parents[1]) == repositories(folder) == [folder]
    with pytest.raises(BadInputError, match="no git repository found"):
        repositories(folder / "refs")


def test_a_repository_is_named_by_its_origin_or_its_folder(folder: Path) -> None:
    """Never by host, user or place."""
    assert name_of(opened(folder), folder) == "acme/history"
    git(folder, "config", "remote.origin.url", "/home/someone/hello")
    assert name_of(opened(folder), folder) == "hello"


def test_a_revision_is_a_commit(folder: Path, tmp_path: Path) -> None:
    """None where nothing was ever committed; anything else that names none is an error."""
    assert commit_of(opened(folder), folder, "main") == git(folder, "rev-parse", "HEAD")
    git(tmp_path / "empty.git", "init", "-q", "--bare")
    assert commit_of(Git(tmp_path / "empty.git"), tmp_path, "HEAD") is None
    with pytest.raises(BadInputError, match=r"no commit 'HEAD:a/x\.py' that git can read"):
        commit_of(opened(folder), folder, "HEAD:a/x.py")


def test_what_leads_elsewhere_is_not_opened(folder: Path) -> None:
    """A link inside could make git read any file."""
    (folder / "packed-refs").symlink_to("/dev/zero")
    with pytest.raises(BadInputError, match="packed-refs is a link"):
        opened(folder)


def test_licences_above_the_files_are_read(folder: Path) -> None:
    """Those of other folders are not."""
    found = {each.path: each.blob for each in tree(opened(folder), "main", 99, 99) if "LICENSE" in each.path}
    assert licence_files(opened(folder), found, ["b/y.py"]) == {"LICENSE": b"MIT"}
    assert licence_files(opened(folder), found, ["a/x.py"]) == {"LICENSE": b"MIT", "a/LICENSE": b"BSD"}


def test_a_tree_is_listed_up_to_its_limits(folder: Path) -> None:
    """One entry says that there are more; a large file is told with its size."""
    found = list(tree(opened(folder), "main", 3, 2))
    assert [each.problem.reason if each.problem else each.size for each in found] == [
        "too_large",
        "too_large",
        1,
        "too_large",
    ]


@pytest.mark.parametrize(
    ("seconds", "date"),
    [
        ("1600000000", 1_600_000_000),
        ("0", 0),
        ("253402300799", 253_402_300_799),
        ("253402300800", None),
        ("9" * 5000, None),
        ("-1", None),
        ("٣", None),
        ("", None),
    ],
)
def test_dates_that_nobody_can_mean_are_unknown(seconds: str, date: int | None) -> None:
    """Behind the year 9999, before 1970, or no number."""
    assert plausible_date(seconds) == date
