"""Base files and diffs as parts."""

from dataclasses import replace

import pytest
from made_pulls import ALL, BASE_TEXT, HEAD, HEAD_TEXT, PAIR, PULL

from curation.sources.base import Problem
from curation.structured.parts import Part
from curation.structured.pulls.code import Code, code
from curation.structured.pulls.settings import PullSettings
from curation.structured.records import FilePair

WHOLE = ALL.model_copy(update={"whole_file": 1.0, "context_min": 3, "context_max": 3})
TIGHT = ALL.model_copy(update={"whole_file": 0.0, "extra_lines": 0, "context_min": 3, "context_max": 3})
CONTEXT = " value_47 = compute(47)\n value_48 = compute(48)\n value_49 = compute(49)\n"
BELOW = "\n value_51 = compute(51)\n value_52 = compute(52)\n value_53 = compute(53)"
CHANGE = "-value_50 = compute(50)\n+value_50 = compute(51)"


def shown(settings: PullSettings, *pairs: FilePair, document: str = "ann/tool/1") -> Code:
    """The code of the pull request with other files."""
    found = code(replace(PULL, files={HEAD: pairs or (PAIR,)}), [HEAD], settings, document, set())
    assert isinstance(found, Code)
    return found


def test_a_whole_base_and_its_diff() -> None:
    """A base that is shown whole has the lines of its file, and the diff counts as git does."""
    assert shown(WHOLE) == Code(
        (Part("base_file", BASE_TEXT, {"path": "tool/values.py"}),),
        {HEAD: (Part("hunk", f"@@ -48,7 +48,7 @@\n{CONTEXT}{CHANGE}{BELOW}", {"path": "tool/values.py"}),)},
        {"tool/values.py": 0},
    )


def test_a_cut_base_and_its_diff() -> None:
    """The diff of a base that is cut counts from the first line shown and stays within."""
    assert shown(TIGHT) == Code(
        (Part("base_file", "value_50 = compute(50)\n", {"path": "tool/values.py"}),),
        {HEAD: (Part("hunk", f"@@ -1,1 +1,1 @@\n{CHANGE}", {"path": "tool/values.py"}),)},
        {"tool/values.py": 50},
    )


def test_numbers_of_the_file_on_request() -> None:
    """With line numbers of the file, diffs count from its start and reach beyond what is shown."""
    found = shown(TIGHT.model_copy(update={"line_numbers": "file"}))
    assert found.diffs[HEAD][0].text == f"@@ -48,7 +48,7 @@\n{CONTEXT}{CHANGE}{BELOW}"
    assert found.skipped == {}


def test_every_context_is_drawn() -> None:
    """Over many documents, the context has every size from 3 to 9 lines, of the paper from 3 to 10."""
    for settings, most in ((ALL, 9), (PullSettings(), 10)):
        whole = settings.model_copy(update={"whole_file": 1.0})
        sizes = {
            shown(whole, document=f"r/{number}").diffs[HEAD][0].text.count("\n ") for number in range(200)
        }
        assert sizes == {2 * context for context in range(3, most + 1)}


def test_hunks_of_one_file_follow_each_other() -> None:
    """Files come in their order, each with all of its hunks; every head has its own diff against the base."""
    twice = BASE_TEXT.replace("(5)", "(6)").replace("(95)", "(6)")
    first = (FilePair("a.py", BASE_TEXT, twice), FilePair("b.py", BASE_TEXT, HEAD_TEXT))
    pull = replace(PULL, files={HEAD: first, "second": (FilePair("b.py", BASE_TEXT, twice),)})
    found = code(pull, [HEAD, "second", "unknown"], WHOLE, "r/1", set())
    assert isinstance(found, Code)
    assert [part.about["path"] for part in found.base] == ["a.py", "b.py"]
    assert [part.about["path"] for part in found.diffs[HEAD]] == ["a.py", "a.py", "b.py"]
    assert [part.about["path"] for part in found.diffs["second"]] == ["b.py", "b.py"]
    assert found.diffs["unknown"] == ()


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ((FilePair("new.py", None, "x"),), Problem("no_files_left", 1)),
        ((FilePair("a.csv", "a,b\n", "a,c\n"), FilePair("a.py", "", "x")), Problem("no_files_left", 2)),
        ((FilePair("v.py", "value = 1\n", "value = 2\n"),), Problem("changes_too_large", 10, 9)),
    ],
)
def test_without_a_diff_at_the_opening_there_is_nothing(
    pairs: tuple[FilePair, ...], problem: Problem
) -> None:
    """If rules leave no file of the first head, or it changes too much, the reason is said."""
    settings = ALL.model_copy(update={"change_max": 9})
    pull = replace(PULL, files={HEAD: pairs})
    assert code(pull, [HEAD], settings, "r/1", set()) == problem
    lax = settings.model_copy(update={"require_diff": False})
    assert code(pull, [HEAD], lax, "r/1", set()) == Code((), {HEAD: ()}, {})


def test_data_files_go_with_their_diffs() -> None:
    """A lock file is left out nine times of ten, and its diffs with it; alone, the pull request goes."""
    lock = FilePair("yarn.yml", "version: one\n" * 9, "version: two\n" * 9)
    none = ALL.model_copy(update={"data_keep": 0.0})
    settings = none.model_copy(update={"whole_file": 1.0})
    both = replace(PULL, files={HEAD: (lock, PAIR)})
    changes: set[str] = set()
    found = code(both, [HEAD], none, "r/1", changes)
    assert isinstance(found, Code)
    assert [part.about["path"] for part in found.base] == ["tool/values.py"]
    assert {part.about["path"] for part in found.diffs[HEAD]} == {"tool/values.py"}
    assert changes == {"data_files_dropped"}
    small = FilePair("ci.yml", "version: one\n" * 9, "version: two\n" * 9)
    kept = code(replace(PULL, files={HEAD: (small, PAIR)}), [HEAD], settings, "r/1", set())
    assert isinstance(kept, Code)
    assert len(kept.base) == 2
    alone = replace(PULL, files={HEAD: (lock,)})
    assert code(alone, [HEAD], none, "r/1", set()) == Problem("data_files_only", 1)
