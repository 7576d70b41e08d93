"""Candidates are compared in full: what is a hit, what only looks like one, compiled or not."""

import numpy as np
import pytest
from decontaminate_twin import DOCSTRING, RENAMED, SOLUTION

from curation.decontaminate import verify as kernels
from curation.decontaminate.alphabet import alphabet
from curation.decontaminate.index import build, padded
from curation.decontaminate.settings import DecontaminateSettings
from curation.decontaminate.streams import scan
from curation.decontaminate.tokens import PLACEHOLDER
from curation.decontaminate.verify import EXACT, FREE, GRAM, NAMES, Needles, verify

INDEX = build([DOCSTRING, SOLUTION], DecontaminateSettings())
CASED = build([DOCSTRING, SOLUTION], DecontaminateSettings(ignore_case=False))
TEXTS = (
    DOCSTRING.text,
    f"é{DOCSTRING.text}é{DOCSTRING.text}",
    DOCSTRING.text.replace(" ", "") + DOCSTRING.text,
    DOCSTRING.text.upper().replace(" ", "  "),
    RENAMED,
    RENAMED.replace("n += b", "d += b") + RENAMED,
    SOLUTION.text[:-9],
    SOLUTION.text[9:],
)


def rows(text: str, needles: Needles, *, compiled: bool = True) -> list[list[int]]:
    """What `verify` writes."""
    data, size = padded(text)
    candidates = np.empty((1000, 3), np.int64)
    count = scan(data, size, alphabet(), INDEX.table, INDEX.windows, candidates)
    found = np.zeros((1000, 6), np.int64)
    run = verify if compiled else verify.py_func
    with np.errstate(over="ignore"):
        written = run(data, size, candidates[:count], needles, alphabet(), found)
    return [[int(value) for value in row] for row in found[:written]]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("needles", [INDEX.needles, CASED.needles], ids=["any case", "case counts"])
def test_compiled_and_plain_agree(text: str, needles: Needles) -> None:
    """The same rows."""
    assert rows(text, needles) == rows(text, needles, compiled=False)


def test_kernels_that_verify_calls_agree_too() -> None:
    """Each in plain Python and compiled, on the same text."""
    text = f"é {RENAMED}"
    data, size = padded(text)
    first = text.encode().index(b"n")
    with np.errstate(over="ignore"):
        for name, values in (
            ("same_names", (data, size, first, 1, INDEX.needles, alphabet())),
            ("token_after", (data, 0, size, alphabet())),
            ("token_after", (data, size, size, alphabet())),
            ("token_start_before", (data, first, alphabet().classes)),
            ("token_start_before", (data, 0, alphabet().classes)),
            ("before", (data, first, 0, alphabet(), True, False)),
            ("before", (data, first, 0, alphabet(), False, True)),
            ("after", (data, 0, size, alphabet(), True, False)),
            ("token_end", (data, 0, size, alphabet().classes)),
            ("raw_hash", (data, 0, 5)),
            ("same_characters", (data, (size, size, 40), 0, INDEX.needles, alphabet(), (True, False))),
        ):
            run = getattr(kernels, name)
            assert run.py_func(*values) == run(*values), name
        starts, hashes = np.array([0, first]), np.array([PLACEHOLDER, 7], np.uint64)
        plain = kernels.names_of.py_func(data, size, starts, hashes, alphabet())
        assert plain.tolist() == kernels.names_of(data, size, starts, hashes, alphabet()).tolist()
        assert plain[0] > 0
        assert plain[1] == 0


def test_one_text_has_one_row_of_characters_unless_a_better_one_comes() -> None:
    """Copies are not counted; an exact copy after one without white space is."""
    twice = rows(DOCSTRING.text * 2, INDEX.needles)
    assert [row[0] for row in twice if row[0] in {EXACT, FREE}] == [EXACT]
    better = rows(DOCSTRING.text.replace(" ", "") + DOCSTRING.text, INDEX.needles)
    assert [row[0] for row in better if row[0] in {EXACT, FREE}] == [FREE, EXACT]


def test_names_are_counted_in_their_places() -> None:
    """Of the renamed solution every name agrees; one that is another name does not."""
    (row,) = [row for row in rows(RENAMED, INDEX.needles) if row[0] == NAMES]
    assert row[4] == row[5] == 17
    (row,) = [row for row in rows(RENAMED.replace("n += b", "d += b"), INDEX.needles) if row[0] == NAMES]
    assert (row[4], row[5]) == (16, 17)


def test_two_names_that_became_one_are_no_renaming() -> None:
    """Every place agrees with the first, but nobody could undo it."""
    merged = RENAMED.replace("fs", "cal")
    (row,) = [row for row in rows(merged, INDEX.needles) if row[0] == NAMES]
    assert row[4] == row[5] - 1


def test_an_n_gram_ends_with_its_last_word() -> None:
    """Not with the first byte of it."""
    text = DOCSTRING.text
    ends = [row[3] for row in rows(text, INDEX.needles) if row[0] == GRAM]
    assert max(ends) == len(text) - 1
    assert all(text[end - 1].isalpha() and not text[end].isalpha() for end in ends)
