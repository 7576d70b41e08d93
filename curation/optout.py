"""Lists of people, repositories and files that asked not to be used -> why a document is left out.

    OptOut.load(OptOutSettings(files=(Path("optout.txt"),)))
    .reason("code", "Alice/Tool", content_id)   -> "optout_repository"   for a line "https://github.com/alice/tool"

Three formats, by suffix; letters match whatever their case.

    any other    one entry per line, "#" starts a comment: owner/name, owner, an address of either, or a
                 file: swh:1:cnt:<sha1> or the bare 40 hex digits
    .csv         columns user, repo (may be missing or empty), value, with a header line
    .jsonl       objects with the same keys; value may be a list

A value of "all" is everything of that user, "Commits" the commits, "GitHub issue" the issues, anything else
the name of a repository (the records of SV2 util.py, bigcode-project/the-stack-v2). With a repo, the value
says what of that repository. A repository that is named is left out of code, issues and commits alike.

A file is known by its git blob SHA-1, which is its SWHID and The Stack v1's hexsha. The Stack v2's blob_id is
a plain SHA-1: it matches only where the caller gives that too. Forks under other names are not followed.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict

from curation.errors import BadInputError

Kind = Literal["code", "issues", "commits"]
What = Literal["repository", "owner", "file"]
EVERY = "every"
"""Key of the entries that hold for all kinds."""
VALUES = {"": EVERY, "all": EVERY, "commits": "commits", "github issue": "issues", "github issues": "issues"}
NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)*")
REPOSITORY = re.compile(r"(?:https://github\.com/)?([\w-]+/[\w-][\w.-]*)")
FILE = re.compile(r"(?:swh:1:cnt:)?([0-9a-f]{40})(?:;.*)?")
ADDRESS = re.compile(r"(?:git\+)?(?:https?|git|ssh)://(?:[^/@]*@)?([^/]+)/(.*)|[\w.-]+@([\w.-]+):(.*)")
EXPECTED = "an owner, owner/name, their address, swh:1:cnt:<40 hex digits> or 40 hex digits"


class OptOutSettings(BaseModel):
    """Lists of what must not be used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[Path, ...] = ()
    """Lists that hold for code, issues and commits; () leaves nothing out."""
    code_files: tuple[Path, ...] = ()
    """Lists that hold for code files only."""
    issue_files: tuple[Path, ...] = ()
    """Lists that hold for issues and pull requests only."""
    commit_files: tuple[Path, ...] = ()
    """Lists that hold for commits only."""


@dataclass(slots=True)
class OptOut:
    """Opt-out entries as plain sets of lower-cased strings; goes to worker processes as it is."""

    entries: dict[tuple[str, What], set[str]] = field(default_factory=dict)
    """By kind (or "every") and what it names."""
    lists: dict[str, int] = field(default_factory=dict)
    """Entries read per list file."""
    matched: set[tuple[str, What, str]] = field(default_factory=set)
    """Entries that `reason` has met in this process."""

    @classmethod
    def load(cls, settings: OptOutSettings) -> Self:
        """Read every list.

        Raises:
            BadInputError: A list cannot be read, or a line is none of the forms above; says file and line.
        """
        loaded = cls()
        groups = (
            (EVERY, settings.files),
            ("code", settings.code_files),
            ("issues", settings.issue_files),
            ("commits", settings.commit_files),
        )
        for kind, paths in groups:
            for path in paths:
                loaded._read(path, kind)
        return loaded

    def reason(self, kind: Kind, repo_name: str, content_id: str = "", *other_ids: str) -> str | None:
        """Why a document is left out: optout_repository, optout_owner, optout_file, or None.

        Args:
            kind: What the document is.
            repo_name: Such as owner/name; "" if unknown.
            content_id: SWHID or git blob SHA-1 of the content; "" if it has none.
            other_ids: More ids of the content, such as The Stack v2's blob_id.
        """
        if not self.entries:
            return None
        name = repo_name.lower()
        for what, entry in (("repository", name), ("owner", name.partition("/")[0])):
            if entry and self._has(kind, "repository" if what == "repository" else "owner", entry):
                return f"optout_{what}"
        for identity in (content_id, *other_ids):
            if identity and self._has(kind, "file", identity.lower().removeprefix("swh:1:cnt:")):
                return "optout_file"
        return None

    def summary(self) -> list[dict[str, Any]]:
        """Counts per kind and what is named: entries, and those met in this process. Never a name."""
        return [
            {
                "kind": kind,
                "what": what,
                "entries": len(names),
                "matched": sum(key[:2] == (kind, what) for key in self.matched),
            }
            for (kind, what), names in sorted(self.entries.items())
        ]

    def _has(self, kind: Kind, what: What, entry: str) -> bool:
        for key in (EVERY, kind):
            if entry in self.entries.get((key, what), ()):
                self.matched.add((key, what, entry))
                return True
        return False

    def _read(self, path: Path, kind: str) -> None:
        readers = {".csv": _read_csv, ".jsonl": _read_jsonl, ".ndjson": _read_jsonl}
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInputError(f"opt-out list {path}: {error}; expected a UTF-8 text file") from error
        count, entries = 0, self.entries
        for entry_kind, what, entry in readers.get(path.suffix.lower(), _read_lines)(text, path):
            if kind in {EVERY, entry_kind} or entry_kind == EVERY:
                key = (entry_kind if kind == EVERY else kind, what)
                if key not in entries:
                    entries[key] = set()
                entries[key].add(entry)
                count += 1
        self.lists[str(path)] = self.lists.get(str(path), 0) + count


