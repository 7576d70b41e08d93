"""What differs between two nested tables, in lines that people read.

changes({"settings": {"seed": 1}}, {"settings": {"seed": 2}}) -> ["settings.seed: 1 before, 2 now"]
"""

from collections.abc import Mapping
from typing import Any

SHOWN = 80
"""Characters of a value that are shown."""
MISSING = "nothing"


def changes(
    before: Mapping[str, Any], now: Mapping[str, Any], ignore: frozenset[str] = frozenset()
) -> list[str]:
    """One line for each value that differs.

    Args:
        before: As it was.
        now: As it is asked for.
        ignore: Names with dots, such as corpus.run, that may differ.
    """
    return _lines(before, now, "", ignore)


def _lines(before: Any, now: Any, name: str, ignore: frozenset[str]) -> list[str]:
    if name in ignore or before == now:
        return []
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        dot = f"{name}." if name else ""
        keys = dict.fromkeys((*before, *now))
        found = (_lines(before.get(key), now.get(key), f"{dot}{key}", ignore) for key in keys)
        return [line for lines in found for line in lines]
    if isinstance(before, list) and isinstance(now, list) and len(before) != len(now):
        return [f"{name}: {len(before)} before, {len(now)} now"]
    return [f"{name}: {_short(before)} before, {_short(now)} now"]


def _short(value: Any) -> str:
    text = MISSING if value is None else str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
