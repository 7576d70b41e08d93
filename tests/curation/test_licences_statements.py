"""What names, expressions, headers and file names say about licences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing
from patience import ends_soon, repeated

from curation.licences import is_licence_file_name
from curation.licences.expressions import canonical_id, nearest_ids, normalise, read_statement
from curation.licences.headers import read_header
from curation.licences.names import home, is_strong_name
from curation.licences.tables import names_table, permissive_ids

MIT_START = b"""# Permission is hereby granted, free of charge, to any person
# obtaining a copy of this software"""
BSD_START = b"""# Redistribution and use in source and binary forms, with or without
# modification, are permitted provided that the following conditions are met:"""
GNU = b"""/* This program is free software: you can redistribute it and/or modify
 * it under the terms of the GNU %s as published by
 * the Free Software Foundation, either version %s of the License, or
 * (at your option) any later version. */"""


@pytest.mark.parametrize(
    ("statement", "expression", "kind"),
    [
        ("mit", "MIT", "permissive"),
        ("MIT License", "MIT", "permissive"),
        ("Apache License, Version 2.0", "Apache-2.0", "permissive"),
        ("Apache 2.0", "Apache-2.0", "permissive"),
        ("BSD", "BSD-3-Clause", "permissive"),
        ("new BSD", "BSD-3-Clause", "permissive"),
        ("The BSD 2-Clause License", "BSD-2-Clause", "permissive"),
        ("License :: OSI Approved :: MIT License", "MIT", "permissive"),
        ("License :: OSI Approved :: ISC License (ISCL)", "ISC", "permissive"),
        (
            "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)",
            "GPL-3.0-or-later",
            "non",
        ),
        ("License :: Other/Proprietary License", "LicenseRef-scancode-proprietary-license", "non"),
        ("License :: Public Domain", "LicenseRef-scancode-public-domain", "permissive"),
        ("gpl-3.0", "GPL-3.0-only", "non"),
        ("GPL-2.0+", "GPL-2.0-or-later", "non"),
        ("LGPL v2.1 or later", "LGPL-2.1-or-later", "non"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0", "permissive"),
        ("MIT, GPLv2", "MIT AND GPL-2.0-only", "non"),
        ("MIT OR GPL-2.0-only", "MIT OR GPL-2.0-only", "permissive"),
        ("MIT AND GPL-2.0-only", "MIT AND GPL-2.0-only", "non"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", "non"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception", "permissive"),
        ("UNLICENSED", "LicenseRef-scancode-proprietary-license", "non"),
        ("Unlicense", "Unlicense", "permissive"),
        ("NOASSERTION", "NOASSERTION", "unknown"),
        ("other", "other", "unknown"),
        ("MIT AND (", "MIT AND (", "unknown"),
        ("LicenseRef-ours", "LicenseRef-ours", "unknown"),
        ("", None, None),
        ("None", None, None),
        ("LicenseRef-scancode-generic-cla", None, None),
    ],
)
def test_statements(statement: str, expression: str | None, kind: str | None) -> None:
    """Ids, classifiers and free text become an expression and its type; words that state nothing are None."""
    found = read_statement(statement)
    seen = (None, None) if found is None else (found.expression, found.type.removesuffix("_permissive"))
    assert seen == (expression, kind)


def test_families_are_not_exact() -> None:
    """The word "BSD" names a family, "BSD-3-Clause" a licence; both are permissive."""
    family, exact = read_statement("BSD"), read_statement("BSD-3-Clause")
    assert family is not None
    assert exact is not None
    assert (family.exact, exact.exact) == (False, True)


@given(st.text(alphabet=" ()/,;&ANDORWITHmit-.2x", max_size=60))
def test_any_statement_is_read(statement: str) -> None:
    """No statement raises; what has no known id is never permissive."""
    found = read_statement(statement)
    assert found is None or found.ids or found.type == "unknown"


def test_every_name_in_the_table_is_an_spdx_expression() -> None:
    """Every alias leads to a known licence, and every alias is written as it is looked up."""
    names = names_table()
    for key, licence in {**names.exact, **names.family}.items():
        found = read_statement(licence)
        assert found is not None, key
        assert found.ids, key
        assert normalise(key) == key


def test_permissive_list_holds_canonical_ids() -> None:
    """The permissive list holds known ids under their present names, no exception and no GNU licence."""
    known = get_spdx_licensing().known_symbols
    for licence in permissive_ids():
        assert canonical_id(licence) == licence
        assert not known[licence].is_exception, licence
        assert "GPL" not in licence.replace("GPL-Compatible", ""), licence
    assert {"MIT", "Apache-2.0", "0BSD", "CC0-1.0"} <= permissive_ids()
    assert not {"MPL-2.0", "SSPL-1.0", "CC-BY-NC-4.0", "BUSL-1.1"} & permissive_ids()


def test_nearest_ids_help_with_typing_errors() -> None:
    """A mistyped id finds its neighbours."""
    assert nearest_ids("Apache2.0")[0] == "Apache-2.0"


@pytest.mark.parametrize(
    ("head", "expression"),
    [
        (b"// SPDX-License-Identifier: MIT\n", "MIT"),
        (b"/* SPDX-License-Identifier: MIT OR GPL-2.0-only */", "MIT OR GPL-2.0-only"),
        (b"<!-- SPDX-License-Identifier: Apache-2.0 -->", "Apache-2.0"),
        (b"# SPDX-License-Identifier: (GPL-2.0 OR MIT) AND Zlib", "(GPL-2.0-only OR MIT) AND Zlib"),
        (b"// SPDX-License-Identifier: MIT Copyright Ann\n", "MIT"),
        ("# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n", "Apache-2.0 WITH LLVM-exception"),
        ("\udce9 SPDX-License-Identifier: MIT", "MIT"),
        (b" " * 9000 + b"SPDX-License-Identifier: MIT", None),
        (b"SPDX-License-Identifier:\n", None),
        (GNU % (b"General Public License", b"3"), "GPL-3.0-or-later"),
        (GNU % (b"Lesser General Public License", b"2.1"), "LGPL-2.1-or-later"),
        (GNU % (b"Affero General Public License", b"3"), "AGPL-3.0-or-later"),
        (b"# under version 2 of the GNU General Public License\n", "GPL-2.0-only"),
        (b"-- distributed under the GNU General Public License\n", "GPL-1.0-or-later"),
        (b'; Licensed under the Apache License, Version 2.0 (the "License")', "Apache-2.0"),
        (b"// Use of this source code is governed by a BSD-style license", "BSD-3-Clause"),
        (b"# This file is proprietary and confidential.", "LicenseRef-scancode-proprietary-license"),
        (
            MIT_START,
            "MIT",
        ),
        (BSD_START, "BSD-2-Clause"),
        (BSD_START + b"\n# Neither the name of Ann nor", "BSD-3-Clause"),
        (b"# parses licenses of the GNU General kind", None),
        (b"LICENSE_KEY = 1", None),
        (b"", None),
    ],
)
def test_headers(head: bytes | str, expression: str | None) -> None:
    """SPDX lines in any comment, and the usual notices, name the licence; talk about licences does not."""
    found = [licence.expression for licence in read_header(head).licences]
    assert found == ([] if expression is None else [expression])


def test_notices_can_be_switched_off() -> None:
    """With `with_notices=False` only SPDX lines count."""
    assert read_header(GNU % (b"General Public License", b"3"), with_notices=False).licences == ()


@pytest.mark.parametrize(
    "unit",
    [
        b"SPDX-License-Identifier: (",
        b"SPDX-License-Identifier: MIT OR ",
        b"license gnu version ",
        b"(",
        b"icense",
    ],
)
def test_hostile_headers_are_read_to_their_end(unit: bytes) -> None:
    """A text made to be slow to read takes no time that grows with its square."""
    with ends_soon("reading a hostile header"):
        read_header(repeated(unit))


@pytest.mark.parametrize(
    ("path", "is_licence", "is_strong"),
    [
        ("LICENSE", True, True),
        ("licence.txt", True, True),
        ("sub/LICENSE-MIT", True, True),
        ("COPYING.LESSER", True, True),
        ("UNLICENSE", True, True),
        ("MIT-LICENSE.md", True, True),
        ("LICENSE.Apache-2.0", True, True),
        ("gpl-3.0.txt", True, False),
        ("copyingv3", True, True),
        ("README.md", True, False),
        ("NOTICE", True, False),
        ("about.html", True, False),
        ("THIRD-PARTY-LICENSES.txt", True, False),
        ("LICENSES/ISC.txt", True, False),
        ("licensed.txt", False, False),
        ("license_server.py", False, True),
        ("summit.txt", False, False),
        ("src/main.c", False, False),
    ],
)
def test_licence_file_names(path: str, is_licence: bool, is_strong: bool) -> None:
    """Whole words between separators make a licence file; source code never is one; some names are weaker."""
    assert (is_licence_file_name(path), is_strong_name(path)) == (is_licence, is_strong)


def test_home_looks_through_licence_folders() -> None:
    """A licence in LICENSES, a wheel's dist-info or a jar's META-INF is about the folder above."""
    paths = [
        "LICENSE",
        "a/LICENSES/MIT.txt",
        "x-1.dist-info/licenses/LICENSE",
        "j/META-INF/LICENSE",
        "v/x/COPYING",
    ]
    assert [home(path) for path in paths] == ["", "a", "", "j", "v/x"]
