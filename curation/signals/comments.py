r"""How much of a file is comment and string literal, by the syntax of its language.

    measure_comments(b"x = 1  # TODO\n", "...", "Python") -> (0.429, 0.0, 0.0, 0.0, 0.0, 1.0)

Delimiters belong to the comment or string; a line comment does not contain its line terminator. A
Python string that is a logical line by itself (docstring) is a comment, as in SantaCoder's filter.
Character literals, regular expressions and heredocs are strings. Characters are UTF-8 characters,
not bytes; words are runs without ASCII space; a URL is a word with `://` or that begins with `www.`.

What is not done: nothing is parsed, and a language inside another (script in HTML, SQL in a string) is
not looked at. Not known are: C code under `#if 0`, Perl's and Ruby's `q{}` and `%w[]`, slashy strings of
Groovy, nested quotes in Python's f-strings, the prose of literate files (only their comments count),
HTML around PHP. A language without an entry in `curation/data/comment_syntax.toml` is not measured.
"""

import math

import numpy as np

from curation.kernels import Bytes, Floats, Ints, kernel
from curation.signals.comment_scan import COMMENT, MARGIN, STRING, scan_some
from curation.signals.comment_syntax import family_of, syntax

SYNTAX_LANGUAGES: frozenset[str] = frozenset(family_of())
"""Linguist names of the languages that are measured."""

NOT_MEASURED = (math.nan,) * 6
LONG_LITERAL, LONG_WORD = 20, 20
"""A literal of more words than this is long; so is a word of more characters (OpenCoder's signals)."""

PLACEHOLDERS = np.frombuffer(b"your code here\0fixme\0todo\0", np.uint8)
"""What an unfinished comment says, in lower case, each ended by a zero byte."""

(
    COMMENT_CHARACTERS,
    STRING_CHARACTERS,
    LINES,
    COMMENT_LINES,
    LONG_LINES,
    WORDS,
    LONG_WORDS,
    PLACEHOLDER_LINES,
) = range(8)


@kernel
def _is_space(byte: int) -> bool:
    """Whether a byte is ASCII space: tab, newline, vertical tab, form feed, carriage return, space."""
    return byte == 32 or 9 <= byte <= 13


@kernel
def _says_placeholder(content: Bytes, start: int, end: int) -> bool:
    """Whether one of the placeholders begins at `start` and ends by `end`, in any case."""
    i, equal = start, True
    for byte in PLACEHOLDERS:
        if byte == 0:
            if equal:
                return True
            i, equal = start, True
        elif equal:
            equal = i < end and (content[i] | 32 if content[i] != 0 else 0) == byte
            i += 1
    return False


@kernel
def _words(content: Bytes, start: int, end: int) -> tuple[int, int]:
    """Words between two positions, and how many of them are long and no URL."""
    words = long_words = length = 0
    is_url = False
    for i in range(start, end + 1):
        if i < end and not _is_space(content[i]):
            begins = length == 0
            length += content[i] & 0xC0 != 0x80
            if content[i] == 58 and i + 2 < end:  # ://
                is_url = is_url or (content[i + 1] == 47 and content[i + 2] == 47)
            elif begins and content[i] == 119 and i + 3 < end:  # www.
                is_url = content[i + 1] == 119 and content[i + 2] == 119 and content[i + 3] == 46
        elif length > 0:
            words += 1
            long_words += length > LONG_WORD and not is_url
            length, is_url = 0, False
    return words, long_words


@kernel
def _literals(content: Bytes, spans: Ints, counts: Ints) -> Ints:
    """Which spans are long string literals, shape (spans,), 0 or 1; adds their words to the counts."""
    is_long = np.zeros(len(spans), np.int64)
    for row in range(len(spans)):
        if spans[row, 2] == STRING:
            words, long_words = _words(content, spans[row, 3], spans[row, 4])
            counts[WORDS] += words
            counts[LONG_WORDS] += long_words
            is_long[row] = words > LONG_LITERAL
    return is_long


@kernel
def _end_line(counts: Ints, line: Ints) -> None:
    """Add a finished line to the counts, and begin the next (code, comment, long literal, placeholder)."""
    counts[LINES] += 1
    counts[COMMENT_LINES] += line[1] == 1 and line[0] == 0
    counts[LONG_LINES] += line[2]
    counts[PLACEHOLDER_LINES] += line[3]
    line[:] = 0


