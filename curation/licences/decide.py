"""Evidence -> a decision about each file, fast when the files of one repository follow each other.

    licences = Licences(LicenceSettings())
    licences.decide("src/a.py", head, repository)  -> LicenceDecision("permissive", ("MIT",), ...)

The rules stand in the docstring of `curation.licences`. A `Licences` is not thread-safe; it remembers the
last repository, and at most `CACHED` decisions.
"""

from __future__ import annotations

from functools import lru_cache
from posixpath import dirname
from typing import TYPE_CHECKING, Literal, get_args

from curation.licences.decision import FileType, LicenceDecision
from curation.licences.evidence import (
    TRUST,
    UNKNOWN_TRUST,
    Evidence,
    Texts,
    combined_type,
    evidence_by_folder,
    inherited,
    stated_evidence,
)
from curation.licences.expressions import LicenceType
from curation.licences.headers import NOTHING, Header, read_header
from curation.licences.settings import LicenceSettings
from curation.licences.tables import names_table

if TYPE_CHECKING:  # sources ask this package for licence file names
    from curation.sources.base import Repository

CONFLICT = 0.6
"""Factor on the trust where evidence differs in type."""
NO_LICENCE_TRUST = 0.5
"""Trust in "no_license" if nothing was found; an input that says so too gives `NO_LICENCE_SAID`."""
NO_LICENCE_SAID = 0.7
BARE_TYPE = 0.7
"""Trust in a type that an input states without a licence."""
STATED: dict[str, FileType] = {name: name for name in get_args(FileType)}
TYPES: dict[str, Literal["permissive", "non_permissive"]] = {
    "permissive": "permissive",
    "non_permissive": "non_permissive",
}
CACHED = 65536
Level = tuple[Evidence, ...]
Decisions = dict[tuple[str, Header, tuple[str, ...], str], LicenceDecision]


class Licences:
    """Decides about files; holds what it has read of the current repository."""

    def __init__(self, settings: LicenceSettings) -> None:
        """Keep `settings`; nothing is read yet."""
        self._settings = settings
        self._depth = "off" if settings.rule == "stack-v2" else settings.headers
        self._repository: Repository | None = None
        self._metadata: Level = ()
        self._by_folder: dict[str, Level] = {}
        self._texts: Texts = {}
        self._decisions: Decisions = {}
        self._shared: dict[tuple[str, ...], tuple[Level, Decisions]] = {}

    def decide(
        self,
        path: str,
        head: bytes | str,
        repository: Repository,
        file_licences: tuple[str, ...] = (),
        file_licence_type: str = "",
    ) -> LicenceDecision:
        """The licence of one file.

        Args:
            path: Path in the repository, with forward slashes.
            head: The file's content; its first 8 KiB are read.
            repository: The repository that it comes from; unchanged as long as the same object is given.
            file_licences: What the input states for this file.
            file_licence_type: permissive, no_license or non_permissive, as the input states; "" if not.
        """
        if repository is not self._repository:
            self._enter(repository)
        folder = dirname(path) if self._by_folder else ""
        header = NOTHING if self._depth == "off" else read_header(head, with_notices=self._depth == "notices")
        key = (folder, header, file_licences, file_licence_type)
        decision = self._decisions.get(key)
        if decision is None:
            if len(self._decisions) >= CACHED:
                self._decisions.clear()
            decision = self._decide(folder, header, file_licences, file_licence_type)
            self._decisions[key] = decision
        return decision

    def _decide(
        self, folder: str, header: Header, file_licences: tuple[str, ...], file_licence_type: str
    ) -> LicenceDecision:
        stack_v2 = self._settings.rule == "stack-v2"
        union = stack_v2 or self._settings.inheritance == "union"
        nearest, files = inherited(folder, self._by_folder, union=union)
        stated = stated_evidence("input", file_licences)
        if stack_v2:
            return stack_v2_decision(files + stated, self._metadata, file_licence_type)
        trust = TRUST["header" if header.is_spdx else "notice"]
        own = tuple(Evidence("header", licence, trust) for licence in header.licences)
        said = (stated, file_licence_type)
        return evidence_decision(own, files, said, self._metadata, is_about_root=not nearest)

    def _enter(self, repository: Repository) -> None:
        """Read a repository's evidence; those without licence files share decisions by their metadata."""
        self._repository = repository
        self._by_folder = evidence_by_folder(repository.licence_files, self._texts)
        if repository.licence_files:
            self._metadata, self._decisions = stated_evidence("repository", repository.licences), {}
            return
        if repository.licences not in self._shared:
            if len(self._shared) >= CACHED:
                self._shared.clear()
            self._shared[repository.licences] = (stated_evidence("repository", repository.licences), {})
        self._metadata, self._decisions = self._shared[repository.licences]


