"""Visible text of HTML: counted by hand, against stdlib's html.parser, and on hostile input."""

import math
import sysconfig
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.signals import html
from curation.signals.html import measure_html

COUNTED = [
    ("<p>one</p><script>two()</script>", 3),
    ("<style>a</style><STYLE>b</STYLE\n>c", 1),
    ("<title>a</title><noscript>b</noscript>", 2),
    ("a <!-- b > c --> d", 4),
    ("<!DOCTYPE html>a<?xml b?>c", 2),
    ("<template>a<b>c</b></template>d", 1),
    ("<p>\n\n  </p>\n <b> a </b>", 1 + 1 + 3),
    ("<pre>\n\n  </pre>", 4),
    ("<textarea>  </textarea><b>  </b>", 3),
    ("&amp;&#8364;&#x20AC;&nbsp;", 4),
    ("a&b & c&copy", 12),
    ("<a title='x>y' b=\"c>d\">e</a>", 1),
    ("<a title='x>y>e</a>", 2 + 1),
    ("1 < 2 </b> <3", 6 + 3),
    ("<script src=a/>b<script/>c", 2),
    ("<scripty>a</scripty>", 1),
    ("é中\U0001f600", 3),
    ("<![CDATA[a<b>]]>c", 5),
    ("<![if IE]>a<![endif]>", 1),
    ("a<!-- b", 1),
    ("a<script>b", 1),
    ("a<b", 1),
    ("{{ x }}", 7),
    ("", 0),
]


@pytest.mark.parametrize(("text", "expected"), COUNTED)
def test_visible_characters(text: str, expected: int) -> None:
    """What a reader sees is counted in characters, as bs4's get_text would without script and style."""
    assert measure_html(text, "HTML") == (expected, expected / max(1, len(text)), 0)


@pytest.mark.parametrize("text", ["<![[[", "a<![foo[b]]>", "<![ if]>"])
def test_what_html_parser_rejects_is_a_failure(text: str) -> None:
    """A marked section of an unknown name is a parse failure, and the rest is still measured."""
    assert measure_html(text, "HTML")[2] == 1


@pytest.mark.parametrize(
    ("language", "measured"),
    [("HTML", True), ("HTML+ERB", True), ("Vue", False), ("XML", False), ("Python", False), ("", False)],
)
def test_languages(language: str, measured: bool) -> None:
    """HTML and its dialects are measured, and nothing else."""
    assert all(math.isnan(value) for value in measure_html("<p>a</p>", language)) is not measured


class Visible(HTMLParser):
    """The same rule on stdlib's parser: text nodes outside of script, style and template."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.visible = 0
        self.node = ""
        self.inside = {"pre": 0, "template": 0, "script": 0, "style": 0}

    def flush(self) -> None:
        """End a text node and count it."""
        blank = not self.node.strip(" \n\t\f\r") and self.inside["pre"] == 0
        if not any(self.inside[name] for name in ("template", "script", "style")):
            self.visible += min(1, len(self.node)) if blank else len(self.node)
        self.node = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.flush()
        if tag in self.inside:
            self.inside[tag] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.flush()

    def handle_endtag(self, tag: str) -> None:
        self.flush()
        if tag in self.inside:
            self.inside[tag] = max(0, self.inside[tag] - 1)

    def handle_comment(self, data: str) -> None:
        self.flush()

    def handle_decl(self, decl: str) -> None:
        self.flush()

    def handle_pi(self, data: str) -> None:
        self.flush()

    def handle_data(self, data: str) -> None:
        self.node += data

    def handle_entityref(self, name: str) -> None:
        self.node += "x"

    def handle_charref(self, name: str) -> None:
        self.node += "x"


def parsed(text: str) -> int:
    """Visible characters by stdlib's parser."""
    parser = Visible()
    parser.feed(text)
    parser.close()
    parser.flush()
    return parser.visible


MARKUP = [
    "<p>",
    "</p>",
    "<br/>",
    "<pre>",
    "</pre>",
    "<a b='x>y'>",
    '<a b = "\'" c>',
    "<!-- <p> -->",
    "<!DOCTYPE html>",
    "<script>if (a < b) '</p>'</script>",
    "<style>a > b {}</style>",
    "<template>t</template>",
    "<?php x ?>",
    "&amp;",
    "&#65;",
    "&#x41;",
    " ",
    "\n",
    "\t ",
    "text",
    "é",
    "\xa0",
    "a < b",
    "x > y",
    "<SCRIPT>q</SCRIPT >",
    "</b >",
]


@given(st.lists(st.sampled_from(MARKUP), max_size=30).map("".join))
@settings(max_examples=800, deadline=None)
def test_markup_soup_agrees_with_html_parser(text: str) -> None:
    """However well-formed pieces are thrown together, the count is that of a real parser."""
    assert measure_html(text, "HTML")[0] == parsed(text)


def test_installed_files_agree_with_html_parser() -> None:
    """On the HTML files that are installed beside the tests, the count is that of a real parser."""
    files = list(Path(sysconfig.get_paths()["purelib"]).rglob("*.html"))
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files]
    texts = [text for text in texts if 0 < len(text) < 500_000]
    assert texts
    counts = [(measure_html(text, "HTML")[0], parsed(text)) for text in texts]
    assert all(
        abs(ours - theirs) <= 0.001 * len(text) for (ours, theirs), text in zip(counts, texts, strict=True)
    )


HOSTILE = [
    "<![[[",
    "<!--",
    "<div>",
    "<a ",
    "<script>",
    '<a b="',
    "<a b='\"",
    "</",
    "<![CDATA[",
    "&",
    "&#9",
    "<template>",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_input_is_linear(piece: str) -> None:
    """A million bytes of one piece, over and over, are read without starting anew at every byte."""
    measure_html(piece, "HTML")  # compiles
    with ends_soon(f"measuring HTML of {piece!r}"):
        measure_html(repeated(piece, 1_000_000), "HTML")


def test_kernel_equals_its_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The count is the same, compiled and as plain Python that checks every index."""
    texts = [text for text, _ in COUNTED] + MARKUP + [piece * 2 for piece in HOSTILE]
    contents = [np.frombuffer(text.encode(), np.uint8) for text in texts]
    compiled = [html.visible_characters(content) for content in contents]
    for name, value in vars(html).copy().items():
        if hasattr(value, "py_func"):
            monkeypatch.setattr(html, name, value.py_func)
    assert [html.visible_characters(content.astype(np.int64)) for content in contents] == compiled
