"""Comments and strings of every language family, against stdlib tokenize and simple regex references."""

import ast
import io
import math
import re
import sysconfig
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.signals import comment_scan, comment_syntax, comments
from curation.signals.comments import SYNTAX_LANGUAGES, comment_spans, measure_comments, scan_language

SC1_WITH_COMMENTS = """
Ada, Agda, Alloy, ANTLR, AppleScript, Assembly, Augeas, Awk, Batchfile, Bluespec, C, C#, Clojure,
CMake, CoffeeScript, Common Lisp, C++, CSS, Cuda, Dart, Dockerfile, Elixir, Elm, Emacs Lisp, Erlang,
F#, Fortran, GLSL, Go, Groovy, Haskell, HTML, Idris, Isabelle, Java, Java Server Pages, JavaScript,
Julia, Kotlin, Lean, Literate Agda, Literate Haskell, Lua, Makefile, Maple, Markdown, Mathematica,
MATLAB, OCaml, Pascal, Perl, PHP, PowerShell, Prolog, Protocol Buffer, Python, R, Racket, RMarkdown,
Ruby, Rust, SAS, Scala, Scheme, Shell, Smalltalk, Solidity, SPARQL, SQL, Stan, Standard ML, Stata,
SystemVerilog, Tcl, Tcsh, TeX, Thrift, TypeScript, Verilog, VHDL, Visual Basic, XSLT, Yacc, YAML,
Zig
"""

