"""Settings of all filters + signals of a document -> the first bound that drops it, or None.

    Decider(resolve("sc2-paper", {})).decide("JavaScript", "dist/app.min.js", values)
        -> Bound("max_line_length", "above", 1000.0, "max_line_length")

The bounds depend on language and extension only, and are worked out once for each pair. A kept document
is compared with all limits at once; only a dropped one is asked bound by bound. Measures nothing.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import gt, itemgetter, lt
from typing import Any

from curation.filters.bounds import Bound, first_failure
from curation.filters.settings import FilterSettings, load_profile, resolve
from curation.filters.thresholds import Rule
from curation.signals.table import INDEX, SIGNALS

MAX_CACHED = 4096
"""Pairs of language and extension that are remembered; hostile file names cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The bounds of one pair."""

    filters: tuple[str, ...]
    bounds: tuple[Bound, ...]
    upper: Callable[[Sequence[float]], tuple[float, ...]]
    """Picks the values that `largest` limits."""
    largest: tuple[float, ...]
    """The largest value that is kept, of every signal that `upper` picks."""
    lower: Callable[[Sequence[float]], tuple[float, ...]]
    """Picks the values that `smallest` limits."""
    smallest: tuple[float, ...]
    """The smallest value that is kept, of every signal that `lower` picks."""


class Decider:
    """Decides documents with the bounds of one set of filter settings."""

    def __init__(self, settings: FilterSettings) -> None:
        self.settings = settings
        rules = settings.rules()
        self.rules = tuple((name, rule) for name, rule in rules if rule.enabled)
        self.groups = frozenset(SIGNALS[INDEX[rule.signal]].group for _, rule in self.rules)
        """Groups of signals that any bound of these settings asks for."""
        self._cache: dict[tuple[str, str], _Compiled] = {}

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], "Decider"], tuple[dict[str, Any]]]:
        """Travel to another process as plain settings; generic settings classes cannot be pickled."""
        return _rebuild, (self.settings.model_dump(mode="json"),)

    def bounds(self, language: str, path: str) -> tuple[Bound, ...]:
        """The bounds that hold for a file, in the order of the filters.

        Args:
            language: A linguist name, "" if unknown.
            path: With forward slashes; the file name is enough.
        """
        return self._compiled(language, extension_of(path)).bounds

    def decide(self, language: str, path: str, values: Sequence[float]) -> Bound | None:
        """The first bound, in the order of the filters, that drops a document; None keeps it.

        Args:
            language: A linguist name, "" if unknown.
            path: With forward slashes; the file name is enough.
            values: One per signal, in the order of `SIGNALS`; NaN drops nothing.
        """
        compiled = self._compiled(language, extension_of(path))
        # comparing in C is over twice as fast as a loop here, and nearly all documents end at this line
        if any(map(gt, compiled.upper(values), compiled.largest)) or any(
            map(lt, compiled.lower(values), compiled.smallest)
        ):
            return first_failure(compiled.bounds, values, INDEX)
        return None

    def explain(
        self, language: str, path: str, values: Sequence[float]
    ) -> list[tuple[str, Bound, float, bool]]:
        """(filter, bound, value, whether the document passes) of every bound that holds, in order.

        Args:
            language: A linguist name, "" if unknown.
            path: With forward slashes; the file name is enough.
            values: One per signal, in the order of `SIGNALS`.
        """
        compiled = self._compiled(language, extension_of(path))
        return [
            (name, bound, values[INDEX[bound.signal]], not bound.drops(values[INDEX[bound.signal]]))
            for name, bound in zip(compiled.filters, compiled.bounds, strict=True)
        ]

    def _compiled(self, language: str, extension: str) -> _Compiled:
        compiled = self._cache.get((language, extension))
        if compiled is None:
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            compiled = _compile(self.rules, language, extension)
            self._cache[language, extension] = compiled
        return compiled


def extension_of(path: str) -> str:
    """The extension of a file: after the last dot of its name, in lower case; "" if there is none.

    A name that starts with its only dot, such as .bashrc, has none.
    """
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    return name[dot + 1 :].lower() if dot > 0 else ""


def describe(settings: FilterSettings) -> list[dict[str, Any]]:
    """Every rule as a plain row, also those that are off, in order.

    A row has filter, reason, signal, drops_if (the side), default (the threshold in the unit of the signal,
    None if off), exceptions (how many languages, extensions, families or table rows differ) and source.

    Raises:
        BadConfigError: If the settings name a profile that does not exist.
    """
    source = load_profile(settings.profile)["source"]
    profile_rules = resolve(settings.profile, {}).rules()
    return [
        {
            "filter": name,
            "reason": rule.reason,
            "signal": rule.signal,
            "drops_if": rule.side,
            "default": rule.default,
            "exceptions": len(rule.exceptions),
            "source": (source if (name, rule) == of_profile else "override") if rule.enabled else "",
        }
        for (name, rule), of_profile in zip(settings.rules(), profile_rules, strict=True)
    ]


def _compile(rules: tuple[tuple[str, Rule], ...], language: str, extension: str) -> _Compiled:
    """The bounds for one pair of language and extension, also as one pair of limits per signal."""
    found = [(name, rule.bound(language, extension)) for name, rule in rules]
    held = [(name, bound) for name, bound in found if bound is not None]
    largest: dict[str, float] = {}
    smallest: dict[str, float] = {}
    for _, bound in held:
        signal, side, threshold = bound.signal, bound.side, bound.threshold
        # the float next to the threshold: "at least" and "at most" drop the threshold itself
        if side in ("above", "at_least"):
            limit = threshold if side == "above" else math.nextafter(threshold, -math.inf)
            largest[signal] = min(largest.get(signal, math.inf), limit)
        else:
            limit = threshold if side == "below" else math.nextafter(threshold, math.inf)
            smallest[signal] = max(smallest.get(signal, -math.inf), limit)
    return _Compiled(
        filters=tuple(name for name, _ in held),
        bounds=tuple(bound for _, bound in held),
        upper=_picker(largest),
        largest=tuple(largest.values()),
        lower=_picker(smallest),
        smallest=tuple(smallest.values()),
    )


def _picker(signals: Iterable[str]) -> Callable[[Sequence[float]], tuple[float, ...]]:
    """Picks the values of some signals, and of the first signal twice more.

    An itemgetter of one position returns no tuple and of none does not exist; what is picked in addition
    meets no limit, because `map` ends with the shorter of its arguments.
    """
    return itemgetter(*(INDEX[signal] for signal in signals), 0, 0)


def _rebuild(settings: dict[str, Any]) -> Decider:
    return Decider(FilterSettings.model_validate(settings))
