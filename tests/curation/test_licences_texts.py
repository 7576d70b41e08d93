"""Licence texts are recognised by overlap, several in one file, also when names are filled in."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.licences import identify_licence_text
from curation.licences.build import build, preferred, read_texts, shingles_of
from curation.licences.shingles import best_stretch, count_matches, shingle
from curation.licences.texts import library, match_licence_text

APACHE = (Path(__file__).parents[2] / "LICENSE").read_bytes()
DISCLAIMER = (
    b'THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR '
    b"IMPLIED "
    b"WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND "
    b"FITNESS FOR A "
    b"PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE "
    b"LIABLE FOR "
    b"ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT "
    b"NOT "
    b"LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR "
    b"BUSINESS "
    b"INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT "
    b"LIABILITY, OR "
    b"TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, "
    b"EVEN IF "
    b"ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.\n"
)
BSD_2 = (
    b"Copyright (c) 2021, Ann\n\nRedistribution and use in source and binary forms, with or without "
    b"modification, are permitted provided that the following conditions are met:\n\n"
    b"1. Redistributions of source code must retain the above copyright notice, this list of "
    b"conditions and "
    b"the following disclaimer.\n\n2. Redistributions in binary form must reproduce the above "
    b"copyright notice, "
    b"this list of conditions and the following disclaimer in the documentation and/or other materials "
    b"provided with the distribution.\n\n"
)
CLAUSE_3 = (
    b"3. Neither the name of the copyright holder nor the names of its contributors may be used to "
    b"endorse or "
    b"promote products derived from this software without specific prior written permission.\n\n"
)
ISC = (
    b"Permission to use, copy, modify, and/or distribute this software for any purpose with or "
    b"without fee is "
    b"hereby granted, provided that the above copyright notice and this permission notice appear in "
    b"all copies."
    b'\n\nTHE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO '
    b"THIS SOFTWARE "
    b"INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR "
    b"BE LIABLE "
    b"FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER "
    b"RESULTING FROM LOSS "
    b"OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS "
    b"ACTION, ARISING "
    b"OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.\n"
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (APACHE, ("Apache-2.0",)),
        (APACHE.split(b"END OF TERMS")[0], ("Apache-2.0",)),
        (BSD_2 + DISCLAIMER, ("BSD-2-Clause",)),
        (BSD_2 + CLAUSE_3 + DISCLAIMER, ("BSD-3-Clause",)),
        (
            (BSD_2 + CLAUSE_3 + DISCLAIMER).replace(b"1. ", b" * ").replace(b"COPYRIGHT HOLDERS", b"REGENTS"),
            ("BSD-3-Clause",),
        ),
        ((BSD_2 + CLAUSE_3 + DISCLAIMER).upper().replace(b" ", b"\n   "), ("BSD-3-Clause",)),
        (ISC, ("ISC",)),
        (b"Part one:\n" + ISC + b"\n----\nPart two:\n" + APACHE, ("ISC", "Apache-2.0")),
        (DISCLAIMER, ()),
        (b"You may use this on Sundays.", ()),
        (b"", ()),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else "+".join(value) or "none",
)
def test_texts(text: bytes, ids: tuple[str, ...]) -> None:
    """Whole licences are named whatever their layout and holders; a mere part of one is not."""
    assert identify_licence_text(text) == ids


def test_match_says_where_and_how_much() -> None:
    """A match carries the share of the licence that is there and its place, in order."""
    first, second = match_licence_text(ISC + b"\n----\n" + APACHE)
    assert 0.9 < first.share <= second.share == 1
    assert first.last <= second.first


def test_hostile_texts_are_read_to_their_end() -> None:
    """Snippets of licences, over and over, take no time that grows with their square."""
    identify_licence_text(ISC)  # compiles
    for unit in (DISCLAIMER, BSD_2 + CLAUSE_3, b"the software ", ISC[:200], b"a"):
        with ends_soon("reading snippets of licences"):
            identify_licence_text(repeated(unit))


def plain_shingles(text: bytes) -> list[int]:
    """The plain-Python twin of `shingle`."""
    words, mask = [], (1 << 64) - 1
    for line in text.decode("latin-1").split("\n"):
        flat = "".join(c.lower() if c.isascii() and c.isalnum() else " " for c in line)
        found = flat.split()
        words += found[1:] if found and len(found[0]) == 1 else found
    prime, hashes = 1099511628211, []
    for word in words:
        value = 14695981039346656037
        for byte in word.encode():
            value = (value ^ byte) * prime & mask
        hashes.append(value)
    result = []
    for a, b, c in zip(hashes, hashes[1:], hashes[2:], strict=False):
        mixed = ((a * prime & mask) ^ b) * prime & mask
        mixed = (mixed ^ c) * prime & mask
        result.append((mixed ^ (mixed >> 32)) & 0xFFFFFFFF)
    return result


@given(st.text(alphabet="aB1 \n.é-(", max_size=60).map(str.encode))
@example(b"1. a bb\nc dd ee\n(c) x yy zz")
def test_shingle_equals_its_twin(text: bytes) -> None:
    """The compiled kernel gives the hashes of the plain-Python twin, also on non-ASCII text."""
    assert shingle(np.frombuffer(text, np.uint8)).tolist() == plain_shingles(text)


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(0, 2))
def test_kernels_equal_their_python(text: list[int], licence: int) -> None:
    """Counting and placing matches give the same compiled and as plain Python, and agree with each other."""
    keys = np.array([1, 2, 3, 5], np.uint32)
    buckets = np.append(0, np.full(1 << 16, keys.size)).astype(np.int64)
    starts, owners = np.array([0, 1, 3, 4, 6]), np.array([0, 0, 1, 1, 1, 2])
    hashes = np.array(text, np.uint32)
    counts, found = count_matches(hashes, keys, buckets, starts, owners, 3)
    twin_counts, twin_found = count_matches.py_func(hashes, keys, buckets, starts, owners, 3)
    assert counts.tolist() == twin_counts.tolist()
    assert found.tolist() == twin_found.tolist()
    owned = {0: {1, 2}, 1: {2, 3, 5}, 2: {5}}
    assert counts.tolist() == [len(owned[number] & set(text)) for number in range(3)]
    stretch = best_stretch(found, starts, owners, licence, 1.0)
    assert stretch == best_stretch.py_func(found, starts, owners, licence, 1.0)
    distinct, first, last = stretch
    assert distinct == len(owned[licence] & set(text[first:last]))


def test_stray_words_do_not_stretch_a_match() -> None:
    """A few words of a licence far from its text do not belong to it, so that they cannot hide another."""
    (match,) = match_licence_text(b"use, copy, modify " + b"other words here " * 50 + ISC)
    assert match.first > 100


def test_texts_are_read_from_the_npm_package(tmp_path: Path) -> None:
    """The builder reads ids and texts from the archive and leaves out ids that share another's text."""
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in (
            "licenses/MIT",
            "licenses/GPL-2.0",
            "licenses/GPL-2.0-only",
            "licenses/GPL-2.0+",
            "spdx",
        ):
            body = b'{"licenseText": "words of %s"}' % name.encode()
            member = tarfile.TarInfo(f"package/{name}.json")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    assert read_texts(path) == {
        "MIT": "words of licenses/MIT",
        "GPL-2.0-only": "words of licenses/GPL-2.0-only",
    }


def test_shingle_runs_as_python() -> None:
    """The uncompiled kernel gives the same hashes (without numpy's warnings about wrapping numbers)."""
    text = np.frombuffer(b"Permission is hereby granted", np.uint8)
    with np.errstate(over="ignore"):
        assert shingle.py_func(text).tolist() == shingle(text).tolist()


def test_build_cuts_what_differs_and_merges_same_texts() -> None:
    """Copyright lines and placeholders leave no shingles, and ids with one text share one name."""
    words = " ".join(f"word{number}" for number in range(30))
    rows = build(
        {
            "Long-name": words,
            "Short": words,
            "Other": f"Copyright (c) 2020 Ann\n{words} <year> {words} more words",
        }
    )
    assert [row["licence"] for row in rows] == ["Other", "Short"]
    assert shingles_of("Copyright (c) 2020 some holder of rights\n").size == 0
    assert preferred(["GPL-2.0", "GPL-2.0-only"]) == "GPL-2.0-only"


def test_library_holds_the_spdx_list() -> None:
    """The data file knows the licences that matter, each with its whole length."""
    known = dict(zip(library().names, library().sizes.tolist(), strict=True))
    assert len(known) > 600
    assert known["GPL-3.0-only"] > 20 * known["MIT"] > 2000
