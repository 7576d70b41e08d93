"""The programming language of a notebook, from what it states and, if it states nothing, from its code.

    language_info.name "python"                        -> ("Python", "language_info")
    kernelspec.name "julia-1.6", nothing else          -> ("Julia", "kernelspec_name")
    language_info.name "brainf", nothing else          -> Problem("unlisted_language")
    no metadata, def f(x): ...                         -> ("Python", "magika")

In this order: language_info.name, kernelspec.language, jupytext.main_language, kernelspec.name, the language
that most cells of format 3 state, formats 1 and 2 (which only IPython wrote), magika on the joined code. A
language that is stated but not known to linguist is not guessed at. Extensions and paths that a notebook
states are never read.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from curation.language.facts import canonical, data, facts
from curation.sources.base import Problem
from curation.structured.notebooks.read import Cell, Notebook

SAMPLE = 65536
"""Characters of code that magika is shown the first and last kibibyte of."""
LEAST = 16
"""Characters of code below which magika is not asked."""
COMMANDS = ("%", "!")


class Answer(NamedTuple):
    """A language and what decided it."""

    language: str
    method: str


@dataclass(frozen=True, slots=True)
class Script:
    """How a script of one language is written; see curation/data/notebook_languages.toml."""

    name: str
    extension: str
    comment: str
    suffix: str = ""
    jupytext: bool = False
    commands: tuple[str, ...] = ()
    first: tuple[str, ...] = ()


@cache
def _table() -> dict[str, Any]:
    """The data file, read once."""
    source = files("curation").joinpath("data", "notebook_languages.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def scripts() -> Mapping[str, Script]:
    """The languages that scripts are written in, by linguist name."""
    return {row["name"]: _script(row) for row in _table()["language"]}


def _script(row: dict[str, Any]) -> Script:
    """One language of the data file."""
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    fields: dict[str, Any] = row | lists
    return Script(**fields)


def named(name: str) -> str:
    """The linguist name of a programming language that a notebook or kernel calls `name`; "" if none."""
    lowered = name.strip().lower()
    language = str(_table()["names"].get(lowered, "")) or canonical(lowered)
    return "" if language and facts().languages[language].kind == "prose" else language


def _kernel(name: str) -> str:
    """The language of a kernel, whose name may go on with a version or an environment; "" if unknown."""
    lowered = name.strip().lower()
    if language := named(lowered):
        return language
    for ends, part in ((str.startswith, "kernel_prefixes"), (str.endswith, "kernel_suffixes")):
        for end, language in _table()[part].items():
            if ends(lowered, end):
                return str(language)
    return ""


def _text(metadata: Mapping[str, Any], group: str, name: str) -> str:
    """metadata[group][name] if both are there and it is a text of sensible length; else ""."""
    part = metadata.get(group)
    value = part.get(name) if isinstance(part, dict) else None
    return value if isinstance(value, str) and len(value) <= 256 else ""


def _of_cells(cells: tuple[Cell, ...]) -> str:
    """The language that most code cells state; "" if none does."""
    counts = Counter(cell.language for cell in cells if cell.kind == "code" and cell.language)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""


def _statements(notebook: Notebook) -> Iterator[tuple[str, str]]:
    """Names of languages that the notebook states, with where, from the best to the weakest."""
    yield _text(notebook.metadata, "language_info", "name"), "language_info"
    yield _text(notebook.metadata, "kernelspec", "language"), "kernelspec_language"
    yield _text(notebook.metadata, "jupytext", "main_language"), "jupytext"


def language_of(notebook: Notebook, least_score: float) -> Answer | Problem:
    """The language, or the problem: no_language or unlisted_language.

    Args:
        notebook: Whose language is asked for.
        least_score: At which magika is believed; above 1 it is not asked.
    """
    is_stated = False
    for name, method in _statements(notebook):
        if language := named(name):
            return Answer(language, method)
        is_stated |= canonical(name) == "" and name.strip().lower() not in _table()["nothing"]
    if language := _kernel(_text(notebook.metadata, "kernelspec", "name")):
        return Answer(language, "kernelspec_name")
    if language := _kernel(_of_cells(notebook.cells)[:256]):
        return Answer(language, "cells")
    if is_stated:
        return Problem("unlisted_language")
    if notebook.version in {1, 2}:
        return Answer("Python", "nbformat")
    return _from_code(notebook.cells, least_score)


def _from_code(cells: tuple[Cell, ...], least_score: float) -> Answer | Problem:
    """What magika says of the code, without the lines that are for a kernel."""
    code = "\n".join(
        line
        for cell in cells
        if cell.kind == "code"
        for line in cell.source.split("\n")
        if not line.lstrip().startswith(COMMANDS)
    ).strip()
    if len(code) < LEAST or least_score > 1:
        return Problem("no_language", detail="metadata name none" + (", too little code" if code else ""))
    sample = code if len(code) <= 2 * SAMPLE else code[:SAMPLE] + code[-SAMPLE:]
    label, score = _guess(sample.encode("utf-8", "replace"))
    if score < least_score or not label:
        return Problem("no_language", score, least_score, "metadata name none, magika is not sure")
    return Answer(label, "magika")


@cache
def _model() -> Any:
    """The model, loaded on first use."""
    from magika import Magika  # noqa: PLC0415 - heavy (onnxruntime), needed only here

    return Magika()


def _guess(content: bytes) -> tuple[str, float]:
    """The language that magika sees, "" for labels that are none, and its score."""
    result = _model().identify_bytes(content)
    label = str(result.output.label)
    labels = data("language_names.toml")["magika"]
    name = labels[label] if label in labels else canonical(label)
    return ("" if name and facts().languages[name].kind == "prose" else name), result.score
