r"""Hostile text -> text in which nothing hides and nothing acts.

    visible("a\x1b[31m\u202eb")  ->  "a⟨ESC⟩[31m⟨U+202E⟩b"

File names, repository names and contents of a corpus are written by strangers: they hold terminal
escapes, bidi overrides that turn a line around, and invisible characters. Every such character is
replaced by its name or number. This does not escape HTML: the templates do, after this.
"""

import math
import unicodedata

HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that draw nothing or change how others are drawn; Cn are unassigned."""
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that count as letters or marks and draw nothing."""
CONTROLS = (
    *(
        "NUL",
        "SOH",
        "STX",
        "ETX",
        "EOT",
        "ENQ",
        "ACK",
        "BEL",
        "BS",
        "TAB",
        "LF",
        "VT",
        "FF",
        "CR",
        "SO",
        "SI",
    ),
    *(
        "DLE",
        "DC1",
        "DC2",
        "DC3",
        "DC4",
        "NAK",
        "SYN",
        "ETB",
        "CAN",
        "EM",
        "SUB",
        "ESC",
        "FS",
        "GS",
        "RS",
        "US",
    ),
)
"""Names of the first 32 characters (ISO/IEC 6429); their pictures are missing from most fonts."""
ELLIPSIS = "…"


def visible(text: str, *, keep: str = "\n\t") -> str:
    """The text with every control, bidi, invisible or unassigned character made visible.

    Args:
        text: Anything, also with lone surrogates.
        keep: Control characters that stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if character in keep else _named(character) for character in text)


def _named(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return f"⟨{CONTROLS[code]}⟩"
    is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F
    if is_selector or character in BLANKS or unicodedata.category(character) in HIDDEN_CATEGORIES:
        return f"⟨U+{code:04X}⟩"
    return character


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line of at most `limit` characters, its middle left out where it is longer."""
    if len(text) > limit:
        head = limit // 2
        text = text[:head] + ELLIPSIS + text[len(text) - (limit - head - 1) :]
    return visible(text, keep="")


def plot_label(text: str, limit: int = 40) -> str:
    """The text as a label of a figure: ASCII, so that every font draws it, and no mathematics in it."""
    plain = one_line(text, limit).replace(ELLIPSIS, "...").encode("ascii", "replace").decode("ascii")
    return plain.replace("$", r"\$")


def snippet(content: str, *, lines: int = 12, width: int = 160) -> str:
    """The first lines of a content, each cut to `width` characters; "…" marks what was cut.

    Args:
        content: Text of a document, or its beginning.
        lines: Lines shown at most.
        width: Characters of a line shown at most; the result is bounded by `lines` times `width`, times
            the length of the longest name.
    """
    pieces = content[: lines * (width + 1) * 4].split("\n", lines)
    shown = [
        visible(piece[:width], keep="\t") + (ELLIPSIS if len(piece) > width else "")
        for piece in (piece.removesuffix("\r") for piece in pieces[:lines])
    ]
    if len(pieces) > lines:
        shown.append(ELLIPSIS)
    return "\n".join(shown).rstrip("\n")


def short_bytes(count: float) -> str:
    """Bytes with a unit, in steps of 1000: "512 B", "4.1 kB", "1.5 MB"."""
    return scaled(count, 1000, ("B", "kB", "MB", "GB", "TB", "PB"))


def scaled(count: float, step: int, units: tuple[str, ...]) -> str:
    """A number with the largest of these units, each `step` times the one before, that leaves 1 or more."""
    power = 0
    while count >= step and power < len(units) - 1:
        count /= step
        power += 1
    digits = 1 if power and count < 100 and count != round(count) else 0
    return f"{count:,.{digits}f} {units[power]}"


def number(value: float) -> str:
    """A threshold or a value: at most four digits that matter, thousands separated, never exponents."""
    if not math.isfinite(value):
        return str(value)
    if value == round(value):
        return f"{value:,.0f}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 6)}f}".rstrip("0").rstrip(".")
