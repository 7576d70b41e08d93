"""What an identifier says of the value it is given: a password, a key, perhaps one, or none.

    kind_of("MYSQL_ROOT_PASSWORD") -> "PASSWORD"      kind_of("awsAccessKeyId") -> "KEY"
    kind_of("cacheKey") -> "WEAK"                     kind_of("password_field") -> ""

The last words decide, for they are what the value is; the rest says whose it is. It looks at no value.
"""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@cache
def _tables() -> dict[str, Any]:
    path = files("curation").joinpath("data", "pii", "secret_names.toml")
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    short = frozenset(first + last for first in lists["before_short"] for last in lists["password_words"])
    return {
        "password_endings": tuple(lists["password_endings"]),
        "short": short,
        "key_endings": tuple(lists["key_endings"]),
        "key_words": frozenset(lists["key_words"]),
        "weak": frozenset(lists["weak_words"]),
        "about": frozenset(lists["about"]),
        "neutral": frozenset(lists["neutral"]),
    }


@lru_cache(maxsize=65_536)
def kind_of(identifier: str) -> str:
    """PASSWORD, KEY, WEAK (a key only if the value looks generated and is long) or "".

    Args:
        identifier: As it stands in the text, with "_", "-", "." or capitals between its words.
    """
    tables = _tables()
    words = [word.lower() for word in WORDS.findall(identifier)]
    while len(words) > 1 and (words[-1] in tables["neutral"] or words[-1].isdigit()):
        words.pop()
    if not words or words[-1] in tables["about"]:
        return ""
    last = words[-1]
    joined = "".join(words[-4:])
    if last in tables["short"] or joined.endswith(tables["password_endings"]):
        return "PASSWORD"
    if last in tables["key_words"] or joined.endswith(tables["key_endings"]):
        return "KEY"
    return "WEAK" if last in tables["weak"] or last.endswith("key") else ""
