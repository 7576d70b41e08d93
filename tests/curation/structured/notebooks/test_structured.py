"""Cells -> text, code and output in turn."""

from typing import Any

import pytest
from notebook_json import PYTHON, code, notebook, raw, result, stream, text

from curation.sources.base import Problem
from curation.structured.notebooks.read import Notebook, read
from curation.structured.notebooks.settings import NotebookSettings
from curation.structured.notebooks.structured import markdown, triplets

SC1, SC2 = NotebookSettings(profile="sc1"), NotebookSettings(profile="sc2")
MENTIONED = PYTHON | {"kernelspec": {"name": "python3"}}


def made(*cells: Any, by: NotebookSettings = SC2, metadata: Any = PYTHON) -> Any:
    """Roles and texts of the parts, or the problem."""
    found = read(notebook(*cells, metadata=metadata), by)
    assert isinstance(found, Notebook)
    parts = triplets(found, by)
    return parts if isinstance(parts, Problem) else [(part.role, part.text) for part in parts]


RUN = (
    code("before"),
    text("# Load\n"),
    text(" the <b>data</b>\nnow "),
    code("\n%ls\n  \n"),
    code(""),
    code("  a = 1\na\n", stream("1\n"), result(text_plain="2")),
    text("Next"),
    code("b"),
    text("The end"),
)


@pytest.mark.parametrize(
    ("settings", "first"),
    [(SC1, "Load the data now"), (SC2, "# Load\n\nthe <b>data</b>\nnow")],
    ids=["sc1", "sc2"],
)
def test_neighbours_are_merged_and_ends_are_trimmed(settings: NotebookSettings, first: str) -> None:
    """Code before the first text and text after the last code go; an output is that of the last cell."""
    assert made(*RUN, by=settings) == [
        ("text", first),
        ("code", "%ls\n  \n  a = 1\na"),
        ("output", "1\n2"),
        ("text", "Next"),
        ("code", "b"),
        ("output", ""),
    ]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([text("a"), text("b")], "no_code"),
        ([text("a"), code("  ")], "no_code"),
        ([code("a"), text("b")], "no_pairs"),
        ([code("a")], "no_pairs"),
    ],
)
def test_without_a_pair_there_is_no_document(cells: list[Any], reason: str) -> None:
    """What is lacking is the reason."""
    assert made(*cells).reason == reason


def test_raw_cells_are_text_for_one_profile_and_nothing_for_the_other() -> None:
    """StarCoder's code names only Markdown and code."""
    cells = (raw("Read"), code("a"))
    assert made(*cells, by=SC2) == [("text", "Read"), ("code", "a"), ("output", "")]
    assert made(*cells, by=SC1) == Problem("no_pairs", detail="no text is followed by code")


@pytest.mark.parametrize(
    ("metadata", "is_kept"),
    [
        ({"kernelspec": {"name": "python3"}}, True),
        ({"language_info": {"name": "R", "pygments_lexer": "r"}}, True),
        ({"a": [{"b": ["spyder"]}]}, True),
        ({"kernelspec": {"name": "ir", "language": "R"}}, False),
        ({}, False),
    ],
)
def test_starcoder_took_notebooks_whose_metadata_hold_py(metadata: Any, is_kept: bool) -> None:
    """Which also finds the key pygments_lexer; StarCoder2 asks for nothing."""
    found = made(text("a"), code("b"), by=SC1, metadata=metadata)
    assert (not isinstance(found, Problem)) is is_kept
    assert is_kept or found.reason == "not_mentioned"
    assert not isinstance(made(text("a"), code("b"), by=SC2, metadata=metadata), Problem)


def test_metadata_are_searched_however_deep_they_are() -> None:
    """No recursion on what a notebook says."""
    deep: Any = "py"
    for _ in range(500):
        deep = [deep]
    assert made(text("a"), code("b"), by=SC1, metadata={"a": deep})


@pytest.mark.parametrize("limit", [5, 1000])
def test_a_long_output_is_cut(limit: int) -> None:
    """At 1,000 characters unless told otherwise."""
    settings = SC2.model_copy(update={"output_characters": limit})
    found = made(text("a"), code("b", stream("1" * 2000)), by=settings)
    assert found[-1] == ("output", "1" * limit + "[...]")


def test_only_the_first_stream_is_taken_on_demand() -> None:
    """As StarCoder's code does."""
    settings = SC1.model_copy(update={"outputs": "first_stream"})
    assert made(text("py"), code("b", result(text_plain="2")), by=settings, metadata=MENTIONED)[-1] == (
        "output",
        "",
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [("## A <b>b</b>\nc", "A b c"), ("a < b and c > d", "a < b and c > d"), ("<!-- x -->C#", "C")],
)
def test_plain_text_has_no_tags_newlines_and_hashes(source: str, expected: str) -> None:
    """What is no tag stays."""
    assert markdown(source) == expected
