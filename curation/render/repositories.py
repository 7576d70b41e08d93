r"""All files of a repository, or a single one, in StarCoder2's layout.

    octo/hello: a.py "x = 1", b.py "y = 2"
        -> "<repo_name>octo/hello<file_sep>a.py\nx = 1<file_sep>b.py\ny = 2"
        -> "<file_sep>x = 1<file_sep>y = 2", by chance

Names are shown all or none, and never without the repository's. Files stand in the order they come in; who
wants another order gives another one. A repository over the limit becomes several texts, cut between files.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from curation.errors import BadConfigError
from curation.render.item import Item, Parsed, ParsedFile, RefusedFile, Rendered
from curation.render.pen import Pen
from curation.render.reader import Reader
from curation.render.settings import RenderSettings
from curation.sentinels import END_OF_DOCUMENT, FILE_SEP, REPO_NAME
from curation.sources.base import Problem
from curation.structured.outcome import Kind


def write(item: Item, pen: Pen) -> list[str]:
    """A file as a repository of one file."""
    names = _shows_names(item.repo_name, pen)
    return [*_opening(item.repo_name, pen, names=names), *_file(item, pen, names=names)]


def read(reader: Reader, kind: Kind) -> Parsed:
    """The files that `write` or `render_repository` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    name = reader.take(REPO_NAME) if reader.at(REPO_NAME) else None
    texts = [reader.take(FILE_SEP)]
    while reader.at(FILE_SEP):
        texts.append(reader.take(FILE_SEP))
    reader.take_end()
    if name is None:
        return Parsed(kind, files=tuple(map(ParsedFile, texts)))
    parted = (text.partition("\n") for text in texts)
    return Parsed(kind, files=tuple(ParsedFile(code, path) for path, _, code in parted), repo_name=name)


def render_repository(
    repo_name: str, files: Iterable[Item], settings: RenderSettings, document: str
) -> Iterator[Rendered | RefusedFile]:
    """The texts of a repository; one, if it stays within the limit. Holds no more than one of them.

    Args:
        repo_name: Such as owner/name; with "" no names are shown.
        files: Of kind code, in the order in which they shall stand; others are refused as no_layout.
        settings: Of the family starcoder2.
        document: Id of the repository, which decides on its names.

    Raises:
        BadConfigError: If the family has no layout for repositories.
    """
    if settings.family != "starcoder2":
        raise BadConfigError(f"render: {settings.family} has no layout for repositories; expected starcoder2")
    head = Pen(settings, document)
    names = _shows_names(repo_name, head)
    opening = _opening(repo_name, head, names=names)
    text, continued = _Text(settings, head, opening), False
    for item in files:
        pen = Pen(settings, item.id)
        pieces = _file(item, pen, names=names)
        if problem := _problem(item, head, pen):
            yield RefusedFile(item.id, problem)
            continue
        size = _size(pieces) if settings.max_document_bytes else 0
        if text.ids and not text.has_room(size):
            yield text.finish(continued=continued)
            text, continued = _Text(settings, head, opening), True
        text.add(item.id, pieces, size, pen)
    if text.ids:
        yield text.finish(continued=continued)


@dataclass(slots=True)
class _Text:
    """The text that files are added to."""

    settings: RenderSettings
    head: Pen
    pieces: list[str]
    ids: list[str] = field(default_factory=list)
    forged: Counter[str] = field(default_factory=Counter)
    changes: set[str] = field(default_factory=set)
    size: int = 0
    """UTF-8 bytes so far; only kept where there is a limit."""

    def __post_init__(self) -> None:
        self.pieces = list(self.pieces)
        self.size = _size(self.pieces) + len(END_OF_DOCUMENT) * self.settings.end_of_document
        self.forged.update(self.head.forged)
        self.changes.update(self.head.changes())

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more stay within the limit."""
        limit = self.settings.max_document_bytes
        return not limit or self.size + size <= limit

    def add(self, document: str, pieces: list[str], size: int, pen: Pen) -> None:
        """One more file."""
        if not self.has_room(size):
            self.changes.add("over_limit")
        self.ids.append(document)
        self.pieces += pieces
        self.size += size
        self.forged.update(pen.forged)
        self.changes.update(pen.changes())

    def finish(self, *, continued: bool) -> Rendered:
        """The text as it is."""
        if continued:
            self.changes.add("repository_split")
        if self.settings.end_of_document:
            self.pieces.append(END_OF_DOCUMENT)
        return Rendered(
            "".join(self.pieces),
            tuple(self.ids),
            tuple(self.head.shown),
            dict(self.forged),
            tuple(sorted(self.changes)),
        )


def _problem(item: Item, head: Pen, pen: Pen) -> Problem | None:
    """Why a file that has been written is left out."""
    if item.kind != "code":
        return Problem("no_layout", detail=f"{item.kind} in a repository")
    return pen.refusal() or head.refusal()


def _shows_names(repo_name: str, pen: Pen) -> bool:
    return bool(repo_name) and pen.chance("names", pen.settings.names_probability)


def _opening(repo_name: str, pen: Pen, *, names: bool) -> list[str]:
    return [REPO_NAME, pen.line(repo_name)] if names else []


def _file(item: Item, pen: Pen, *, names: bool) -> list[str]:
    path = [pen.line(item.path), "\n"] if names else []
    return [FILE_SEP, *path, pen.text(item.content)]


def _size(pieces: Iterable[str]) -> int:
    return sum(
        len(piece) if piece.isascii() else len(piece.encode("utf-8", "surrogatepass")) for piece in pieces
    )
