"""What a file says about its own licence in its first 8 KiB.

    b"/* SPDX-License-Identifier: MIT OR GPL-2.0-only */"                       -> (MIT OR GPL-2.0-only, spdx)
    b"# ... under the terms of the GNU General Public License ... version 3 ..." -> (GPL-3.0-or-later, notice)

First the SPDX lines, in any comment style; several lines must all hold. Without one, the notices of
`data/licence_notices.toml` and of the GNU licences: many GPL files say so only in such a header
(bigcode-project/opt-out-v2, issue 13059). Notices are looked for around the first words that sound like a
licence, so that the cost does not grow with the file. Linear; licence names in plain prose are not read.
"""

import re
from dataclasses import dataclass

from curation.licences.expressions import Licence, leading_expression, read_statement
from curation.licences.tables import notices

HEAD_BYTES = 8192
"""So much of a file may hold its header."""
NOTICE_BYTES = 2048
"""So much of it may hold a notice without an SPDX line."""
BEFORE, AFTER = 200, 1000
"""Bytes around the first licence word in which a notice is looked for."""
SPDX = re.compile(rb"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+()\-: \t]{1,300})")
CUES = (
    b"license",
    b"licence",
    b"permission is",
    b"permission to use",
    b"redistribution and use",
    b"confidential",
)
"""One of these, in any case, stands in every notice."""
TO_WORDS = bytes(c if chr(c).isalnum() and c < 128 else 32 for c in bytes(range(256)).lower())
"""Lower-cases ASCII letters; what is no letter or digit becomes a space."""
GNU = re.compile(rb"gnu (affero |lesser |library )?(?:general )?public licen[cs]e")
GNU_VERSION = re.compile(rb"\b(?:version |v ?)(\d)(?: (\d))?\b")
GNU_NAMES = {b"": "GPL", b"affero ": "AGPL", b"lesser ": "LGPL", b"library ": "LGPL"}
GNU_VERSIONS = frozenset(
    ["GPL-1.0", "GPL-2.0", "GPL-3.0", "LGPL-2.0", "LGPL-2.1", "LGPL-3.0", "AGPL-1.0", "AGPL-3.0"]
)
OLDEST = {"GPL": "GPL-1.0-or-later", "LGPL": "LGPL-2.0-or-later", "AGPL": "AGPL-3.0-or-later"}
"""A notice without version allows every version."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the header states."""

    licences: tuple[Licence, ...]
    """All must hold."""
    is_spdx: bool
    """Whether SPDX lines say so; else a notice does."""


NOTHING = Header((), is_spdx=True)


def read_header(head: bytes | str, *, with_notices: bool = True) -> Header:
    """The licences that a file states in its first 8 KiB; none of them if it states none.

    Args:
        head: The beginning of the content, or all of it.
        with_notices: Whether to look for notices where there is no SPDX line.
    """
    data = head[:HEAD_BYTES]
    data = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if b"SPDX-License-Identifier:" in data:  # a long needle is found faster than a short one
        found = read_spdx_lines(data)
        if found:
            return Header(found, is_spdx=True)
    if with_notices:
        text, start = data[:NOTICE_BYTES].lower(), NOTICE_BYTES
        for cue in CUES:
            place = text.find(cue, 0, start)
            start = place if place >= 0 else start
        if start < NOTICE_BYTES:
            found = read_notice(data[max(0, start - BEFORE) : start + AFTER])
            return Header(found, is_spdx=False) if found else NOTHING
    return NOTHING


def read_spdx_lines(data: bytes) -> tuple[Licence, ...]:
    """The licence of each SPDX line, each once; an expression ends where its grammar does."""
    stated = (read_statement(leading_expression(match.decode())) for match in SPDX.findall(data))
    return tuple(dict.fromkeys(licence for licence in stated if licence is not None))


def read_notice(data: bytes) -> tuple[Licence, ...]:
    """The licence that the notices in a piece of text name; several join by AND, or OR if one may choose."""
    text = b" ".join(data.translate(TO_WORDS).split())
    ids = [row.licence for row in notices() if row.cue in text and row.pattern.search(text)]
    if "BSD-3-Clause" in ids or "BSD-4-Clause" in ids:  # their notices begin like that of BSD-2-Clause
        ids = [licence for licence in ids if licence != "BSD-2-Clause"]
    gnu = _read_gnu(text) if b"gnu " in text else ""
    ids = list(dict.fromkeys([*ids, gnu] if gnu else ids))
    if not ids:
        return ()
    choice = b"alternatively" in text or b"dual licensed" in text
    licence = read_statement((" OR " if choice else " AND ").join(ids))
    return () if licence is None else (licence,)


def _read_gnu(text: bytes) -> str:
    """The id of a GNU notice in normalised words, with version and "or later"; "" without one."""
    match = GNU.search(text)
    if match is None or not (b"under" in text or b"free software" in text):
        return ""
    name = GNU_NAMES[match[1] or b""]
    around = text[max(0, match.start() - 40) : match.end() + 250]
    later = b"any later version" in around or b"or later" in around
    for number in GNU_VERSION.finditer(around):
        for version in (f"{name}-{int(number[1])}.{int(number[2] or b'0')}", f"{name}-{int(number[1])}.0"):
            if version in GNU_VERSIONS:
                return f"{version}-{'or-later' if later else 'only'}"
    return OLDEST[name]
