r"""Rules in the format of gitleaks that the user brings: a text -> the spans that they match.

    [[rules]]
    id = "acme-token"
    regex = '''\bacme_([0-9a-f]{32})\b'''
    keywords = ["acme_"]

    GitleaksRules.load(path).find('t = "acme_0123..."', context)
        ->  [Span(5, 42, "KEY", "gitleaks:acme-token", 1.0)]

Patterns run on RE2, whose syntax is that of Go, in linear time. Followed: regex, secretGroup, entropy,
keywords, path, and allow lists with regexes, stopwords, paths, condition and regexTarget. Rules without a
pattern (path only) are counted and left out; commits are unknown here. What a file asks for and this does not
do (extend, required) is refused, for a rule half understood would let secrets pass.
"""

import importlib
import importlib.util
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import re2

from curation.errors import BadConfigError
from curation.pii.context import Context
from curation.pii.detectors.entropy import shannon
from curation.pii.extra.kept import is_kept
from curation.pii.extra.tags import tag_of
from curation.pii.spans import Span

TOP_KEYS = ("title", "description", "minVersion", "rules", "allowlist", "allowlists")
RULE_KEYS = (
    *("id", "description", "regex", "secretGroup", "entropy", "path"),
    *("keywords", "tags", "skipReport", "allowlist", "allowlists"),
)
ALLOW_KEYS = (
    *("description", "condition", "commits", "paths"),
    *("regexes", "regexTarget", "stopwords", "targetRules"),
)
PATTERN_MEMORY = 64 << 20
"""Bytes that RE2 may use for one pattern; long ones of gitleaks need more than its default of 8 MiB."""


class Allow(NamedTuple):
    """An allow list: what is no secret after all."""

    every: bool
    """Whether all of its checks must agree (condition AND), or one is enough."""
    target: str
    """What `regexes` look at: secret, match or line."""
    regexes: tuple[Any, ...]
    stopwords: tuple[str, ...]
    paths: tuple[Any, ...]
    commits: bool
    """Whether it names commits, which never agree here."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that a list of the whole file is for; empty for all."""


class Rule(NamedTuple):
    """A pattern and what must hold where it matches."""

    id: str
    tag: str
    pattern: Any
    """Compiled by RE2, for UTF-8 bytes."""
    group: int
    """Group that is the secret; 0 for the first that took part, or the whole match if there is none."""
    entropy: float
    """Bits per character that the secret must exceed; 0 to ask for none."""
    path: Any
    """Pattern of paths that the rule is for; None for all."""
    keywords: tuple[bytes, ...]
    """Lower case; one must stand in the text, in any case. Empty: the pattern is always tried."""
    allows: tuple[Allow, ...]


@dataclass(frozen=True)
class GitleaksRules:
    """The rules of one file."""

    rules: tuple[Rule, ...]
    path_only: int
    """Rules left out because they look at paths only."""
    present: Callable[[bytes], set[bytes]]
    """Keywords that stand in a text."""

    @classmethod
    def load(cls, path: Path) -> "GitleaksRules":
        """Read a rule file.

        Args:
            path: TOML file in the format of gitleaks.

        Raises:
            BadConfigError: If it cannot be read, holds something unknown, or a pattern does not compile.
        """
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadConfigError(f"{path}: not a rule file of gitleaks: {error}") from error
        if "extend" in table:
            raise BadConfigError(
                f"{path}: [extend] is not followed, for it fetches other rules; put all rules in one file"
            )
        _refuse_unknown(table, TOP_KEYS, f"{path}")
        entries = _tables_of(table, "rules", f"{path}")
        if not entries:
            raise BadConfigError(f"{path}: no [[rules]]; expected at least one")
        shared = _allows(table, f"{path}")
        rules = tuple(_rule(entry, shared, path) for entry in entries if entry.get("regex"))
        keywords = sorted({keyword for rule in rules for keyword in rule.keywords})
        return cls(rules, len(entries) - len(rules), _finder(keywords))

    def find(self, text: str, context: Context) -> list[Span]:
        """Spans of all rules, in the order of the rules.

        Args:
            text: A whole document.
            context: Where it comes from; rules for certain paths are tried if the path is unknown.
        """
        data = text.encode("utf-8", "surrogatepass")
        present = self.present(data)
        found: list[tuple[int, int, Rule]] = []
        for rule in self.rules:
            if rule.keywords and present.isdisjoint(rule.keywords):
                continue
            if rule.path is None or not context.path or rule.path.search(context.path.encode()):
                found += ((start, end, rule) for start, end in _secrets(rule, data, context))
        if not found:
            return []
        place = _characters(data, len(text))
        return [
            Span(place(start), place(end), rule.tag, f"gitleaks:{rule.id}", 1.0) for start, end, rule in found
        ]


