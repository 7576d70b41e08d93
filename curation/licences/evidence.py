"""Licence files, metadata and inputs -> evidence: who says what, and how far to trust it.

    read_licence_file("LICENSE", b"MIT License ...")  -> file:LICENSE:MIT, trust 0.95

A licence file counts by its SPDX lines, else by the known texts in it, else (for strong names only) by a
notice or a name in a short text. Phrases that restrict use, such as the Commons Clause, make a permissive
text non-permissive. A file with a strong name whose text says nothing we know is "a licence, unknown which".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from curation.licences.expressions import Licence, LicenceType, read_statement
from curation.licences.headers import TO_WORDS, read_notice, read_spdx_lines
from curation.licences.names import home, is_indirect, is_strong_name
from curation.licences.tables import names_table
from curation.licences.texts import READ_BYTES, match_licence_text

NOTE_BYTES = 1000
"""A licence file this short may name its licence in plain words."""
TRUST = {"header": 1.0, "notice": 0.85, "file": 0.95, "file_name": 0.7, "input": 0.9, "repository": 0.8}
FAMILY = 0.75
"""Factor on the trust in a statement that names only a family, such as "BSD"."""
UNKNOWN_TRUST = 0.4
"""Trust in "non_permissive" where a licence is there but not known."""
CACHED_TEXTS = 4096
UNKNOWN = Licence("unknown", (), "unknown")
RESTRICTED = Licence("LicenseRef-use-restriction", (), "non_permissive")
"""A permissive text beside a phrase of `restrictions` in `licence_names.toml`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement about the licence of a file."""

    source: str
    """header, file:<path>, repository or input."""
    licence: Licence
    trust: float

    def __str__(self) -> str:
        """As it stands in `license_evidence`."""
        known = self.licence.type != "unknown"
        return f"{self.source}:{self.licence.expression if known else 'unknown'}"


Text = tuple[tuple[Licence, float], ...]
Texts = dict[bytes, Text]
"""What licence files say, by hash of their content; one per process, at most `CACHED_TEXTS`."""


def combined_type(evidence: Iterable[Evidence]) -> LicenceType:
    """The type of statements that all hold: unknown ones count only if no other is there."""
    types = {item.licence.type for item in evidence} - {"unknown"}
    if not types:
        return "unknown"
    return "permissive" if types == {"permissive"} else "non_permissive"


def stated_evidence(source: str, statements: Iterable[str]) -> tuple[Evidence, ...]:
    """Evidence from a repository's metadata or an input's column; short statements and whole texts.

    Args:
        source: "repository" or "input".
        statements: Ids, expressions, classifiers, names or licence texts.
    """
    found: list[Evidence] = []
    for statement in statements:
        matches = match_licence_text(statement.encode("utf-8", "replace")) if len(statement) > 300 else ()
        licences = [read_statement(match.licence) for match in matches] or [read_statement(statement)]
        found += [
            Evidence(source, licence, TRUST[source] * (1.0 if licence.exact else FAMILY))
            for licence in licences
            if licence is not None
        ]
    return tuple(dict.fromkeys(found))


def read_licence_file(path: str, content: bytes, cache: Texts) -> tuple[Evidence, ...]:
    """What a licence file says; () if it says nothing and its name is weak.

    Args:
        path: Path in the repository.
        content: Its bytes; the first 64 KiB are read.
        cache: Results by content, extended here.
    """
    strong = is_strong_name(path)
    key = blake2b(content, digest_size=16).digest() + (b"s" if strong else b"w")
    if key not in cache:
        if len(cache) >= CACHED_TEXTS:
            cache.clear()
        cache[key] = _read_text(content[:READ_BYTES], strong)
    return tuple(Evidence(f"file:{path}", licence, trust) for licence, trust in cache[key])


def _read_text(content: bytes, strong: bool) -> Text:
    lines = read_spdx_lines(content) if b"SPDX" in content else ()
    if lines:
        return tuple((licence, TRUST["file"]) for licence in lines)
    found = tuple(
        (licence, TRUST["file"] * match.share)
        for match in match_licence_text(content)
        if (licence := read_statement(match.licence)) is not None
    )
    if not found and strong and content.strip():
        found = _read_note(content)
    if found and all(licence.type == "permissive" for licence, _ in found):
        words = b" ".join(content.translate(TO_WORDS).split())
        if any(phrase.encode() in words for phrase in names_table().restrictions):
            return ((RESTRICTED, TRUST["file_name"]),)
    return tuple(dict.fromkeys(found))


def _read_note(content: bytes) -> Text:
    """A strong name without a known text: a notice, a licence's name on a line of its own, or unknown."""
    notices = read_notice(content[:4096])
    if notices:
        return tuple((licence, TRUST["file_name"]) for licence in notices)
    if len(content) <= NOTE_BYTES:
        for line in content.decode("utf-8", "replace").splitlines():
            licence = read_statement(line.strip(" #*=-."))
            if licence is not None and licence.type != "unknown":
                return ((licence, TRUST["file_name"]),)
    return ((UNKNOWN, UNKNOWN_TRUST),)


def evidence_by_folder(files: Mapping[str, bytes], cache: Texts) -> dict[str, tuple[Evidence, ...]]:
    """Folder to what its licence files say; folders whose files say nothing are left out.

    Of a folder's files those with the best names count: strong ones in it, then weak ones in it that hold
    an id or a text, then those in LICENSES or *.dist-info below it; an unknown text counts last.
    """
    ranked: dict[str, dict[int, list[Evidence]]] = {}
    for path, content in sorted(files.items()):
        for item in read_licence_file(path, content, cache):
            strong, unknown = is_strong_name(path), item.licence.type == "unknown"
            rank = 3 if unknown else 2 if is_indirect(path) else 0 if strong else 1
            ranked.setdefault(home(path), {}).setdefault(rank, []).append(item)
    return {folder: tuple(ranks[min(ranks)]) for folder, ranks in ranked.items()}


def inherited(
    folder: str, by_folder: Mapping[str, tuple[Evidence, ...]], union: bool
) -> tuple[str, tuple[Evidence, ...]]:
    """The licence files that apply in a folder: of the nearest one that has any, or of all above it.

    Returns:
        The folder of the nearest licence file ("" also if there is none), and the evidence.
    """
    nearest, found = "", list[Evidence]()
    parts = folder.split("/") if folder else []
    for depth in range(len(parts), -1, -1):
        here = "/".join(parts[:depth])
        if here in by_folder:
            nearest = nearest if found else here
            found += by_folder[here]
            if not union:
                break
    return nearest, tuple(found)
