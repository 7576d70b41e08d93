r"""Commands for the kernel, which are no code of the language, become comments.

    %matplotlib inline                    ->  # %matplotlib inline
    if COLAB:                                 if COLAB:
        !pip install numpy                        pass  # !pip install numpy
    files = !ls                           ->  # files = !ls
    np.zeros?                             ->  # np.zeros?
    %%bash -e                             ->  a cell in the language "bash", all of it a comment
    %%time \n run()                       ->  # %%time \n run()

IPython's commands are looked for where a statement begins: not within strings, brackets or continued lines,
where a % is an operator. Other kernels' commands are starts of lines (see notebook_languages.toml). The code
of a cell that is indented as a whole, which IPython allows, moves to the left. Nothing is executed, and no
command is understood: what its line says does not matter.
"""

import ast
import re
import tomllib
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from curation.structured.notebooks.language import Script, named

ESCAPES = "%!?,;/"
"""No statement of Python begins with one of these; IPython's commands do."""
CELL = re.compile(r"%%[ \t]*([A-Za-z_][\w.-]*|!)[ \t]*(.*)")
SWITCH = re.compile(r"#![ \t]*([A-Za-z][\w-]*)[ \t]*(.*)")
"""How .NET Interactive says that a cell is in another language."""
DOTNET = ("C#", "F#", "PowerShell")
HELP = re.compile(r"\?[ \t]*$", re.MULTILINE)
ASSIGNED = re.compile(r"[ \t]*[\w.,\[\]'\"* ]+=[ \t]*(?:!|%%?[A-Za-z])")
MAYBE_ASSIGNED = re.compile(r"=[ \t]*[!%]")
ESCAPED = re.compile(rf"^[ \t]*[{re.escape(ESCAPES)}]", re.MULTILINE)
TOKEN = re.compile(r"""'''|\"{3}|'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|[#()\[\]{}]""")
TRIPLE_ENDS = {quote: re.compile(rf"\\.|{quote}") for quote in ("'''", '"""')}
MAX_COMPILED = 200_000
"""Characters of a cell up to which it is tried whether it is Python."""


class Body(NamedTuple):
    """The code of a cell, without what is for the kernel."""

    source: str
    language: str = ""
    """Name of the cell magic, if the cell is not in the notebook's language; then it is to be a comment."""
    arguments: str = ""
    """The rest of that magic's line."""


@cache
def _words(name: str) -> frozenset[str]:
    """One list of the data file."""
    source = files("curation").joinpath("data", "notebook_magics.toml")
    return frozenset(tomllib.loads(source.read_text(encoding="utf-8"))[name])


@cache
def _bare() -> re.Pattern[str]:
    """A line that begins with a command and goes on like no Python does: a name, path, option or number."""
    words = "|".join(sorted(map(re.escape, _words("bare_commands"))))
    operators = "if|else|in|is|and|or|not|for"
    rest = rf"(?!(?:{operators})\b)(?:[\w.~$]|-{{1,2}}[A-Za-z]|/[\w.])"
    return re.compile(rf"^[ \t]*(?:{words})[ \t]+{rest}", re.MULTILINE)


def is_ipython(language: str) -> bool:
    """Whether the kernels of a language read lines as IPython does."""
    return language in _words("ipython")


