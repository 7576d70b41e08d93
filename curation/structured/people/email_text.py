r"""Remove what mail programs and GitHub's notification mails add to a text.

    "Fixed.\n\nOn Mon, Jan 4, Ann <notifications@github.com> wrote:\n\n> It breaks" -> "Fixed."

Gone are: the lines that introduce a quoted mail ("On ... wrote:", also in other languages and over three
lines), and the quote below if nothing of one's own follows; heads of mails as Outlook writes them, with the
mail below them up to GitHub's closing lines; these closing lines ("Reply to this email directly ...")
wherever they stand; signatures, "Sent from my phone" at the end, sign-offs of commits, runs of 20 underscores
and more.

What is no mail stays: quotes in Markdown, also those that were answered below them, what stands in fenced
code, and sentences about mails. Upstream cuts from such a line to the last quoted one, with what its author
wrote between. Each line is looked at a bounded number of times, and no expression can backtrack.
"""

from collections.abc import Sequence

from curation.structured.people.mail_lines import (
    HEAD_LINES,
    UNDERSCORES,
    Line,
    ends_mail,
    goes_on,
    heading_length,
    is_delimiter,
    is_device,
    mail_head,
    read,
)

SIGNATURE_LINES = 8
"""Lines below the mark of a signature, at most; with more it is no signature."""
CLOSING_GAP = 3
"""Lines between a delimiter and the closing lines that it belongs to, at most."""
MARKS = (
    *(
        "@github.com",
        "@reply.github.com",
        "@noreply.github.com",
        "wrote:",
        "reply to this email",
        "receiving this",
    ),
    *("signed-off-by:", "from:", "-- ", "sent from", "sent via", "get outlook", "triage notifications"),
    *("notifications/beacon", "_" * 20),
)
"""One of these stands, in lower case, in every text that mail added something to."""


def strip_email(text: str) -> str:
    """The text without what mail added; the very same text if nothing did. Linear in its length."""
    lower = text.lower()
    if not any(mark in lower for mark in MARKS):
        return text
    raw = text.split("\n")
    lines = read(raw)
    _closings(lines)
    anchors = [*_headings(lines), *_heads(lines)]
    _single_lines(lines)
    _signature(lines)
    _tail(lines, anchors)
    kept = [line.text if line.code else UNDERSCORES.sub("", line.text) for line in lines if not line.gone]
    changed = "\n".join(kept)
    return text if changed == text else changed.strip("\n").rstrip()


def _remove(lines: Sequence[Line], start: int, end: int) -> None:
    for line in lines[start:end]:
        line.gone = True


def _closings(lines: Sequence[Line]) -> None:
    """Mark GitHub's closing lines, what they go on with, and the delimiter above them."""
    for index, line in enumerate(lines):
        if line.code or line.gone or not ends_mail(line.bare):
            continue
        end = index + 1
        while end < len(lines) and not lines[end].code and goes_on(lines[end].bare):
            end += 1
        start = index
        for back in range(index - 1, max(index - 1 - CLOSING_GAP, -1), -1):
            if is_delimiter(lines[back].bare):
                start = back
                break
            if lines[back].bare:
                break
        for closing in lines[start:end]:
            closing.gone = closing.closing = True


def _headings(lines: Sequence[Line]) -> list[int]:
    """Mark the lines that introduce a mail; a mail that is not quoted goes with them if its end is known."""
    found: list[int] = []
    ends = _next_ends(lines)
    index = 0
    while index < len(lines):
        length = 0 if lines[index].gone else heading_length(lines, index)
        if length:
            found.append(index)
            after = index + length
            _remove(lines, index, after)
            if not _quote_follows(lines, after) and not lines[index].quoted and ends[after - 1] >= 0:
                after = ends[after - 1]
                _remove(lines, index, after)
            index = after
        index += not length
    return found


def _heads(lines: Sequence[Line]) -> list[int]:
    """Mark heads of mails, and the mail below them if its end is known."""
    found: list[int] = []
    ends = _next_ends(lines)
    for index, line in enumerate(lines):
        if line.gone or line.code:
            continue
        length, known = mail_head(lines, index)
        end = ends[index] if length else -1
        if length and (known or end >= 0):
            found.append(index)
            _remove(lines, index, max(index + length, end))
            _remove_above(lines, index)
    return found


def _remove_above(lines: Sequence[Line], index: int) -> None:
    """Mark the rule above a mail's head, such as -----Original Message-----."""
    for back in range(index - 1, max(index - 3, -1), -1):
        bare = lines[back].bare.strip("-_* ").lower()
        if bare in {"original message", ""} and lines[back].bare:
            lines[back].gone = True
        if lines[back].bare:
            return


def _next_ends(lines: Sequence[Line]) -> list[int]:
    """For each line, where the closing lines end that follow next outside of a quote; -1 if none do."""
    ends = [-1] * len(lines)
    end = -1
    for index in range(len(lines) - 1, -1, -1):
        ends[index] = end
        if lines[index].closing and not lines[index].quoted:
            end = end if index + 1 < len(lines) and lines[index + 1].closing else index + 1
    return ends


def _quote_follows(lines: Sequence[Line], index: int) -> bool:
    """Whether the next line that is not empty belongs to a quote."""
    following = (line for line in lines[index : index + HEAD_LINES] if line.bare or line.quoted)
    return next((line.quoted for line in following), False)


def _single_lines(lines: Sequence[Line]) -> None:
    """Mark sign-offs, pictures that report when a mail is read, and lines that are nothing but a rule."""
    for line in lines:
        lower = line.bare.lower()
        sign_off = lower.startswith("signed-off-by:") and ("@" in lower or "<" in lower)
        beacon = "github.com/notifications/beacon/" in lower and ("<img" in lower or "![" in lower)
        rule = line.bare.startswith("_" * 20) and not line.bare.strip("_")
        line.gone |= not line.code and (sign_off or beacon or rule)


def _last_own(lines: Sequence[Line], start: int) -> int:
    """The last line up to `start` that the author wrote; -1 if none is."""
    while start >= 0 and not lines[start].own():
        start -= 1
    return start


def _signature(lines: Sequence[Line]) -> None:
    """Mark what stands below a line of two hyphens and a space, and which program sent the text."""
    last = _last_own(lines, len(lines) - 1)
    for start in range(last, max(last - 1 - SIGNATURE_LINES, 0), -1):
        if lines[start].text.rstrip("\r") == "-- " and not lines[start].code and not lines[start - 1].bare:
            _remove(lines, start, last + 1)
            last = _last_own(lines, start)
            break
    while last >= 0 and not lines[last].code and is_device(lines[last].bare):
        lines[last].gone = True
        last = _last_own(lines, last)


def _tail(lines: Sequence[Line], anchors: Sequence[int]) -> None:
    """Mark the quote at the end if it belongs to a mail."""
    last = _last_own(lines, len(lines) - 1)
    mail = any(anchor > last for anchor in anchors)
    mail |= any(line.closing and line.quoted for line in lines[last + 1 :])
    if mail:
        _remove(lines, last + 1, len(lines))
