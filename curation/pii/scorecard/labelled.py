"""A file of labelled texts -> cases that detectors can be measured with.

    {"text": "mail ann@ex.org", "spans": [{"start": 5, "end": 15, "tag": "EMAIL_ADDRESS"}], "lang": "go"}
        -> Case(number=1, text="mail ann@ex.org", labels=(Label(5, 15, "EMAIL", ""),), language="Go", ...)

One JSON object per line, plain or compressed with gzip. Needed are `text` and `spans` (offsets in
characters); `label` ("NONE" marks a text without anything), `tier`, `source`, `lang` or `language`, and
`kind` in a span are used where they are there; all else is passed over. It measures nothing.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import BadInputError
from curation.language.facts import canonical
from curation.language.identify import name_facts
from curation.pii.spans import TAGS

NAMES = {
    **{tag: tag for tag in TAGS},
    **dict.fromkeys(("SECRET", "API_KEY", "TOKEN", "PRIVATE_KEY", "CREDENTIAL"), "KEY"),
    **dict.fromkeys(("PASS", "PASSWD", "PWD"), "PASSWORD"),
    **dict.fromkeys(("EMAIL_ADDRESS", "MAIL"), "EMAIL"),
    **dict.fromkeys(("IP", "IPV4", "IPV6", "IPADDRESS"), "IP_ADDRESS"),
    **dict.fromkeys(("PERSON", "PER", "PERSON_NAME"), "NAME"),
    **dict.fromkeys(("USER", "USER_NAME"), "USERNAME"),
    **dict.fromkeys(("AMBIGUOUS", "ID", "LOCATION", "ORGANIZATION", "PHONE_NUMBER", "DATE_TIME", "URL"), ""),
}
"""Names that labelled files use -> our tags; "" for what is looked for by nothing here, and left out."""
NOTHING = ("", "NONE")
"""Labels of a text that holds nothing."""
HASH = re.compile(r"[0-9a-f]{6,}\.\w+")


class Label(NamedTuple):
    """`text[start:end]` is known to be personal data or a secret."""

    start: int
    """First character, counted in characters of the text."""
    end: int
    """Character after the last one."""
    tag: str
    """One of `curation.pii.spans.TAGS`."""
    kind: str = ""
    """What exactly, such as the id of a rule; empty if the file does not say."""


class Case(NamedTuple):
    """One labelled text."""

    number: int
    """Line of the file, from 1."""
    text: str
    labels: tuple[Label, ...]
    label: str = ""
    """What the text is about, as the file says; NONE for a text that holds nothing."""
    tier: str = ""
    source: str = ""
    """Where the text is from."""
    language: str = ""
    """A linguist name; empty if unknown."""

    @property
    def is_negative(self) -> bool:
        """Whether nothing may be found in this text."""
        return not self.labels and self.label in NOTHING

    def family(self, label: Label | None = None) -> str:
        """Which rule or test suite a label, or the text, belongs to."""
        return (label.kind if label else "") or source_family(self.source) or "(unknown)"


def source_family(source: str) -> str:
    """Cases that come from the same rule or test, and so are much alike, by the source that they state.

    "owner/name@commit:rules/slack.go#slack-token" -> "owner/name#slack-token"; without a named rule it is
    the file, and where files are named by a hash the repository.
    """
    place, _, fragment = source.partition("#")
    origin, _, path = place.partition(":")
    origin = origin.partition("@")[0]
    if fragment and not fragment.isdigit():
        return f"{origin}#{fragment}"
    name = path.partition(":")[0].rpartition("/")[2]
    return origin if not name or HASH.fullmatch(name) else f"{origin}:{name}"


def read(path: Path, tier: str = "") -> Iterator[Case]:
    """The cases of a file, in order.

    Args:
        path: JSONL, or JSONL compressed with gzip.
        tier: Only cases of this tier; empty takes all.

    Raises:
        BadInputError: If the file cannot be read, a line is not a labelled text, or no case is left.
    """
    tiers: dict[str, int] = {}
    for number, line in _lines(path):
        case = _case(line, number, path)
        tiers[case.tier] = tiers.get(case.tier, 0) + 1
        if not tier or case.tier == tier:
            yield case
    if tiers.get(tier, 0) == 0 and (tier or not tiers):
        seen = ", ".join(f"{name or '(none)'} {count}" for name, count in sorted(tiers.items()))
        raise BadInputError(
            f"{path}: no case{f' of tier {tier!r}' if tier else ''}; expected one JSON object per line"
            + (f"; the tiers are: {seen}" if seen else "")
        )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, numbered from 1.

    Raises:
        BadInputError: If the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise BadInputError(
            f"{path}: {why}; expected labelled texts as JSONL in UTF-8, or that as .gz"
        ) from None


def _case(line: str, number: int, path: Path) -> Case:
    """One line.

    Raises:
        BadInputError: If it is not a labelled text.
    """
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise BadInputError(f"{path}, line {number}: not JSON; expected one object per line") from None
    text = row.get("text") if isinstance(row, dict) else None
    spans = row.get("spans") if isinstance(row, dict) else None
    if not isinstance(text, str) or not isinstance(spans, list):
        raise BadInputError(
            f'{path}, line {number}: expected an object with "text" (a string) and "spans" (a list of '
            f'{{"start", "end", "tag"}}); a text without anything has "spans": []'
        )
    labels = (_label(span, len(text), f"{path}, line {number}, span {n}") for n, span in enumerate(spans, 1))
    return Case(
        number=number,
        text=text,
        labels=tuple(sorted(label for label in labels if label.tag)),
        label=str(row.get("label") or ""),
        tier=str(row.get("tier") or ""),
        source=str(row.get("source") or ""),
        language=_language(str(row.get("language") or row.get("lang") or "")),
    )


def _label(span: Any, length: int, where: str) -> Label:
    """One span; its tag is empty if nothing here looks for it.

    Raises:
        BadInputError: If it is no span of the text.
    """
    values = [span.get(name) for name in ("start", "end", "tag")] if isinstance(span, dict) else [None] * 3
    start, end, tag = values
    if type(start) is not int or type(end) is not int or not isinstance(tag, str):
        raise BadInputError(f'{where}: expected "start" and "end" (whole numbers) and "tag" (a name)')
    if not 0 <= start < end <= length:
        raise BadInputError(
            f"{where}: characters {start} to {end} of a text of {length}; expected 0 <= start < end and an "
            f"end in the text, counted in characters, not bytes"
        )
    known = NAMES.get(tag.upper().replace("-", "_").replace(" ", "_"))
    if known is None:
        raise BadInputError(f"{where}: tag {tag[:40]!r} is unknown; expected one of {', '.join(NAMES)}")
    return Label(start, end, known, str(span.get("kind") or ""))


def _language(name: str) -> str:
    """The linguist name of what a file calls a language: a name, an alias or an extension; "" if none."""
    if name.startswith("."):
        return next(iter(name_facts(f"file{name}").candidates), "")
    return canonical(name) if name else ""