def _secrets(rule: Rule, data: bytes, context: Context) -> Iterable[tuple[int, int]]:
    """Where the secrets of a rule stand, in bytes."""
    for match in rule.pattern.finditer(data):
        start, end = _secret_span(match, rule.group)
        secret = data[start:end].decode("utf-8", "replace")
        if is_kept(rule.tag, secret) or (rule.entropy and shannon(secret) <= rule.entropy):
            continue
        if not any(_allowed(allow, match, secret, data, context) for allow in rule.allows):
            yield start, end


def _secret_span(match: Any, group: int) -> tuple[int, int]:
    groups = [group] if group else range(1, len(match.groups()) + 1)
    spans: list[tuple[int, int]] = [match.span(number) for number in groups]
    return next((span for span in spans if span[0] < span[1]), match.span())


def _allowed(allow: Allow, match: Any, secret: str, data: bytes, context: Context) -> bool:
    """Whether an allow list says that this is no secret."""
    checks = [False] if allow.commits else []
    if allow.paths:
        checks.append(any(pattern.search(context.path.encode()) for pattern in allow.paths))
    if allow.regexes:
        target = secret.encode()
        if allow.target == "match":
            target = match.group()
        elif allow.target == "line":
            target = data[data.rfind(b"\n", 0, match.start()) + 1 : _line_end(data, match.end())]
        checks.append(any(pattern.search(target) for pattern in allow.regexes))
    if allow.stopwords:
        lowered = secret.lower()
        checks.append(any(word in lowered for word in allow.stopwords))
    return bool(checks) and (all(checks) if allow.every else any(checks))


def _line_end(data: bytes, place: int) -> int:
    end = data.find(b"\n", place)
    return len(data) if end < 0 else end


def _rule(entry: dict[str, Any], shared: Sequence[Allow], path: Path) -> Rule:
    name = entry.get("id")
    if not isinstance(name, str) or not name:
        raise BadConfigError(f"{path}: a rule without id; every rule needs one")
    where = f"{path}: rule {name}"
    if "required" in entry:
        raise BadConfigError(
            f"{where}: [[rules.required]] is not followed; leave it out or leave out the rule"
        )
    _refuse_unknown(entry, RULE_KEYS, where)
    pattern = _compile(entry["regex"], f"{where}: regex")
    group = _typed(entry, "secretGroup", int, 0, where)
    if not 0 <= group <= pattern.groups:
        raise BadConfigError(f"{where}: secretGroup {group}, but the pattern has {pattern.groups} groups")
    mine = [allow for allow in shared if not allow.rules or name in allow.rules]
    return Rule(
        id=name,
        tag=tag_of("gitleaks", name),
        pattern=pattern,
        group=group,
        entropy=float(_typed(entry, "entropy", (int, float), 0.0, where)),
        path=_compile(entry["path"], f"{where}: path") if entry.get("path") else None,
        keywords=tuple(word.lower().encode() for word in _strings(entry, "keywords", where)),
        allows=(*_allows(entry, where), *mine),
    )


