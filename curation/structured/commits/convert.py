r"""A commit -> the parts before, message and after, or the rule that drops it.

    before = 40 lines, after = the same with line 20 changed
        -> Part("before", "lines 12 to 33"), Part("message", "Fix the size"), Part("after", "lines 12 to 33")

The rules come in the order of StarCoder's code: size and change, message, extension, first commit of a file,
data formats. Then the document shows whole files or the change with as many lines around it before as after.
Every random choice depends on the seed and the commit's name. The language is left to path and content.
"""

from collections.abc import Callable
from functools import partial

from curation.decode import DEFAULTS, Decoded, DecodeSettings, decode
from curation.draw import uniform
from curation.sources.base import Problem
from curation.sources.paths import safe_path
from curation.structured.commits import extension, message, size
from curation.structured.commits.change_range import ChangeRange, changed, lines_of, window
from curation.structured.commits.settings import CommitSettings
from curation.structured.outcome import Converted, Kind, Refused
from curation.structured.parts import Part
from curation.structured.records import Commit

KIND: Kind = "commits"


def convert(
    commit: Commit,
    settings: CommitSettings,
    document: str,
    seen: set[str] | None = None,
    decoding: DecodeSettings = DEFAULTS,
) -> Converted | Refused:
    """The document of a commit, or why there is none.

    Args:
        commit: A commit that changes one file.
        settings: The rules.
        document: Name of the commit, such as octo/hello/3f2a...; every random choice depends on it.
        seen: Files of the repository, by their paths before, of which a commit has been taken; extended
            here. None takes every commit of a file.
        decoding: How bytes become text.
    """
    texts = _texts(commit, decoding)
    if isinstance(texts, Problem):
        return Refused(KIND, texts)
    before, after, changes = texts
    path, unsafe = safe_path(commit.new_path)
    chance = partial(uniform, settings.seed, document)
    old, new = lines_of(before), lines_of(after)
    change = changed(old, new)
    subject = message.subject_of(commit.message)
    problem = (
        size.problem(len(before), change, settings, chance)
        or message.problem(subject, settings, chance)
        or _file_problem(path, commit.old_path, settings, chance, seen)
    )
    if problem:
        return Refused(KIND, problem)
    text = subject.lstrip()
    if settings.message == "whole":
        text = message.without_trailers(commit.message.strip())
        changes += ("trailers_removed",) if text != commit.message.strip() else ()
    shown = _shown(old, new, change, settings, chance)
    parts = (Part("before", shown[0]), Part("message", text), Part("after", shown[1]))
    return Converted(KIND, path, parts=parts, changes=(*changes, *(("path_escaped",) if unsafe else ())))


def _texts(commit: Commit, decoding: DecodeSettings) -> tuple[str, str, tuple[str, ...]] | Problem:
    """Both versions as text with what was changed in them, or why they are none."""
    after = decode(commit.after, settings=decoding)
    before = decode(commit.before, _encoding(after), decoding)
    if isinstance(after, Problem):
        after = decode(commit.after, _encoding(before), decoding)
    if isinstance(after, Problem):
        reason = "empty_after" if after.reason == "empty" else after.reason
        return Problem(reason, after.value, after.limit, f"after: {after.detail}")
    if not isinstance(before, Problem):
        return before.text, after.text, tuple(dict.fromkeys((*before.changes, *after.changes)))
    if before.reason == "empty":
        return "", after.text, after.changes
    return Problem(before.reason, before.value, before.limit, f"before: {before.detail}")


def _encoding(other: Decoded | Problem) -> str:
    """The encoding that one version tells of the other; "" if it tells none, as Unicode does."""
    return "" if isinstance(other, Problem) or other.encoding.startswith("utf") else other.encoding


def _file_problem(
    path: str,
    old_path: str,
    settings: CommitSettings,
    chance: Callable[[str], float],
    seen: set[str] | None,
) -> Problem | None:
    """Why a commit is dropped for the file that it changes; None if it is not."""
    if settings.known_language and not extension.is_known(path):
        return Problem("extension_unknown")
    if settings.first_of_file and seen is not None:
        if old_path in seen:
            return Problem("not_first_of_file")
        seen.add(old_path)
    is_data = extension.is_data(path, settings.data_extensions)
    return Problem("data_format") if is_data and chance("data format") >= settings.data_keep else None


def _shown(
    old: list[str],
    new: list[str],
    change: ChangeRange,
    settings: CommitSettings,
    chance: Callable[[str], float],
) -> tuple[str, str]:
    """What the document shows of both versions: all, or the change with the same lines around it."""
    if chance("whole files") < settings.whole_files:
        return "".join(old), "".join(new)
    above, below = (
        int(chance(f"lines {side}") * (settings.context_lines + 1)) for side in ("above", "below")
    )
    return (
        window(old, change.start, change.old_end, above=above, below=below),
        window(new, change.start, change.new_end, above=above, below=below),
    )
