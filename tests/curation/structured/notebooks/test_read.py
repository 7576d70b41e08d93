"""JSON -> cells: every format, and everything that may be wrong with it."""

import json
from typing import Any

import pytest
from notebook_json import code, notebook, stream, text

from curation.sources.base import Problem
from curation.structured.notebooks.read import Cell, Notebook, read
from curation.structured.notebooks.settings import NotebookSettings

SETTINGS = NotebookSettings()


def cells(content: str | bytes) -> list[tuple[str, str]]:
    """Kinds and sources of a notebook that can be read."""
    found = read(content, SETTINGS)
    assert isinstance(found, Notebook), found
    return [(cell.kind, cell.source) for cell in found.cells]


def changes(content: str | bytes) -> tuple[str, ...]:
    """What was mended."""
    found = read(content, SETTINGS)
    assert isinstance(found, Notebook), found
    return found.changes


def older(version: int, *rows: object) -> str:
    """A notebook of format 2 or 3."""
    return json.dumps({"nbformat": version, "metadata": {"name": "a"}, "worksheets": [{"cells": rows}]})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (notebook(text(["# A\n", "b"]), code("x = 1")), [("markdown", "# A\nb"), ("code", "x = 1")]),
        (
            older(
                3,
                {"cell_type": "heading", "level": 2, "source": ["Data\n"]},
                {"cell_type": "code", "input": ["a = 1\n", "b = 2"], "language": "python"},
                {"cell_type": "markdown", "source": "text"},
            ),
            [("markdown", "## Data"), ("code", "a = 1\nb = 2"), ("markdown", "text")],
        ),
        (
            older(
                2, {"cell_type": "code", "input": ["a = 1", "b = 2"]}, {"cell_type": "html", "source": "<b>"}
            ),
            [("code", "a = 1\nb = 2"), ("markdown", "<b>")],
        ),
        (
            json.dumps({"nbformat": 1, "cells": [{"cell_type": "code", "code": "a"}, {"text": "t"}]}),
            [("code", "a"), ("raw", "t")],
        ),
    ],
    ids=["4", "3", "2", "1"],
)
def test_cells_of_every_format_are_read(content: str, expected: list[tuple[str, str]]) -> None:
    """Formats 1 to 4 give the same kinds of cells, without being told apart by their number."""
    assert cells(content) == expected


def test_all_worksheets_are_read_in_turn() -> None:
    """Format 3 may have several."""
    sheets = [{"cells": [{"cell_type": "code", "input": name}]} for name in "ab"]
    assert cells(json.dumps({"nbformat": 3, "worksheets": sheets})) == [("code", "a"), ("code", "b")]


@pytest.mark.parametrize(
    ("cell", "expected", "change"),
    [
        (code(None), [("code", "")], "sources_mended"),
        (code(5), [("code", "5")], "sources_mended"),
        (code({"a": 1}), [("code", "")], "sources_mended"),
        (code(["a\n", None, 7, ["b"]]), [("code", "a\n7")], "sources_mended"),
        (None, [], "cells_left_out"),
        ("text", [], "cells_left_out"),
        ({"cell_type": "code"}, [], "cells_left_out"),
        ({"cell_type": "code", "source": "a", "outputs": {"text": "1"}}, [("code", "a")], "outputs_left_out"),
        ({"cell_type": "code", "source": "a", "outputs": [None, 3]}, [("code", "a")], "outputs_left_out"),
    ],
)
def test_a_broken_cell_is_mended_or_left_out_and_counted(
    cell: Any, expected: list[tuple[str, str]], change: str
) -> None:
    """The good cell beside it is kept."""
    content = notebook(cell, code("good = 1"))
    assert cells(content) == [*expected, ("code", "good = 1")]
    assert changes(content) == (change,)


def test_a_cell_of_unknown_type_is_raw_unless_it_has_what_only_code_has() -> None:
    """Nothing that a person wrote is lost for its type."""
    rows = ({"cell_type": "sql", "source": "a"}, {"cell_type": ["code"], "source": "b", "outputs": []})
    assert cells(notebook(*rows)) == [("raw", "a"), ("code", "b")]


