"""The blocks of the clean pass: read, measure everything, then decide.

`Read` opens a unit, `Annotate` blocks add metadata to every document, `Drop` blocks ask one question
about one document and tell the store why it leaves, `WriteUnit` commits the unit. The order stands in
`curation.pipeline`; the answers come from pure functions elsewhere in this package.

Besides the fields of `curation.document`, four keys of `metadata` live only inside the pass: `file` (the
`SourceFile`), `content` (UTF-8 bytes), `licence` (the decision) and `values` (one number per signal).
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation.blocks.progress import OnProgress, unheard
from curation.decode import DecodeSettings, decode
from curation.document import content_id, document_id
from curation.filters import Decider
from curation.filters.bounds import Bound
from curation.language import LanguageSettings, identify
from curation.licences import LicenceSettings, allowed, decide
from curation.optout import OptOut
from curation.signals import INDEX, measure
from curation.sources import SourceSettings, read
from curation.sources.base import Problem, SourceFile, Unit
from curation.store import UnitStore

PROGRESS_SECONDS = 0.5
"""How often a task says how far it is."""
LAST_SECOND = 253_402_300_799
"""31 December 9999, the last day that Python's and Arrow's dates share."""
VENDOR, GENERATED = INDEX["is_vendor"], INDEX["is_generated"]
MAX_DETAIL = 500
"""Characters of evidence in a ledger row."""
Documents = Iterator[Document]


class Read(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Every file of a unit as a document; what cannot be decoded is dropped with a reason."""

    name, type = "📖 read", "📖 - READER"

    def __init__(
        self,
        unit_at: Callable[[int], tuple[Unit, SourceSettings]],
        settings: DecodeSettings,
        store: UnitStore,
    ) -> None:
        super().__init__()
        self.unit_at = unit_at
        self.settings = settings
        self.store = store
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Yield the documents of unit number `rank`."""
        unit, source = self.unit_at(rank)
        self.store.open(rank)
        counts = self.store.counts
        due = time.monotonic() + PROGRESS_SECONDS
        for row, file in enumerate(read(unit, source)):
            counts.read += 1
            doc = self._document(document_id(rank, row), file)
            if doc:
                counts.bytes_read += doc.metadata["length_bytes"]
                yield doc
            if time.monotonic() > due:
                self.on_progress(counts.read, counts.bytes_read)
                due = time.monotonic() + PROGRESS_SECONDS

    def _document(self, document: str, file: SourceFile) -> Document | None:
        """The decoded document; None after dropping what cannot be decoded."""
        if file.content is None:
            problem = file.problem or Problem("null_content")
        else:
            decoded = decode(file.content, file.encoding, settings=self.settings)
            if not isinstance(decoded, Problem):
                for change in decoded.changes:
                    self.store.ledger.change(document, "read", change)
                return Document(
                    decoded.text, document, metadata=_metadata(file, decoded.text, decoded.encoding)
                )
            problem = decoded
        detail = f"{file.path} {problem.detail}".rstrip()
        self.store.ledger.drop(
            document, "read", problem.reason, value=problem.value, threshold=problem.limit, detail=detail
        )
        self.store.flush_if_full()
        return None


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


class Annotate(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Adds what `annotate` finds to every document; drops none."""

    type = "🏷 - ANNOTATE"

    def __init__(self, name: str, annotate: Callable[[Document], None]) -> None:
        self.name = name
        super().__init__()
        self.annotate = annotate

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Annotate every document."""
        annotate = self.annotate
        for doc in data:
            annotate(doc)
            yield doc


class Verdict(NamedTuple):
    """Why a document is dropped."""

    reason: str
    bound: Bound | None = None
    """The bound that decided, if one did."""
    value: float | None = None
    """What was measured against it."""
    detail: str | None = None
    """Evidence in a few words; never content."""


class Drop(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Drops the documents for which `judge` finds a reason, and tells the store; passes on the rest."""

    type = "🔻 - FILTER"

    def __init__(self, stage: str, judge: Callable[[Document], Verdict | None], store: UnitStore) -> None:
        self.name = stage
        super().__init__()
        self.judge = judge
        self.store = store

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on what `judge` finds no reason against."""
        judge, drop, stage = self.judge, self.store.drop, self.name
        for doc in data:
            verdict = judge(doc)
            if verdict is None:
                yield doc
            else:
                drop(doc, stage, *verdict)


def add_language(doc: Document, *, settings: LanguageSettings) -> None:
    """Set language, language_kind, language_method, is_vendor and is_generated."""
    metadata = doc.metadata
    found = identify(metadata["path"], metadata["content"], use_magika=settings.magika)
    metadata["language"] = found.language
    metadata["language_kind"] = found.kind
    metadata["language_method"] = found.method
    metadata["is_vendor"] = found.is_vendor
    metadata["is_generated"] = found.is_generated


def add_licence(doc: Document, *, settings: LicenceSettings) -> None:
    """Set license_type, detected_licenses and the evidence for them."""
    metadata = doc.metadata
    file: SourceFile = metadata["file"]
    found = decide(
        file.path,
        metadata["content"],
        file.repository,
        file_licences=file.licences,
        file_licence_type=file.licence_type,
        settings=settings,
    )
    metadata["licence"] = found
    metadata["license_type"] = found.license_type
    metadata["detected_licenses"] = found.detected_licenses
    metadata["license_evidence"] = found.license_evidence
    metadata["license_conflict"] = found.license_conflict
    metadata["license_confidence"] = found.license_confidence


def add_signals(doc: Document, *, groups: frozenset[str], store: UnitStore) -> None:
    """Measure the document, for the filters and for the signals table."""
    metadata = doc.metadata
    values = measure(
        doc.text,
        metadata["content"],
        language=metadata["language"],
        path=metadata["path"],
        groups=groups,
    )
    values[VENDOR] = float(metadata["is_vendor"])
    values[GENERATED] = float(metadata["is_generated"])
    metadata["values"] = values
    store.measured(doc, values)


def opted_out(doc: Document, *, optout: OptOut) -> Verdict | None:
    """Has its owner asked for it not to be used?"""
    if not optout.entries:
        return None
    metadata = doc.metadata
    blob_id = hashlib.sha1(metadata["content"], usedforsecurity=False).hexdigest()  # as The Stack v2 names it
    reason = optout.reason("code", metadata["repo_name"], metadata["content_id"], blob_id)
    return Verdict(reason) if reason else None


def unwanted_language(doc: Document, *, wanted: frozenset[str]) -> Verdict | None:
    """Is its language none of the profile's?"""
    language = doc.metadata["language"]
    if language in wanted:
        return None
    return Verdict("language_not_selected" if language else "language_unknown")


def unlicensed(doc: Document, *, settings: LicenceSettings) -> Verdict | None:
    """Does the licence policy forbid it?"""
    reason = allowed(doc.metadata["licence"], settings)
    evidence = " ".join(doc.metadata["license_evidence"])
    return Verdict(reason, detail=evidence[:MAX_DETAIL]) if reason else None


def out_of_bounds(doc: Document, *, decider: Decider) -> Verdict | None:
    """Is one of its signals out of bounds? All filters of the profile, in order; the first failure counts."""
    metadata = doc.metadata
    values = metadata["values"]
    bound = decider.decide(metadata["language"], metadata["path"], values)
    return Verdict(bound.reason, bound, values[INDEX[bound.signal]]) if bound else None


class WriteUnit(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Keep what is left, and commit the unit when all of it has passed."""

    name, type = "💾 unit", "💽 - WRITER"

    def __init__(self, store: UnitStore) -> None:
        super().__init__()
        self.store = store

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Consume every document; yields none."""
        with self.store as store:
            for doc in data:
                store.keep(doc)
        for reason, count in store.counts.dropped.items():
            self.stat_update(f"dropped_{reason}", value=count)
        self.stat_update("kept", value=store.counts.kept)
        yield from ()
