"""Name the language of a file from its path and content.

    identify("a/setup.py", b"import os")         -> Identified("Python", "programming", "extension", ...)
    identify("x.h", b"namespace a { class B; }") -> Identified("C++", "programming", "rules", ...)
    identify("run", b"#!/usr/bin/env ruby")      -> Identified("Ruby", "programming", "shebang", ...)

The first that decides wins: modeline, file name, shebang, extension (the longest one that is known, as
written before lower-cased), content rules where several languages share it, their default, a few
beginnings that speak for themselves, and at last magika, only for files whose name says nothing.
It does not use what an input declares, and it drops nothing.
"""

from functools import lru_cache
from typing import NamedTuple

from curation.language.facts import data, facts
from curation.language.labels import magika_language
from curation.language.markers import interpreters, modeline
from curation.language.origin import generated, path_marks
from curation.language.rules import Chooser, chooser

DOTS = 5
"""At most this many dots of a name are tried as the start of its extension."""


class Identified(NamedTuple):
    """What is known of one file."""

    language: str
    """A linguist name; "" if unknown."""
    kind: str
    """programming, data, markup or prose; "" if unknown."""
    method: str
    """What decided: modeline, filename, shebang, extension, rules, default, content, magika or none."""
    is_vendor: bool
    is_generated: bool


class NameFacts(NamedTuple):
    """What a file name alone says."""

    candidates: tuple[str, ...]
    """Languages that it may be; () if the name says nothing."""
    method: str
    """filename or extension."""
    chooser: Chooser | None
    """Decides between several candidates."""
    extension: str
    """Last extension, lower-cased, with the dot; "" without one."""


def _extension_facts(name: str, last: str) -> NameFacts | None:
    """The longest known suffix of a name: as written before lower-cased; None if none is known."""
    known = facts()
    parts = name.split(".")
    for first in range(max(1, len(parts) - DOTS), len(parts)):
        suffix = "." + ".".join(parts[first:])
        for key, table in ((suffix, known.by_extension), (suffix.lower(), known.by_lower_extension)):
            if key in table:
                return NameFacts(table[key], "extension", chooser(key), last)
    return None


@lru_cache(maxsize=65_536)
def name_facts(name: str) -> NameFacts:
    """What a file name (without folders) says about its language."""
    known = facts()
    last = name[name.rfind(".") :].lower() if "." in name else ""
    if name in known.by_filename:
        return NameFacts(known.by_filename[name], "filename", chooser(name, "filename"), last)
    found = _extension_facts(name, last)
    if found is not None:
        return found
    for prefix, language in data("language_names.toml")["prefixes"].items():
        if name.startswith(prefix):
            return NameFacts((language,), "filename", None, last)
    return NameFacts((), "none", None, last)


def _by_content(content: bytes) -> str:
    """The language of a file whose beginning speaks for itself; "" if it does not."""
    return "XML" if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") else ""


def _by_name_or_content(named: NameFacts, content: bytes, *, use_magika: bool) -> tuple[str, str]:
    """Language and method where the file itself states neither: extension, rules, beginning, magika."""
    if named.chooser is not None:
        language, method = named.chooser.choose(content)
    elif named.candidates:
        language, method = named.candidates[0], named.method
    else:
        language, method = _by_content(content), "content"
    if not language and use_magika:
        language, method = magika_language(content), "magika"
    return (language, method) if language else ("", "none")


def _decide(named: NameFacts, content: bytes, *, use_magika: bool) -> tuple[str, str]:
    """Language and method, in the order of the module's description."""
    if language := modeline(content):
        return language, "modeline"
    if named.method == "filename" and named.chooser is None:
        return named.candidates[0], "filename"
    if found := interpreters(content):
        shared = [language for language in found if language in named.candidates]
        return (shared or found)[0], "shebang"
    return _by_name_or_content(named, content, use_magika=use_magika)


def identify(path: str, content: bytes, *, use_magika: bool = True) -> Identified:
    """Name the language of a file, and say whether it is vendored or generated.

    Args:
        path: Path in the repository, with forward slashes.
        content: The whole file as stored.
        use_magika: Let magika's model decide where name, shebang and beginning say nothing (about 10 ms
            for such a file).
    """
    named = name_facts(path[path.rfind("/") + 1 :])
    language, method = _decide(named, content, use_magika=use_magika)
    known = facts().languages.get(language)
    marks = path_marks(path)
    return Identified(
        language,
        known.kind if known else "",
        method,
        marks.is_vendor,
        generated(marks, language, named.extension, content),
    )