SNIPPETS: list[tuple[str, str, list[str], list[str]]] = [
    ("C", 'a /* b */ "c//d" // e', ["/* b */", "// e"], ['"c//d"']),
    ("C", "// a \\\nb\nc '\"' L'\\''", ["// a \\\nb"], ["'\"'", "L'\\''"]),
    ("C", 'x = u8"a\\"b" /* open\n', ["/* open\n"], ['u8"a\\"b"']),
    ("C++", 'R"x(")" )x" 1\'000 // y', ["// y"], ['R"x(")" )x"']),
    ("C++", 'x = "open\ny // z', ["// z"], ['"open']),
    ("Java", 'a = "\\""; /** d */', ["/** d */"], ['"\\""']),
    (
        "C#",
        '@"a\\" // b\nx = """q"" // """; $"c" // d',
        ["// b", "// d"],
        ['@"a\\"', '"""q"" // """', '$"c"'],
    ),
    ("JavaScript", "a = /[/'\"]/g; b / c; // d", ["// d"], ["/[/'\"]/"]),
    ("JavaScript", "return /x'/ // a", ["// a"], ["/x'/"]),
    ("JavaScript", "a = b /* c */ / d / e; '/'", ["/* c */"], ["'/'"]),
    ("JavaScript", "f(/* c */ /'/)", ["/* c */"], ["/'/"]),
    ("TypeScript", "x = `// ${f(`y`)} z` // d", ["// d"], ["`// ${f(`y`)} z`"]),
    ("Go", "x := `a\n// b` // c", ["// c"], ["`a\n// b`"]),
    ("Rust", "fn f<'a>(x: &'a str) -> char { '\"' } // b", ["// b"], ["'\"'"]),
    (
        "Rust",
        'r#"a"//"# /* b /* c */ d */ b"x" b\'\\\'\'',
        ["/* b /* c */ d */"],
        ['r#"a"//"#', 'b"x"', "b'\\''"],
    ),
    ("Swift", '#"a"//"# "\\("b")" // c', ["// c"], ['#"a"//"#', '"\\("b")"']),
    ("Kotlin", 'x = """a\n// ${"b"}""" /* c */', ["/* c */"], ['"""a\n// ${"b"}"""']),
    ("Scala", "/* a /* b */ c */ 'x 'y'", ["/* a /* b */ c */"], ["'y'"]),
    ("Dart", "'''a'b''' // c", ["// c"], ["'''a'b'''"]),
    ("Zig", "x =\n\\\\ a // b\n; // c", ["// c"], ["\\\\ a // b"]),
    ("D", "/+ a /+ b +/ +/ `c`", ["/+ a /+ b +/ +/"], ["`c`"]),
    ("PHP", "don't <?php # a ?> isn't <? $b = 'c'; // d\n#[E]", ["# a ", "// d"], ["'c'"]),
    ("PHP", "<?php $a = <<<'E'\n// b\nE; // c", ["// c"], ["// b\nE"]),
    ("Python", 'def f():\n    r"""Doc."""\n    x = "s"  # c', ['r"""Doc."""', "# c"], ['"s"']),
    ("Python", 'x = (\n  "a"\n)\n"b"\n"c".d\n', ['"b"'], ['"a"', '"c"']),
    ("Python", 'x = \\\n  "a"\n', [], ['"a"']),
    ("Python", "f'#' rb'\\'#' '''#\n''' # é", ["# é"], ["f'#'", "rb'\\'#'", "'''#\n'''"]),
    ("Shell", "a=$# b=${#c} d#e '#' # f", ["# f"], ["'#'"]),
    ("Shell", "cat <<-'E' # a\ndon't # b\n\tE\n\\# \"$(x)\"", ["# a"], ["don't # b\n\tE", '"$(x)"']),
    ("Shell", "a <<< 'b' # c\n(( 1 << d )) # e", ["# c", "# e"], ["'b'"]),
    ("Dockerfile", "# a\nRUN echo b # c", ["# a"], []),
    ("Makefile", "a = b\\#c # d\n", ["# d"], []),
    ("CMake", "#[=[ a ]] ]=] x # b", ["#[=[ a ]] ]=]", "# b"], []),
    ("Ruby", '=begin\na\n=end\nx = "#{y["#"]}" # b', ["=begin\na\n=end", "# b"], ['"#{y["#"]}"']),
    ("Ruby", "a = <<~E\n# b\nE\nc / d # e\nf =~ /#g/", ["# e"], ["# b\nE", "/#g/"]),
    ("Perl", "=head1 a\n\nb\n\n=cut\n$#x; s =~ /#/; # c", ["=head1 a\n\nb\n\n=cut", "# c"], ["/#/"]),
    ("Lua", "--[==[ a ]] ]==] x = [[--]] -- b", ["--[==[ a ]] ]==]", "-- b"], ["[[--]]"]),
    ("CoffeeScript", "###\na\n###\nb = '#' # c", ["###\na\n###", "# c"], ["'#'"]),
    ("Elixir", '"""\n#\n""" ?# # a', ["# a"], ['"""\n#\n"""']),
    ("R", 'r"(#")" # a', ["# a"], ['r"(#")"']),
    ("Julia", "x' # a\n#= b =# '#'", ["# a", "#= b =#"], ["'#'"]),
    ("PowerShell", '<# a #> "`"#" # b\n@"\n#"\n"@', ["<# a #>", "# b"], ['"`"#"', '@"\n#"\n"@']),
    ("Batchfile", "REM a\n@rem b\n:: c\necho remember", ["REM a", "rem b", ":: c"], []),
    ("Tcl", "set a #b ;# c\n  # d", ["# c", "# d"], []),
    ("YAML", "a: b#c # d\ne: don't\nf: '#'", ["# d"], ["'#'"]),
    ("TOML", 'a = """#\n""" # b', ["# b"], ['"""#\n"""']),
    ("INI", "; a\n# b\nc = d ; e", ["; a", "# b"], []),
    ("SQL", "-- a\n'b''--' /* c */", ["-- a", "/* c */"], ["'b''--'"]),
    ("SAS", "* a don't;\nb = 'c'; /* d */", ["* a don't;", "/* d */"], ["'c'"]),
    ("MATLAB", "a = b'; % c\n%{\nd\n%}\ne = 'f%''g';", ["% c", "%{\nd\n%}"], ["'f%''g'"]),
    ("Mathematica", '(* a (* b *) *) "c"', ["(* a (* b *) *)"], ['"c"']),
    ("Haskell", "foldl' x --> y -- a\n{- b {- c -} -} '\"'", ["-- a", "{- b {- c -} -}"], ["'\"'"]),
    ("OCaml", "(* a *) 'b' x' {q|(*|q}", ["(* a *)"], ["'b'", "{q|(*|q}"]),
    ("F#", '(*) 1 (* a *) @"\\" // b', ["(* a *)", "// b"], ['@"\\"']),
    ("Erlang", '$% $" % a', ["% a"], []),
    ("Common Lisp", "#\\; #| a |# ; b", ["#| a |#", "; b"], []),
    ("Clojure", '\\" \\; ; a', ["; a"], []),
    ("Emacs Lisp", "?\\; ?; ; a", ["; a"], []),
    ("Prolog", "0'% /* a */ % b", ["/* a */", "% b"], []),
    ("Smalltalk", "\"a'b\" 'c''d' $'", ['"a\'b"'], ["'c''d'"]),
    ("Pascal", "{ a } (* b *) 'c''{' // d", ["{ a }", "(* b *)", "// d"], ["'c''{'"]),
    ("Ada", "X'First '\"' -- a", ["-- a"], ["'\"'"]),
    ("VHDL", "x'event -- a", ["-- a"], []),
    ("Verilog", "8'hFF // a", ["// a"], []),
    ("Visual Basic .NET", 'a = "\'""" \' b\nRem c', ["' b", "Rem c"], ['"\'"""']),
    ("Fortran", "C a\ncall b ! c\n* d\nx = 'a!''b'", ["C a", "! c", "* d"], ["'a!''b'"]),
    ("Fortran Free Form", "c = 1 ! a", ["! a"], []),
    ("COBOL", "000100* a\n000200 x *> b", ["* a", "*> b"], []),
    ("Assembly", "mov a, #4 ; b\n# c\n@ d\nx // e", ["; b", "# c", "@ d", "// e"], []),
    ("Vim Script", '" a\nlet b = "c" " d\nlet e = \'f\'\'"\'', ['" a', '" d'], ['"c"', "'f''\"'"]),
    ("TeX", "10\\% % a\n\\begin{comment}b\\end{comment}", ["% a", "\\begin{comment}b\\end{comment}"], []),
    ("HTML", "<!-- a --> 'b' <!-- c", ["<!-- a -->", "<!-- c"], []),
    ("Java Server Pages", "<%-- a --%><!-- b -->", ["<%-- a --%>", "<!-- b -->"], []),
    ("CSS", 'a { /* b */ c: "/*" }', ["/* b */"], ['"/*"']),
    ("SCSS", "a: url(http://b); // c", ["// c"], []),
    ("Nix", "''#'' # a", ["# a"], ["''#''"]),
    ("Forth", ": a ( b -- c ) \\ d", ["( b -- c )", "\\ d"], []),
    ("Idris", "||| a\nx -- b", ["||| a", "-- b"], []),
]


