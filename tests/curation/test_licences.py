"""A file's licence: which evidence wins, what is said about it, and which files a policy keeps."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from curation.licences import LicenceDecision, Licences, LicenceSettings, allowed, decide
from curation.licences.decision import FileType
from curation.sources.base import Repository

MIT = (
    b"MIT License\n\nCopyright (c) 2020 Ann\n\n"
    b"Permission is hereby granted, free of charge, to any person obtaining a copy of this software and "
    b'associated documentation files (the "Software"), to deal in the Software without restriction, '
    b"including "
    b"without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, "
    b"and/or sell "
    b"copies of the Software, and to permit persons to whom the Software is furnished to do so, "
    b"subject to the "
    b"following conditions:\n\nThe above copyright notice and this permission notice shall be "
    b"included in all "
    b"copies or substantial portions of the Software.\n\n"
    b'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING '
    b"BUT NOT "
    b"LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND "
    b"NONINFRINGEMENT. IN "
    b"NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER "
    b"LIABILITY, "
    b"WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION "
    b"WITH THE "
    b"SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.\n"
)
APACHE = (Path(__file__).parents[2] / "LICENSE").read_bytes()
GPL_HEADER = b"// SPDX-License-Identifier: GPL-2.0-only\nint x;\n"
REPOSITORY = Repository(
    licences=("mit",),
    licence_files={
        "LICENSE": MIT,
        "vendor/a/COPYING": b"SPDX-License-Identifier: GPL-3.0-or-later\n",
        "vendor/b/LICENSE": b"You may look at this, no more.\n",
        "vendor/c/LICENSE-APACHE": APACHE,
        "vendor/d/LICENSE": b'"Commons Clause" License Condition v1.0\n\n' + MIT,
        "vendor/e/LICENSE": b"Released under the MIT License.\n",
        "vendor/f/LICENSES/Apache-2.0.txt": APACHE,
        "vendor/g/LICENSE": MIT,
        "vendor/g/COPYING": b"SPDX-License-Identifier: GPL-3.0-only",
        "vendor/h/LICENSE": b"See the folder LICENSES for the terms.\n",
        "vendor/h/LICENSES/Apache-2.0.txt": APACHE,
        "docs/README.md": b"About the licence: ask us.\n",
    },
)


def decided(path: str, head: bytes | str = b"x = 1\n", **settings: Any) -> LicenceDecision:
    return decide(path, head, REPOSITORY, settings=LicenceSettings(**settings))


@pytest.mark.parametrize(
    ("path", "head", "kind", "ids", "evidence", "conflict"),
    [
        ("a.py", b"", "permissive", ("MIT",), ("file:LICENSE:MIT", "repository:MIT"), False),
        (
            "src/a.c",
            GPL_HEADER,
            "non_permissive",
            ("GPL-2.0-only",),
            ("header:GPL-2.0-only", "file:LICENSE:MIT", "repository:MIT"),
            True,
        ),
        (
            "vendor/a/deep/er/x.c",
            b"",
            "non_permissive",
            ("GPL-3.0-or-later",),
            ("file:vendor/a/COPYING:GPL-3.0-or-later", "repository:MIT"),
            False,
        ),
        (
            "vendor/b/x.c",
            b"",
            "non_permissive",
            (),
            ("file:vendor/b/LICENSE:unknown", "repository:MIT"),
            False,
        ),
        (
            "vendor/c/x.c",
            b"",
            "permissive",
            ("Apache-2.0",),
            ("file:vendor/c/LICENSE-APACHE:Apache-2.0", "repository:MIT"),
            False,
        ),
        (
            "vendor/d/x.c",
            b"",
            "non_permissive",
            (),
            ("file:vendor/d/LICENSE:LicenseRef-use-restriction", "repository:MIT"),
            False,
        ),
        ("vendor/e/x.c", b"", "permissive", ("MIT",), ("file:vendor/e/LICENSE:MIT", "repository:MIT"), False),
        (
            "vendor/f/x.c",
            b"",
            "permissive",
            ("Apache-2.0",),
            ("file:vendor/f/LICENSES/Apache-2.0.txt:Apache-2.0", "repository:MIT"),
            False,
        ),
        (
            "vendor/g/x.c",
            b"",
            "non_permissive",
            ("GPL-3.0-only", "MIT"),
            ("file:vendor/g/COPYING:GPL-3.0-only", "file:vendor/g/LICENSE:MIT", "repository:MIT"),
            True,
        ),
        (
            "vendor/h/x.c",
            b"",
            "permissive",
            ("Apache-2.0",),
            ("file:vendor/h/LICENSES/Apache-2.0.txt:Apache-2.0", "repository:MIT"),
            False,
        ),
        ("docs/x.py", b"", "permissive", ("MIT",), ("file:LICENSE:MIT", "repository:MIT"), False),
    ],
)
def test_evidence_order(  # the columns of the table
    path: str, head: bytes, kind: str, ids: tuple[str, ...], evidence: tuple[str, ...], conflict: bool
) -> None:
    """The header beats the nearest licence file, which beats metadata; everything found is listed."""
    found = decided(path, head)
    assert (found.license_type, found.detected_licenses) == (kind, ids)
    assert (found.license_evidence, found.license_conflict) == (evidence, conflict)


@pytest.mark.parametrize(
    ("licences", "file_licences", "stated", "ours", "stack_v2"),
    [
        (("mit",), (), "", "permissive", "permissive"),
        (("gpl-3.0",), (), "", "non_permissive", "non_permissive"),
        ((), (), "", "no_license", "no_license"),
        (("NOASSERTION",), (), "", "non_permissive", "non_permissive"),
        ((), ("MIT",), "", "permissive", "permissive"),
        (("NOASSERTION",), ("MIT",), "", "permissive", "permissive"),
        ((), ("MIT", "LicenseRef-scancode-dco-1.1"), "", "permissive", "permissive"),
        ((), ("LicenseRef-scancode-dco-1.1",), "", "no_license", "no_license"),
        ((), ("MIT", "GPL-2.0-only"), "", "non_permissive", "non_permissive"),
        ((), ("MIT", "LicenseRef-scancode-unknown-license-reference"), "", "permissive", "permissive"),
        ((), ("MIT", "LicenseRef-nobody-knows"), "", "permissive", "non_permissive"),
        (("mit",), ("GPL-2.0-only",), "", "non_permissive", "permissive"),
        ((), (), "permissive", "permissive", "permissive"),
        (("mit",), ("MIT",), "non_permissive", "non_permissive", "non_permissive"),
    ],
)
def test_metadata_and_inputs(
    licences: tuple[str, ...], file_licences: tuple[str, ...], stated: str, ours: str, stack_v2: str
) -> None:
    """What inputs and repositories state becomes a type, by our rule and by The Stack v2's table."""
    found = [
        decide(
            "a.py",
            b"",
            Repository(licences=licences),
            file_licences=file_licences,
            file_licence_type=stated,
            settings=settings,
        ).license_type
        for settings in (LicenceSettings(), LicenceSettings(rule="stack-v2"))
    ]
    assert found == [ours, stack_v2]


