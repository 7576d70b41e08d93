"""Values as GitHub's JSON holds them, whatever they are -> texts, logins, numbers, times, and what was wrong.

    words(None, "body", faults)            -> "",            faults: body_missing
    who({"login": "ann", "type": "User"})  -> ("ann", "User")
    who("ann")                             -> ("ann", "")    as events of 2012 to 2014 have it
    moment("2012/03/10 22:55:25 -0800")    -> 1331448925

Nothing here raises, whatever the value; what cannot be used is empty, and named in `faults`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from curation.sources.rows import boolean, integer, seconds, text

Values = Mapping[str, Any]
"""An object of JSON; what is below it is asked for as a dict, for a Mapping takes three times as long."""
NO_VALUES: Values = {}
IN_URL = re.compile(r"/(?:issues|pulls?)/([0-9]{1,18})(?![0-9])")
MAX_URL = 2000
"""Characters of a URL that are looked at."""
MAX_WORD = 100
"""Characters of what is one word of GitHub's, such as an action, a state or a login."""


def inner(values: Values, *names: str) -> Values:
    """The object below these names; an empty one if there is none."""
    for name in names:
        value = values.get(name)
        if not isinstance(value, dict):
            return NO_VALUES
        values = value
    return values


def words(value: object, name: str, faults: list[str]) -> str:
    """A text as it is; "" for what is none, and `name`_missing or `name`_not_text among the faults."""
    if isinstance(value, str):
        return value
    faults.append(f"{name}_missing" if value is None else f"{name}_not_text")
    return ""


def who(value: object) -> tuple[str, str]:
    """Login and type of a user: an object, or a login alone; "" for what is neither."""
    if isinstance(value, str):
        return value[:MAX_WORD], ""
    if not isinstance(value, dict):
        return "", ""
    login, kind = value.get("login"), value.get("type")
    return (login[:MAX_WORD] if isinstance(login, str) else ""), word(kind)


def author(value: object, faults: list[str], instead: tuple[str, str] = ("", "")) -> tuple[str, str]:
    """Login and type of who wrote something.

    Args:
        value: The user, whatever it is.
        faults: Gets author_missing or author_not_text if there is no login.
        instead: Login and type of who did it, if `value` is null.
    """
    found = who(value)
    if found[0]:
        return found
    if value is None and instead[0]:
        return instead
    login = value.get("login") if isinstance(value, dict) else value
    faults.append("author_missing" if login is None or login == "" else "author_not_text")
    return "", found[1]


def word(value: object) -> str:
    """A short text that is one of GitHub's words or names; "" for anything else."""
    return text(value[:MAX_WORD]) if isinstance(value, str) else ""


def count(value: object) -> int | None:
    """A whole number from 0; None for anything else."""
    number = integer(value)
    return number if number is not None and number >= 0 else None


def moment(value: object) -> int | None:
    """Seconds since 1970, UTC, of a time in any way that an archive writes it; None for anything else."""
    found = seconds(value)
    if found is None and isinstance(value, str):
        try:  # as the first months of 2012 have it
            return int(datetime.strptime(value[:40].strip(), "%Y/%m/%d %H:%M:%S %z").timestamp())
        except ValueError:
            return None
    return found


def truth(value: object) -> bool | None:
    """True or False as stated, also as a text; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return boolean(value)


def number_in(*urls: object) -> int | None:
    """The number of the issue or pull request that the first of these URLs with one is about."""
    for url in urls:
        found = IN_URL.search(url[:MAX_URL]) if isinstance(url, str) else None
        if found:
            return int(found[1])
    return None
