"""Which characters make tokens of near-dedup: a class for every code point.

    token_classes()[[ord("a"), ord("é"), ord("中"), ord("-")]]  ->  [1, 1, 2, 0]

Class 1 is a character of a word (a token is a maximal run of them), class 2 a token of its own (scripts that
put no space between words), class 0 separates. ASCII words are `[A-Za-z0-9_]`; what lies beyond ASCII is
read from data/token_classes.json, whose generator states the rules. It cuts no text: that is `tokens`.
"""

import json
from functools import cache
from importlib.resources import files

import numpy as np

from curation.kernels import Bytes

CODE_POINTS = 0x110000
SEPARATOR, WORD, ALONE = 0, 1, 2


@cache
def token_classes() -> Bytes:
    """Class of every code point: 0 separator, 1 word, 2 alone; uint8 of shape (0x110000,), read-only.

    Built on the first call, 1.1 MB, and the same array on every later one.
    """
    path = files("curation").joinpath("data", "token_classes.json")
    listed = json.loads(path.read_text(encoding="utf-8"))
    classes = np.zeros(CODE_POINTS, np.uint8)
    for code in range(0x80):
        classes[code] = WORD if chr(code).isalnum() or chr(code) == "_" else SEPARATOR
    for name, value in (("word", WORD), ("alone", ALONE)):
        for first, last in listed[name]:
            classes[first : last + 1] = value
    classes.setflags(write=False)
    return classes
