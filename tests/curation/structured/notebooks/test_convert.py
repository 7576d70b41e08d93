"""One outcome per form, whatever the content."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_json import PYTHON, code, notebook, stream, text
from patience import ends_soon, repeated

from curation.structured.notebooks import NotebookSettings, convert
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import Part, header, join, split

ALL = NotebookSettings(forms=("kaggle", "structured", "script"), magika_score=2)


def kinds(content: str | bytes, by: NotebookSettings) -> list[tuple[str, str]]:
    """Kind and reason, "" for a document, of every outcome."""
    return [
        (outcome.kind, outcome.problem.reason if isinstance(outcome, Refused) else "")
        for outcome in convert(content, "a.ipynb", by)
    ]


def test_a_notebook_becomes_both_forms_by_default() -> None:
    """With its path, its language, and what decided that."""
    content = notebook(text("Load"), code("x = 1", stream("1")), None)
    assert list(convert(content, "src/a.ipynb", NotebookSettings())) == [
        Converted(
            "jupyter-scripts",
            "src/a.ipynb",
            text="# %% [markdown]\n# Load\n\n# %%\nx = 1\n",
            language="Python",
            language_method="language_info",
            changes=("cells_left_out",),
        ),
        Converted(
            "jupyter-structured",
            "src/a.ipynb",
            parts=(Part("text", "Load"), Part("code", "x = 1"), Part("output", "1")),
            language="Python",
            language_method="language_info",
            changes=("cells_left_out",),
        ),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", ["bad_json", "bad_json", "bad_json"]),
        (notebook(text("a"), code("b"), metadata={}), ["too_few_cells", "", "no_language"]),
        (notebook(text("a")), ["too_few_cells", "no_code", "no_code"]),
        (notebook(text("a"), metadata={}), ["too_few_cells", "no_code", "no_code"]),
        (notebook(text("a"), code("b"), metadata={"language_info": {"name": "R"}}), ["not_python", "", ""]),
        (notebook(text("a"), code("b"), metadata={"language_info": {"name": "Brainfuck"}}),
         ["not_python", "", "no_script_syntax"]),
        (notebook(text("a"), code("b"), metadata={"language_info": {"name": "sos"}}),
         ["too_few_cells", "", "unlisted_language"]),
    ],
)  # fmt: skip
def test_every_form_has_its_outcome_in_the_order_asked(content: str, expected: list[str]) -> None:
    """One form may fail where another does not."""
    assert kinds(content, ALL) == list(
        zip(("kaggle", "jupyter-structured", "jupyter-scripts"), expected, strict=True)
    )


def test_the_compiler_says_what_a_kaggle_notebook_without_metadata_is() -> None:
    """Its rule is that it compiles; without the rule its language is not known."""
    cells = [code("value = 1\n" * 20)] * 4
    (made,) = convert(notebook(*cells, metadata={}), "a.ipynb", ALL.model_copy(update={"forms": ("kaggle",)}))
    assert isinstance(made, Converted)
    assert (made.language, made.language_method) == ("Python", "compiler")
    loose = NotebookSettings.model_validate(
        {"forms": ("kaggle",), "magika_score": 2, "kaggle": {"must_compile": False}}
    )
    assert kinds(notebook(*cells, metadata={}), loose) == [("kaggle", "no_language")]


def test_what_was_written_by_hand_is_counted_for_the_script_only() -> None:
    """The other form has not been changed."""
    content = notebook(text("a"), code("x"))
    script, structured = convert(content, "a.ipynb", NotebookSettings(jupytext_cells=0))
    assert isinstance(script, Converted)
    assert isinstance(structured, Converted)
    assert (script.changes, structured.changes) == (("written_by_hand",), ())


def test_no_path_is_taken_from_metadata() -> None:
    """An extension that leads elsewhere leads nowhere."""
    metadata = {
        "language_info": {"name": "python", "file_extension": "/../../evil"},
        "kernelspec": {"name": "../x"},
    }
    for outcome in convert(notebook(text("a"), code("b"), metadata=metadata), "a.ipynb", NotebookSettings()):
        assert isinstance(outcome, Converted)
        assert outcome.path == "a.ipynb"
        assert "evil" not in outcome.text + join(outcome.parts)


def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that would leave a file leave none."""
    monkeypatch.chdir(tmp_path)
    canary = "__import__('os').mknod('canary')"
    cells = [
        code(line) for line in (canary, f'!python -c "{canary}"', "%%bash\ntouch canary", f"%%x\n{canary}")
    ]
    list(convert(notebook(text("a"), *cells), "a.ipynb", ALL))
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are all that is asked


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
SURROGATES = st.text(st.one_of(st.characters(), st.characters(categories=["Cs"])), max_size=30)
CELL = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"cell_type": st.sampled_from(["code", "markdown", "raw", "heading", None, 3])},
        optional={
            "source": st.one_of(SURROGATES, st.lists(st.one_of(SURROGATES, JSON), max_size=4), JSON),
            "input": JSON,
            "level": JSON,
            "language": JSON,
            "outputs": st.one_of(
                JSON,
                st.lists(
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "output_type": st.one_of(st.sampled_from(["stream", "error", "pyout"]), JSON),
                            "text": JSON,
                            "data": st.one_of(JSON, st.fixed_dictionaries({"text/plain": JSON})),
                            "traceback": JSON,
                            "ename": JSON,
                        },
                    ),
                    max_size=3,
                ),
            ),
        },
    ),
)
METADATA = st.one_of(
    JSON,
    st.just(PYTHON),
    st.fixed_dictionaries(
        {},
        optional={name: st.one_of(JSON, st.fixed_dictionaries({"name": JSON, "language": JSON}))
                  for name in ("language_info", "kernelspec", "jupytext", "kaggle")},
    ),
)  # fmt: skip
NOTEBOOK = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "nbformat": st.one_of(st.integers(0, 5), JSON),
            "metadata": METADATA,
            "cells": st.one_of(st.lists(CELL, max_size=6), JSON),
            "worksheets": st.one_of(
                st.lists(st.fixed_dictionaries({"cells": st.lists(CELL, max_size=3)})), JSON
            ),
        },
    ),
)


