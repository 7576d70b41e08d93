"""Which family has which layout; a document -> its training text, and the text -> the document.

    render(item, settings)              -> Rendered("<commit_before>...", ...)
    parse(text, "commits", settings)    -> Parsed("commits", (Part("before", ...), ...))

What is parsed is what was rendered: exactly, for every text of more than one line; fields of one line come
back as one line (see `curation.render.pen`), and metadata that chance has left out as None.
"""

from collections.abc import Callable
from typing import NamedTuple

from curation.errors import BadInputError
from curation.render import commits, files, issues, notebooks, pulls, pulls_read, repositories
from curation.render.item import Item, Parsed, Rendered
from curation.render.pen import Pen
from curation.render.reader import Reader
from curation.render.settings import RenderSettings
from curation.sentinels import END_OF_DOCUMENT, Family
from curation.sources.base import Problem
from curation.structured.outcome import Kind


class Layout(NamedTuple):
    """How documents of a kind are written, and read again."""

    write: Callable[[Item, Pen], list[str]]
    read: Callable[[Reader, Kind], Parsed]


FILE = Layout(files.write, files.read)
CELLS = Layout(notebooks.write_cells, notebooks.read_cells)
ISSUE = Layout(issues.write, issues.read)

LAYOUTS: dict[tuple[Family, Kind], Layout] = {
    ("starcoder", "code"): FILE,
    ("starcoder", "jupyter-scripts"): FILE,
    ("starcoder", "jupyter-structured"): CELLS,
    ("starcoder", "issues"): ISSUE,
    ("starcoder", "commits"): Layout(commits.write, commits.read),
    ("starcoder2", "code"): Layout(repositories.write, repositories.read),
    ("starcoder2", "jupyter-scripts"): Layout(notebooks.write_script, notebooks.read_script),
    ("starcoder2", "jupyter-structured"): CELLS,
    ("starcoder2", "kaggle"): Layout(notebooks.write_kaggle, notebooks.read_kaggle),
    ("starcoder2", "issues"): ISSUE,
    ("starcoder2", "pull-requests"): Layout(pulls.write, pulls_read.read),
}
"""What is not here, the family was not trained on (section 5 of both papers)."""


def render(item: Item, settings: RenderSettings) -> Rendered | Problem:
    """The text of one document, or why there is none: no_layout, bad_parts, forged_sentinel.

    Args:
        item: A document; a file of code becomes a text of its own, whatever the context.
        settings: Family, chances, and what becomes of forged tokens.
    """
    layout = LAYOUTS.get((settings.family, item.kind))
    if layout is None:
        return Problem("no_layout", detail=f"{item.kind} for {settings.family}")
    pen = Pen(settings, item.id)
    try:
        pieces = layout.write(item, pen)
    except BadInputError as error:
        return Problem("bad_parts", detail=str(error))
    if problem := pen.refusal():
        return problem
    if settings.end_of_document:
        pieces.append(END_OF_DOCUMENT)
    return Rendered("".join(pieces), (item.id,), tuple(pen.shown), dict(pen.forged), pen.changes())


def parse(text: str, kind: Kind, settings: RenderSettings) -> Parsed:
    """What a text says that `render` or `render_repository` made with these settings.

    Raises:
        BadInputError: If it is no text of this layout, or the family has none for this kind.
    """
    layout = LAYOUTS.get((settings.family, kind))
    if layout is None:
        kinds = ", ".join(known for family, known in LAYOUTS if family == settings.family)
        raise BadInputError(f"parse: {settings.family} has no layout for {kind}; expected one of {kinds}")
    return layout.read(Reader(text, settings), kind)
