"""Whether a file parses is told for some languages, in bounded time, and whether an edit can matter."""

import ast
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.pii.syntax import MAX_DEPTH, MAX_DOTS, Edit, is_inert, keeps_syntax, parses


@pytest.mark.parametrize(
    ("language", "path", "good", "bad"),
    [
        ("Python", "", "x = '<KEY>'\n", "x = <KEY>\n"),
        ("", "a/b.py", "x = 1", "x = 1x = 2"),
        ("Python", "", "'\\d'  # a warning, no error", "b'\u00e9'"),
        ("JSON", "", '\ufeff{"a": 1}', '{"a": <KEY>}'),
        ("JSON", "", '"\\n"', '"\\<"'),
        ("", "x.JSON", "[]", "[1,]"),
        ("JSON", "rows.jsonl", '{"a":1}\n\n{"b":2}\r\n', '{"a":1}\n{"b":}\n'),
        ("Jupyter Notebook", "n.ipynb", '{"cells": []}', '{"cells": [}'),
        ("YAML", "", "a: <KEY>\nb: {c: <KEY>}\n", "a: [<KEY>\n"),
        ("YAML", "", "--- 1\n--- 2\n", "a: b: c"),
        ("YAML", "", "a: &x [1]\nb: [*x, *x]\n", "a: '\x01'"),
        ("TOML", "", "a = '<KEY>'", "a = <KEY>"),
        ("", "p.toml", "[a.b]\nc = 1", "c = 01"),
        ("XML", "", "<a b='c'>d</a>", "<a b='<KEY>'/>"),
        ("XML", "", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\u0416</a>", "<a><EMAIL></a>"),
        ("SVG", "", "<!DOCTYPE svg SYSTEM 'x'><svg/>", "<svg>&nbsp;</svg>"),
        ("Maven POM", "", "<project/>", "\ud800<project/>"),
        ("Python", "", "x = 1", "x = '\ud800'"),
        ("YAML", "", "x: 1", "x: \ud800"),
        ("JSON", "", "1", '"\ud800"'),
    ],
)
def test_parses(language: str, path: str, good: str, bad: str) -> None:
    """Valid and broken files are told apart in each language; the path counts if there is no language."""
    assert parses(good, language, path) is True
    assert parses(bad, language, path) is False


@pytest.mark.parametrize(
    ("language", "path", "text"),
    [
        ("C", "a.py", "int a"),
        ("", "", "x = "),
        ("", "Makefile", "x = "),
        ("Python", "", "#" * ((1 << 18) + 1)),
        ("YAML", "", "[" * (MAX_DEPTH + 1)),
        ("TOML", "", "a." * (MAX_DOTS + 1) + "b = 1"),
        ("XML", "", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
    ],
)
def test_what_cannot_be_told(language: str, path: str, text: str) -> None:
    """Unknown languages, and files beyond a limit, have no answer."""
    assert parses(text, language, path) is None


@pytest.mark.parametrize(
    ("language", "piece"),
    [
        *(
            ("Python", p)
            for p in ("(", "[", "{", "-", "a.", "1+", "not ", "lambda:", "f()", "@a\n", "{1:", "f(a=")
        ),
        *(("JSON", p) for p in ("[", '{"a":', '"', "1")),
        *(("YAML", p) for p in ("[", "{a: ", "- ", "? ", "a: ", "&a ", "[a", "a\n", "!", "*a ", "\t")),
        *(("TOML", p) for p in ("[", "a.", "a=[", "a={", "[a]\n", "[[a]]\n", "a.a=1\n", "'")),
        *(("XML", p) for p in ("<a>", "<a ", "<!--", "&", "<![CDATA[", "<?a ")),
    ],
)
def test_hostile_files_take_bounded_time(language: str, piece: str) -> None:
    """Anything nested or repeated is answered, whatever the parser makes of it."""
    with ends_soon(f"parsing {language} of {piece!r}"):
        parses(repeated(piece), language)
        parses("x = " + repeated(piece), language)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("x = '@'", True),
        ('x = "a @ b"', True),
        ("x = 1  # by @", True),
        ("# by @\nx = 1", True),
        ('"""doc\n\n@ "quoted" text\n"""', True),
        ("'''a'b''c @'''", True),
        ("x = b'@'", True),
        ("x = '#'; y = '@'", True),
        ("print(f'{a}', '@')", True),
        ("f'{{{a:>3}}}' '@'", True),
        ("x = r'\\' '@'", False),
        ("x = '\\n'; y = '@'", True),
        ("'\\\n' '@'", True),
        ("if'@':pass", False),
        ("x = @", False),
        ("x = '@\\n'", True),
        ("x = '\\n@'", True),
        ("x = '\\\\@'", False),
        ("x = '\\U0001F60@'", False),
        ("x = '\\x41 and more @'", True),
        ("x = '\\N{BULLET and more@}'", False),
        ("x = '\\x4@'", False),
        ("x = f'@'", False),
        ("x = rf'@'", False),
        ("x = fr'@'", False),
        ("x = t'@'", False),
        ("f'{a[\"b\"]}' '@'", False),
        ("f'{\"}\"}' '@'", False),
        ("fr'{a[\"b\"]}' '@'", False),
        ("x = ' '@", False),
        ("x = '", False),
        ("x = '''@'", False),
        ("x = '\n@'", False),
        ('x = "\'" @', False),
    ],
)
def test_inert_edits(before: str, expected: bool) -> None:
    """An edit in a comment or plain literal cannot matter; everything else is not sure."""
    start = before.find("@")
    start = len(before) - 1 if start < 0 else start
    assert is_inert(before, [Edit(start, start + 1, "<KEY>")]) is expected


