r"""A Kaggle notebook as a script below what is known of its data.

    Part("text", "Titanic\nKaggle dataset identifier: titanic")         only if something is known
    Part("code", 'import pandas as pd\n\ndf = pd.read_csv("../input/titanic/train.csv")\ndf.info()')
    Part("output", "<class 'pandas.core.frame.DataFrame'>...")          both only if the notebook shows it
    Part("text", "Examples:\n   Age  Fare\n0   22   7.2")                only with the former
    Part("script", "# Load it\n\nimport pandas as pd\n...")             always

The rules are the-stack-v2's (reference facts 7.3), but for two: the script is not formatted with black, and
an indented command, which may be all that its block has, leaves a pass in its place. Title
and description are not in notebooks; whoever joins Kaggle's tables to them can put them into the metadata, as
kaggle.dataset with title, description and id. Nothing is downloaded or executed.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from curation.sources.base import Problem
from curation.structured.notebooks.language import scripts
from curation.structured.notebooks.magics import body, compiles
from curation.structured.notebooks.outputs import output_text
from curation.structured.notebooks.read import Cell, Notebook
from curation.structured.notebooks.settings import KaggleRules, NotebookSettings
from curation.structured.notebooks.structured import TAG
from curation.structured.parts import Part

LOADED = re.compile(r"""\b(\w+)[ \t]*=[ \t]*(?:pd|pandas)\.read_csv\([ \t]*(["'])([^"'\n]+)\2""")
SHOWN = re.compile(r"\b(\w+)\.(info|head|sample|tail)\(")
INPUT = re.compile(r"(?:\.\./|/kaggle/)input/(?:([^/\"'\s]+)/)?[^\"'\s]")
FRAME = "<class 'pandas.core.frame.DataFrame'>"


class Frame(NamedTuple):
    """What a notebook shows of a data frame."""

    name: str
    path: str
    info: str
    examples: str
    """Some rows; "" if none are shown."""


@cache
def _phrases(name: str) -> tuple[str, ...]:
    """One list of the data file."""
    source = files("curation").joinpath("data", "kaggle.toml")
    return tuple(tomllib.loads(source.read_text(encoding="utf-8"))[name])


def kaggle(notebook: Notebook, settings: NotebookSettings) -> tuple[Part, ...] | Problem:
    """The parts, or the problem: too_large, too_few_cells, no_code, too_short or does_not_compile."""
    rules = settings.kaggle
    if notebook.size > rules.most_characters:
        return Problem("too_large", notebook.size, rules.most_characters)
    if len(notebook.cells) < rules.least_cells:
        return Problem("too_few_cells", len(notebook.cells), rules.least_cells)
    if not any(cell.kind == "code" and cell.source.strip() for cell in notebook.cells):
        return Problem("no_code")
    script = script_of(notebook.cells, rules)
    if len(script) <= rules.least_characters:
        return Problem("too_short", len(script), rules.least_characters)
    if rules.must_compile and not compiles(script.encode("utf-8", "replace").decode()):
        return Problem("does_not_compile")
    frame = _frame(notebook, settings) if rules.data_frame else None
    return (*_described(notebook, frame), Part("script", script))


def script_of(cells: Sequence[Cell], rules: KaggleRules) -> str:
    """Code without commands and Kaggle's own lines, Markdown as comments, an empty line between cells."""
    kept = cells[:-1] if cells and cells[-1].kind == "markdown" else cells
    pieces = [_code(cell.source, rules) if cell.kind == "code" else _comments(cell) for cell in kept]
    return "\n\n".join(piece for piece in pieces if piece)


def _comments(cell: Cell) -> str:
    """A Markdown cell as comments; "" for a raw one and for what Kaggle has put there."""
    lowered = cell.source.lower()
    if cell.kind == "raw" or any(phrase in lowered for phrase in _phrases("cell_phrases")):
        return ""
    return "\n".join(f"# {line}".rstrip() for line in TAG.sub("", cell.source).strip().splitlines())


def _code(source: str, rules: KaggleRules) -> str:
    """The code of a cell; "" if it is in another language."""
    found = body(source, scripts()["Python"], keep=False)
    if found.language:
        return ""
    lines = [line if _is_kept(line, rules) else "" for line in found.source.split("\n")]
    loop = list(_phrases("starter_loop"))
    for number in range(len(lines) - len(loop) + 1):
        if (
            lines[number].startswith(loop[0])
            and [each.strip() for each in lines[number : number + len(loop)]] == loop
        ):
            lines[number : number + len(loop)] = [""] * len(loop)
    return "\n".join(lines).strip("\n")


def _is_kept(line: str, rules: KaggleRules) -> bool:
    """Whether a line is neither too long nor Kaggle's own."""
    if len(line) > rules.line_characters:
        return False
    lowered = line.lower()
    return not any(phrase in lowered for phrase in _phrases("line_phrases"))


def _described(notebook: Notebook, frame: Frame | None) -> Iterator[Part]:
    """What is known of the data."""
    stated = notebook.metadata.get("kaggle")
    about = stated.get("dataset") if isinstance(stated, dict) else None
    known: dict[str, Any] = about if isinstance(about, dict) else {}
    texts = {name: known[name].strip() for name in known if isinstance(known[name], str)}
    identifier = texts.get("id") or _identifier(notebook.cells)
    lines = [texts.get("title", ""), texts.get("description", "")]
    lines.append(f"Kaggle dataset identifier: {identifier}" if identifier else "")
    if text := "\n".join(line for line in lines if line):
        yield Part("text", text)
    if frame:
        read = f'{frame.name} = pd.read_csv("{frame.path}")'
        yield Part("code", f"import pandas as pd\n\n{read}\n{frame.name}.info()")
        yield Part("output", frame.info)
        if frame.examples:
            yield Part("text", f"Examples:\n{frame.examples}")


def _identifier(cells: Sequence[Cell]) -> str:
    """The folder of the first input file that the code names; "" if none is in a folder."""
    for cell in cells:
        found = INPUT.search(cell.source) if cell.kind == "code" else None
        if found and found[1]:
            return found[1]
    return ""


def _frame(notebook: Notebook, settings: NotebookSettings) -> Frame | None:
    """The first data frame that is read from a csv file and whose info is shown, with rows shown later."""
    paths: dict[str, str] = {}
    found: Frame | None = None
    for cell in notebook.cells:
        if cell.kind != "code":
            continue
        if not found:
            paths |= {name: path for name, _, path in LOADED.findall(cell.source) if INPUT.match(path)}
        for name, method in SHOWN.findall(cell.source)[-1:]:
            if name not in paths or (found and name != found.name):
                continue
            printed = output_text(cell.outputs, notebook.version, "all", settings.output_characters)
            if method == "info" and not found and printed.startswith(FRAME):
                found = Frame(name, paths[name], printed, "")
            elif method != "info" and found and printed and FRAME not in printed:
                return found._replace(examples=printed)
    return found
