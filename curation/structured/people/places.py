"""Whether the characters of a login can be a login where they stand: by what stands around them.

    may_stand("see alice.py", 4, 9)          -> False   a file
    may_stand("alice@example.com", 0, 5)     -> False   a mail address
    may_stand("thanks alice.", 7, 12)        -> True
    word_may_stand("@test: yes", 1, 5)       -> True    for logins that are words too
    word_may_stand("run the test", 8, 12)    -> False

At most 80 characters on either side are looked at. Letters of scripts without capitals (Han, kana) join
nothing, since these scripts put no spaces between words.
"""

import re

SAID = re.compile(r"[*_`]{0,3},?[ \t]{1,3}(?:wrote|said|commented|writes|says)[ \t]?:", re.IGNORECASE)
MAIL_AFTER = re.compile(r"[\w.+-]{0,64}@\w")
MAIL_BEFORE = re.compile(r"[\w.-]*")
HOST = "github.com/"
PAGES = ".github.io"
MARKS = " \t>*_@`"
"""What may stand between the beginning of a line and who said something."""
NEAR = 64


def is_lettered(char: str) -> bool:
    """Whether a character joins with the letter beside it to one word; no character does not."""
    if char.isascii():
        return char.isalnum() or char == "_"
    return char.lower() != char.upper()


def is_attribute(text: str, end: int) -> bool:
    """Whether what ends here is followed by a dot and a letter, as in alice.py."""
    return text[end : end + 1] == "." and is_lettered(text[end + 1 : end + 2])


def is_mention(text: str, start: int) -> bool:
    """Whether an @ stands before, which is not that of a mail address."""
    return text[start - 1 : start] == "@" and (start < 2 or not is_lettered(text[start - 2]))


def may_stand(text: str, start: int, end: int) -> bool:
    """Whether these characters are a whole name, and no part of a file, attribute or mail address."""
    before, after = text[start - 1] if start else "", text[end : end + 1]
    if (is_lettered(before) and is_lettered(text[start])) or (
        is_lettered(after) and is_lettered(text[end - 1])
    ):
        return False
    if is_mention(text, start):
        return True
    if before in {".", "@"} and start >= 2 and is_lettered(text[start - 2]):
        return False
    if is_attribute(text, end) and text[end : end + len(PAGES)].lower() != PAGES:
        return False
    return MAIL_AFTER.match(text, end) is None and not _in_domain(text, start)


def _in_domain(text: str, start: int) -> bool:
    """Whether a mail address began shortly before, so that this is a part of its domain."""
    at = text.rfind("@", max(start - NEAR, 1), start)
    if at < 1 or not is_lettered(text[at - 1]):
        return False
    return MAIL_BEFORE.fullmatch(text, at + 1, start) is not None


def word_may_stand(text: str, start: int, end: int) -> bool:
    """Whether a name stands here and no word: after an @, in an address of GitHub, before "wrote:"."""
    after = text[end : end + 1]
    if after == "-" and is_lettered(text[end + 1 : end + 2]):
        return False
    if is_mention(text, start):
        slash = text[max(start - 2, 0) : start - 1] in {"/", "@", "."}
        return not slash and after not in {"/", "("} and not is_attribute(text, end)
    if text[max(start - len(HOST), 0) : start].lower() == HOST:
        return True
    return SAID.match(text, end) is not None and _begins_line(text, start)


def _begins_line(text: str, start: int) -> bool:
    """Whether only marks of quotes and emphasis stand before on the line, or a date and a comma."""
    near = text[max(start - NEAR, 0) : start]
    line = near.rpartition("\n")[2]
    whole = len(near) < NEAR or "\n" in near
    if whole and not line.strip(MARKS):
        return True
    return line.endswith(", ") and (not whole or line.lstrip(MARKS).startswith("On "))
