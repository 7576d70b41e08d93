"""Which files of a pull request are shown."""

from dataclasses import replace

import pytest
from made_pulls import ALL, BASE_TEXT, HEAD, HEAD_TEXT, PAIR, PULL

from curation.structured.pulls.files import chosen, plain_path
from curation.structured.records import FilePair


def test_changed_files_are_shown() -> None:
    """A file that is there before and after, and differs, is shown with its changes."""
    changes: set[str] = set()
    found = chosen(PULL, [HEAD], ALL, changes)
    assert list(found.files) == ["tool/values.py"]
    file = found.files["tool/values.py"]
    assert (file.language, file.text, len(file.lines)) == ("Python", BASE_TEXT, 100)
    assert [tuple(change) for change in file.at[HEAD].comparison.changes] == [(50, 51, 50, 51)]
    assert changes == set()


@pytest.mark.parametrize(
    ("pair", "change"),
    [
        (FilePair("new.py", None, "x = 1\n"), "one_sided_files_dropped"),
        (FilePair("old.py", "x = 1\n", None), "one_sided_files_dropped"),
        (FilePair("none.py", None, None), "one_sided_files_dropped"),
        (FilePair("same.py", "x = 1\n", "x = 1\n"), None),
        (FilePair("table.csv", "a,b\n", "a,c\n"), "files_dropped"),
        (FilePair("empty.py", "", "x = 1\n"), "files_dropped"),
        (FilePair("tool/values.py", "x = 1\n", "x = 2\n"), "odd_files_dropped"),
    ],
)
def test_files_that_are_not_shown(pair: FilePair, change: str | None) -> None:
    """Added, deleted, unchanged, unfit and contradictory files are left out, and it is counted."""
    pull = replace(PULL, files={HEAD: (PAIR, pair)})
    changes: set[str] = set()
    found = chosen(pull, [HEAD], ALL, changes)
    assert list(found.files) == ["tool/values.py"]
    assert found.files["tool/values.py"].at[HEAD].lines == HEAD_TEXT.splitlines(keepends=True)
    assert changes == ({change} if change else set())


def test_a_head_that_changes_too_much_shows_nothing() -> None:
    """The base text from the first to the last change counts, all files together."""
    size = len("value_50 = compute(50)\n")
    assert not chosen(PULL, [HEAD], ALL.model_copy(update={"change_max": size}), set()).too_large
    found = chosen(PULL, [HEAD], ALL.model_copy(update={"change_max": size - 1}), set())
    assert found.too_large == {HEAD: size}
    assert found.files == {}


def test_heads_share_their_base_and_their_comparisons() -> None:
    """A file that is the same at two heads is compared once; heads nobody asks for are not."""
    pull = replace(PULL, files={HEAD: (PAIR,), "second": (PAIR,), "other": (FilePair("x.py", "1\n", "2\n"),)})
    file = chosen(pull, [HEAD, "second", "unknown"], ALL, set()).files["tool/values.py"]
    assert file.at[HEAD] is file.at["second"]
    assert list(file.at) == [HEAD, "second"]


def test_comparisons_that_were_given_up_are_counted() -> None:
    """Where the bound on work was met, the document says that its diff is coarse."""
    before, after = "value = 1\n" * 3000, "value = 2\n" * 3000
    pull = replace(PULL, files={HEAD: (FilePair("v.py", before, after),)})
    changes: set[str] = set()
    chosen(pull, [HEAD], ALL, changes)
    assert changes == {"diff_coarse"}


@pytest.mark.parametrize(("path", "plain"), [("a/é.py", "a/é.py"), ("a\ud800.py", "a?.py"), ("", "")])
def test_paths_can_be_written(path: str, plain: str) -> None:
    """Halves of characters in a path become question marks; all else stays."""
    assert plain_path(path) == plain
