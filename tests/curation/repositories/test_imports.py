"""What texts import, language by language, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import LENGTH, ends_soon

from curation.language import facts
from curation.language.facts import data
from curation.repositories.imports import MAX_CHARACTERS, MAX_IMPORTS, expand, find_imports
from curation.repositories.rules import TABLE, comes_first

LANGUAGES = sorted(
    {name for part in ("rules", "declares") for row in data(TABLE)[part] for name in row["languages"]}
)


def targets(text: str, language: str) -> list[str]:
    """What is imported, with what is taken from it behind a space."""
    return [f"{one.target} {one.name}".strip() for one in find_imports(text, language).imports]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("Python", "import os", ["os"]),
        ("Python", "import a.b as c, d", ["a.b", "d"]),
        ("Python", "from a.b import c as d, e", ["a.b c", "a.b e"]),
        ("Python", "from . import x\nfrom ..y import *", [". x", "..y *"]),
        ("Python", "if a:\n\timport b; import c", ["b"]),
        ("Python", "from a import (  # all (of) them\n    b,\n    c as d,\n)\nimport e", ["a b", "a c", "e"]),
        ("Python", "from a import b, \\\n    c", ["a b", "a c"]),
        ("Python", "import a  # why\r\nimport b\rimport c", ["a", "b", "c"]),
        ("Python", "importlib.load('x')\nfrom_x = 1\nimported = 2", []),
        ("Python", '"""\nimport a\n"""\nx = """\nimport b\n"""\n# import c\nimport d', ["d"]),
        ("Python", "from importlib import import_module", ["importlib import_module"]),
        ("Python", "from a import", []),
        ("Python", "from a import (b", ["a b"]),
        ("Cython", "cimport a\nfrom b cimport c", ["a", "b c"]),
        ("JavaScript", "import x from './a';\nimport {\n  y,\n} from \"../b\"", ["./a", "../b"]),
        ("JavaScript", "const a = require('./a.js'), b = await import('./b')", ["./a.js", "./b"]),
        ("JavaScript", "// import './a'\n/* require('./b') */\nx = \"import './c'\"", []),
        ("TypeScript", "export * from './a'\nimport type { B } from './b'", ["./a", "./b"]),
        ("Vue", "<script>\nimport A from './A.vue'\n</script>", ["./A.vue"]),
        ("C", '#include "a.h"\n #  include "b/c.h" // why\n#include <d/e.h>', ["a.h", "b/c.h", "d/e.h"]),
        ("C", '/* #include "a.h" */\nchar *s = "#include";', []),
        ("Objective-C", '#import "A.h"', ["A.h"]),
        (
            "Java",
            "package a.b;\nimport a.c.D;\nimport static a.E.f;\nimport a.g.*;",
            ["a.c.D", "a.E.f", "a.g"],
        ),
        ("Kotlin", "import a.b.C as D\nimport a.e.f", ["a.b.C", "a.e.f"]),
        ("Scala", "import a.b.{C, D => E, _}\nimport f._", ["a.b.C", "a.b.D", "a.b", "f"]),
        ("C#", "using A.B;\nglobal using C;\nusing static D.E;\nusing F = G.H;", ["A.B", "C", "D.E", "G.H"]),
        ("C#", "using (var a = b) { }\nusing var c = d();", []),
        (
            "PHP",
            "<?php\nuse A\\B;\nuse function C\\d;\nuse E\\{F, G as H};",
            ["A\\B", "C\\d", "E\\F", "E\\G"],
        ),
        ("PHP", "<?php require_once __DIR__ . '/a.php'; include('b.php');", ["a.php", "b.php"]),
        ("Go", 'import "a/b"\nimport (\n\t"fmt"\n\tc "d/e" // f\n)', ["a/b", "fmt", "d/e"]),
        ("Rust", "mod a;\npub(crate) mod b;\nmod c { }", ["a", "b"]),
        ("Rust", "use crate::a::{b, c::{self, D as E}};", ["crate::a::b", "crate::a::c", "crate::a::c::D"]),
        ("Ruby", "require_relative 'a/b'\nrequire \"c\"", ["a/b", "c"]),
        ("Lua", "local a = require 'a.b'\nrequire(\"c\")", ["a.b", "c"]),
        ("Perl", "use strict;\nuse A::B;\nuse parent 'C::D';\nuse base qw(E);", ["A::B", "C::D", "E"]),
        ("Haskell", "import qualified A.B as C\nimport D (e)", ["A.B", "D"]),
        ("Dart", "import 'package:a/b.dart';\nexport 'c.dart';\nimport 'dart:io';", ["b.dart", "c.dart"]),
        ("Julia", 'include("a.jl")', ["a.jl"]),
        ("R", "source('a.R')", ["a.R"]),
        ("Shell", 'source "$HERE/a.sh"\n. b.sh', ["a.sh", "b.sh"]),
        ("Protocol Buffer", 'import public "a/b.proto";', ["a/b.proto"]),
        ("SCSS", "@use 'a';\n@import url(\"b.css\");", ["a", "b.css"]),
        ("HTML", '<script src="/a.js"></script><link rel="x" href="b.css"><a href="c">', ["a.js", "b.css"]),
        ("TeX", "\\input{a}\\usepackage[b]{c}", ["a", "c"]),
        ("Elixir", "alias A.{B, C}\nuse D.E, x: 1", ["A.B", "A.C", "D.E"]),
        ("Fortran", "      use a, only: b\n      USE :: c\nuse, intrinsic :: d", ["a", "c", "d"]),
        ("Zig", 'const a = @import("a.zig");', ["a.zig"]),
        ("CMake", "add_subdirectory(src)\ninclude(${X}/a.cmake)", ["src", "a.cmake"]),
        ("Makefile", "include $(TOP)/a.mk", ["a.mk"]),
        ("Markdown", "import a", []),
        ("", "import a", []),
    ],
)
def test_imports_are_found(language: str, text: str, found: list[str]) -> None:
    """Every form of the language, and nothing in comments, documentation and strings."""
    assert sorted(targets(text, language)) == sorted(found)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("Java", "package a.b;", "a.b"),
        ("Kotlin", "package a.b\n", "a.b"),
        ("C#", "namespace A.B\n{", "A.B"),
        ("C#", "namespace A.B;", "A.B"),
        ("PHP", "<?php namespace A\\B;", "A\\B"),
        ("Elixir", "defmodule A.B do", "A.B"),
        ("Fortran", "  MODULE a\n", "a"),
    ],
)
def test_declared_names_are_found(language: str, text: str, name: str) -> None:
    """The names by which other files import."""
    assert [found for _, found in find_imports(text, language).declared] == [name]


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        ("a::b", ["a::b"]),
        ("a::{b, c::{d, e}, f}", ["a::b", "a::c::d", "a::c::e", "a::f"]),
        ("a::{self, b as c}", ["a", "a::b"]),
        ("a::*", ["a"]),
        ("{a, b}", ["a", "b"]),
        ("a::{b", ["a::b"]),
        ("}}a", ["a"]),
        ("", []),
    ],
)
def test_braces_are_expanded(clause: str, names: list[str]) -> None:
    """Also in braces, and where they do not close."""
    assert list(expand(clause, "::")) == names


@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_any_text_is_read(text: str, language: str) -> None:
    """Nothing raises, and nothing is found twice."""
    found = find_imports(text, language)
    assert len(set(found.imports)) == len(found.imports)


@given(
    st.lists(
        st.sampled_from(
            [
                "import ",
                "from ",
                "(",
                ")",
                "{",
                "}",
                ",",
                "\n",
                '"',
                "a",
                ".",
                ";",
                "\\",
                "use ",
                "\ud800",
                "'",
                "::",
            ]
        )
    )
)
def test_any_soup_is_read(pieces: list[str]) -> None:
    """Half statements in every language."""
    for language in LANGUAGES:
        find_imports("".join(pieces), language)


def test_every_language_of_the_table_is_one() -> None:
    """A misspelt name would never be asked for; those of build files are names of languages too."""
    assert [
        name for name in [*LANGUAGES, *data(TABLE)["build"]["languages"]] if name not in facts().languages
    ] == []


def test_what_is_too_much_is_left_out() -> None:
    """A file of imports alone, one that imports late, and a clause that does not close."""
    many = "".join(f"import a{n}\n" for n in range(MAX_IMPORTS + 5))
    assert len(targets(many, "Python")) == MAX_IMPORTS
    assert targets("x = 1\n" * (MAX_CHARACTERS // 6 + 1) + "import a", "Python") == []
    assert targets("import (\n" + '"a"\n' * 5000, "Go") == []


PIECES = (
    "import (\n", "from a import (", "import a, ", "use a::{", "use {a, ", "import './a' ", "from ",
    "@import (@import 'a' ", '#include "a"\n', "require('", "<script ", "<script src='a'", "import a.{", "/*",
    '"', "'", "`", "\\\n", " ", "using a=", "package ", "mod a;", "a", "\n", "import \\\n", "use A\\{",
    "{%include '", "import a::", ". $a;",
)  # fmt: skip


@pytest.mark.parametrize(
    "language",
    [
        "Python",
        "JavaScript",
        "C",
        "Java",
        "Scala",
        "Go",
        "Rust",
        "PHP",
        "SCSS",
        "HTML",
        "C#",
        "Jinja",
        "Shell",
        "SystemVerilog",
        "Solidity",
    ],
)
def test_crafted_texts_end_soon(language: str) -> None:
    """Beginnings of imports that never end take no time that grows with their square."""
    for piece in PIECES:
        with ends_soon(f"looking for imports of {language} in {piece!r}"):
            find_imports(piece * (LENGTH // len(piece)), language)


@pytest.mark.parametrize(
    ("path", "language", "kind"),
    [
        ("README.md", "Markdown", "documentation"),
        ("docs/a.rst", "reStructuredText", "documentation"),
        ("LICENSE", "", "documentation"),
        ("Makefile", "Makefile", "build"),
        ("a/setup.py", "Python", "build"),
        ("package.json", "JSON", "build"),
        ("CMakeLists.txt", "CMake", "build"),
        ("requirements.txt", "Text", "build"),
        ("src/readme_writer.py", "Python", ""),
        ("a.py", "Python", ""),
    ],
)
def test_documentation_and_builds_are_known(path: str, language: str, kind: str) -> None:
    """By language or by name."""
    assert comes_first(path, language) == kind
