"""Is a value only a stand-in for a secret?

    is_placeholder("${API_KEY}") -> True      is_placeholder("xxxx-xxxx") -> True
    is_placeholder("your_token_here") -> True

One answer for every detector, so that a documentation example means the same everywhere, and so that what
redaction has put in is not found again. It knows no vendor's format and no language's syntax.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise

from curation.pii.detectors.entropy import looks_random
from curation.pii.replacements import is_fake

REFERENCE = re.compile(
    r"""\s*(?:
        <[^<>]*>                    # <your key>, <KEY>
      | \$\{.* | \$\(.* | \$[A-Za-z_]\w*\b.{0,3} | \$\d\b.*  # shell and template variables
      | \{\{.* | \{%.* | \{[\w.:!\-\ ]*\} | \#\{.*           # Jinja, format strings, Ruby
      | %\(\w+\)[sdr] | %[sdvq@]\b.* | %\w+%                 # printf, Windows variables
      | @[\w.\-/]+@? | \*+ | \.{2,} | -+ | _+ | \?+ | \#+    # @token@, masks
      | \[[^\]]*\]                                           # [REDACTED]
      | [Xx*.0\-_#]{4,}                                      # xxxx-xxxx
    )\s*$""",
    re.VERBOSE | re.DOTALL,
)
FILLER = re.compile(r"[xX]{5,}|\*{4,}|\.{3,}|#{4,}|_{4,}|0{12,}|1234567890?abc|<[^<>]*>|\$\{|\{\{")
"""Pieces that no generated secret holds."""
CLEANED = re.compile(r"[_\-. ]+")


@cache
def _tables() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    path = files("curation").joinpath("data", "pii", "placeholders.toml")
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    return frozenset(lists["words"]), tuple(lists["beginnings"]), tuple(lists["endings"])


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for a secret that is not there: a variable, a mask, filler, "changeme"."""
    if not value or is_fake(value) or REFERENCE.match(value) or FILLER.search(value):
        return True
    if len(set(value)) <= 2 or _is_sequence(value):
        return True
    words, beginnings, endings = _tables()
    cleaned = CLEANED.sub("", value).lower()
    if cleaned.rstrip("0123456789!") in words or cleaned in words:
        return True
    begins_or_ends = cleaned.startswith(beginnings) or cleaned.endswith(endings)
    return begins_or_ends and not any(map(str.isdigit, cleaned)) and not looks_random(value)


def _is_sequence(value: str) -> bool:
    """Whether every character follows the one before: 12345678, abcdefgh, 98765432."""
    if not 4 <= len(value) <= 64 or not -2 < ord(value[1]) - ord(value[0]) < 2:
        return False
    steps = {ord(b) - ord(a) for a, b in pairwise(value)}
    return steps <= {0, 1, -9} or steps == {-1}