@kernel
def count_spans(content: Bytes, spans: Ints) -> Ints:
    """Characters, lines and words by kind, shape (8,), in the order of the constants of this module.

    Args:
        content: UTF-8 bytes, shape (bytes,).
        spans: What `scan` found in them, shape (n, 5).
    """
    counts, line = np.zeros(8, np.int64), np.zeros(4, np.int64)
    is_long = _literals(content, spans, counts)
    row, kind, size = -1, 0, len(content)
    begin = spans[0, 0] if len(spans) else size
    end = size
    for i in range(size):
        if kind and i == end:
            kind = 0
            begin = spans[row + 1, 0] if row + 1 < len(spans) else size
        if not kind and i == begin:
            row += 1
            kind, end = spans[row, 2], spans[row, 1]
        byte = content[i]
        if kind:
            counts[COMMENT_CHARACTERS if kind == COMMENT else STRING_CHARACTERS] += byte & 0xC0 != 0x80
            line[2] |= is_long[row]
        if byte == 10 or (byte == 13 and (i + 1 == size or content[i + 1] != 10)):
            _end_line(counts, line)
        elif not _is_space(byte):
            line[1 if kind == COMMENT else 0] = 1
            if kind == COMMENT and (byte | 32) in (116, 102, 121) and line[3] == 0:  # t, f, y
                line[3] = _says_placeholder(content, i, end)
    if size and content[size - 1] != 10 and content[size - 1] != 13:
        _end_line(counts, line)
    return counts


def scan(content: Bytes, rules: Ints, begin: int = 0) -> Ints:
    """Comments and strings from a byte on, by the rules of a language, from `syntax`; see `scan_language`."""
    margin = np.full(MARGIN, ord("\n"), np.uint8)
    padded, machine, i = np.concatenate([margin, content, margin]), rules.copy(), MARGIN + begin
    found, room = [np.empty((0, 5), np.int64)], 64
    while i < MARGIN + len(content):
        spans = np.empty((room, 5), np.int64)
        count, i = scan_some(padded, machine, spans, i)
        spans[:, [0, 1, 3, 4]] -= MARGIN
        found.append(spans[:count])
        room *= 4
    return np.concatenate(found)


def _begin(content: Bytes, language: str) -> int:
    """Byte at which the code of a file begins: PHP does at its first `<?`, other languages at 0."""
    opener = family_of()[language].begin.encode()
    found = content.astype(np.uint8, copy=False).tobytes().find(opener) if opener else 0
    return found if found >= 0 else len(content)


def scan_language(content: Bytes, language: str) -> Ints:
    """Comments and strings, shape (n, 5): start, end, COMMENT or STRING, start and end of the inside.

    Positions are bytes, ends exclusive. Empty for a language that is not in `SYNTAX_LANGUAGES`.
    """
    rules = syntax(language)
    if rules is None:
        return np.empty((0, 5), np.int64)
    return scan(content, rules, _begin(content, language))


def comment_spans(content: Bytes, language: str) -> Ints:
    """Comments of a file, shape (n, 2): start and end in bytes, ends exclusive, in order."""
    spans = scan_language(content, language)
    return spans[spans[:, 2] == COMMENT, :2]


def measure_comments(content: Bytes, text: str, language: str) -> tuple[float, ...]:
    """Six fractions; all NaN for a language that is not in `SYNTAX_LANGUAGES`, all 0 for an empty file.

    Of the characters: in comments. Of the lines: that hold only comment. Of the characters: in string
    literals. Of the lines: that a literal of over 20 words touches. Of the words in literals: longer than
    20 characters and no URL. Of the lines: on which a comment says "your code here", "fixme" or "todo".

    Args:
        content: UTF-8 bytes of the text, shape (bytes,).
        text: The decoded content.
        language: A linguist name.
    """
    if language not in SYNTAX_LANGUAGES:
        return NOT_MEASURED
    counts: Floats = count_spans(content, scan_language(content, language)).astype(np.float64)
    characters, lines, words = max(1, len(text)), max(1.0, counts[LINES]), max(1.0, counts[WORDS])
    return (
        float(counts[COMMENT_CHARACTERS] / characters),
        float(counts[COMMENT_LINES] / lines),
        float(counts[STRING_CHARACTERS] / characters),
        float(counts[LONG_LINES] / lines),
        float(counts[LONG_WORDS] / words),
        float(counts[PLACEHOLDER_LINES] / lines),
    )
