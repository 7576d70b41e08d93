"""People's names by rules, and account names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.pii.candidates import Scanner
from curation.pii.context import Context
from curation.pii.detectors import names, usernames
from curation.pii.detectors.people import read_name
from curation.pii.spans import Span

SCANNER = Scanner((*names.TRIGGERS, *usernames.TRIGGERS))


def spans(text: str) -> list[Span]:
    return names.find(text, SCANNER.scan(text).get(names.FAMILY, []), Context())


def found(text: str) -> list[str]:
    return [text[span.start : span.end] for span in spans(text)]


def accounts(text: str) -> list[str]:
    place = usernames.find(text, SCANNER.scan(text).get(usernames.FAMILY, []), Context())
    return [text[span.start : span.end] for span in place]


PLACES = [
    # author tags
    (" * @author Mara Quill <mq@uni-ulm.de>\n", ["Mara Quill"]),
    ("# Author: Mara Quill\n", ["Mara Quill"]),
    ("# Authors: Mara Quill, Tom O'Hara and Per Lind\n", ["Mara Quill", "Tom O'Hara", "Per Lind"]),
    (":author: Mara Quill\n:date: 2012", ["Mara Quill"]),
    ("\\author{Mara Quill \\and Per Lind}\n", ["Mara Quill", "Per Lind"]),
    ("  author = {Quill, Mara and Lind, Per Ole},\n", ["Quill, Mara", "Lind, Per Ole"]),
    ('__author__ = "Mara Quill"\n', ["Mara Quill"]),
    ("__author__ = ['Mara Quill', 'Per Lind <p@lind.se>']\n", ["Mara Quill", "Per Lind"]),
    ("setup(\n    author='Mara Quill',\n    author_email='m@q.org')\n", ["Mara Quill"]),
    ('authors = [\n  {name = "Mara Quill", email = "m@q.org"},\n]\n', ["Mara Quill"]),
    ('authors = ["Mara Quill <m@q.org>"]\n', ["Mara Quill"]),
    ('  "author": "Mara Quill <m@q.org> (https://q.org)",\n', ["Mara Quill"]),
    ('"author": {"name": "Mara Quill", "url": "https://q.org"}', ["Mara Quill"]),
    ('"contributors": [\n  "Mara Quill <m@q.org>",\n  {"name": "Per Lind"}\n]', ["Mara Quill", "Per Lind"]),
    ("maintainer:     Mara Quill\n", ["Mara Quill"]),
    ("MAINTAINER Mara Quill <m@q.org>\n", ["Mara Quill"]),
    ('LABEL maintainer="Mara Quill <m@q.org>"\n', ["Mara Quill"]),
    ("s.authors = ['Mara Quill'.freeze]\n", ["Mara Quill"]),
    ("authors:\n  - Mara Quill\n  - name: Per Lind\n", ["Mara Quill", "Per Lind"]),
    ("=head1 AUTHOR\n\nMara Quill, C<m@q.org>\n\n=cut\n", ["Mara Quill"]),
    (".SH AUTHORS\nMara Quill\n", ["Mara Quill"]),
    ("<author>Mara Quill</author>", ["Mara Quill"]),
    ('<meta name="author" content="Mara Quill">', ["Mara Quill"]),
    (
        "# Authors: Mara Quill\n#          Per Lind\n#          Eva Holm <e@holm.se>\n# Licence: BSD",
        ["Mara Quill", "Per Lind", "Eva Holm"],
    ),
    # by-lines
    ("//  Created by Mara Quill on 1/2/15.\n", ["Mara Quill"]),
    ("/* Written by Mara Quill and Per Lind, 1998 */", ["Mara Quill", "Per Lind"]),
    ("   Contributed by Mara Quill (mq@ulm.de).\n", ["Mara Quill"]),
    # copyright lines
    ("Copyright (c) 2012-2014 Mara Quill\n", ["Mara Quill"]),
    ("(C) Mara Quill 2015 <m@q.org>", ["Mara Quill"]),
    ("Copyright 2012, 2014 by Mara Quill, Per Lind and others.\n", ["Mara Quill", "Per Lind"]),
    ("// © 2016 Mara Quill. All rights reserved.", ["Mara Quill"]),
    ("Copyright © 2010-present Mara Quill All rights reserved", ["Mara Quill"]),
    ("SPDX-FileCopyrightText: 2019 Mara Quill <m@q.org>\n", ["Mara Quill"]),
    ("copyright = '2019, Mara Quill'\n", []),  # no year where one is expected: nothing says that it is a name
    ("Copyright (C) 2001 Mara Quill\n              2005 Per Lind\n", ["Mara Quill", "Per Lind"]),
    # git, mail, changelogs
    ("Signed-off-by: Mara Quill <m@q.org>\n", ["Mara Quill"]),
    ("Co-authored-by: Mara Quill\nReviewed-By: Per Lind\n", ["Mara Quill", "Per Lind"]),
    ("From: Mara Quill <m@q.org>\nTo: all", ["Mara Quill"]),
    ("Thanks to Mara Quill <m at q.org> and Per Lind (p@lind.se).", ["Mara Quill", "Per Lind"]),
    (" -- Mara Quill <m@q.org>  Mon, 01 Jan 2018 10:00:00 +0000\n", ["Mara Quill"]),
    ("* Mon Jan  1 2018 Mara Quill - 1.2-3\n", ["Mara Quill"]),
    ("2003-01-02  Mara Quill  <m@q.org>\n", ["Mara Quill"]),
    ("author Mara Quill <m@q.org> 1514800000 +0100\n", ["Mara Quill"]),
]


@pytest.mark.parametrize(("text", "expected"), PLACES, ids=[text[:30] for text, _ in PLACES])
def test_a_name_is_found_where_a_tag_says_that_one_follows(text: str, expected: list[str]) -> None:
    """Author tags, by-lines, copyright lines, trailers and addresses tell of the people beside them."""
    assert found(text) == expected


ONLY_TAGGED = ["Ludwig DUPRET", "山田花子", "김민수"]
SHAPES = [
    "José Núñez",
    "Łukasz Żak",
    "Øyvind Å. Holm",
    "Дмитрий Орлов",
    "J. R. Hacker",
    "J.R. Hacker",
    "Mara Q. Quill",
    "Jean-Luc Perrin",
    "Tom O'Hara",
    "Tom O\u2019Hara",
    "Ann McKay",
    "Kai von der Heide",
    "Eva de la Cruz",
    "Piet van 't Hoff",
    "Luc d'Ambre",
    "Per Lind Jr.",
    "Per Lind, Jr.",
    "Carl Lind III",
    "Wu Li",
    'Mara "mq" Quill',
    "Jos\\u00e9 Lima",
    "Ren&eacute; Lima",
    "Zoë Çelik-Brandt",
]


@pytest.mark.parametrize("name", [*SHAPES, *ONLY_TAGGED])
def test_names_of_many_languages_are_taken_whole(name: str) -> None:
    """Accents, initials, particles, suffixes, hyphens, escapes and other scripts belong to the name."""
    assert found(f" * @author {name}\n * @since 2") == [name]


@pytest.mark.parametrize("name", [*SHAPES, *ONLY_TAGGED])
def test_capitals_and_names_of_one_word_need_an_author_tag(name: str) -> None:
    """After a copyright sign capitals are acronyms, and a word of an eastern script can be a company."""
    assert found(f"(c) 2012 {name}\n") == ([] if name in ONLY_TAGGED else [name])


NOBODY = [
    "Google Inc.",
    "The Chromium Authors",
    "Free Software Foundation",
    "Red Hat, Inc.",
    "Mara Quill, Inc.",
    "Lind & Sons",
    "Quill Holm GmbH",
    "Apache Maven",
    "University of Ulm",
    "Max Planck Institute",
    "IBM Research",
    "JetBrains Team",
    "Django Project",
    "Numpy Developers",
    "Hugging Face",
    "Facebook, Inc. and its affiliates",
    "Your Name",
    "Jane Doe",
    "John Doe",
    "Firstname Lastname",
    "Alex Exempli",
    "Sampleson",
    "<NAME>",
    "mara",
    "Mara",
    "mquill",
    "mara quill",
    "the author",
    "A. B.",
    "NASA",
    "NVIDIA CORPORATION",
    "string",
    "req.body.name",
    "None",
    "self.author",
    "Visual Studio",
    "Author Name",
    "All Rights Reserved",
    "${author}",
    "%(author)s",
    "Quill OpenSource",
    "Kungliga Tekniska",
    "New York",
    "",
]


@pytest.mark.parametrize("text", NOBODY)
def test_organisations_products_and_made_up_people_are_no_names(text: str) -> None:
    """What a tag names is often not a person: that stays as it is."""
    assert found(f"# Author: {text}\n") == []
    assert found(f"Copyright (c) 2012 {text}\n") == []
    assert found(f"Created by {text} on 1/2/15.\n") == []
    assert found(f"Signed-off-by: {text} <x@q.org>\n") == []


PROSE = [
    "Copyright Notice: see below",
    "The copyright holder may terminate",
    "modified by the user",
    "values written by Foo.bar() are",
    "f(c) Return Value",
    "author: true, title: Some Long Title",
    "def author(self): Return Author Name",
    "sorted by: Date Created",
    "Author.objects.create(name='x')",
    "import { Author } from './Author'",
    "assert author == Other Author",
    "ordered (c) 1 Abc Def",
]


@pytest.mark.parametrize("text", PROSE)
def test_code_and_licence_texts_hold_no_names(text: str) -> None:
    """Words such as author and copyright stand in code and licences without a name beside them."""
    assert found(text) == []


def test_a_span_tells_rule_and_trust() -> None:
    """The rule that decided is told; a tag is trusted more than a phrase."""
    tag, phrase = spans("# Author: Mara Quill\n# Written by Per Lind\n")
    assert (tag.tag, tag.rule) == ("NAME", "name-author")
    assert (phrase.tag, phrase.rule) == ("NAME", "name-byline")
    assert tag.score > phrase.score


def test_one_name_is_told_once_although_several_tags_point_to_it() -> None:
    """A by-line, a trailer and the address after a name are three hits and one span."""
    assert len(spans("Signed-off-by: Mara Quill <m@q.org>\n")) == 1
    assert len(spans("@author Copyright (c) 2015 Mara Quill (m@q.org)\n")) == 1


def test_a_table_without_names_does_not_hide_addresses_inside() -> None:
    """A bracket that never closes is read in vain, and the next hit is still looked at."""
    assert found("authors = [\n" + "x, y\n" * 20 + "Mara Quill <m@q.org>\n") == ["Mara Quill"]


@pytest.mark.parametrize("text", [text for text, expected in PLACES if expected])
def test_what_was_replaced_is_not_found_again(text: str) -> None:
    """Neither <NAME> nor a made-up name is a finding."""
    for fake in ("<NAME>", "Casey Exempli", "Alex Q. Doe"):
        once = text
        for span in reversed(spans(text)):
            once = once[: span.start] + fake + once[span.end :]
        assert found(once) == []


@given(
    st.text(alphabet="Aaé.,'-<>()@:=[]{}\"\n \t", max_size=120),
    st.sampled_from(["author:", "(c) 2012 ", "by ", ""]),
)
def test_any_text_gives_places_inside_it_that_hold_two_words(text: str, tag: str) -> None:
    """Spans lie in the text, in order, begin and end with something visible, and never overlap."""
    text = f"{tag}{text} <a@b.org> {tag}{text}"
    last = 0
    for span in spans(text):
        assert last <= span.start < span.end <= len(text)
        value = text[span.start : span.end]
        assert value == value.strip()
        assert len(value.replace(",", " ").split()) >= 2
        last = span.end


@pytest.mark.parametrize(
    "unit",
    [
        "author:",
        "author: A",
        "author: Aa Bb ",
        "author=[",
        'author=["',
        "author={",
        "authors:\n",
        "code by A. ",
        "a <a@",
        "A A A A A A A <a@",
        "Aa Bb <a@b> ",
        "(c) 2012 ",
        "Copyright by ",
        "a-by: Aa Bb, ",
        "# authors\nAa Bb\n",
        "author={Aa, Bb and ",
        "author: Aa-",
        "author: Aa.b.c.d",
        "author: Aa \\u0041",
    ],
)
def test_repeated_tags_cost_linear_time(unit: str) -> None:
    """Tags after tags are read in time that does not grow with their square."""
    text = repeated(unit)
    hits = SCANNER.scan(text).get(names.FAMILY, [])
    with ends_soon(f"looking for names in {unit!r}"):
        names.find(text, hits, Context())


def test_one_line_of_names_is_read_in_pieces_of_bounded_size() -> None:
    """A tag speaks for at most so many names, wherever the line ends."""
    assert 0 < len(found("authors: " + "Mara Quill, " * 5000)) <= names.MAX_NAMES


def test_read_name_looks_only_between_its_bounds() -> None:
    """The text ends where the caller says; what begins in lower case is no name."""
    assert read_name("by Mara Quill Holm", 3, end=13) == (3, 13)
    assert read_name("by Mara Quill", 0) is None
    assert read_name("Mara Quill", 10) is None


ACCOUNTS = [
    (" * @author mquill\n", ["mquill"]),
    ("# Author: @mquill\n", ["mquill"]),
    ('__author__ = "mquill"\n', ["mquill"]),
    ('"author": "mquill <m@q.org>",\n', ["mquill"]),
    ("cd /home/mquill/src && ls", ["mquill"]),
    ("/Users/mara.quill/Documents", ["mara.quill"]),
    (r"C:\Users\mquill\AppData", ["mquill"]),
    (r'"C:\\Users\\mquill\\AppData"', ["mquill"]),
    ("# TODO(mquill): later", ["mquill"]),
    ("// FIXME(@mquill) now", ["mquill"]),
    ("/home/runner/work /home/travis/build /Users/vsts/x /home/ubuntu", []),
    ("/home/$USER/x /home/<user>/x /home/{name}", []),
    ("url(/home/index.html) GET /users/list", []),
    (" * @author Mara Quill\n", []),
    ("author: string;\n", []),
    ("author = self.author\n", []),
    ("author = authorName\n", []),
    ("@author root\n", []),
    ("TODO(later this year)", []),
    ("TODO(README)", []),
]


@pytest.mark.parametrize(("text", "expected"), ACCOUNTS, ids=[text[:24] for text, _ in ACCOUNTS])
def test_account_names_stand_in_home_folders_tags_and_notes(text: str, expected: list[str]) -> None:
    """Accounts of machines and roles belong to nobody; variables and types are code."""
    assert accounts(text) == expected