_licences = lru_cache(maxsize=8)(Licences)


def decide(
    path: str,
    head: bytes | str,
    repository: Repository,
    *,
    file_licences: tuple[str, ...] = (),
    file_licence_type: str = "",
    settings: LicenceSettings,
) -> LicenceDecision:
    """`Licences.decide` of one `Licences` per process and settings; the arguments are the same."""
    return _licences(settings).decide(path, head, repository, file_licences, file_licence_type)


def evidence_decision(
    header: Level, files: Level, stated: tuple[Level, str], metadata: Level, *, is_about_root: bool
) -> LicenceDecision:
    """The rule "evidence": header, then licence files, then the input, then the repository's metadata.

    Args:
        header: In-file statements.
        files: Inherited licence files.
        stated: What the input says about the file: licences, and a type or "".
        metadata: What the repository's metadata says.
        is_about_root: Whether the nearest licence file is the root's, or there is none: only then does
            the metadata speak of this file.
    """
    ids, said = stated
    levels: list[tuple[Level, LicenceType]] = [
        (level, combined_type(level)) for level in (header, files, ids)
    ]
    if said in TYPES:
        levels[2] = (ids, TYPES[said])
    if is_about_root:
        levels.append((metadata, combined_type(metadata)))
    known = [(level, kind) for level, kind in levels if kind != "unknown"]
    deciding: Level = known[0][0] if known else ()
    evidence = [str(item) for level in (deciding, header, files, ids, metadata) for item in level]
    if said and not ids:
        evidence.append(f"input:{said}")
    conflict = len({each for _, each in known}) > 1 or _is_mixed(files)
    if known:
        kind: FileType = "permissive" if known[0][1] == "permissive" else "non_permissive"
        return _decision(kind, deciding, evidence, conflict, _trust(deciding, BARE_TYPE))
    if header or files or ids or metadata:
        return _decision("non_permissive", (), evidence, conflict, UNKNOWN_TRUST)
    trust = NO_LICENCE_SAID if said == "no_license" else NO_LICENCE_TRUST
    return _decision("no_license", (), evidence, conflict, trust)


def stack_v2_decision(detections: Level, metadata: Level, said: str) -> LicenceDecision:
    """The rule "stack-v2": SV2's table of the GitHub licence and detections; a stated type stands as it is.

    Args:
        detections: Licence files of all folders above the file, and the licences that the input states.
        metadata: The repository's licence; several count as one that is permissive if all are.
        said: The type that the input states, or "".
    """
    evidence = [str(item) for item in (*metadata, *detections)]
    found = combined_type(detections)
    github = combined_type(metadata)
    kind: FileType
    if said in STATED:
        kind, level = STATED[said], (*metadata, *detections)
    elif github != "unknown":
        kind, level = github, metadata
    elif not detections:
        kind, level = ("non_permissive" if metadata else "no_license"), ()
    else:
        strict = any(_is_strange(item) for item in detections) or found != "permissive"
        kind, level = ("non_permissive" if strict else "permissive"), detections
    conflict = {github, found} == {"permissive", "non_permissive"}
    return _decision(kind, level, evidence, conflict, _trust(level, NO_LICENCE_TRUST))


def _trust(level: Level, otherwise: float) -> float:
    return min((item.trust for item in level if item.licence.type != "unknown"), default=otherwise)


def _is_strange(item: Evidence) -> bool:
    """Whether SV2 would take it for a licence that it does not allow, where we only do not know it."""
    return item.licence.type == "unknown" and item.licence.expression not in names_table().references


def _is_mixed(level: Level) -> bool:
    return {item.licence.type for item in level} >= {"permissive", "non_permissive"}


def _decision(
    kind: FileType, level: Level, evidence: list[str], conflict: bool, trust: float
) -> LicenceDecision:
    known = [item.licence for item in level if item.licence.type != "unknown"]
    return LicenceDecision(
        license_type=kind,
        detected_licenses=tuple(dict.fromkeys(name for licence in known for name in licence.ids)),
        license_evidence=tuple(dict.fromkeys(evidence)),
        license_conflict=conflict,
        license_confidence=round(trust * (CONFLICT if conflict else 1.0), 3),
        expressions=tuple(dict.fromkeys(licence.expression for licence in known)),
    )