def as_bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


def spans_of(text: str, language: str, kind: int) -> list[str]:
    found = scan_language(as_bytes(text), language)
    return [text.encode()[start:end].decode() for start, end, what, *_ in found.tolist() if what == kind]


@pytest.mark.parametrize(("language", "text", "expected", "strings"), SNIPPETS)
def test_a_language_s_comments_and_strings(
    language: str, text: str, expected: list[str], strings: list[str]
) -> None:
    """Each family's comments and strings are found, and what only looks like them is not."""
    assert spans_of(text, language, comment_scan.COMMENT) == expected
    assert spans_of(text, language, comment_scan.STRING) == strings


def test_the_table_covers_what_people_train_on() -> None:
    """At least 120 languages, and every SC1 partition that has comments."""
    assert len(SYNTAX_LANGUAGES) >= 120
    assert set(re.split(r",\s+", SC1_WITH_COMMENTS.strip())) <= SYNTAX_LANGUAGES


def test_the_table_has_no_waste() -> None:
    """Each language stands in one family, each rule is used, and each family compiles to a syntax."""
    table = comment_syntax.table()
    named = [language for family in table.families for language in family.languages]
    assert len(named) == len(set(named))
    assert {rule for family in table.families for rule in family.rules} == set(table.rules)
    assert all(comment_syntax.syntax(language) is not None for language in named)


def test_classes_are_the_scanner_s_bits() -> None:
    """The order of the classes in the table's reader is that of the scanner's constants."""
    bits = [getattr(comment_scan, name.upper()) for name in comment_syntax.CLASSES]
    assert bits == [1 << bit for bit in range(len(bits))]
    assert [getattr(comment_scan, name.upper()) for name in comment_syntax.HOWS] == list(range(11))
    assert [getattr(comment_scan, name.upper()) for name in comment_syntax.PLACES] == list(range(4))