@pytest.mark.parametrize(
    ("start", "end", "new"),
    [
        (5, 8, "a'b"),
        (5, 8, "a\\"),
        (5, 8, "a\n"),
        (5, 8, "\u00e9"),
        (5, 8, ""),
        (5, 5, "a"),
        (4, 8, "a"),
        (5, 9, "a"),
        (5, 14, "a"),
        (11, 12, "a"),
    ],
)
def test_edits_that_may_matter(start: int, end: int, new: str) -> None:
    """Quotes, backslashes, line ends, empty edits and the marks themselves are never taken as inert."""
    assert not is_inert("x = 'abc'  # def", [Edit(start, end, new)])


def test_inert_edits_are_all_looked_at() -> None:
    """One edit that may matter is enough, wherever it stands; several in one literal may pass."""
    text = "a = 'one two'  # three\nb = four"
    good = [Edit(5, 8, "<A>"), Edit(9, 12, "<B>"), Edit(17, 22, "<C>")]
    assert is_inert(text, good)
    assert not is_inert(text, [*good, Edit(27, 31, "<D>")])
    assert is_inert(text, [])


PIECES = [
    "'",
    '"',
    "'''",
    '"""',
    "f'",
    'rb"',
    "#",
    "\n",
    "\\",
    "{",
    "}",
    "a",
    "x = ",
    "(",
    ")",
    " ",
    "abcd",
    "f",
    "r",
    "=",
    "{{",
    ",",
]


def valid(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return False
    return True


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.integers(0, 40), st.integers(1, 6))
def test_inert_edits_break_nothing(text: str, start: int, size: int) -> None:
    """What is called inert parses as before, against Python's own parser."""
    edit = Edit(start, min(start + size, len(text)), "<KEY>")
    if edit.end > start and valid(text) and is_inert(text, [edit]):
        assert valid(text[:start] + edit.new + text[edit.end :])


def test_hostile_literals_take_linear_time() -> None:
    """Many quotes that open and never close are given up at once."""
    for piece in ('"""', '"""\\', '\\"""', "'\\\n", 'f"{a}"', 'f"{{', "'''a\"\"\"", "f'{a", '"a"', "''"):
        text = repeated(piece)
        with ends_soon(f"looking at literals of {piece!r}"):
            is_inert(text, [Edit(len(text) - 3, len(text) - 1, "<KEY>")])


@pytest.mark.parametrize(
    ("text", "new", "language", "kept"),
    [
        ("x = 1", "x = <KEY>", "Python", False),
        ("x = ", "x = <KEY>", "Python", True),
        ("x = 1", "x = <KEY>", "Ruby", True),
        ("x = 1", "x = 2", "Python", True),
        ("[" * 99, "[", "YAML", True),
        ("a: [b]", "a: [b", "YAML", False),
        ("a: 1", "[" * 99, "YAML", False),
    ],
)
def test_keeps_syntax(text: str, new: str, language: str, kept: bool) -> None:
    """Only a file that parsed before has to parse after."""
    assert keeps_syntax(text, new, [Edit(0, 1, "a")], language) is kept
