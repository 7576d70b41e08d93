"""Plugins of detect-secrets that the user asks for: a text -> the spans that they find.

    DetectSecrets(("StripeDetector",)).find('key = "sk_live_..."', context)
        ->  [Span(7, 39, "KEY", "detect_secrets:StripeDetector", 1.0)]

Plugins see candidate lines only, one at a time and without detect-secrets' own settings, filters and
verification (which would call the services). Findings are places in the line, never values looked for in
the file: its plugin for GitHub says "ghp" of a whole token. PrivateKeyDetector adds nothing: it points at
the first line of a key block, and our own detector finds the block. Long lines are as slow as the plugins
are; a limit on time is the caller's.
"""

import importlib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

import re2

from curation.errors import BadConfigError
from curation.pii.context import Context
from curation.pii.extra.kept import is_kept
from curation.pii.extra.tags import tag_of
from curation.pii.spans import Span

QUOTING = "\"'` \t\r\n"
"""What some patterns take along from around a value; a value begins and ends with none of it."""
ANYTHING = r"[^\n]"
"""What a line must hold for a plugin of which nothing is known."""
BEFORE = "=:" + QUOTING
"""As `QUOTING`, before a value only: an equals sign at the end is padding."""


class DetectSecrets:
    """Some plugins of detect-secrets."""

    def __init__(self, names: Sequence[str]) -> None:
        """Make the plugins, with their own default thresholds.

        Args:
            names: Class names, such as StripeDetector.

        Raises:
            BadConfigError: If detect-secrets is not installed or has no such plugin.
        """
        known = _plugin_classes()
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=3, cutoff=0)
                raise BadConfigError(
                    f"detect_secrets_plugins: unknown plugin {name!r}; the nearest are {', '.join(near)}"
                )
        self.plugins = [(known[name](), tag_of("detect_secrets", name)) for name in names]
        self.candidates = _candidates(names)

    def find(self, text: str, context: Context) -> list[Span]:
        """Spans of all plugins, line by line.

        Args:
            text: A whole document.
            context: Where it comes from; KeywordDetector goes by the extension of the path.
        """
        found = []
        for start, line in _lines(text, self.candidates):
            for plugin, tag in self.plugins:
                rule = f"detect_secrets:{type(plugin).__name__}"
                for first, last in _places(plugin, line, context.path):
                    if not is_kept(tag, line[first:last]):
                        found.append(Span(start + first, start + last, tag, rule, 1.0))
        return found


def _lines(text: str, candidates: Any) -> Iterator[tuple[int, str]]:
    """Candidate lines and where they begin."""
    end = -1
    known = text.encode("utf-8", "replace").decode(
        "utf-8"
    )  # RE2 knows no lone surrogates; as many characters
    for match in candidates.finditer(known):
        if match.start() > end:
            start = text.rfind("\n", 0, match.start()) + 1
            end = text.find("\n", match.start())
            end = len(text) if end < 0 else end
            yield start, text[start:end]


def _places(plugin: Any, line: str, path: str) -> Iterable[tuple[int, int]]:
    """Where a plugin finds something in a line."""
    if hasattr(plugin, "denylist"):
        return _of_patterns(plugin, line)
    if hasattr(plugin, "entropy_limit"):
        return _of_entropy(plugin, line)
    return _of_values(plugin, line, path)


def _of_patterns(plugin: Any, line: str) -> Iterator[tuple[int, int]]:
    """Places of a plugin that is a list of patterns, where it has not rejected the value itself."""
    values = set(plugin.analyze_string(line))
    if not values:
        return
    for pattern in plugin.denylist:
        for match in pattern.finditer(line):
            said = [number for number in range(1, pattern.groups + 1) if match.group(number)]
            if pattern.groups and not said:
                continue
            for number in said or [0]:
                if match.group(number) in values:
                    yield _trimmed(line, *_whole(match, number))


def _whole(match: Any, number: int) -> tuple[int, int]:
    """The span of a group, or of the match if the group is but its beginning, such as the prefix ghp."""
    start, end = match.span(number)
    return match.span() if start == match.start() else (start, end)


def _trimmed(line: str, start: int, end: int) -> tuple[int, int]:
    value = line[start:end]
    return end - len(value.lstrip(BEFORE)), start + len(value.rstrip(QUOTING))


def _of_entropy(plugin: Any, line: str) -> Iterator[tuple[int, int]]:
    for match in plugin.regex.finditer(line):
        if plugin.calculate_shannon_entropy(match.group(2)) > plugin.entropy_limit:
            yield match.span(2)


def _of_values(plugin: Any, line: str, path: str) -> Iterator[tuple[int, int]]:
    """Places of a plugin that only tells values: wherever they stand in the line."""
    values = {secret.secret_value for secret in plugin.analyze_line(filename=path, line=line, line_number=1)}
    for value in filter(None, values):
        place = line.find(value)
        while place >= 0:
            yield place, place + len(value)
            place = line.find(value, place + len(value))


def _plugin_classes() -> dict[str, Any]:
    """Class name -> plugin, of those that detect-secrets brings.

    Raises:
        BadConfigError: If it is not installed.
    """
    try:
        util = importlib.import_module("detect_secrets.core.plugins.util")
    except ModuleNotFoundError as error:
        raise BadConfigError(
            f"detect_secrets_plugins: {error}; install detect-secrets or remove the setting"
        ) from error
    return {kind.__name__: kind for kind in util.get_mapping_from_secret_type_to_class().values()}


def _candidates(names: Sequence[str]) -> Any:
    """Pattern of what a line must hold for one of some plugins to find something in it."""
    path = files("curation") / "data" / "pii" / "detect_secrets_lines.toml"
    table = tomllib.loads(path.read_text("utf-8"))
    return re2.compile("|".join(f"(?:{table.get(name, ANYTHING)})" for name in names))