MEASURED = [
    ("Python", "x = 1  # TODO\n", (6 / 14, 0, 0, 0, 0, 1)),
    ("Python", "# Your Code Here\n\nx = 'é'\r\n", (16 / 27, 1 / 3, 3 / 27, 0, 0, 1 / 3)),
    ("Python", "'''\nfixme\n\nb\n'''\r# c", (19 / 20, 5 / 6, 0, 0, 0, 1 / 6)),
    ("C", f'x = "{"a " * 21}";\ny\n', (0, 0, 44 / 52, 1 / 2, 0, 0)),
    ("C", f'x = "{"a " * 20}";', (0, 0, 42 / 47, 0, 0, 0)),
    ("C", f'"{"b" * 20} {"é" * 21} http://{"c" * 20} www.{"d" * 20}"', (0, 0, 1, 0, 1 / 4, 0)),
    ("C", "/* a */ x\n/* b */ /* c */\n", (21 / 26, 1 / 2, 0, 0, 0, 0)),
    ("C", '"todo" x // mastodons\n', (12 / 22, 0, 6 / 22, 0, 0, 1)),
    ("C", "", (0, 0, 0, 0, 0, 0)),
]


@pytest.mark.parametrize(("language", "text", "expected"), MEASURED)
def test_fractions(language: str, text: str, expected: tuple[float, ...]) -> None:
    """The six fractions, counted by hand: characters and not bytes, lines by any terminator."""
    assert measure_comments(as_bytes(text), text, language) == pytest.approx(expected)


@pytest.mark.parametrize("language", ["JSON", "Text", "", "Literate CoffeeScript"])
def test_an_unknown_language_is_not_measured(language: str) -> None:
    """A language without an entry gives NaN, never a guess, and no spans."""
    assert all(math.isnan(value) for value in measure_comments(as_bytes("# a"), "# a", language))
    assert comment_spans(as_bytes("# a"), language).shape == (0, 2)