def _allows(entry: dict[str, Any], where: str) -> tuple[Allow, ...]:
    lists = [*_tables_of(entry, "allowlist", where), *_tables_of(entry, "allowlists", where)]
    return tuple(_allow(table, f"{where}: allow list") for table in lists)


def _allow(table: dict[str, Any], where: str) -> Allow:
    _refuse_unknown(table, ALLOW_KEYS, where)
    condition = _typed(table, "condition", str, "OR", where).upper()
    target = _typed(table, "regexTarget", str, "", where) or "secret"
    if condition not in {"OR", "||", "AND", "&&"}:
        raise BadConfigError(f"{where}: condition {condition!r}; expected OR or AND")
    if target not in {"secret", "match", "line"}:
        raise BadConfigError(f"{where}: regexTarget {target!r}; expected secret, match or line")
    return Allow(
        every=condition in {"AND", "&&"},
        target=target,
        regexes=tuple(_compile(p, f"{where}: regexes") for p in _strings(table, "regexes", where)),
        stopwords=tuple(word.lower() for word in _strings(table, "stopwords", where)),
        paths=tuple(_compile(p, f"{where}: paths") for p in _strings(table, "paths", where)),
        commits=bool(table.get("commits")),
        rules=tuple(_strings(table, "targetRules", where)),
    )


def _compile(pattern: Any, where: str) -> Any:
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern.encode() if isinstance(pattern, str) else pattern, options)
    except (re2.error, TypeError) as error:
        said = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        raise BadConfigError(f"{where}: not a pattern that RE2 (Go) can compile: {said}") from error


def _refuse_unknown(table: dict[str, Any], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0)[0]
            raise BadConfigError(f"{where}: unknown key {key!r}; the nearest known one is {near!r}")


def _tables_of(entry: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """A table or an array of tables, as a list.

    Raises:
        BadConfigError: If it is something else.
    """
    value = entry.get(key, [])
    tables = [value] if isinstance(value, dict) else value
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadConfigError(f"{where}: {key} is not a table; expected [[{key}]]")
    return tables


def _strings(entry: dict[str, Any], key: str, where: str) -> list[str]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise BadConfigError(
            f"{where}: {key} is {type(value).__name__}; expected a list of non-empty strings"
        )
    return value


def _typed(entry: dict[str, Any], key: str, kind: Any, default: Any, where: str) -> Any:
    value = entry.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadConfigError(f"{where}: {key} is {type(value).__name__}; expected the kind of {default!r}")
    return value


def _characters(data: bytes, length: int) -> Callable[[int], int]:
    """Turns byte offsets into character offsets."""
    if len(data) == length:
        return int
    begins: npt.NDArray[np.bool_] = (np.frombuffer(data, np.uint8) & 0xC0) != 0x80
    before = np.concatenate(([0], np.cumsum(begins)))
    return lambda place: int(before[place])


def _finder(keywords: Sequence[bytes]) -> Callable[[bytes], set[bytes]]:
    """Which of some lower-case words stand in a text, in any case; by hyperscan where it is installed."""
    if keywords and importlib.util.find_spec("hyperscan"):
        return _HyperscanWords(keywords)

    def present(data: bytes) -> set[bytes]:
        lowered = data.lower()
        return {keyword for keyword in keywords if keyword in lowered}

    return present


class _HyperscanWords:
    """All keywords in one scan, each reported once (a hundred times the speed of a search for each)."""

    def __init__(self, keywords: Sequence[bytes]) -> None:
        hyperscan: Any = importlib.import_module("hyperscan")
        self.keywords = keywords
        self.database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
        self.database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in keyword) for keyword in keywords],
            ids=list(range(len(keywords))),
            flags=[flags] * len(keywords),
        )

    def __call__(self, data: bytes) -> set[bytes]:
        found: set[bytes] = set()

        def on_match(number: int, _start: int, _end: int, _flags: int, _context: Any) -> None:
            found.add(self.keywords[number])

        self.database.scan(data, match_event_handler=on_match)
        return found
