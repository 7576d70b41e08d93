"""The block that replaces personal data and secrets, and sets aside what it cannot answer for.

    'mail = "ann.lee@uni-ulm.de"'  ->  'mail = "<EMAIL>"'

Every replaced span is a row of the shard's findings: document, offsets, tag, rule and a keyed hash, never
the value. A document that a detector fails on, or whose syntax would break, does not pass.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation.ledger import Ledger
from curation.pii.context import Context
from curation.pii.engine import DetectorError, detector_of
from curation.pii.masked import masked
from curation.pii.pieces import redact_parts
from curation.pii.redact import Applied, redact
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span
from curation.structured.parts import header, join, split

Documents = Iterator[Document]
STAGE = "pii"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("tag", pa.string()),
        ("rule", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("replaced", pa.bool_()),
        ("replacement_length", pa.int64()),
        ("hash", pa.string()),
    ]
)
"""Findings: offsets are characters of the text before redaction."""
AT_ONCE = 64
"""Documents that a model looks at together."""


class Findings:
    """What was found in the documents of one shard, until it is taken to be written."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []

    def add(self, document: str, found: Applied) -> None:
        """Record one span of a document."""
        self._rows.append(
            (
                document,
                found.tag,
                found.rule,
                found.start,
                found.end,
                not found.kept,
                found.replacement_length,
                found.hash,
            )
        )

    def take(self) -> pa.Table:
        """The rows as an Arrow table of `SCHEMA`, in order; they are gone then."""
        columns = zip(*self._rows, strict=True) if self._rows else [() for _ in SCHEMA]
        arrays = [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)]
        self._rows.clear()
        return pa.Table.from_arrays(arrays, schema=SCHEMA)


class Redact(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Does it hold personal data or secrets? Replaces them; drops what cannot be told."""

    name, type = "🔏 personal data", "✂️ - EDITOR"

    def __init__(self, settings: PiiSettings, ledger: Ledger, findings: Findings) -> None:
        super().__init__()
        self.settings = settings
        self.ledger = ledger
        self.findings = findings

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on the documents, redacted."""
        detector = detector_of(self.settings)
        at_once = AT_ONCE if self.settings.names == "ner" else 1
        while group := list(islice(data, at_once)):
            asked = [(doc.text, context_of(doc)) for doc in group]
            for doc, found in zip(group, detector.find_many(asked), strict=True):
                if isinstance(found, DetectorError):
                    self.ledger.drop(doc.id, STAGE, found.reason, detail=found.detail or None)
                elif self._edit(doc, found):
                    yield doc

    def _edit(self, doc: Document, spans: list[Span]) -> bool:
        """Redact a document; False if it has to be dropped instead."""
        metadata = doc.metadata
        metadata["redactions"] = 0
        if not spans:
            return True
        applied, problem = self._redact(doc, spans)
        if problem:
            self.ledger.drop(doc.id, STAGE, problem)
            return False
        tags = Counter(found.tag for found in applied if not found.kept)
        for tag in sorted(tags):
            self.ledger.change(doc.id, STAGE, tag.lower())
        for found in applied:
            self.findings.add(doc.id, found)
        metadata["redactions"] = tags.total()
        metadata["length_bytes"] = len(doc.text.encode())
        return True

    def _redact(self, doc: Document, spans: list[Span]) -> tuple[tuple[Applied, ...], str]:
        """Edit the text, or its parts; what was done, or the problem, with which nothing was."""
        language, path = context_of(doc)
        key, metadata = self.settings.key(), doc.metadata
        if not metadata.get("parts"):
            whole = redact(doc.text, spans, settings=self.settings, key=key, language=language, path=path)
            doc.text = whole.text
            return whole.applied, whole.problem
        parts = split(doc.text, metadata["parts"])
        edited = redact_parts(parts, spans, settings=self.settings, key=key, language=language, path=path)
        doc.text, metadata["parts"] = join(edited.parts), header(edited.parts)
        return edited.applied, edited.problem


def mask_document(doc: Document, *, settings: PiiSettings) -> str:
    """The text of a document that is set aside, as it may be written."""
    context = context_of(doc)
    return masked(doc.text, settings=settings, language=context.language, path=context.path)


def context_of(doc: Document) -> Context:
    """What detectors may know of a document."""
    return Context(doc.metadata.get("language") or "", doc.metadata.get("path") or "")
