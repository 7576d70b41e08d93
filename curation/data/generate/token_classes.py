"""Write curation/data/token_classes.json from Python's unicodedata, the same bytes every time.

Near-dedup asks of each character beyond ASCII: does it belong to a word, is it a token of its own, or does
it separate tokens? The file lists ranges of code points, first and last, for the first two:

    word    general category L*, M* or N* (letters, marks, numbers), such as e acute, Cyrillic, Hangul
    alone   letters and marks of scripts that put no space between words, such as Han, kana, Thai

Marks of such scripts are tokens of their own like the letters: as word characters they would glue to the
ASCII word that follows, as separators the vowels of Thai, Khmer or Myanmar would be lost. Numbers of these
scripts stay words, except the ideographic zero. Planes 2 and 3 are alone as a whole, also where nothing is
assigned yet, because Unicode keeps them for ideographs. Scripts of the past that have no spaces (Tangut,
Khitan, hieroglyphs) are words. All else (punctuation, symbols, spaces, unassigned) separates.

    python curation/data/generate/token_classes.py curation/data/token_classes.json

The result depends on Python's Unicode version, which is stated in the file: 14.0.0 is that of Python 3.11.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

ALONE = (
    *("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "IDEOGRAPHIC", "VERTICAL IDEOGRAPHIC"),
    *("HIRAGANA", "KATAKANA", "HENTAIGANA", "HALFWIDTH KATAKANA", "COMBINING KATAKANA", "MASU MARK"),
    *("BOPOMOFO", "YI SYLLABLE"),
    *("THAI", "LAO", "KHMER", "MYANMAR", "TAI LE", "NEW TAI LUE", "TAI THAM", "TAI VIET", "AHOM"),
    *("BALINESE", "JAVANESE"),
)
"""How names of characters begin in scripts without spaces: UAX 14 (line breaking) breaks them between any two
characters (its class ID), by a dictionary (SA) or between syllables (AK)."""
IDEOGRAPHIC_ZERO = 0x3007
IDEOGRAPHIC_PLANES = ((0x20000, 0x2FFFD), (0x30000, 0x3FFFD))
WIDTH = 110
"""Characters in a line of the file, at most."""

Ranges = list[tuple[int, int]]


def token_class(code: int) -> str:
    """Class of a code point beyond ASCII: word, alone, or nothing for a separator."""
    if any(first <= code <= last for first, last in IDEOGRAPHIC_PLANES):
        return "alone"
    category = unicodedata.category(chr(code))[0]
    if category not in "LMN":
        return ""
    without_spaces = unicodedata.name(chr(code), "").startswith(ALONE)
    return "alone" if without_spaces and (category != "N" or code == IDEOGRAPHIC_ZERO) else "word"


def ranges(codes: Iterable[int]) -> Ranges:
    """Ascending code points as first and last of each unbroken run."""
    listed = list(codes)
    breaks = [(a, b) for a, b in pairwise(listed) if b != a + 1]
    firsts = [*listed[:1], *(b for _, b in breaks)]
    return list(zip(firsts, [*(a for a, _ in breaks), *listed[-1:]], strict=True))


def generate() -> dict[str, Ranges]:
    """Ranges of each class, by the Unicode version of the running Python."""
    classes = {code: token_class(code) for code in range(0x80, sys.maxunicode + 1)}
    return {
        name: ranges(code for code, found in classes.items() if found == name) for name in ("word", "alone")
    }


def render(version: str, classes: dict[str, Ranges]) -> str:
    """The data file's text: as many ranges in a line as fit."""
    parts = [f'"unicode":"{version}"']
    for name, listed in classes.items():
        lines = [""]
        for text in (json.dumps(item, separators=(",", ":")) for item in listed):
            if len(lines[-1]) + len(text) + 1 > WIDTH:
                lines.append("")
            lines[-1] += f"{text},"
        body = "\n".join(lines).removesuffix(",")
        parts.append(f'"{name}":[\n{body}\n]')
    return "{" + ",\n".join(parts) + "}\n"


def main(output: str) -> None:
    """Write the data file at `output`."""
    version, classes = unicodedata.unidata_version, generate()
    Path(output).write_text(render(version, classes), encoding="utf-8")
    counts = ", ".join(f"{len(listed)} ranges {name}" for name, listed in classes.items())
    print(f"Unicode {version}: {counts} in {output}")  # noqa: T201 - a script


if __name__ == "__main__":
    main(*sys.argv[1:])
