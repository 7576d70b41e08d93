r"""What a package's own metadata file says: name, version and licences.

    python_metadata(b"Name: attrs\nVersion: 25.1\nLicense-Expression: MIT\n\n...")
        -> Package("attrs", "25.1", ("MIT",))
    npm_metadata(b'{"name": "express", "version": "5.0.1", "license": "MIT"}')
        -> Package("express", "5.0.1", ("MIT",))

Statements are passed on as written; what they mean is the business of `curation.licences`. Hostile
metadata gives fewer facts, never an error. It imports and executes nothing of the package.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson

METADATA_BYTES = 256 << 10
"""Most that is read of a metadata file; its headers come first."""
STATEMENT_CHARACTERS = 65536
"""Most that is kept of a licence statement; some packages state the whole text."""
CONTINUED = re.compile(r"\n[ \t]+\|?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
NAME_VERSION = re.compile(r"(?P<name>[A-Za-z0-9@_.+-]{1,200}?)[-_](?P<version>v?\d[A-Za-z0-9.!+~_-]{0,100})")
PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,300}")


@dataclass(frozen=True, slots=True)
class Package:
    """Facts that a metadata file states."""

    name: str = ""
    version: str = ""
    licences: tuple[str, ...] = ()
    """License-Expression; else the License field and the "License ::" classifiers."""


def python_metadata(content: bytes) -> Package:
    """METADATA of a wheel or installed distribution, PKG-INFO of a source distribution."""
    headers = content[:METADATA_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    fields: dict[str, list[str]] = {}
    for header in CONTINUED.sub(" ", headers.decode("utf-8", "replace")).split("\n"):
        name, _, value = header.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    free = [value for value in fields.get("license", []) if value.upper() != "UNKNOWN"]
    classifiers = [value for value in fields.get("classifier", []) if value.startswith("License ::")]
    stated = fields.get("license-expression", [])[:1] or [*free, *classifiers]
    return Package(
        name=_plain(fields.get("name", [""])[0]),
        version=_plain(fields.get("version", [""])[0]),
        licences=tuple(filter(None, map(_statement, stated))),
    )


def npm_metadata(content: bytes) -> Package:
    """package.json of an npm package."""
    try:
        stated = orjson.loads(content)
    except orjson.JSONDecodeError:
        return Package()
    if not isinstance(stated, dict):
        return Package()
    licences = stated.get("license") or stated.get("licenses")
    several = licences if isinstance(licences, list) else [licences]
    ids = [entry.get("type") if isinstance(entry, dict) else entry for entry in several]
    return Package(
        name=_plain(stated.get("name")),
        version=_plain(stated.get("version")),
        licences=tuple(filter(None, map(_statement, ids))),
    )


def split_name(file_name: str) -> Package:
    """Name and version in a file or folder name such as "redis-7.0.15" or "attrs-25.1-py3-none-any"."""
    found = NAME_VERSION.fullmatch(file_name.removesuffix("-py3-none-any"))
    return Package(found["name"], found["version"]) if found else Package(file_name)


def _statement(value: Any) -> str:
    """A licence as stated, in one line: an id, a name, or a whole text."""
    return CONTROL.sub(" ", value[:STATEMENT_CHARACTERS]).strip() if isinstance(value, str) else ""


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and PLAIN.fullmatch(value) else ""
