"""Modelines and #! lines."""

import pytest
from patience import ends_soon, repeated

from curation.language.markers import interpreters, modeline

PLAIN = b"x\n" * 40


@pytest.mark.parametrize(
    ("content", "language"),
    [
        (b"/* -*- mode: C++; tab-width: 4 -*- */\n", "C++"),
        (b"/* -*- C++ -*- */\n", "C++"),
        (b"#!/bin/sh\n# -*- ruby-mode -*-\n", "Ruby"),
        (b"# -*- coding: utf-8 -*-\n", ""),
        (b"# -*- mode: no-such-mode -*-\n", ""),
        (b"# vim: ft=python\n", "Python"),
        (b"// vim:ft=rust:\n", "Rust"),
        (PLAIN + b"# vim: set ts=4 sw=4 filetype=ruby :\n", "Ruby"),
        (PLAIN + b"\n\n# ex: set syntax=perl:\n", "Perl"),
        (PLAIN + b"# vim: ft=python\n" + PLAIN, ""),
        (b"the vim: editor has ft and other options\n", ""),
        (b"", ""),
    ],
)
def test_modelines_of_the_first_and_last_five_lines_count(content: bytes, language: str) -> None:
    """Vim's ft and Emacs' mode name the language; unknown modes and lines in the middle do not."""
    assert modeline(content) == language


@pytest.mark.parametrize(
    ("content", "language"),
    [
        (b"#!/usr/bin/python3.11\n", "Python"),
        (b"#! /usr/bin/perl5.30 -w\n", "Perl"),
        (b"#!/usr/bin/env ruby\n", "Ruby"),
        (b"#!/usr/bin/env -S python3 -u\n", "Python"),
        (b"#!/usr/bin/env -Sdeno run\n", "JavaScript"),
        (b"#!/usr/bin/env -i A=1 node\n", "JavaScript"),
        (b'#!/bin/sh\n# \\\nexec tclsh "$0" "$@"\n', "Tcl"),
        (b"#!/bin/sh\necho exec\n", "Shell"),
        (b"#!/usr/bin/env\n", None),
        (b"#!\n", None),
        (b"#!/opt/nobody-knows\n", None),
        (b" #!/bin/sh\n", None),
    ],
)
def test_interpreter_names_the_language(content: bytes, language: str | None) -> None:
    """Folders, env, its options and variables, and versions are looked through."""
    found = interpreters(content)
    assert (found[0] if found else None) == language


@pytest.mark.parametrize("unit", [b"vim:", b"-*- ", b"-*-:", b"vim: set ", b"ex:ft", b"#!/"])
def test_hostile_repetitions_are_read_to_their_end(unit: bytes) -> None:
    """A megabyte of half a marker takes no time that grows with its square."""
    content = repeated(unit, 1_000_000)
    with ends_soon(f"looking for markers in {unit!r}"):
        modeline(content)
        interpreters(content)
