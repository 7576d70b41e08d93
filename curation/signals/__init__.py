r"""Text -> measurements, before any decision is made.

    values = measure("x = 1\n", b"x = 1\n", language="Python", path="a.py", groups=frozenset())
    values[INDEX["max_line_length"]] -> 5.0

`SIGNALS` says what each number is. Every number is a float; NaN means "not measured": the comment share of a
language without known comment syntax, the visible text of a file that is not HTML, a group that nobody asked
for. A signal decides nothing; thresholds live in `curation.filters`. The bytes are read once, 64 at a time
(`scan`); the groups then work on what that pass left (`text`, `encoded`, `repetition`).
"""

import math

import numpy as np

from curation.signals.bits import BLOCK
from curation.signals.comments import measure_comments
from curation.signals.encoded import measure_encoded
from curation.signals.html import measure_html
from curation.signals.properties import ASCII_ONLY, properties
from curation.signals.repetition import measure_grams
from curation.signals.scan import COUNTS, MAPS, PADDING, scan_document
from curation.signals.table import GROUPS, INDEX, SIGNALS, Signal
from curation.signals.text import is_documentation, measure_head, measure_text

__all__ = ["GROUPS", "INDEX", "SIGNALS", "Signal", "measure"]

_SIZES = {group: sum(signal.group == group for signal in SIGNALS) for group in GROUPS}
_UNKNOWN = {group: [math.nan] * size for group, size in _SIZES.items()}
_ENCODED = _SIZES["text"]
_MEASURED = _ENCODED + _SIZES["encoded"]
_XML_HEADER, _NAME = INDEX["xml_header"], INDEX["name_is_documentation"]


def measure(text: str, content: bytes, *, language: str, path: str, groups: frozenset[str]) -> list[float]:
    """One number per entry of `SIGNALS`, in its order.

    Args:
        text: The document.
        content: The same in UTF-8.
        language: Its linguist name, such as "Python"; empty if unknown.
        path: Path inside the repository, with forward slashes; only the file name is looked at.
        groups: Which of html, comments and repetition to measure; text and encoded always are.
    """
    size = len(content)
    data = np.frombuffer(content + PADDING, np.uint8)
    maps = np.empty((MAPS, size // BLOCK + 1), np.uint64)
    counts = np.zeros(COUNTS, np.int64)
    table = ASCII_ONLY if text.isascii() else properties()
    out = np.empty(_MEASURED)
    scan_document(data, size, table, maps, counts)
    head = measure_text(data, size, maps, counts, out)
    measure_encoded(data, size, maps, table, counts, out[_ENCODED:])
    values: list[float] = out.tolist()
    values[_XML_HEADER : _XML_HEADER + 3] = measure_head(text, content, head)
    values[_NAME] = is_documentation(path)
    values += measure_html(text, language) if "html" in groups else _UNKNOWN["html"]
    values += measure_comments(data[:size], text, language) if "comments" in groups else _UNKNOWN["comments"]
    if "repetition" in groups:
        grams = np.empty(_SIZES["repetition"])
        measure_grams(data, size, maps, table, counts, grams)
        values += grams.tolist()
    else:
        values += _UNKNOWN["repetition"]
    return values + _UNKNOWN["origin"]
