"""The block that opens a unit: every file, notebook and record of it as documents.

`Read` gives each document its id, decodes it, and counts it by kind. What cannot be decoded or converted
is dropped with a reason. Besides the fields of `curation.document`, `metadata` holds for the pass: `file`
(the `SourceFile`) and `content` (the text as UTF-8 bytes).
"""

import time
from collections.abc import Iterator
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation.blocks.progress import OnProgress, unheard
from curation.decode import DecodeSettings, decode, repaired
from curation.document import content_id, document_id
from curation.layout import group_folder
from curation.manifest import UnitList
from curation.sources import read
from curation.sources.base import Problem, SourceFile
from curation.store import UnitStore
from curation.structured.convert import Converter
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import header, join

PROGRESS_SECONDS = 0.5
"""How often a task says how far it is."""
LAST_SECOND = 253_402_300_799
"""31 December 9999, the last day that Python's and Arrow's dates share."""
Documents = Iterator[Document]
Made = Converted | Refused | None
PULL = "pull/"
"""How the paths of pull requests begin, also of those that cannot be read."""
KIND_OF_SOURCE = {"commits": "commits", "github_events": "issues", "github_threads": "issues"}
"""What a source's unreadable records would have become; of all others, code."""


class Read(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Every document of a unit; what cannot be decoded or converted is dropped with a reason."""

    name, type = "📖 read", "📖 - READER"

    def __init__(
        self,
        units: UnitList,
        settings: DecodeSettings,
        converter: Converter,
        store: UnitStore,
        *,
        sampled: bool = False,
    ) -> None:
        """Read units.

        Args:
            units: Of the run.
            settings: How bytes become text.
            converter: Makes the other kinds of documents.
            store: Told what is read and dropped.
            sampled: Whether to look at the beginning of a source that would have to be grouped first.
        """
        super().__init__()
        self.units = units
        self.sampled = sampled
        self.settings = settings
        self.converter = converter
        self.store = store
        self.on_progress: OnProgress = unheard
        self.kind = "code"
        """Of what a unit holds that nothing can be made of."""

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Yield the documents of unit number `rank`."""
        self.store.open(rank)
        counts = self.store.counts
        due = time.monotonic() + PROGRESS_SECONDS
        for row, (file, made) in enumerate(self._made(rank)):
            doc = self._document(document_id(rank, row), file, made)
            if doc:
                yield doc
            if time.monotonic() > due:
                self.on_progress(counts.read, counts.bytes_read)
                due = time.monotonic() + PROGRESS_SECONDS

    def _made(self, rank: int) -> Iterator[tuple[SourceFile, Made]]:
        """Every file of the unit with what was made of it; several times if it becomes several documents."""
        unit, source = self.units(rank)
        self.kind = KIND_OF_SOURCE.get(source.kind, "code")
        grouped = None if self.sampled else self.store.run / group_folder(self.units.source_of(rank))
        self.converter.begin()
        for file in read(unit, source, grouped):
            found = self.converter.documents(file)
            if found is None:
                yield file, None
            else:
                for made in found:
                    yield file, made

    def _document(self, name: str, file: SourceFile, made: Made) -> Document | None:
        """The document; None after dropping what has none."""
        kind = made.kind if made else self.kind
        if made is None and kind == "issues" and file.path.startswith(PULL):
            kind = "pull-requests"
        found = self._text(file, made)
        if isinstance(found, Problem):
            self.store.ledger.read(name, kind)
            stage = "read" if kind == "code" else kind
            detail = f"{file.path} {found.detail}".rstrip()
            self.store.ledger.drop(
                name, stage, found.reason, value=found.value, threshold=found.limit, detail=detail
            )
            self.store.flush_if_full()
            return None
        text, encoding, parts, changes = found
        metadata = _metadata(file, text, encoding) | {"kind": kind, "parts": parts}
        if isinstance(made, Converted):
            metadata["path"] = made.path
            if made.language:
                metadata |= {"language": made.language, "language_method": made.language_method}
        self.store.ledger.read(name, kind, metadata["length_bytes"])
        for change in dict.fromkeys(changes):
            self.store.ledger.change(name, kind if made else "read", change)
        return Document(text, name, metadata=metadata)

    def _text(self, file: SourceFile, made: Made) -> tuple[str, str, str, tuple[str, ...]] | Problem:
        """Text, encoding, header of the parts and changes; or why there is no text."""
        if isinstance(made, Refused):
            return made.problem
        if made:
            return _joined(made)
        if file.content is None:
            return file.problem or Problem("null_content")
        assert isinstance(file.content, bytes | str), "a record is always converted"
        decoded = decode(file.content, file.encoding, settings=self.settings)
        if isinstance(decoded, Problem):
            return decoded
        return decoded.text, decoded.encoding, "", decoded.changes


def _joined(made: Converted) -> tuple[str, str, str, tuple[str, ...]]:
    """The text of a converted document, with what UTF-8 cannot hold replaced."""
    changes = list(made.changes)
    if not made.parts:
        text, repairs = repaired(made.text)
        return text, "str", "", (*changes, *repairs)
    parts = []
    for part in made.parts:
        text, repairs = repaired(part.text)
        changes += repairs
        parts.append(part._replace(text=text))
    return join(parts), "str", header(parts), tuple(changes)


def _metadata(file: SourceFile, text: str, encoding: str) -> dict[str, Any]:
    content = text.encode()
    repository = file.repository
    return {
        "file": file,
        "content": content,
        "content_id": content_id(content),
        "repo_name": repository.name,
        "path": file.path,
        "revision_id": repository.revision,
        "length_bytes": len(content),
        "src_encoding": encoding,
        "stars": repository.stars,
        "forks": repository.forks,
        "file_date": plausible(file.file_date),
        "revision_date": plausible(repository.revision_date),
        "visit_date": plausible(repository.visit_date),
        "source_file": file.source_file,
        "source_row_group": file.source_row_group,
        "source_row": file.source_row,
    }


def plausible(date: int | None) -> int | None:
    """Seconds since 1970 if they lie between 1970 and the year 9999, else None: inputs hold any number."""
    return date if date is not None and 0 <= date <= LAST_SECOND else None
