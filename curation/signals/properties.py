r"""What Python's str methods say about each code point, as a table that kernels can look up.

    properties()[ord("é")] == ALPHANUMERIC | ALPHABETIC;  properties()[0x3000] == SPACE

Asked of the running Python itself, so it is exact for its Unicode version; built once, when the first
document that is not ASCII is met (about 30 ms, 1.1 MB). ASCII needs no table: see `curation.signals.bits`.
"""

import functools
import re

import numpy as np

from curation.kernels import Bytes

ALPHANUMERIC, ALPHABETIC, DIGIT, SPACE = 1, 2, 4, 8
"""Bits of an entry: str.isalnum, str.isalpha, str.isdigit, str.isspace."""

CODE_POINTS = 0x110000


@functools.cache
def properties() -> Bytes:
    """One byte of property bits per code point, shape (1114112,)."""
    text = np.arange(CODE_POINTS, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    table = np.zeros(CODE_POINTS, np.uint8)
    # Python's \w is str.isalnum or "_", and \s is str.isspace; what is alphabetic or a digit is alphanumeric.
    for match in re.finditer(r"[^\W_]+", text):
        start, end = match.span()
        run = match[0]
        if run.isalpha():  # a letter is never a digit
            table[start:end] = ALPHANUMERIC | ALPHABETIC
            continue
        table[start:end] = [
            ALPHANUMERIC | ALPHABETIC * character.isalpha() | DIGIT * character.isdigit() for character in run
        ]
    for match in re.finditer(r"\s", text):
        table[match.start()] |= SPACE
    return table


ASCII_ONLY: Bytes = np.zeros(1, np.uint8)
"""Stands in for the table where a document is ASCII, so that no entry is ever looked up."""
