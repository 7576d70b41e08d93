r"""Which path names are safe to carry through a run, and what is written for those that are not.

    safe_path("src/./a.py")        -> ("src/a.py", None)
    safe_path("../../etc/passwd")  -> ("%2E%2E/%2E%2E/etc/passwd", Problem("unsafe_path", ...))

Every path that a file-shaped source yields went through `safe_path`: it is relative, has no `..`, no
backslash, no drive letter and no control character, and is valid UTF-8. A hostile name is still
counted, under a percent-escaped name that is safe as well. Nothing here touches the disk.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from posixpath import dirname

import re2

from curation.licences.names import home
from curation.sources.base import Problem

MAX_PATH_BYTES = 4096
"""Longest path in UTF-8 bytes; PATH_MAX of Linux."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
DRIVE = re.compile(r"[A-Za-z]:")
NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f-\x9f\\]|(?:^|/)\.{0,2}(?:/|$)|^[A-Za-z]:")
ESCAPED = re.compile(r"[\x00-\x1f\x7f-\x9f\\%\ud800-\udfff]")
KEPT_OF_LONG_PATH = 600
"""Characters; each becomes at most 6 when it is escaped."""


def safe_path(name: str) -> tuple[str, Problem | None]:
    """A path that is safe to store, and why `name` was not; "" and "." components are left out.

    Args:
        name: Path as found, relative to the repository, with forward slashes; undecodable bytes as
            lone surrogates, as Python's file functions return them.
    """
    if NOT_PLAIN.search(name) is None and len(name) < MAX_PATH_BYTES // 4 and name.isascii():
        return name, None
    fault = _fault(name)
    if fault:
        limit = MAX_PATH_BYTES if fault == "too long" else None
        value = len(name.encode("utf-8", "surrogatepass")) if fault == "too long" else None
        return escape_path(name), Problem("unsafe_path", value, limit, fault)
    return "/".join(part for part in name.split("/") if part not in {"", "."}), None


def _fault(name: str) -> str:
    """What is wrong with a path, in two or three words; "" if nothing is."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "not UTF-8"
    parts = name.split("/")
    faults = {
        "too long": size > MAX_PATH_BYTES,
        "control character": CONTROL.search(name) is not None,
        "backslash": "\\" in name,
        "absolute path": name.startswith("/"),
        "drive letter": DRIVE.match(name) is not None,
        "parent folder": ".." in parts,
        "empty path": all(part in {"", "."} for part in parts),
    }
    return next((fault for fault, found in faults.items() if found), "")


def escape_path(name: str) -> str:
    """Any name as a safe, printable, relative path: what could do harm is percent-escaped."""
    if len(name) > KEPT_OF_LONG_PATH:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{name[:KEPT_OF_LONG_PATH].rstrip('/')}~{digest[:16]}"
    escaped = ESCAPED.sub(_escape_character, name)
    if escaped.startswith("/"):
        escaped = "%2F" + escaped[1:]
    if DRIVE.match(escaped):
        escaped = escaped[0] + "%3A" + escaped[2:]
    parts = [part.replace(".", "%2E") if part in {".", ".."} else part for part in escaped.split("/")]
    return "/".join(part for part in parts if part) or "%00"


def _escape_character(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8, as os.fsdecode carries it
        return f"%{code - 0xDC00:02X}"
    return f"%u{code:04X}" if code > 0xFF else f"%{code:02X}"


def compile_globs(include: Sequence[str], exclude: Sequence[str]) -> Callable[[str], bool]:
    """A predicate that says which relative paths are wanted.

    `*` and `?` stay inside one folder, `**/` is any number of folders, `/**` everything below; a
    pattern without a slash is compared with the file name alone.

    Args:
        include: Patterns of which one must match; () wants every path.
        exclude: Patterns of which none may match.
    """
    wanted, unwanted = _one_regex(include), _one_regex(exclude)

    def is_wanted(path: str) -> bool:
        clean = path.encode("utf-8", "replace")  # the engine refuses lone surrogates
        return (wanted is None or bool(wanted.search(clean))) and not (unwanted and unwanted.search(clean))

    return is_wanted


def _one_regex(patterns: Sequence[str]) -> "re2._Regexp[bytes] | None":
    if not patterns:
        return None
    options = re2.Options()
    options.dot_nl = True
    alternatives = "|".join(_glob_regex(pattern) for pattern in patterns)
    return re2.compile(f"^(?:{alternatives})$".encode(), options)


def _glob_regex(pattern: str) -> str:
    """A glob as a linear-time regular expression over the whole relative path."""
    prefix = "" if "/" in pattern else "(?:.*/)?"
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("/"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return prefix + "".join(meaning.get(piece) or re2.escape(piece) for piece in pieces)


def licences_above(paths: Iterable[str], licence_files: Iterable[str]) -> list[str]:
    """The licence files that speak for at least one of `paths`: those in a folder at or above it.

    Folders such as LICENSES and x.dist-info speak for the folder that they lie in.
    """
    by_folder: dict[str, list[str]] = {}
    for licence_file in licence_files:
        by_folder.setdefault(home(licence_file), []).append(licence_file)
    seen: set[str] = set()
    for path in paths:
        folder = dirname(path)
        while folder not in seen:
            seen.add(folder)
            folder = dirname(folder)
    return sorted(name for folder in by_folder.keys() & seen for name in by_folder[folder])
