"""Secrets -> what may be shown of them.

    mask("hunter2-hunter2")         -> "h•••"
    shape("sk_live_4eC39HqLyjW")    -> "aa_aaaa_0aA00AaAaaA"
    outline('api_key = "k3y-Zq"')   -> 'api_key = "a0a-Aa"'

Whatever prints, logs or writes something about a finding passes it through here first.
"""

import re
import unicodedata

DOTS = "•••"
"""What stands for the rest of a value, whatever its length."""
LEAST_SHOWN = 4
"""Characters of a value from which its first one is shown."""
WORD = re.compile(r"[A-Za-z]+|[^A-Za-z]+")
TELLING = frozenset(
    re.findall(
        r"\w+",
        """
        access account admin api app auth author authorization aws azure basic bearer by client
        connection const contact cookie copyright credential credentials database db def digest
        email env export from github google hash host id ip jwt key let login mail md name oauth
        pass passphrase passwd password private public pw pwd secret server set sha signature
        signing slack ssh to token url user username var version webhook
        """,
    )
)
"""Words of the surroundings of a value that say why it is or is not found, and nothing about whom."""


def mask(value: str) -> str:
    """The first character and dots; only dots for a value of less than `LEAST_SHOWN` characters."""
    return (value[0] if len(value) >= LEAST_SHOWN else "") + DOTS


def shape(value: str) -> str:
    """The value with every letter as a or A, every digit as 0, and what is not ASCII otherwise as ?."""
    return "".join(map(_kind, value))


def outline(text: str) -> str:
    """The shape of a text, in which words of code such as "password" or "api" still stand."""
    return "".join(piece if piece.lower() in TELLING else shape(piece) for piece in WORD.findall(text))


def _kind(character: str) -> str:
    if character.isdigit():
        return "0"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character.isascii() or unicodedata.category(character) == "Zs" else "?"
