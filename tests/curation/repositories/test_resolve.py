"""Imports become files of the same repository, the ones that the language means."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.repositories.places import Places, RepoFile, nearest, normal
from curation.repositories.resolve import needs


def edges(language: str, files: Mapping[str, str]) -> set[tuple[str, str]]:
    """Which file needs which, hubs replaced by the files that they stand for."""
    paths = list(files)
    found = needs([RepoFile(path, language, text) for path, text in files.items()])
    members: dict[int, list[int]] = {}
    for one, other in found.pairs:
        if one >= len(paths):
            members.setdefault(one, []).append(other)
    return {
        (paths[one], paths[each])
        for one, other in found.pairs
        if one < len(paths)
        for each in members.get(other, [other])
    }


@pytest.mark.parametrize(
    ("language", "files", "expected"),
    [
        pytest.param(
            "Python",
            {
                "src/pkg/__init__.py": "",
                "src/pkg/a.py": "from . import b\nfrom .b import x\nfrom .sub import c, missing",
                "src/pkg/b.py": "import os, pkg",
                "src/pkg/sub/__init__.py": "",
                "src/pkg/sub/c.py": "from .. import b\nfrom ..a import *\nfrom ... import z",
                "tests/t.py": "import pkg.sub.c\nfrom pkg import a as d\nimport helper",
                "tests/helper.py": "",
                "b.py": "",
            },
            "src/pkg/a.py>src/pkg/b.py src/pkg/a.py>src/pkg/sub/__init__.py src/pkg/a.py>src/pkg/sub/c.py "
            "src/pkg/b.py>src/pkg/__init__.py src/pkg/sub/c.py>src/pkg/b.py src/pkg/sub/c.py>src/pkg/a.py "
            "tests/t.py>src/pkg/sub/c.py tests/t.py>src/pkg/a.py tests/t.py>tests/helper.py",
            id="Python: packages, relative imports, roots",
        ),
        pytest.param(
            "Python",
            {"ns/a.py": "", "src/other/b.py": "", "x/y/c.py": "import ns.a, other.b, y.d", "x/y/d.py": ""},
            "x/y/c.py>ns/a.py x/y/c.py>src/other/b.py x/y/c.py>x/y/d.py",
            id="Python: folders without __init__",
        ),
        pytest.param(
            "Python",
            {"s/os.pyi": "import sys", "s/sys.pyi": "", "a.py": "import os, b", "b.py": "", "b.pyi": ""},
            "s/os.pyi>s/sys.pyi a.py>b.py",
            id="Python: standard names, sources before stubs",
        ),
        pytest.param(
            "TypeScript",
            {
                "src/a.ts": "import './b'; import '../lib'; import '@/deep/c'; import '.'; "
                "import 'react'; import '../../x'",
                "src/b.tsx": "import '../src/d.js'",
                "src/d.ts": "",
                "src/index.ts": "",
                "src/deep/c.vue": "",
                "lib/index.js": "import './style.css'",
                "lib/style.css": "",
                "react.ts": "",
            },
            "src/a.ts>src/b.tsx src/a.ts>lib/index.js src/a.ts>src/deep/c.vue src/a.ts>src/index.ts "
            "src/b.tsx>src/d.ts lib/index.js>lib/style.css",
            id="JavaScript: endings, folders, aliases",
        ),
        pytest.param(
            "C",
            {
                "src/a.c": '#include "a.h"\n#include <proj/b.h>\n#include <string.h>\n#include "../up.h"',
                "src/a.h": "",
                "lib/a.h": "",
                "include/proj/b.h": '#include "c.h"',
                "include/proj/c.h": "",
                "compat/string.h": "",
                "up.h": '#include "proj/c.h"',
            },
            "src/a.c>src/a.h src/a.c>include/proj/b.h src/a.c>up.h "
            "include/proj/b.h>include/proj/c.h up.h>include/proj/c.h",
            id="C: own folder, include folders, system headers",
        ),
        pytest.param(
            "Java",
            {
                "m/src/a/b/C.java": "package a.b;\nimport a.d.E;\nimport static a.d.F.g;\nimport java.List;",
                "m/src/a/d/E.java": "package a.d;\nimport a.b.*;",
                "m/src/a/d/F.java": "package a.d;",
                "m/src/a/b/H.java": "package a.b;",
            },
            "m/src/a/b/C.java>m/src/a/d/E.java m/src/a/b/C.java>m/src/a/d/F.java "
            "m/src/a/d/E.java>m/src/a/b/C.java m/src/a/d/E.java>m/src/a/b/H.java",
            id="Java: classes, members, whole packages",
        ),
        pytest.param(
            "Kotlin",
            {"x/U.kt": "package a.b\nfun f() {}", "y.kt": "package c\nimport a.b.f", "z.kt": "import a.b.U"},
            "y.kt>x/U.kt z.kt>x/U.kt",
            id="Kotlin: functions are in a file of any name",
        ),
        pytest.param(
            "C#",
            {
                "A.cs": "using X.Y;\nnamespace X;",
                "Y/B.cs": "namespace X.Y { }",
                "Y/C.cs": "using X.Y; using System;\nnamespace X.Y;",
            },
            "A.cs>Y/B.cs A.cs>Y/C.cs",
            id="C#: all files of a namespace, but not for itself",
        ),
        pytest.param(
            "PHP",
            {
                "src/A.php": "<?php namespace V\\P;\nuse V\\P\\Q\\B;\nuse V\\P\\C;",
                "src/Q/B.php": "<?php namespace V\\P\\Q;",
                "src/C.php": "<?php namespace V\\P; require __DIR__ . '/../boot.php';",
                "boot.php": "<?php",
            },
            "src/A.php>src/Q/B.php src/A.php>src/C.php src/C.php>boot.php",
            id="PHP: names and paths",
        ),
        pytest.param(
            "Go",
            {
                "go.mod": "module example.org/m\n",
                "main.go": 'import (\n"example.org/m/pkg/u"\n"fmt"\n)',
                "pkg/u/a.go": "",
                "pkg/u/b.go": 'import "example.org/m"',
                "pkg/u/b_test.go": 'import "example.org/m/pkg/u"',
                "fmt/x.go": "",
            },
            "main.go>pkg/u/a.go main.go>pkg/u/b.go pkg/u/b.go>main.go pkg/u/b_test.go>pkg/u/a.go "
            "pkg/u/b_test.go>pkg/u/b.go",
            id="Go: folders below the module",
        ),
        pytest.param(
            "Go",
            {"a.go": 'import "host.com/o/r/p/u"\nimport "net/http"', "p/u/a.go": "", "net/http/a.go": ""},
            "a.go>p/u/a.go",
            id="Go: without go.mod",
        ),
        pytest.param(
            "Rust",
            {
                "src/lib.rs": "mod a;\nmod b;",
                "src/a.rs": "use crate::b::c::X;\nuse super::b;\nmod inner;",
                "src/a/inner.rs": "use super::super::b::Y;\nuse crate::a::Z;",
                "src/b/mod.rs": "pub mod c;",
                "src/b/c.rs": "use std::fmt;",
            },
            "src/lib.rs>src/a.rs src/lib.rs>src/b/mod.rs src/a.rs>src/b/c.rs src/a.rs>src/b/mod.rs "
            "src/a/inner.rs>src/b/mod.rs src/a/inner.rs>src/a.rs src/b/mod.rs>src/b/c.rs",
            id="Rust: modules and uses; a use goes before the declaration that turns it around",
        ),
        pytest.param(
            "Ruby",
            {"x/x.rb": "require 'a/b'\nrequire_relative '../lib/c'", "lib/a/b.rb": "", "lib/c.rb": ""},
            "x/x.rb>lib/a/b.rb x/x.rb>lib/c.rb",
            id="Ruby",
        ),
        pytest.param(
            "Lua",
            {"a.lua": "require 'x.y'", "x/y.lua": "require('z')", "l/z/init.lua": ""},
            "a.lua>x/y.lua x/y.lua>l/z/init.lua",
            id="Lua",
        ),
        pytest.param(
            "Perl", {"t.pl": "use A::B;", "lib/A/B.pm": "use strict;"}, "t.pl>lib/A/B.pm", id="Perl"
        ),
        pytest.param(
            "SCSS",
            {"a.scss": "@use 'x/b';", "x/_b.scss": "@import './c'", "x/c.scss": ""},
            "a.scss>x/_b.scss x/_b.scss>x/c.scss",
            id="Sass",
        ),
        pytest.param(
            "Elixir",
            {"a.ex": "alias P.{B, C}", "b.ex": "defmodule P.B do", "c.ex": "defmodule P.C do"},
            "a.ex>b.ex a.ex>c.ex",
            id="Elixir",
        ),
        pytest.param(
            "CMake",
            {"CMakeLists.txt": "add_subdirectory(s)", "s/CMakeLists.txt": "include(x)", "x.cmake": ""},
            "CMakeLists.txt>s/CMakeLists.txt s/CMakeLists.txt>x.cmake",
            id="CMake",
        ),
    ],
)
def test_imports_become_files(language: str, files: dict[str, str], expected: str) -> None:
    """Every way of naming a file; nothing outside of the repository, and nothing by accident."""
    assert edges(language, files) == {tuple(pair.split(">")) for pair in expected.split()}


PATHS = st.sampled_from(
    ["a.py", "p/__init__.py", "p/a.py", "p/q/b.py", "../x.py", "/a.py", "a//b.py", "", ".", "\ud800.py"]
)
LINES = st.sampled_from(
    [
        "import a",
        "from . import a",
        "from .. import b",
        "from ...... import x",
        "import p.q.b",
        "from .q import b, c",
        "import " + "a." * 50 + "b",
    ]
)


@given(st.lists(st.tuples(PATHS, LINES), max_size=12))
def test_any_paths_are_taken(files: list[tuple[str, str]]) -> None:
    """Odd paths, equal paths and paths that lead out: pairs are of files that there are."""
    found = needs([RepoFile(path, "Python", text) for path, text in files])
    assert all(
        0 <= one < len(files) and 0 <= other < len(files) and one != other for one, other in found.pairs
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b", "a/b"),
        ("./a//b/", "a/b"),
        ("a/../b", "b"),
        ("a/..", ""),
        ("../a", None),
        ("a/../../b", None),
        ("", ""),
    ],
)
def test_paths_are_made_normal(path: str, expected: str | None) -> None:
    """Dots are resolved, and a path that leads out is none."""
    assert normal(path) == expected


def test_ends_of_paths_are_found() -> None:
    """Only the ones asked for, only at a folder's border, and of several the nearest, then the first."""
    places = Places(["a/x.h", "b/c/x.h", "b/xx.h", "b/x.h"])
    places.want(["x.h", "c/x.h", "nothing.h"])
    assert [places.near(end, "b/c/d.c") for end in ("x.h", "c/x.h", "nothing.h", "xx.h")] == [
        1,
        1,
        None,
        None,
    ]
    assert places.near("x.h", "z.c") == 0
    assert nearest([], [], "a") is None


def test_many_files_with_one_name_end_soon() -> None:
    """20,000 headers of one name, each included by a file; and a namespace of 10,000 that all files use."""
    count = 20_000
    headers = [RepoFile(f"d{n}/x.h", "C", "") for n in range(count)]
    sources = [RepoFile(f"s{n}/a.c", "C", '#include "x.h"') for n in range(count)]
    with ends_soon("finding headers of one name"):
        assert len(needs([*headers, *sources]).pairs) == count
    with ends_soon("finding the files of a namespace"):
        found = needs(
            [RepoFile(f"{n}.cs", "C#", f"using N;\nnamespace {'N' if n % 2 else 'M'};") for n in range(count)]
        )
    assert len(found.pairs) == count