def test_union_inherits_all_folders() -> None:
    """Under "union" a file below a permissive folder also inherits the root's licence, as in The Stack v2."""
    found = decided("vendor/c/x.c", inheritance="union")
    assert found.detected_licenses == ("Apache-2.0", "MIT")
    assert decided("vendor/c/x.c").detected_licenses == ("Apache-2.0",)


def test_stack_v2_reads_no_headers() -> None:
    """The Stack v2's rule looks at licence files and metadata only, so a GPL header changes nothing."""
    assert decided("a.c", GPL_HEADER, rule="stack-v2").license_type == "permissive"
    assert decided("a.c", GPL_HEADER, headers="off").license_type == "permissive"


def test_confidence_ranks_evidence() -> None:
    """A header is trusted more than a text, a text more than metadata, and a conflict lowers trust."""
    header = decided("a.c", b"// SPDX-License-Identifier: MIT").license_confidence
    text, conflict = decided("a.c").license_confidence, decided("a.c", GPL_HEADER).license_confidence
    family = decide("a.c", b"", Repository(licences=("BSD",)), settings=LicenceSettings()).license_confidence
    named = decide("a.c", b"", Repository(licences=("MIT",)), settings=LicenceSettings()).license_confidence
    nothing = decide("a.c", b"", Repository(), settings=LicenceSettings()).license_confidence
    assert 1.0 == header > text > named > family > nothing
    assert conflict == pytest.approx(0.6)