Row = tuple[str, What, str]
"""Kind (or "every"), what is named, and its name in lower case."""


def parse_entry(text: str) -> tuple[What, str] | None:
    """What one entry names, in lower case; None if it is none of the forms.

    Example: "https://github.com/Owner/Name.git" -> ("repository", "owner/name").
    """
    entry = text.strip().lower()
    if len(entry) == 40 or ":" in entry:
        file = FILE.fullmatch(entry)
        if file is not None:
            return "file", file[1]
    address = ADDRESS.fullmatch(entry) if ":" in entry else None
    if address is not None:
        host, entry = address[1] or address[3], address[2] or address[4] or ""
        entry = entry.partition("?")[0].partition("#")[0]
        if host.removeprefix("www.") == "github.com":  # deeper parts are pages of the repository
            entry = "/".join(entry.strip("/").split("/")[:2])
    entry = entry.strip("/").removesuffix(".git")
    if NAME.fullmatch(entry) is None or not entry.strip("./"):
        return None
    return ("repository" if "/" in entry else "owner"), entry


def _bad(path: Path, line: int, seen: object, expected: str) -> BadInputError:
    return BadInputError(
        f"{path}:{line}: {str(seen)[:80]!r}; expected {expected}; correct or remove the line"
    )


def _read_lines(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.lower().splitlines(), 1):
        simple = REPOSITORY.fullmatch(line)
        if simple is not None:  # most lines of a long list, three times as fast as `parse_entry`
            yield EVERY, "repository", simple[1].removesuffix(".git")
            continue
        entry = line.partition("#")[0].strip()
        if entry:
            parsed = parse_entry(entry)
            if parsed is None:
                raise _bad(path, number, entry, EXPECTED)
            yield EVERY, *parsed


def _read_csv(text: str, path: Path) -> Iterator[Row]:
    reader = csv.DictReader(text.splitlines())
    columns = set(reader.fieldnames or ())
    if not {"user", "value"} <= columns:
        raise _bad(path, 1, ",".join(reader.fieldnames or ()), "the columns user, repo and value")
    try:
        for row in reader:
            yield from _read_record(row, path, reader.line_num)
    except csv.Error as error:
        raise _bad(path, reader.line_num, error, "a line of comma-separated values") from error


def _read_jsonl(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise _bad(path, number, line, "a JSON object with user, repo and value") from error
            if not isinstance(record, dict):
                raise _bad(path, number, line, "a JSON object with user, repo and value")
            yield from _read_record(record, path, number)


def _read_record(record: dict[str, Any], path: Path, line: int) -> Iterator[Row]:
    """The entries of one (user, repo, value) record.

    Raises:
        _bad: A BadInputError, for a record without user, or whose value names nothing.
    """
    user = parse_entry(str(record.get("user") or ""))
    if user is None or user[0] != "owner":
        raise _bad(path, line, record.get("user"), "a user or organisation in `user`")
    values = record.get("value")
    repo = str(record.get("repo") or "").strip()
    for value in values if isinstance(values, list) else [values]:
        stated = str(value or "").strip()
        kind = VALUES.get(stated.lower())
        if kind is not None and not repo:
            if not stated:
                raise _bad(path, line, record, "all, Commits, GitHub issue or a repository name in `value`")
            yield kind, "owner", user[1]
            continue
        for name in chain([repo] if repo else [], [] if kind is not None else [stated]):
            parsed = parse_entry(name if "/" in name else f"{user[1]}/{name}")
            if parsed is None or parsed[0] != "repository":
                raise _bad(path, line, name, "the name of a repository")
            yield kind or EVERY, *parsed
