"""Which files of a pull request are shown, and how they differ at each head commit.

    chosen(pull, ("c0ffee",), settings, changes).files["src/a.py"].at["c0ffee"] -> Version(lines, ...)

A file is shown if it is there before and after: neither added nor deleted files are (process_commit_pairs.py
of the-stack-v2). Head commits whose changes are too large show none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from curation.structured.pulls.diff import Comparison, compare, split_lines
from curation.structured.pulls.file_rules import language_of, refusal
from curation.structured.pulls.settings import PullSettings
from curation.structured.records import FilePair, PullRequest


class Version(NamedTuple):
    """A file at one head commit."""

    lines: list[str]
    comparison: Comparison
    """How it differs from the base."""


@dataclass(slots=True)
class BaseFile:
    """A file of the base commit, and what became of it."""

    text: str
    lines: list[str]
    language: str
    """A linguist name; "" if unknown."""
    at: dict[str, Version] = field(default_factory=dict)
    """Head commit -> the file there, if it differs."""
    known: dict[str, Version] = field(default_factory=dict)
    """Content -> the same, so that one that stays for several heads is compared once."""


class Chosen(NamedTuple):
    """What is shown of the files."""

    files: dict[str, BaseFile]
    """By path, in order of appearance: those that are shown for some of the head commits."""
    too_large: dict[str, int]
    """Head commits that change too much -> characters of the base that they change."""


def chosen(pull: PullRequest, heads: Iterable[str], settings: PullSettings, changes: set[str]) -> Chosen:
    """The files that are shown for some of the head commits."""
    files: dict[str, BaseFile | None] = {}
    too_large = {}
    for head in heads:
        versions = {}
        for pair in pull.files.get(head, ()):
            path = plain_path(pair.path)
            version = _version(path, pair, files, settings, changes)
            if version is not None:
                versions[path] = version
        size = _changed(files, versions)
        if size > settings.change_max:
            too_large[head] = size
            continue
        for path, version in versions.items():
            file = files[path]
            assert file is not None
            file.at[head] = version
    shown = {path: file for path, file in files.items() if file is not None and file.at}
    return Chosen(shown, too_large)


def plain_path(path: str) -> str:
    """A path that can be written as UTF-8: what cannot becomes a question mark."""
    return path.encode("utf-8", "replace").decode()


def _version(
    path: str,
    pair: FilePair,
    files: dict[str, BaseFile | None],
    settings: PullSettings,
    changes: set[str],
) -> Version | None:
    """A file at a head commit; None if it is not shown. Its base is added to `files`, None if never shown."""
    if pair.before is None or pair.after is None:
        changes.add("one_sided_files_dropped")
        return None
    if pair.before == pair.after:
        return None
    if path not in files:
        files[path] = _base(path, pair.before, settings, changes)
    file = files[path]
    if file is None:
        return None
    if file.text != pair.before:  # a path that is listed twice, or a base that is none
        changes.add("odd_files_dropped")
        return None
    version = file.known.get(pair.after)
    if version is None:
        lines = split_lines(pair.after)
        version = file.known[pair.after] = Version(lines, compare(file.lines, lines))
        if not version.comparison.exact:
            changes.add("diff_coarse")
    return version


def _base(path: str, text: str, settings: PullSettings, changes: set[str]) -> BaseFile | None:
    """A file of the base commit; None if the rules are against it."""
    language = language_of(path, text)
    if refusal(path, text, language, settings.files) is not None:
        changes.add("files_dropped")
        return None
    return BaseFile(text, split_lines(text), language)


def _changed(files: dict[str, BaseFile | None], versions: dict[str, Version]) -> int:
    """Characters of the bases between the first and the last change, of all files."""
    total = 0
    for path, version in versions.items():
        file, found = files[path], version.comparison.changes
        assert file is not None
        total += sum(len(line) for line in file.lines[found[0].start : found[-1].stop])
    return total