def test_one_licences_object_follows_repositories() -> None:
    """Remembered folders of one repository never leak into the next, with and without licence files."""
    licences = Licences(LicenceSettings())
    order = [
        (REPOSITORY, "permissive"),
        (Repository(), "no_license"),
        (Repository(licences=("gpl-2.0",)), "non_permissive"),
        (Repository(licence_files={"LICENSE": b"All rights reserved.\n"}), "non_permissive"),
        (REPOSITORY, "permissive"),
        (Repository(), "no_license"),
    ]
    for repository, kind in order:
        assert licences.decide("a.py", b"", repository).license_type == kind


def test_decisions_can_be_sent_to_workers() -> None:
    """Settings and decisions survive pickling, and a decision gives plain columns."""
    found = decided("a.py")
    pair = (found, LicenceSettings(policy="any"))
    assert pickle.loads(pickle.dumps(pair)) == pair  # noqa: S301  our own bytes
    assert found.columns()["detected_licenses"] == ["MIT"]


def of_type(kind: FileType, *expressions: str) -> LicenceDecision:
    evidence = tuple(f"header:{expression}" for expression in expressions)
    return LicenceDecision(
        kind, (), evidence, license_conflict=False, license_confidence=1.0, expressions=expressions
    )


@pytest.mark.parametrize(
    ("settings", "decision", "reason"),
    [
        ({}, of_type("no_license"), None),
        ({}, of_type("permissive", "MIT"), None),
        ({}, of_type("non_permissive", "GPL-3.0-only"), "non_permissive"),
        ({"policy": "permissive"}, of_type("no_license"), "no_license"),
        ({"policy": "any"}, of_type("non_permissive", "GPL-3.0-only"), None),
        ({"policy": "any"}, of_type("no_license"), None),
        (
            {"policy": "any", "deny": ("gpl-3.0",)},
            of_type("non_permissive", "GPL-3.0-only"),
            "licence_not_listed",
        ),
        ({"deny": ("MIT",)}, of_type("permissive", "MIT OR Apache-2.0"), None),
        ({"deny": ("MIT",)}, of_type("permissive", "MIT"), "licence_not_listed"),
        ({"policy": "custom", "allow": ("GPL-3.0-only",)}, of_type("non_permissive", "GPL-3.0-only"), None),
        ({"policy": "custom", "allow": ("MIT",)}, of_type("permissive", "GPL-2.0-only OR MIT"), None),
        (
            {"policy": "custom", "allow": ("MIT",)},
            of_type("permissive", "MIT AND Zlib"),
            "licence_not_listed",
        ),
        ({"policy": "custom", "allow": ("MIT",)}, of_type("permissive", "MIT", "Zlib"), "licence_not_listed"),
        ({"policy": "custom", "allow": ("MIT",)}, of_type("no_license"), "no_license"),
        ({"policy": "custom", "allow": ("MIT",)}, of_type("non_permissive"), "licence_not_listed"),
    ],
)
def test_policies(settings: dict[str, Any], decision: LicenceDecision, reason: str | None) -> None:
    """Each policy keeps and drops what its sentence says; of "OR" one allowed side is enough."""
    assert allowed(decision, LicenceSettings(**settings)) == reason


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"policy": "custom", "allow": ("Apache2",)}, "'Apache2' is no SPDX id; nearest known: Apache-2.0"),
        ({"deny": ("GPL3",)}, "licence.deny: 'GPL3' is no SPDX id"),
        ({"policy": "custom"}, "has 0 ids under policy 'custom': list SPDX ids under policy \"custom\""),
        ({"allow": ("MIT",)}, "has 1 ids under policy 'permissive.no_license'"),
        ({"polcy": "any"}, "Extra inputs are not permitted"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    """Unknown ids are refused with the nearest known ones, and `allow` only goes with "custom"."""
    with pytest.raises(ValidationError, match=message):
        LicenceSettings(**settings)
