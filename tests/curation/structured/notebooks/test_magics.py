"""Commands for the kernel become comments, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.notebooks.language import scripts
from curation.structured.notebooks.magics import Body, body, command_lines, comment, compiles, has_commands


def python(source: str, *, keep: bool = True) -> str:
    """The code of a Python cell that stays Python."""
    found = body(source, scripts()["Python"], keep=keep)
    assert not found.language, found
    return found.source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%matplotlib inline", "# %matplotlib inline"),
        ("!pip install a", "# !pip install a"),
        ("!!ls", "# !!ls"),
        ('! "a b"/run', '# ! "a b"/run'),
        ("?print", "# ?print"),
        ("np.zeros?", "# np.zeros?"),
        ("np.zeros??  ", "# np.zeros??  "),
        ("/f 1", "# /f 1"),
        (",f a b", "# ,f a b"),
        ("x = !ls", "# x = !ls"),
        ("x, y = %sql select 1", "# x, y = %sql select 1"),
        ("a['k'] = !ls", "# a['k'] = !ls"),
        ("cd ..", "# cd .."),
        ("pip install numpy", "# pip install numpy"),
        ("ls -la /tmp", "# ls -la /tmp"),
        ("load_ext autoreload", "# load_ext autoreload"),
        ("!pip install a \\\n    b\nx = 1", "# !pip install a \\\n    # b\nx = 1"),
        ("if a:\n    !ls", "if a:\n    pass  # !ls"),
        ("if a:\n\tx = !ls \\\n\t\tb\n", "if a:\n\tpass  # x = !ls \\\n\t\t# b"),
        ("f(1)\n%time f(2)", "f(1)\n# %time f(2)"),
        ("%%time\nx = 1", "# %%time\nx = 1"),
        ("%%capture out\n%%time\n%ls\nx = 1", "# %%capture out\n# %%time\n# %ls\nx = 1"),
        ("\n\n%%time\n\n  x = 1\n  y = 2", "# %%time\nx = 1\ny = 2"),
        ("%%python\nprint 1", "# %%python\nprint 1"),
        ("%%", "# %%"),
        ("  x = 1\n  if x:\n    y = 2", "x = 1\nif x:\n  y = 2"),
    ],
)
def test_commands_become_comments(source: str, expected: str) -> None:
    """Every way in which IPython is told to do something; a block keeps a statement."""
    assert python(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "x = (a\n%b)",
        "x = a \\\n%b",
        's = """\n%matplotlib inline\n!ls\n"""',
        "s = '''a\n?\n'''",
        "s = 'a ?'  # really?",
        "# is it?",
        "x != y",
        "x = '= !ls'",
        "f(a='%s' % b)",
        "time = 3\nprint(time if time else 1)",
        "ls = [1]\nls is None",
        "cat and dog",
        "cd.change()",
        "run(1)",
        "ls - 1",
        "s = '''\\'''\n%a\n'''",
        "f'{a!r}'",
        "x == 1",
    ],
)
def test_code_stays_as_it_is(source: str) -> None:
    """Operators, strings and comments that look like commands are none."""
    assert python(source) == source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%%bash -e\nls\ncd", Body("ls\ncd", "bash", "-e")),
        ("%%html\n<b>", Body("<b>", "html")),
        ("%%writefile a b.py\nx = 1", Body("x = 1", "writefile", "a b.py")),
        ("%%!\nls", Body("ls", "!")),
        ("%%unheard of\nthis is no Python", Body("this is no Python", "unheard", "of")),
        ("%%capture\n%%bash\nls", Body("%%bash\nls", "capture")),
    ],
)
def test_a_cell_in_another_language_is_foreign(source: str, expected: Body) -> None:
    """By its magic, or because it is no Python below a magic that nobody knows."""
    assert body(source, scripts()["Python"]) == expected


def test_below_an_unknown_magic_python_stays_code() -> None:
    """Packages define magics that time, log or skip a cell."""
    assert python("%%wandb\nx = 1\n!ls") == "# %%wandb\nx = 1\n# !ls"


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("Rust", ":dep rand\nlet a = ::std::f();", "// :dep rand\nlet a = ::std::f();"),
        ("Julia", "]add A\nx = [1\n]", "# ]add A\nx = [1\n]"),
        ("Go", "!ls\n%%\nx := a % b", "// !ls\n%%\nx := a % b"),
        ("C#", "#!markdown\n# A\n", Body("# A", "markdown")),
        ("C#", "#!time\nvar a = 1;", "// #!time\nvar a = 1;"),
        ("C++", "?std::vector", "// ?std::vector"),
        ("Haskell", ":type x\nx = 1", "-- :type x\nx = 1"),
        ("OCaml", '#require "a";;', '(* #require "a";; *)'),
        ("MATLAB", "%%html\n%plot\nx = 1", "%%html\n%plot\nx = 1"),
        ("R", "x %>%\n%in% y\n?mean", "x %>%\n%in% y\n?mean"),
        ("R", "%%html\n<b>", Body("<b>", "html")),
        ("Scala", "%%R\nx", Body("x", "R")),
    ],
)
def test_other_kernels_have_other_commands(language: str, source: str, expected: str | Body) -> None:
    """Starts of lines from the table; in languages where % opens a comment, nothing."""
    assert body(source, scripts()[language]) == (Body(expected) if isinstance(expected, str) else expected)


def test_commands_can_be_dropped_instead() -> None:
    """Their lines become empty; a block still keeps a statement."""
    assert python("%%time\n%ls\nif a:\n    !ls \\\n    b\nx = 1", keep=False) == "\nif a:\n    pass\n\nx = 1"


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        ("Python", "a", "# a"),
        ("Python", "", "#"),
        ("OCaml", "a *) (* b", "(* a * ) ( * b *)"),
        ("OCaml", "", "(* *)"),
        ("Smalltalk", 'say "a"', "\" say 'a' \""),
    ],
)
def test_a_comment_cannot_be_ended_by_what_it_holds(language: str, line: str, expected: str) -> None:
    """Where comments have an end, that end is taken apart in the text."""
    assert list(comment([line], scripts()[language])) == [expected]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", True),
        ("await f()", True),
        ("return 1", False),
        ("print 1", False),
        ("x = '\ud800'", False),
        ("-" * 100_000 + "1", False),
        ("1+" * 100_000 + "1", False),
        ("x = '\\d'", True),
        ("a\0", False),
    ],
)
def test_what_is_python_is_told_without_running_it(source: str, expected: bool) -> None:
    """The compiler's limits and warnings are answers, too."""
    assert compiles(source) is expected


COMMANDS = ["%a b", "!ls", "x = !ls", "    !ls", "a?", "cd ..", "%%time", "%%bash", "pip list"]
OTHERS = ["x = 1", "if a:", "    x = 1", "# ?", "s = '%'", "# é", "  y", "", "x = 'a"]
PIECES = ["'''", '"""', "(", ")", "\\", "x = \\", "f("]
LINES = st.lists(st.sampled_from([*COMMANDS, *OTHERS, *PIECES]), max_size=12)


@given(LINES)
def test_the_quick_look_misses_no_command(lines: list[str]) -> None:
    """What it calls free of commands is."""
    if not has_commands("\n".join(lines)):
        assert list(command_lines(lines)) == []


@given(LINES)
def test_lines_are_commented_and_never_lost(lines: list[str]) -> None:
    """Every line is found again, in its place or at the end of a comment."""
    source = "\n".join(["x = 0", *lines])
    found = python(source).split("\n")
    for line, was in zip(found, source.strip("\n").split("\n"), strict=True):
        assert line == was or line.endswith(f"# {was.lstrip()}")


@given(st.text(max_size=60))
def test_any_text_is_taken(source: str) -> None:
    """In every language."""
    for script in scripts().values():
        body(source, script)
