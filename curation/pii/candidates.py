r"""One linear scan of a whole document for the places that are worth a closer look.

    scanner = Scanner([Trigger("mail", "mail", r"[\w]@[a-z]")])
    scanner.scan("to ann@ex.org")  ->  {"mail": [Hit("mail", 8)]}

All triggers of all detectors are matched together by hyperscan (or RE2 where hyperscan is not installed):
time is linear in the document and independent of the number of rules. Detectors then look at windows of
bounded size around the hits only. It decides nothing: a hit is not yet a finding.
"""

import contextlib
import importlib.util
from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from curation.errors import CurationError

MAX_HITS = 100_000
"""Hits in one document, at most; one with more is a long list of candidates, and is set aside."""


CONTINUATION = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that do not begin a character."""
WINDOW = 256
"""Bytes in which RE2 looks for all triggers at once; a longer match is looked for one by one."""


class TooManyCandidatesError(CurationError, ValueError):
    """A document holds more candidates than are worth looking at."""


class Trigger(NamedTuple):
    """What a detector wants to be called for."""

    family: str
    """Which detector looks at the hits, such as "mail"."""
    rule: str
    """Id of the rule that the hit speaks for; unique in its family."""
    pattern: str
    """Bytes regex in the syntax that hyperscan and RE2 share: literals, classes, alternation and bounded
    repeats; no assertions, no captures. It should match a short fixed piece, not a whole value."""
    caseless: bool = False


class Hit(NamedTuple):
    """A trigger matched."""

    rule: str
    end: int
    """Character after the match, counted in characters of the text."""


Hits = dict[str, list[Hit]]
"""Hits by family, in the order of the text."""


class Scanner:
    """All triggers of all detectors, compiled on first use; a copy in another process compiles its own."""

    def __init__(self, triggers: Sequence[Trigger], *, backend: str = "auto") -> None:
        """Prepare to look for `triggers`.

        Args:
            triggers: Of all detectors that are on.
            backend: "hyperscan", "re2", or "auto" for hyperscan where it is installed. Hits may differ in
                where a trigger of variable length ends; findings must not.
        """
        self.triggers = tuple(triggers)
        self.backend = backend
        self._find: Any = None

    def __reduce__(self) -> Any:
        return _rebuild, (self.triggers, self.backend)

    def scan(self, text: str) -> Hits:
        """Every hit in a document, by family.

        Args:
            text: A whole document.

        Raises:
            TooManyCandidatesError: If there are more than `MAX_HITS`.
        """
        if self._find is None:
            self._find = _finder(self.triggers, self.backend)
        data = text.encode("utf-8", "surrogatepass")
        found: list[tuple[int, int]] = self._find(data)
        if not found:
            return {}
        if len(found) > MAX_HITS:
            raise TooManyCandidatesError(f"more than {MAX_HITS:,} candidates in one document")
        ends = [end for _, end in found] if len(data) == len(text) else _characters(data, found)
        hits: Hits = defaultdict(list)
        triggers = self.triggers
        for (number, _), end in zip(found, ends, strict=True):
            trigger = triggers[number]
            hits[trigger.family].append(Hit(trigger.rule, end))
        return hits


def _rebuild(triggers: tuple[Trigger, ...], backend: str) -> Scanner:
    return Scanner(triggers, backend=backend)


def _characters(data: bytes, found: Sequence[tuple[int, int]]) -> list[int]:
    """The byte offsets of hits as character offsets."""
    ends = []
    seen = characters = 0
    for _, end in found:
        characters += len(data[seen:end].translate(None, CONTINUATION))
        seen = end
        ends.append(characters)
    return ends


def _finder(triggers: Sequence[Trigger], backend: str) -> Any:
    if backend == "hyperscan" or (backend == "auto" and importlib.util.find_spec("hyperscan")):
        return _HyperscanFinder(triggers)
    return _Re2Finder(triggers)


class _HyperscanFinder:
    def __init__(self, triggers: Sequence[Trigger]) -> None:
        import hyperscan  # noqa: PLC0415  # not installed everywhere

        self.database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self.database.compile(
            expressions=[trigger.pattern.encode() for trigger in triggers],
            ids=list(range(len(triggers))),
            flags=[hyperscan.HS_FLAG_CASELESS if trigger.caseless else 0 for trigger in triggers],
        )
        self.stopped = hyperscan.ScanTerminated

    def __call__(self, data: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        append = found.append

        def on_match(number: int, _start: int, end: int, _flags: int, _context: Any) -> bool | None:
            append((number, end))
            return True if len(found) > MAX_HITS else None

        with contextlib.suppress(self.stopped):
            self.database.scan(data, match_event_handler=on_match)  # in the order of their ends
        return found


class _Re2Finder:
    def __init__(self, triggers: Sequence[Trigger]) -> None:
        import re2  # noqa: PLC0415  # only where hyperscan is not installed

        patterns = [f"(?i:{t.pattern})" if t.caseless else f"(?:{t.pattern})" for t in triggers]
        options = re2.Options()
        options.max_mem = 256 << 20
        options.encoding = re2.Options.Encoding.LATIN1
        self.any = re2.compile("|".join(patterns).encode(), options)
        self.each = [re2.compile(pattern.encode(), options) for pattern in patterns]
        self.which = re2.Set.MatchSet(options)
        for pattern in patterns:
            self.which.Add(pattern.encode())
        self.which.Compile()

    def __call__(self, data: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        search = self.any.search
        place = 0
        while (match := search(data, place)) and len(found) <= MAX_HITS:
            place = match.start() + 1
            window = data[match.start() : match.start() + WINDOW]
            found += self._at(data, match.start(), sorted(self.which.Match(window) or ())) or self._at(
                data, match.start(), range(len(self.each))
            )  # a set finds nothing in too short a window, and when it runs out of memory
        return sorted(found, key=itemgetter(1))

    def _at(self, data: bytes, start: int, numbers: Iterable[int]) -> list[tuple[int, int]]:
        matches = ((number, self.each[number].match(data, start)) for number in numbers)
        return [(number, match.end()) for number, match in matches if match]
