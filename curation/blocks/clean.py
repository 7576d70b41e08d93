"""The blocks of the clean pass after `Read`: measure everything, then decide.

`Annotate` blocks add metadata to every document, `Drop` blocks ask one question about one document and
tell the store why it leaves, `WriteUnit` commits the unit. The order stands in `curation.pipeline`; the
answers come from pure functions elsewhere in this package.

Besides the fields of `curation.document` and what `Read` leaves, two keys of `metadata` live only inside
the pass: `licence` (the decision) and `values` (one number per signal).

What is asked depends on the kind: languages of what is written in one (code, notebooks, commits), licences
of all but issues, which belong to their authors, filters of code files only. The other kinds have rules of
their own (see `curation.structured`).
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation.document import content_id
from curation.filters import Decider
from curation.filters.bounds import Bound
from curation.language import LanguageSettings, facts, identify
from curation.licences import LicenceSettings, allowed, decide
from curation.optout import Kind as OptOutKind
from curation.optout import OptOut
from curation.signals import INDEX, measure
from curation.sources.base import SourceFile
from curation.store import UnitStore
from curation.structured.parts import split

PROSE = frozenset({"issues", "pull-requests"})
"""Kinds that have no programming language of their own."""
VENDOR, GENERATED = INDEX["is_vendor"], INDEX["is_generated"]
MAX_DETAIL = 500
"""Characters of evidence in a ledger row."""
Documents = Iterator[Document]


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
    if metadata["kind"] in PROSE:
        metadata |= NO_LANGUAGE
        return
    found = identify(metadata["path"], _code(doc), use_magika=settings.magika)
    if metadata.get("language"):  # the notebook says so itself
        kind = facts().languages[metadata["language"]].kind
        found = found._replace(language=metadata["language"], kind=kind, method=metadata["language_method"])
    metadata["language"] = found.language
    metadata["language_kind"] = found.kind
    metadata["language_method"] = found.method
    metadata["is_vendor"] = found.is_vendor
    metadata["is_generated"] = found.is_generated


NO_LANGUAGE = {
    "language": "",
    "language_kind": "",
    "language_method": "",
    "is_vendor": False,
    "is_generated": False,
}


def _code(doc: Document) -> bytes:
    """What its path is the path of: all of it, or of a commit the file after it."""
    content: bytes = doc.metadata["content"]
    if doc.metadata["kind"] != "commits":
        return content
    return split(doc.text, doc.metadata["parts"])[-1].text.encode()


def add_licence(doc: Document, *, settings: LicenceSettings) -> None:
    """Set license_type, detected_licenses and the evidence for them."""
    metadata = doc.metadata
    file: SourceFile = metadata["file"]
    found = decide(
        file.path,
        b"" if metadata["kind"] in PROSE else _code(doc),
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
    kind = OPTOUT_KINDS.get(metadata["kind"], "code")
    contents = [metadata["content"]]
    original = metadata["file"].content
    if metadata["kind"] != "code" and isinstance(original, bytes | str):  # the notebook as it is stored
        contents.append(
            original if isinstance(original, bytes) else original.encode("utf-8", "surrogatepass")
        )
    ids = [content_id(content) for content in contents]
    ids += [hashlib.sha1(content, usedforsecurity=False).hexdigest() for content in contents]  # as Stack v2
    reason = optout.reason(kind, metadata["repo_name"], *ids)
    return Verdict(reason) if reason else None


OPTOUT_KINDS: dict[str, OptOutKind] = {
    "issues": "issues",
    "pull-requests": "issues",
    "commits": "commits",
}
"""What an opt-out list calls each kind; all others are code."""


def unwanted_language(doc: Document, *, wanted: frozenset[str]) -> Verdict | None:
    """Is its language none of the profile's?"""
    language = doc.metadata["language"]
    if language in wanted or doc.metadata["kind"] in PROSE:
        return None
    return Verdict("language_not_selected" if language else "language_unknown")


def unlicensed(doc: Document, *, settings: LicenceSettings) -> Verdict | None:
    """Does the licence policy forbid it?"""
    if doc.metadata["kind"] == "issues":
        return None
    reason = allowed(doc.metadata["licence"], settings)
    evidence = " ".join(doc.metadata["license_evidence"])
    return Verdict(reason, detail=evidence[:MAX_DETAIL]) if reason else None


def out_of_bounds(doc: Document, *, decider: Decider) -> Verdict | None:
    """Is one of its signals out of bounds? All filters of the profile, in order; the first failure counts."""
    metadata = doc.metadata
    if metadata["kind"] != "code":
        return None
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
