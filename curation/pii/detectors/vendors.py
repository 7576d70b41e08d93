r"""Keys and tokens in the formats of known vendors, and values that are given to a vendor's name.

    token = "ghp_<36 letters and digits>"   ->  [Span(9, 49, "KEY", "github-token", 1.0)]
    airtable: 'key<14 letters and digits>'  ->  [Span(11, 28, "KEY", "airtable-key", 0.9)]

What is looked for stands in curation/data/pii/vendors/*.toml (see rules.py). Every trigger has one length,
so that a hit says where the value begins, and a hit costs one anchored match. Secrets with no known form,
such as `api_key = ...`, are not looked for here.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from curation.errors import BadConfigError
from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.detectors.checks import CHECKS
from curation.pii.detectors.entropy import looks_random, shannon
from curation.pii.detectors.placeholders import is_placeholder
from curation.pii.detectors.rules import Rule, fixed_width, vendor_rules, width
from curation.pii.spans import Span

FAMILY = "vendor"
WINDOW = 4096
"""Characters of the longest value that is looked at."""
AFTER = 300
"""Characters after the beginning of a trigger in which a value that begins before it is searched for."""
NAME = 40
"""Characters before the assignment in which a keyword may begin."""
MIN_RANDOM = 16
"""Characters from which a value that only its name makes a key has to look generated."""
GAP = 48
"""Characters between a name and its value, at most: quotes, operators, brackets, an indented next line."""
SHORT = 6
"""Keywords with fewer letters must be words of their own: "lob" is not in "global"."""

ASSIGNED = r"[\s\S]{0,64}?[^\w/.+#@%\-]"
"""What may stand between a keyword and its value, for the scan; `_given_to` looks closer."""
TOGETHER = 20
"""Keywords in one trigger, at most; the fewest seconds to compile them all."""
_BETWEEN = "".join(
    character for character in map(chr, range(128)) if not re.match(r"[\w/.+#@%\-]", character)
)
_HASHED = re.compile(r"(?i)sha\d*|md5|hash|digest|checksum|integrity|commit|revision|etag|fingerprint|public")
_NAME_BEFORE = re.compile(r"[\w.\- ]*\Z")
_STARTS = r"(?:(?<!{left})|(?<=\\[abfnrtv0])|(?<=\\u[0-9A-Fa-f]{{4}})|(?<=%[0-9A-Fa-f]{{2}}))"


class _Matcher(NamedTuple):
    rule: Rule
    width: int
    value: re.Pattern[str]
    begins: re.Pattern[str]
    """Whether a value may begin here; asked afterwards if the value is searched for, as it is slow."""
    name: re.Pattern[str] | None
    fixed: int
    """Characters at the beginning of every value that say nothing, such as "ghp_"."""


class _Look(NamedTuple):
    pattern: str
    caseless: bool
    matchers: tuple[_Matcher, ...]
    """What a hit of the pattern may be, in the order of the rules."""


@cache
def triggers() -> tuple[Trigger, ...]:
    """What the scan of the whole document looks for."""
    return tuple(Trigger(FAMILY, name, look.pattern, look.caseless) for name, look in _table().items())


def find(text: str, hits: Sequence[Hit], context: Context | None = None) -> list[Span]:
    """Values in the formats of vendors.

    Args:
        text: A whole document.
        hits: Where the triggers of this family end, in the order of the text.
        context: Not needed: a format says what it is.
    """
    del context
    table = _table()
    spans: list[Span] = []
    covered = 0
    for hit in hits:
        if hit.end <= covered:
            continue
        for matcher in table[hit.rule].matchers:
            span = _value(text, hit.end, matcher)
            if span is not None:
                spans.append(span)
                covered = span.end
                break
    return spans


def _value(text: str, end: int, matcher: _Matcher) -> Span | None:
    rule, value = matcher.rule, matcher.value
    start = max(0, end - matcher.width)
    if rule.back and not rule.exact:
        match = value.search(text, max(0, start - rule.back), start + AFTER)
        if match is None or match.start() > start or not matcher.begins.match(text, match.start()):
            return None
        start = match.start()
        match = value.match(text, start, start + WINDOW)  # as the end of the search may have cut it
    else:
        start -= rule.back
        match = value.match(text, start, start + WINDOW) if start >= 0 else None
    if match is None:
        return None
    if matcher.name is not None and not _given_to(text, start, matcher.name):
        return None
    group = "secret" if "secret" in value.groupindex else 0
    first, last = match.span(group)
    secret = text[first:last]
    if not _is_genuine(rule, secret, secret if group else secret[matcher.fixed :]):
        return None
    certain = not rule.keywords and (not rule.confirm or CHECKS[rule.confirm](secret))
    return Span(first, last, rule.tag, rule.id, 1.0 if certain else 0.9)


def _is_genuine(rule: Rule, secret: str, variable: str) -> bool:
    """Whether a value of the right shape could be used by somebody; `variable` is what may differ in it."""
    if secret in rule.allow or shannon(variable) < rule.entropy:
        return False
    if is_placeholder(secret) or is_placeholder(variable):
        return False
    if rule.keywords and len(secret) >= MIN_RANDOM and not looks_random(secret):
        return False
    return not rule.check or CHECKS[rule.check](secret)


def _given_to(text: str, start: int, name: re.Pattern[str]) -> bool:
    """Whether the value at `start` is given to a name that `name` knows, and is no hash by that name."""
    before = text[max(0, start - GAP - NAME) : start]
    head = before.rstrip(_BETWEEN)
    if len(head) == len(before):
        return False
    if head.endswith(("value", "Value")):
        head = head[:-5].rstrip(_BETWEEN)
    match = _NAME_BEFORE.search(head[-NAME:])
    identifier = match[0] if match else ""
    return name.search(identifier) is not None and not _HASHED.search(identifier)


@cache
def _table() -> dict[str, _Look]:
    """By the name of the trigger: what is scanned for and what a hit may be.

    Rules with keywords share triggers, for a trigger costs time to compile.
    """
    table: dict[str, _Look] = {}
    given: dict[str, list[_Matcher]] = {}
    for rule in vendor_rules():
        for number, pattern in enumerate(rule.trigger):
            matcher = _matcher(rule, pattern)
            if rule.keywords:
                given.setdefault(pattern, []).append(matcher)
            else:
                name = f"{rule.id}/{number}" if number else rule.id
                table[name] = _Look(pattern, rule.caseless, (matcher,))
    for number, (pattern, matchers) in enumerate(given.items()):
        names = sorted({_spelt(words) for matcher in matchers for words in matcher.rule.keywords})
        for first in range(0, len(names), TOGETHER):
            scanned = f"(?:{'|'.join(names[first : first + TOGETHER])}){ASSIGNED}(?:{pattern})"
            table[f"given/{number}/{first}"] = _Look(scanned, caseless=True, matchers=tuple(matchers))
    return table


def _matcher(rule: Rule, trigger: str) -> _Matcher:
    for check in (rule.check, rule.confirm):
        if check and check not in CHECKS:
            raise BadConfigError(f"rule {rule.id!r}: check {check!r} is unknown; known: {', '.join(CHECKS)}")
    left = _STARTS.format(left=rule.left) if rule.left else ""
    right = f"(?!{rule.right})" if rule.right else ""
    flags = re.ASCII | (re.IGNORECASE if rule.caseless else 0)
    value = re.compile(f"{'' if rule.back and not rule.exact else left}(?:{rule.pattern}){right}", flags)
    name = re.compile("|".join(map(_keyword, rule.keywords)), re.ASCII) if rule.keywords else None
    return _Matcher(
        rule,
        width(trigger),
        value,
        re.compile(left, re.ASCII),
        name,
        0 if rule.back else fixed_width(trigger),
    )


def _keyword(words: str) -> str:
    """Regex of a keyword in a name, in any spelling."""
    spelt = f"(?i:{_spelt(words)})"
    if len(words.replace(" ", "")) >= SHORT:
        return spelt
    more = "(?i:api|key|token|secret|auth|access|client|pass|pwd|org|app|user|account)"
    before = r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
    return f"{before}{spelt}(?:(?![A-Za-z])|(?<=[a-z])(?=[A-Z])|(?={more}))"


def _spelt(words: str) -> str:
    return "[_. -]{0,2}".join(re.escape(word) for word in words.split())