def compiles(source: str) -> bool:
    """Whether this is Python 3, as a notebook may hold it: an await may stand outside of functions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the compiler, about the code
        try:
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compile(source, "<notebook>", "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # no Python; a lone surrogate; nested too deep for the compiler, or for the parser
            return False
    return True


def body(source: str, script: Script, *, keep: bool = True) -> Body:
    """The code of a code cell with its commands as comments.

    Args:
        source: Of the cell.
        script: The notebook's language.
        keep: Whether commands are kept as comments; if not, their lines become empty.
    """
    lines = source.strip("\n").split("\n")
    magics: list[tuple[str, str]] = []
    while len(magics) < len(lines) and (magic := _cell_magic(lines[len(magics)], script)):
        magics.append(magic)
    code = "\n".join(lines[len(magics) :]).strip("\n")
    code = _python(_moved_left(code), keep=keep) if is_ipython(script.name) else _other(code, script)
    if not magics:
        return Body(code)
    foreign = [name for name, _ in magics if named(name) != script.name]
    is_foreign = any(name in _words("foreign_cells") for name in foreign)
    if is_foreign or (foreign and is_ipython(script.name) and not _is_python(code)):
        return Body("\n".join(lines[1:]), *magics[0])
    heads = comment(lines[: len(magics)], script) if keep else ()
    return Body("\n".join([*heads, code]).rstrip("\n"))


def _cell_magic(line: str, script: Script) -> tuple[str, str] | None:
    """Name and arguments of a cell magic; None if the line is none."""
    if script.comment == "%":
        return None
    found = CELL.match(line.strip())
    if not found and script.name in DOTNET:
        found = SWITCH.match(line)
    return (found[1], found[2].strip()) if found else None


def _is_python(source: str) -> bool:
    return len(source) <= MAX_COMPILED and compiles(source)


def comment(lines: Sequence[str], script: Script) -> Iterator[str]:
    """The lines as comments of the language, which they cannot end."""
    for line in lines:
        if script.suffix:
            text = line.replace(script.comment, " ".join(script.comment)) if len(script.suffix) > 1 else line
            text = text.replace(script.suffix, " ".join(script.suffix) if len(script.suffix) > 1 else "'")
            yield f"{script.comment} {text} {script.suffix}" if text else f"{script.comment} {script.suffix}"
        else:
            yield f"{script.comment} {line}" if line else script.comment


def _other(source: str, script: Script) -> str:
    """Commands of other kernels, which are known by the start of their line."""
    if not script.commands and not script.first:
        return source
    lines = source.split("\n")
    for number, line in enumerate(lines):
        is_command = any(
            line.startswith(start) and line[len(start) : len(start) + 1].isalpha()
            for start in script.commands
        )
        if is_command or (number == 0 and line.startswith(script.first)):
            lines[number] = next(comment([line], script))
    return "\n".join(lines)


def _moved_left(source: str) -> str:
    """Code without the indentation of its first line, if every line but blank ones has it."""
    indent = source[: len(source) - len(source.lstrip(" \t"))]
    if not indent:
        return source
    lines = source.split("\n")
    if any(line.strip() and not line.startswith(indent) for line in lines):
        return source
    return "\n".join(line[len(indent) :] if line.strip() else line for line in lines)


def has_commands(source: str) -> bool:
    """Whether a cell may hold commands of IPython; most hold none, and this is quick."""
    return bool(
        ESCAPED.search(source)
        or HELP.search(source)
        or MAYBE_ASSIGNED.search(source)
        or _bare().search(source)
    )


def _python(source: str, *, keep: bool) -> str:
    """IPython's commands as comments; in an indented block, which might have nothing else, after a pass."""
    if not has_commands(source):
        return source
    lines = source.split("\n")
    for number, is_first in command_lines(lines):
        text = lines[number].lstrip(" \t")
        indent = lines[number][: len(lines[number]) - len(text)]
        stands_in = f"{indent}pass" if indent and is_first else ""
        lines[number] = f"{stands_in or indent}{'  # ' if stands_in else '# '}{text}" if keep else stands_in
    return "\n".join(lines)


def command_lines(lines: Sequence[str]) -> Iterator[tuple[int, bool]]:
    """Numbers of the lines that are commands of IPython, with whether one begins there or goes on."""
    state = _State()
    goes_on = False
    for number, line in enumerate(lines):
        if goes_on or (state.at_statement() and _is_command(line)):
            yield number, not goes_on
            goes_on = line.rstrip().endswith("\\")
        else:
            state.read(line)


def _is_command(line: str) -> bool:
    """Whether a line that begins a statement is a command of IPython."""
    text = line.strip()
    if not text:
        return False
    if text[0] in ESCAPES or ASSIGNED.match(line) or _bare().match(line):
        return True
    if not text.endswith("?"):
        return False
    state = _State()
    state.read(text)
    return state.ends_in_code


class _State:
    """Where in a Python cell the next line stands."""

    def __init__(self) -> None:
        self.depth = 0
        """Open brackets."""
        self.quote = ""
        """The triple quote that is open; "" if none is."""
        self.is_continued = False
        self.ends_in_code = True
        """Whether the line ended neither in a string nor in a comment."""

    def at_statement(self) -> bool:
        """Whether a statement may begin."""
        return not self.depth and not self.quote and not self.is_continued

    def read(self, line: str) -> None:
        """Take in one line."""
        position, has_comment, end_of_string = 0, False, -1
        while position < len(line) and not has_comment:
            found = (TRIPLE_ENDS[self.quote] if self.quote else TOKEN).search(line, position)
            if not found:
                break
            position = found.end()
            piece = found[0]
            if self.quote:
                self.quote = "" if piece == self.quote else self.quote
            elif piece in TRIPLE_ENDS:
                self.quote = piece
            elif piece == "#":
                has_comment = True
            elif piece in "([{":
                self.depth += 1
            elif piece in ")]}":
                self.depth = max(self.depth - 1, 0)
            else:
                end_of_string = position
        self.ends_in_code = not (has_comment or self.quote or end_of_string == len(line))
        self.is_continued = line.endswith("\\") and self.ends_in_code
