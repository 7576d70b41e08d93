"""What one line of a text says about mail: introduces one, belongs to its head, ends it, or none of these.

    ends_mail("Reply to this email directly or view it on GitHub<https://...>.")  -> True
    ends_mail("Reply to this email directly and it bounces.")                     -> False

The words are those of GitHub's notification mails and of the usual mail programs. A line that could be a
sentence of the author's is none of these. Every question costs time linear in the line, or in a few lines.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from curation.structured.people.markdown import fenced

WORDS = tomllib.loads(files("curation.data").joinpath("mail.toml").read_text("utf-8"))
ADDRESSES = tuple(WORDS["addresses"])
CLOSING = frozenset(WORDS["closing_words"])
STARTS = tuple(WORDS["closing_starts"])
REASONS = tuple(WORDS["reasons"])
DELIMITERS = frozenset(WORDS["delimiters"])
HEAD_NAMES = tuple(WORDS["head_names"])
SENT = tuple(WORDS["sent"])
DEVICES = frozenset(WORDS["devices"])
UNDERSCORES = re.compile("_{20,}")
URL = re.compile(r"https?://[^\s<>\])]*")
DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b")
LETTERS = re.compile(r"[^\W\d_]+")
LONGEST = 1000
"""Characters of a line that can belong to a mail's head or end, at most."""
HEADING_LINES = 3
"""Lines over which the introduction of a mail is broken, at most."""
HEAD_LINES = 12
"""Lines of a mail's head, at most."""


@dataclass(slots=True)
class Line:
    """One line and what is known of it so far."""

    text: str
    bare: str
    """Without marks of quotes, and without white space around."""
    quoted: bool
    code: bool
    """Whether it belongs to fenced code."""
    closing: bool = False
    gone: bool = False

    def own(self) -> bool:
        """Whether its author wrote it here."""
        return bool(self.bare) and not (self.gone or self.quoted) and not is_delimiter(self.bare)


def read(texts: Sequence[str]) -> list[Line]:
    """Lines with what each says alone."""
    codes = fenced(texts)
    return [
        Line(text, text.lstrip("> \t").strip(), text.lstrip().startswith(">"), code)
        for text, code in zip(texts, codes, strict=True)
    ]


def is_delimiter(bare: str) -> bool:
    """Whether this is a line of dashes, as before closing lines."""
    return bare in DELIMITERS


def ends_mail(bare: str) -> bool:
    """Whether this line begins the closing lines of one of GitHub's mails."""
    if len(bare) > LONGEST:
        return False
    lower = bare.strip("*_[]()<> ").lower()
    if lower.startswith(REASONS) or (lower.startswith("message id:") and "@github.com" in lower):
        return True
    return lower.startswith(STARTS) and _closing_words(lower)


def goes_on(bare: str) -> bool:
    """Whether this line goes on with closing lines."""
    if not bare or len(bare) > LONGEST:
        return False
    lower = bare.lower()
    return lower.startswith(REASONS) or _closing_words(lower)


def _closing_words(lower: str) -> bool:
    """Whether there are no words but those of closing lines, and addresses."""
    rest = URL.sub("", lower)
    letters = LETTERS.findall(rest)
    return CLOSING.issuperset(letters) and (bool(letters) or rest != lower or not rest.strip(".,<> "))


def has_address(lower: str) -> bool:
    """Whether an address of GitHub's mail stands in a text in lower case."""
    return any(address in lower for address in ADDRESSES)


def heading_length(lines: Sequence[Line], index: int) -> int:
    """Lines from here that introduce a mail ("On ... wrote:"); 0 if none do."""
    lower = lines[index].bare.lower()
    english = lower.startswith("on ")
    if not english and not has_address(lower) and not (DATE.search(lower[:LONGEST]) and "<" in lower):
        return 0
    joined = ""
    for count, line in enumerate(lines[index : index + HEADING_LINES], start=1):
        if line.code or not line.bare or len(joined) + len(line.bare) > LONGEST:
            return 0
        joined += line.bare.lower() + " "
        if _introduces(joined.rstrip(" *_"), lines, index + count, english=english):
            return count
    return 0


def _introduces(joined: str, lines: Sequence[Line], after: int, *, english: bool) -> bool:
    """Whether these words introduce a mail, given what follows."""
    if not joined.endswith(":"):
        return False
    address = has_address(joined)
    wrote = english and joined.endswith("wrote:")
    if wrote and address and any(char.isdigit() or char in "<[" for char in joined):
        last = max(joined.rfind(name) + len(name) for name in ADDRESSES if name in joined)
        if LETTERS.findall(joined, last) == ["wrote"]:
            return True
    if not (address or (wrote and DATE.search(joined))):
        return False
    following = (line for line in lines[after : after + HEADING_LINES] if line.bare or line.quoted)
    return next((line.quoted for line in following), False)


def mail_head(lines: Sequence[Line], index: int) -> tuple[int, bool]:
    """Lines of the mail's head that begins here, 0 if none does; and whether it is one for certain."""
    if not _head_name(lines[index].bare, ("from:",)):
        return 0, False
    names = {"from:"}
    known, length = has_address(lines[index].bare.lower()), 1
    for offset, line in enumerate(lines[index + 1 : index + HEAD_LINES], start=1):
        name = _head_name(line.bare, HEAD_NAMES)
        if line.bare and not name:
            break
        if name:
            names.add(name)
            known, length = known or has_address(line.bare.lower()), offset + 1
    if len(names) == 1 and not lines[index].bare.endswith((">", "]", ")")):
        return 0, False  # a sentence about a sender
    whole = bool(names & {"sent:", "date:"}) and bool(names & {"to:", "subject:"})
    outlook = names.issuperset({"sent:", "to:", "subject:"})
    return (length, known or outlook) if whole or known else (0, False)


def _head_name(bare: str, names: Sequence[str]) -> str:
    """Which name of a mail's head the line begins with; "" if none."""
    lower = bare[:LONGEST].replace("*", "").lower()
    return next((name for name in names if lower.startswith(name)), "")


def is_device(bare: str) -> bool:
    """Whether this line only says which device or program sent the text."""
    lower = bare.strip("*_[]()<> ").lower()
    return len(bare) <= 200 and lower.startswith(SENT) and not DEVICES.isdisjoint(LETTERS.findall(lower))
