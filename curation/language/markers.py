"""What a file says about its own language: an editor's modeline, or the interpreter after #!.

    modeline(b"/* -*- mode: C++ -*- */")          -> "C++"
    interpreters(b"#!/usr/bin/env -S python3 -u") -> ("Python",)

Looks at the first and last five lines only, at most 2 KiB of each. A name that is not known is ignored.
"""

import re
from functools import cache
from typing import Any

import re2

from curation.language.facts import facts

LINES = 5
WINDOW = 2048
"""Bytes at either end in which lines are looked for."""
VIM_MARKS = (b"vim", b"vi:", b"ex:", b"Vim")
VERSION = re.compile(r"[\d.]+(-\w+)?$")


@cache
def _vim() -> Any:
    """`vim: set ft=x` and its short forms; group 1 is the file type."""
    pattern = rb"(?:^|\s)(?:vim?|Vim|ex)(?:[<=>]?\d+)?:(?:.*?[\s:])?(?:ft|filetype|syn|syntax)=([\w#+.-]+)"
    return re2.compile(pattern)


@cache
def _emacs() -> Any:
    """`-*- ... -*-`; group 1 is what stands between."""
    return re2.compile(rb"-\*-\s*(.{1,200}?)\s*-\*-")


def _emacs_mode(variables: str) -> str:
    """The mode in `mode: x; tab-width: 4`, or the whole if it is one word."""
    if ":" not in variables:
        return variables
    for part in variables.split(";"):
        key, _, value = part.partition(":")
        if key.strip().lower() == "mode":
            return value.strip()
    return ""


def _edges(content: bytes) -> bytes:
    """The first and last five lines, each end cut to the window."""
    head = content[:WINDOW].split(b"\n", LINES)
    tail = content[-WINDOW:].rstrip(b"\r\n").rsplit(b"\n", LINES)
    return b"\n".join(head[:LINES] + tail[-LINES:])


def _named(name: str) -> str:
    """The language of an editor mode; modes may end in -mode, such as ruby-mode."""
    aliases, lower = facts().by_alias, name.lower()
    return aliases.get(lower) or aliases.get(lower.removesuffix("-mode"), "")


def modeline(content: bytes) -> str:
    """The language that a Vim or Emacs modeline states; "" if there is none or it is not known."""
    edges = _edges(content)
    emacs, vim = b"-*-" in edges, any(mark in edges for mark in VIM_MARKS)
    if not (emacs or vim):
        return ""
    for line in edges.split(b"\n"):
        found = _emacs().search(line) if emacs and line.count(b"-*-") > 1 else None
        name = _emacs_mode(found.group(1).decode("latin-1")) if found else ""
        if not name and vim:
            found = _vim().search(line)
            name = found.group(1).decode("latin-1") if found else ""
        if name and (language := _named(name)):
            return language
    return ""


def _program(line: str) -> str:
    """The program of a #! line without its folders: `/usr/bin/env -S A=1 node --x` gives `node`."""
    words = line[2:].split()
    if not words:
        return ""
    program = words[0].rsplit("/", 1)[-1]
    if program != "env":
        return program
    for word in words[1:]:
        if not word.startswith("-") and "=" not in word:
            return word.rsplit("/", 1)[-1]
        if word.startswith("-S") and len(word) > 2:
            return word[2:].rsplit("/", 1)[-1]
    return ""


def _exec_trick(content: bytes) -> str:
    """The program that a shell script becomes in its first lines, as Tcl scripts do; "" if none."""
    for line in content[:WINDOW].splitlines()[1:LINES]:
        words = line.split()
        if len(words) > 2 and words[0] == b"exec" and b"$0" in line and b"$@" in line:
            return words[1].rsplit(b"/", 1)[-1].decode("latin-1").strip("\"'")
    return ""


def interpreters(content: bytes) -> tuple[str, ...]:
    """The languages whose interpreter the #! line names, by exact name, else without its version."""
    if content[:2] != b"#!":
        return ()
    line = content[:256].split(b"\n", 1)[0].decode("latin-1")
    program = _program(line)
    if program == "sh":
        program = _exec_trick(content) or program
    table = facts().by_interpreter
    return table.get(program) or table.get(VERSION.sub("", program), ())