@pytest.mark.parametrize("stated", [4, None])
def test_lines_are_joined_as_they_are_unless_the_format_is_an_old_one(stated: int | None) -> None:
    """In format 4, and where none is stated, a line holds its own newline."""
    assert cells(notebook(code(["a", "b\n", "c"]), nbformat=stated)) == [("code", "ab\nc")]


def test_line_ends_become_newlines() -> None:
    """What splits lines later must not depend on who saved the notebook."""
    assert cells(notebook(code("a\r\nb\rc"))) == [("code", "a\nb\nc")]


@pytest.mark.parametrize(
    ("content", "change"),
    [
        (json.dumps({"cells": [code("a")]}), ("nbformat_missing",)),
        (notebook(code("a"), metadata=[1]), ("metadata_left_out",)),
        (notebook(code("a"), nan=float("nan")), ("lenient_json",)),
        (notebook(code("a\ud800")), ("lenient_json",)),
        (notebook(code("a")).replace('"a"', '"a\tb"'), ("lenient_json",)),
        (b"\xef\xbb\xbf" + notebook(code("a")).encode(), ("bom_removed",)),
        ("\ufeff" + notebook(code("a")), ("bom_removed",)),
        (notebook(code("a")).encode("utf-16"), ()),
    ],
    ids=[
        "no nbformat",
        "no metadata",
        "NaN",
        "lone surrogate",
        "tab",
        "bytes with BOM",
        "text with BOM",
        "16",
    ],
)
def test_what_json_should_not_hold_is_read_and_counted(content: str | bytes, change: tuple[str, ...]) -> None:
    """NaN, lone surrogates, control characters, byte order marks and missing fields cost no notebook."""
    assert cells(content)[0][1].startswith("a")
    assert changes(content) == change


def test_of_equal_keys_the_last_counts() -> None:
    """As in every JSON parser in use."""
    assert cells('{"nbformat": 4, "cells": [], "cells": [{"cell_type": "code", "source": "a"}]}') == [
        ("code", "a")
    ]


def test_metadata_may_be_nested_deeply() -> None:
    """900 levels, which break nbformat, are nothing here."""
    content = notebook(code("a")).replace('{"language_info"', '{"deep": ' + "[" * 900 + "]" * 900 + ', "l"')
    assert changes(content) == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        (b"", "empty"),
        (b"\0\1", "binary"),
        ("{", "bad_json"),
        ("<<<<<<< HEAD\n{}", "bad_json"),
        ('{"cells": [' + "1" * 5000 + "]}", "bad_json"),
        ("[" * 100_000, "nested_too_deep"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "nested_too_deep"),
        ("null", "not_a_notebook"),
        ("[1]", "not_a_notebook"),
        ('{"cells": 3}', "not_a_notebook"),
        ('{"nbformat": 4}', "not_a_notebook"),
        ('{"cells": []}', "no_cells"),
        ('{"worksheets": [{"cells": [null]}, 3]}', "no_cells"),
    ],
)
def test_what_is_no_notebook_says_why(content: str | bytes, reason: str) -> None:
    """Each way to be unreadable has its own counted reason."""
    found = read(content, SETTINGS)
    assert isinstance(found, Problem)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"max_bytes": 10}, Problem("too_large", 186, 10)),
        ({"max_cells": 1}, Problem("too_many_cells", 2, 1)),
    ],
)
def test_limits_refuse_with_what_was_measured(limits: dict[str, int], problem: Problem) -> None:
    """The reason carries the size and the limit."""
    content = notebook(code("a"), code("b"))
    found = read(content, NotebookSettings.model_validate(limits))
    assert found == (problem if problem.reason != "too_large" else Problem("too_large", len(content), 10))


def test_outputs_and_the_language_of_a_cell_are_kept() -> None:
    """They are asked for later."""
    row = {**code("a", stream("1")), "language": "julia"}
    found = read(notebook(row), SETTINGS)
    assert isinstance(found, Notebook)
    assert found.cells == (Cell("code", "a", (stream("1"),), "julia"),)