@settings(max_examples=150)
@given(NOTEBOOK)
def test_any_json_has_one_outcome_per_form(value: Any) -> None:
    """Nothing is raised, and parts can be joined and found again once their text is clean."""
    content = json.dumps(value)
    outcomes = list(convert(content, "a.ipynb", ALL))
    assert [outcome.kind for outcome in outcomes] == ["kaggle", "jupyter-structured", "jupyter-scripts"]
    for outcome in outcomes:
        if isinstance(outcome, Converted):
            assert bool(outcome.text) is not bool(outcome.parts)
            assert not outcome.parts or split(join(outcome.parts), header(outcome.parts)) == outcome.parts


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60), SURROGATES))
def test_any_bytes_have_one_outcome_per_form(content: bytes | str) -> None:
    """Also what is no JSON."""
    assert len(list(convert(content, "a.ipynb", ALL))) == 3


HOSTILE = {
    "percent": "%%\n",
    "tower": "%%time\n",
    "unknown tower": "%%x\n",
    "questions": "a ? ",
    "assignments": "a = !",
    "quotes": "'''\n",
    "brackets": "(",
    "backslashes": "!a\\\n",
    "slashes": "/ ",
    "dashes": "- ",
    "escapes": "# %a # escape ",
    "bare": "pip \n",
    "info": "a.info(",
    "csv": "df = pd.read_csv('",
    "inputs": "../input/",
    "tags": "<a",
    "colours": "\x1b[",
    "commands": "\x1b]",
    "word": "a",
    "space": " ",
}


@pytest.mark.parametrize("language", ["python", "c++", "ocaml", "haskell"])
@pytest.mark.parametrize("pattern", HOSTILE)
def test_crafted_text_takes_linear_time(pattern: str, language: str) -> None:
    """Much of it in every place of a notebook is converted in time that grows with its length."""
    crafted = repeated(HOSTILE[pattern])
    error = {"output_type": "error", "traceback": [crafted]}
    cells = [
        text(crafted),
        code(crafted, stream(crafted), error),
        code(f"x = {crafted}"),
        text("a"),
        code(f"%%a\n{crafted}"),
    ]
    content = notebook(*cells, metadata={"language_info": {"name": language}})
    with ends_soon(f"converting a notebook of {pattern}"):
        assert len(list(convert(content, "a.ipynb", ALL))) == 3


@pytest.mark.parametrize(
    "content",
    [
        notebook(*[text("# a"), code("x = 1\n!ls\n")] * 10_000),
        notebook(text("a"), code("x = 1", stream("1.25\n" * 8_000_000))),
    ],
    ids=["20,000 cells", "48 MB of output"],
)
def test_a_huge_notebook_is_converted_in_time(content: str) -> None:
    """Of 20,000 cells jupytext alone would take 9 seconds, of 50,000 a minute."""
    with ends_soon("converting a huge notebook"):
        outcomes = list(convert(content, "a.ipynb", NotebookSettings()))
        assert all(isinstance(outcome, Converted) for outcome in outcomes)
