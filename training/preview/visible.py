r"""Text of strangers -> pieces of which each can be shown, and nothing hides.

    atoms("a\t\u202e\n")   -> [Atom("text", "a"), Atom("tab", "\t"), Atom("hidden", "U+202E"),
                               Atom("line", "\n")]

White space is named, so that it can be drawn. Characters that draw nothing, that turn a line around or that a
terminal would obey get their number in the place of themselves, and so do bytes that are no character, which
come as lone surrogates (`surrogateescape`). It does not escape HTML: the template does.
"""

import unicodedata
from itertools import groupby
from typing import Literal, NamedTuple

AtomKind = Literal["text", "space", "tab", "line", "hidden"]
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what draws nothing, or changes how others are drawn."""
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that draw nothing."""
VARIATIONS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
"""Marks that choose between forms of the character before them."""
RAW = range(0xDC80, 0xDD00)
"""What `surrogateescape` makes of the bytes 0x80 to 0xFF."""


class Atom(NamedTuple):
    """Some characters of one kind."""

    kind: AtomKind
    text: str
    """As they are; of a hidden one its number."""


def atoms(text: str) -> list[Atom]:
    """The pieces of a text: runs of spaces and of what can be drawn, all else one by one.

    Args:
        text: Anything, also with lone surrogates.
    """
    made: list[Atom] = []
    for kind, group in groupby(text, key=_kind):
        characters = "".join(group)
        if kind in {"text", "space"}:
            made.append(Atom(kind, characters))
        else:
            made += [Atom(kind, _number(one) if kind == "hidden" else one) for one in characters]
    return made


def one_line(text: str, limit: int = 120) -> str:
    """A name on one line, with its middle left out where it is longer."""
    if len(text) > limit:
        head = limit // 2
        text = f"{text[:head]}…{text[len(text) - (limit - head - 1) :]}"
    return "".join(f"⟨{_number(one)}⟩" if _kind(one) in {"hidden", "tab", "line"} else one for one in text)


def _kind(character: str) -> AtomKind:
    if character == " ":
        return "space"
    if character == "\n":
        return "line"
    if character == "\t":
        return "tab"
    code = ord(character)
    odd = character in BLANKS or any(code in some for some in VARIATIONS)
    return "hidden" if odd or unicodedata.category(character) in HIDDEN else "text"


def _number(character: str) -> str:
    code = ord(character)
    return f"{code - 0xDC00:02X}" if code in RAW else f"U+{code:04X}"
