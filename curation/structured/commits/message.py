r"""What a commit message says, and whether its subject is worth learning.

    subject_of("Fix the size\n\nIt was wrong.\n")        -> "Fix the size"
    problem("v1.2.3", settings, chance)                  -> Problem("version_bump")
    without_trailers("Fix\n\nSigned-off-by: A <a@x>\n")  -> "Fix"

The rules are those of StarCoder's code; `curation/data/commit_messages.toml` holds their words. Trailers say
who signed and reviewed, which is not for learning; the detectors of personal data still see all that is kept.
"""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from curation.sources.base import Problem
from curation.structured.commits.change_range import LINE
from curation.structured.commits.settings import CommitSettings

DATA = Path(__file__).parents[2] / "data" / "commit_messages.toml"
VERSION = re.compile(r"v?\d+\.\d+\.(\d+)(.?)", re.DOTALL)
CHERRY_PICKED = "(cherry picked from commit "


@cache
def _words(table: str) -> frozenset[str]:
    return frozenset(tomllib.loads(DATA.read_text(encoding="utf-8"))[table])


def subject_of(message: str) -> str:
    """The first line that is not blank, with its leading spaces, without trailing ones."""
    lines = (match[0] for match in LINE.finditer(message))
    return next((line.rstrip() for line in lines if line.strip()), "")


def problem(subject: str, settings: CommitSettings, chance: Callable[[str], float]) -> Problem | None:
    """Why a commit with this subject is dropped; None if it is not.

    Args:
        subject: As `subject_of` gives it.
        settings: The limits.
        chance: A number in [0, 1) for a purpose.
    """
    count = len(subject.split())
    if not count:
        return Problem("empty_message")
    if reason := _fault(subject):
        return Problem(reason)
    per_word, limit = len(subject) / count, settings.max_characters_per_word
    if limit and per_word > limit:
        return Problem("hash_like_message", per_word, limit)
    if count == 1 and subject[0] == " ":
        return Problem("odd_message")
    if count < settings.short_words and chance("short message") >= settings.short_keep:
        return Problem("short_message", count, settings.short_words)
    return None


def _fault(subject: str) -> str:
    """The rule about its words that a subject breaks; "" if it breaks none."""
    lower = subject.lower()
    if any(phrase in lower for phrase in _words("phrases")):
        return "stop_phrase"
    if lower.strip() in _words("subjects"):
        return "stop_message"
    return "version_bump" if _is_version_bump(lower) else ""


def _is_version_bump(subject: str) -> bool:
    """Whether a subject begins with a version of three numbers that no single space sets apart.

    As published: "1.2.3" and "v1.2.3: x" count and "1.2.3 x" does not, but "1.2.34 x" does again, because
    there the last number may be taken for 3, with the 4 behind it.
    """
    match = VERSION.match(subject)
    return match is not None and (len(match[1]) > 1 or not match[2].isspace())


def without_trailers(message: str) -> str:
    """A message without trailers in its last paragraph, and without space at its end."""
    lines = message.rstrip().split("\n")
    kept: list[str] = []
    while len(lines) > 1:
        blank = not lines[-1].strip()
        if blank and kept:
            break
        last = lines.pop()
        if not blank and not _is_trailer(last):
            kept.append(last)
    return "\n".join([*lines, *reversed(kept)]).rstrip()


def _is_trailer(line: str) -> bool:
    key, colon, _ = line.partition(":")
    key = key.lower()
    is_key = key in _words("trailers") or (key.endswith("-by") and " " not in key)
    return (bool(colon) and is_key) or line.startswith(CHERRY_PICKED)
