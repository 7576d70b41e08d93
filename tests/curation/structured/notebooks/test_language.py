"""The language of a notebook."""

from typing import Any

import pytest
from notebook_json import code, notebook, text

from curation.sources.base import Problem
from curation.structured.notebooks.language import language_of, scripts
from curation.structured.notebooks.read import Notebook, read
from curation.structured.notebooks.settings import NotebookSettings

PYTHON_CODE = (
    "import os\nfrom pathlib import Path\n\ndef find(root):\n    return [p for p in Path(root).iterdir()]\n"
)


def asked(metadata: Any, source: str = "", *, version: int = 4, score: float = 2, **cell: str) -> Any:
    """What is answered for a notebook with one code cell; magika is not asked unless the score says so."""
    found = read(notebook(code(source) | cell, metadata=metadata, nbformat=version), NotebookSettings())
    assert isinstance(found, Notebook)
    return language_of(found, score)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"language_info": {"name": "python"}, "kernelspec": {"language": "R"}}, ("Python", "language_info")),
        ({"language_info": {"name": "C++17"}}, ("C++", "language_info")),
        ({"language_info": {"name": "ipython"}}, ("Python", "language_info")),
        ({"language_info": {"name": "octave"}}, ("MATLAB", "language_info")),
        ({"language_info": {"name": "plaintext"}, "kernelspec": {"name": "ir"}}, ("R", "kernelspec_name")),
        ({"kernelspec": {"language": "scala", "name": "python3"}}, ("Scala", "kernelspec_language")),
        ({"jupytext": {"main_language": "julia"}, "kernelspec": {"name": "x"}}, ("Julia", "jupytext")),
        ({"kernelspec": {"name": "julia-1.6"}}, ("Julia", "kernelspec_name")),
        ({"kernelspec": {"name": "conda-env-work-py"}}, ("Python", "kernelspec_name")),
        ({"kernelspec": {"name": "py310"}}, ("Python", "kernelspec_name")),
        ({"kernelspec": {"name": "xcpp14"}}, ("C++", "kernelspec_name")),
        (
            {"language_info": {"name": "brainf"}, "kernelspec": {"name": "python3"}},
            ("Python", "kernelspec_name"),
        ),
        ({"language_info": {"name": 3}, "kernelspec": None, "jupytext": [1]}, Problem("no_language")),
        ({"language_info": {"name": "coconut"}}, Problem("unlisted_language")),
        ({"kernelspec": {"name": "myenv"}}, Problem("no_language")),
        ({"language_info": {"file_extension": ".py"}}, Problem("no_language")),
        ({"language_info": {"name": "x" * 100_000}}, Problem("no_language")),
        ({}, Problem("no_language")),
    ],
)
def test_the_first_statement_that_is_understood_decides(metadata: Any, expected: Any) -> None:
    """In the order of the module's opening; an extension that the notebook states never does."""
    found = asked(metadata)
    assert (Problem(found.reason) if isinstance(found, Problem) else found) == expected


def test_cells_of_format_3_state_it_themselves() -> None:
    """It is asked after the metadata, which that format has hardly any of."""
    assert asked({}, "a", version=3, language="julia") == ("Julia", "cells")


@pytest.mark.parametrize("version", [1, 2])
def test_the_first_formats_were_python_only(version: int) -> None:
    """No other kernel wrote them."""
    assert asked({}, "a", version=version) == ("Python", "nbformat")


def test_the_code_decides_where_nothing_is_stated() -> None:
    """magika sees Python, also below commands for the kernel."""
    assert asked({}, "%matplotlib inline\n" + PYTHON_CODE, score=0.8) == ("Python", "magika")


def test_a_guess_below_the_threshold_is_none() -> None:
    """The score and the threshold are in the reason."""
    found = asked({}, PYTHON_CODE, score=1.0)
    assert found.reason == "no_language"
    assert 0.8 < found.value < found.limit == 1.0


def test_a_language_that_is_stated_but_not_known_is_not_guessed_at() -> None:
    """Coconut looks like Python, but is none."""
    assert asked({"language_info": {"name": "coconut"}}, PYTHON_CODE, score=0.1) == Problem(
        "unlisted_language"
    )


def test_little_code_and_prose_are_not_shown_to_the_model() -> None:
    """A short cell is nobody's language, and Markdown is not asked about."""
    found = read(notebook(text(PYTHON_CODE * 9), code("a"), metadata={}), NotebookSettings())
    assert isinstance(found, Notebook)
    answer = language_of(found, 0.1)
    assert isinstance(answer, Problem)
    assert answer.reason == "no_language"
    assert answer.value is None


def test_lone_surrogates_do_not_trouble_the_model() -> None:
    """They are legal in a notebook's JSON."""
    assert asked({}, "# \ud800\n" + PYTHON_CODE, score=0.5) == ("Python", "magika")


def test_every_language_of_the_table_is_one_of_linguist() -> None:
    """Names elsewhere in the file lead to languages of the table."""
    from curation.language import facts  # noqa: PLC0415 - of this test only
    from curation.structured.notebooks.language import _table  # noqa: PLC0415 - as above

    table = _table()
    assert set(scripts()) <= set(facts().languages)
    for part in ("names", "kernel_prefixes", "kernel_suffixes"):
        assert set(table[part].values()) <= set(scripts())
        assert all(name == name.lower() for name in table[part])


def test_jupytext_knows_the_languages_that_it_is_to_write() -> None:
    """With the same comment, and its own name of the extension."""
    from jupytext.languages import _SCRIPT_EXTENSIONS  # noqa: PLC0415 - of this test only

    written = [script for script in scripts().values() if script.jupytext]
    assert len(written) > 25
    for script in written:
        assert _SCRIPT_EXTENSIONS[script.extension] == {
            "language": _SCRIPT_EXTENSIONS[script.extension]["language"],
            "comment": script.comment,
        }
