"""How much of a base file is shown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pulls import ALL, BASE_TEXT, HEAD, PULL

from curation.structured.pulls.diff import Change, Comparison
from curation.structured.pulls.files import BaseFile, chosen
from curation.structured.pulls.window import change_range, window
from curation.structured.records import FilePair


def base_file(after: str, *others: str) -> BaseFile:
    """The file of the made pull request with other contents at its heads."""
    files = {f"{n}": (FilePair("v.py", BASE_TEXT, text),) for n, text in enumerate((after, *others))}
    return chosen(replace(PULL, files=files), files, ALL, set()).files["v.py"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([[(40, 42, 40, 45), (50, 51, 53, 53)]], (40, 51)),
        ([[(40, 42, 40, 45)], [(10, 10, 10, 11)]], (10, 42)),
        ([[(0, 1, 0, 1)]], (0, 1)),
    ],
)
def test_range_runs_from_first_to_last_change(
    changes: list[list[tuple[int, int, int, int]]], expected: tuple[int, int]
) -> None:
    """The range starts at the first change, not at the beginning of the file, and spans all heads."""
    found = [Comparison(tuple(Change(*one) for one in head), exact=True) for head in changes]
    assert change_range(found) == expected


def test_windows_hold_the_change_and_a_drawn_margin() -> None:
    """Over many documents, margins take every number of lines from 0 to 31, and a fifth of files is whole."""
    file = base_file(BASE_TEXT.replace("(50)", "(0)"))
    drawn = [window("v.py", file, ALL, f"r/{number}") for number in range(4000)]
    parts = [shown for shown in drawn if shown != (0, 100)]
    assert {start for start, _ in parts} == set(range(50 - 31, 51))
    assert {stop for _, stop in parts} == set(range(51, 51 + 32))
    assert len(drawn) - len(parts) == pytest.approx(800, abs=90)


def test_margins_of_the_paper_reach_one_line_further() -> None:
    """The paper says up to 32 lines, the released code draws 31 at most."""
    file = base_file(BASE_TEXT.replace("(50)", "(0)"))
    paper = ALL.model_copy(update={"extra_lines": 32, "whole_file": 0.0})
    assert min(window("v.py", file, paper, f"r/{number}")[0] for number in range(1000)) == 50 - 32


def test_one_document_always_has_the_same_window() -> None:
    """The draw depends on document and path alone, and on each of them."""
    file = base_file(BASE_TEXT.replace("(50)", "(0)"))
    assert window("v.py", file, ALL, "r/1") == window("v.py", file, ALL, "r/1")
    assert len({window("v.py", file, ALL, f"r/{number}") for number in range(20)}) > 10
    assert len({window(f"{number}.py", file, ALL, "r/1") for number in range(20)}) > 10


@given(st.sets(st.integers(0, 99), min_size=1), st.sets(st.integers(0, 99), min_size=1), st.integers(0, 50))
def test_windows_hold_every_change_of_every_head(first: set[int], second: set[int], seed: int) -> None:
    """Whatever two heads change, the window lies in the file and holds all of it."""
    texts = []
    for numbers in (first, second):
        lines = BASE_TEXT.splitlines(keepends=True)
        for number in numbers:
            lines[number] = "changed()\n"
        texts.append("".join(lines))
    start, stop = window("v.py", base_file(*texts), ALL.model_copy(update={"seed": seed}), "r/1")
    assert 0 <= start <= min(first | second)
    assert max(first | second) < stop <= 100


def test_whole_files_and_none() -> None:
    """With probability 1 every file is whole, with 0 none is."""
    file = base_file(BASE_TEXT.replace("(50)", "(0)"))
    always, never = (ALL.model_copy(update={"whole_file": value}) for value in (1.0, 0.0))
    assert all(window("v.py", file, always, f"r/{number}") == (0, 100) for number in range(50))
    assert not any(window("v.py", file, never, f"r/{number}") == (0, 100) for number in range(50))
    assert HEAD in PULL.files