def python_files(limit: int) -> Iterator[bytes]:
    files = sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*.py"))
    for path in files[:: max(1, len(files) // limit)]:
        content = path.read_bytes()
        if len(content) < 100_000 and not re.search(rb"[\r\f]|^\xef\xbb\xbf", content):
            yield content


def python_comment_characters(text: str) -> int:
    """Characters of comments by tokenize and of string statements by ast."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    size = sum(len(token.string) for token in tokens if token.type == tokenize.COMMENT)
    for node in ast.walk(ast.parse(text)):
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            size += len(ast.get_source_segment(text, value) or "")
    return size


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_installed_python_files_agree_with_tokenize() -> None:
    """On real files the comment characters are those of tokenize and ast, in at least 99.5 % of the files."""
    equal = total = 0
    for content in python_files(250):
        text = content.decode("utf-8", "replace")
        try:
            expected = python_comment_characters(text)
        except (SyntaxError, ValueError, tokenize.TokenError):
            continue
        fraction = measure_comments(as_bytes(text), text, "Python")[0]
        total += 1
        equal += round(fraction * max(1, len(text))) == expected
    assert total > 100
    assert equal >= 0.995 * total


REFERENCES = {
    "Java": r"(?P<c>//[^\r\n]*|/\*.*?(?:\*/|\Z))|(?P<s>\"(?:\\(?:\r\n|.|\Z)|[^\"\\\r\n])*\"?|"
    r"'(?:\\(?:\r\n|.|\Z)|[^'\\\r\n])*'?)",
    "Python": r"(?P<c>#[^\r\n]*)|(?P<s>\"\"\"(?:\\(?:\r\n|.|\Z)|.)*?(?:\"\"\"|\Z)|"
    r"'''(?:\\(?:\r\n|.|\Z)|.)*?(?:'''|\Z)|"
    r"\"(?:\\(?:\r\n|.|\Z)|[^\"\\\r\n])*\"?|'(?:\\(?:\r\n|.|\Z)|[^'\\\r\n])*'?)",
    "Shell": r"\\(?:\r\n|.|\Z)|\$#|\$\{#|(?<![^\s;&|(){}\[\],=@])(?P<c>#[^\r\n]*)|"
    r"(?P<s>\"(?:\\(?:\r\n|.|\Z)|[^\"\\])*(?:\"|\Z)|'[^']*(?:'|\Z))",
}
"""Independent and slow: one regular expression each for a C-like language, Python and the shell."""

PIECES = [
    "//",
    "/*",
    "*/",
    "/",
    "#",
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    "\n",
    "\r\n",
    " ",
    "y",
    "é",
    "$",
    "${",
    ";",
    "(",
    "=",
]


def reference(text: str, language: str) -> list[tuple[int, int]]:
    """Spans of comments and strings by the regular expression of a language, in bytes."""
    found = re.finditer(REFERENCES[language], text, re.DOTALL)
    spans = [
        match.span("c") if match["c"] else match.span("s") for match in found if match["c"] or match["s"]
    ]
    return [(len(text[:start].encode()), len(text[:end].encode())) for start, end in spans]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(sorted(REFERENCES)))
@settings(max_examples=1500, deadline=None)
def test_token_soup_agrees_with_a_regular_expression(text: str, language: str) -> None:
    """Whatever pieces are thrown together, spans are those of a simple reference."""
    if language == "Python":
        text = text.replace("$", "y")  # before a quote it is taken for a prefix, which the reference lacks
    assert [tuple(span[:2]) for span in scan_language(as_bytes(text), language).tolist()] == reference(
        text, language
    )


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_spans_are_ordered_and_fractions_are_fractions(text: str) -> None:
    """For any text and some languages of every kind: spans do not overlap, fractions lie in 0 to 1."""
    for language in ("C", "Ruby", "Perl", "PHP", "JavaScript", "Lua", "Shell", "Fortran", "COBOL", "HTML"):
        content = as_bytes(text)
        spans = scan_language(content, language)
        assert (spans[:, 0] < spans[:, 1]).all()
        assert (spans[1:, 0] >= spans[:-1, 1]).all()
        assert (
            (spans[:, 0] <= spans[:, 3]) & (spans[:, 3] <= spans[:, 4]) & (spans[:, 4] <= spans[:, 1])
        ).all()
        assert spans.size == 0 or spans[-1, 1] <= len(content)
        assert all(0 <= value <= 1 for value in measure_comments(content, text, language))


def every_opener() -> list[tuple[str, str]]:
    """Language and text: each construct of each family, closed, and cut short by the end of the file."""
    table = comment_syntax.table()
    texts = []
    for family in table.families:
        for rule in (table.rules[name] for name in family.rules):
            opener = rule.open[0] + rule.fill * 2 + rule.tail
            closer = rule.close + rule.fill * 2 + rule.close_tail
            texts += [
                (family.languages[0], text) for text in (opener, f"{opener}a{closer} {opener}é{rule.escape}")
            ]
    return texts


def test_kernels_equal_their_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scanner and counter give the same, compiled and as plain Python that checks every index."""
    texts = [(language, text) for language, text, _, _ in SNIPPETS] + every_opener()
    compiled = [scan_language(as_bytes(text), language) for language, text in texts]
    counted = [
        comments.count_spans(as_bytes(text), spans) for (_, text), spans in zip(texts, compiled, strict=True)
    ]
    for module in (comment_scan, comments):
        for name, value in vars(module).copy().items():
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
    for (language, text), spans, counts in zip(texts, compiled, counted, strict=True):
        content: Any = as_bytes(text).astype(np.int64)  # wider than bytes, whose sums overflow in Python
        np.testing.assert_array_equal(scan_language(content, language), spans, err_msg=f"{language}: {text}")
        np.testing.assert_array_equal(comments.count_spans(content, spans), counts)


def test_many_spans_are_all_found() -> None:
    """More spans than the first room holds are found, each once."""
    spans = comment_spans(as_bytes("x // a\n" * 5000), "C")
    assert spans[:, 0].tolist() == list(range(2, 35_000, 7))


HOSTILE = [
    "/*",
    "'",
    '"',
    "<<A\n",
    "<<-",
    "= /[",
    "###",
    "--[==",
    'r#"',
    'R"a(',
    "`${",
    "=pod\n",
    " ",
    "# \\\n",
    "{|",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_input_is_linear(piece: str) -> None:
    """One piece, over and over, is read in every kind of language without starting anew at every byte."""
    content = as_bytes(repeated(piece, 500_000))
    for language in (
        "C++",
        "JavaScript",
        "Ruby",
        "Perl",
        "PHP",
        "Shell",
        "Lua",
        "Rust",
        "Haskell",
        "OCaml",
        "Python",
    ):
        comments.count_spans(content[:10], scan_language(content[:10], language))  # compiles
        with ends_soon(f"reading {language} of {piece!r}"):
            comments.count_spans(content, scan_language(content, language))
