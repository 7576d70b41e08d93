"""How much of an HTML file a reader would see, counted in one pass over its bytes.

    "<p>one</p><script>two()</script>", "HTML" -> (3.0, 0.094, 0.0)   visible characters, share, failed

The count is that of BigCode's HTML filter (`preprocessing/filtering.py`): remove `script` and `style`
with their content, then `soup.get_text()` of bs4 on Python's html.parser, so its thresholds (over 100
characters, over 0.2 of the file) mean the same here. As there: the title, `noscript` and template
markup such as `{{ x }}` count; comments, declarations, processing instructions and the content of
`template` do not; a text node of nothing but ASCII spaces counts as one character, except in `pre` and
`textarea`; other space is kept. A character reference is one character.

What is not done: no tree is built, so a stray end tag closes nothing but its own kind; `&name;` is
taken for one character without looking the name up, and `&name` without a semicolon is left as it is.
An unterminated comment, tag, script or style runs to the end of the file. The cost is linear in the
bytes, whatever they are. Languages: HTML, and those that linguist names "HTML+...", such as HTML+ERB;
not Vue, Svelte or JSX, which are programs, and not XML.
"""

import math

import numpy as np

from curation.kernels import Bytes, Ints, kernel

PRE, TEMPLATE, FAILED = range(3)
"""Slots of the state: how deep in `pre` and in `template`, and whether html.parser would reject the file."""

AMPERSAND, LESS, GREATER, SLASH, BANG, QUESTION, EQUALS = b"&<>/!?="
HASH, SEMICOLON, DASH, OPEN, CLOSE, DOUBLE, SINGLE = b"#;-[]\"'"
LONGEST_ENTITY = 32
"""Bytes in which a named reference must end; the longest of HTML 5 takes 33 with its `&`."""

SCRIPT = np.frombuffer(b"script", np.uint8)
STYLE = np.frombuffer(b"style", np.uint8)
PRE_TAG = np.frombuffer(b"pre", np.uint8)
TEXTAREA = np.frombuffer(b"textarea", np.uint8)
TEMPLATE_TAG = np.frombuffer(b"template", np.uint8)
CDATA = np.frombuffer(b"cdata[", np.uint8)
SECTIONS = np.frombuffer(b"if\0else\0endif\0temp\0cdata\0ignore\0include\0rcdata\0", np.uint8)
"""Marked sections that html.parser knows; any other after `<![` makes it reject the file."""


@kernel
def _is_space(byte: int) -> bool:
    """Whether a byte is one of bs4's ASCII spaces: space, newline, tab, form feed, carriage return."""
    return byte in (32, 10, 9, 12, 13)


@kernel
def _is_letter(byte: int) -> bool:
    """Whether a byte is an ASCII letter."""
    return 97 <= (byte | 32) <= 122


@kernel
def _find(content: Bytes, start: int, byte: int) -> int:
    """Position after the next `byte`, or the end of the content."""
    for position in range(start, len(content)):
        if content[position] == byte:
            return position + 1
    return len(content)


@kernel
def _is_at(content: Bytes, position: int, word: Bytes) -> bool:
    """Whether `word`, in lower case, stands at a position, in any case, and no name goes on after it."""
    after = position + len(word)
    if after > len(content):
        return False
    for offset in range(len(word)):
        byte = content[position + offset]
        if (byte | 32 if _is_letter(byte) else byte) != word[offset]:
            return False
    if after == len(content) or word[-1] == OPEN:
        return True
    return _is_space(content[after]) or content[after] in (SLASH, GREATER)


@kernel
def _reference_end(content: Bytes, start: int) -> int:
    """Position after the character reference at `start`, a `&`; `start + 1` if it is a plain `&`."""
    size, i = len(content), start + 1
    if i < size and content[i] == HASH:
        i += 1
        hexadecimal = i < size and content[i] | 32 == 120
        digits = i + 1 if hexadecimal else i
        i = digits
        while i < size and (48 <= content[i] <= 57 or (hexadecimal and 97 <= (content[i] | 32) <= 102)):
            i += 1
        if i == digits:
            return start + 1
        return i + 1 if i < size and content[i] == SEMICOLON else i
    while i < min(size, start + LONGEST_ENTITY) and (_is_letter(content[i]) or 48 <= content[i] <= 57):
        i += 1
    named = i > start + 1 and i < size and content[i] == SEMICOLON
    return i + 1 if named else start + 1


@kernel
def _tag_end(content: Bytes, start: int) -> int:
    """Position after the `>` of a start tag; quotes count after `=`, and only if they are closed.

    Linear over a whole file, since a quote that nothing closes is the last of its kind.
    """
    size, i, value = len(content), start, False
    while i < size:
        byte = content[i]
        i += 1
        if byte == GREATER:
            return i
        if byte == EQUALS:
            value = True
        elif value and (byte in (DOUBLE, SINGLE)):
            value = False
            end = _find(content, i, byte)
            if end < size or content[size - 1] == byte:
                i = end
        elif not _is_space(byte):
            value = False
    return size


@kernel
def _raw_end(content: Bytes, start: int, name: Bytes) -> int:
    """Position of the end tag of a script or style whose content begins at `start`, or of the end."""
    for i in range(start, len(content) - 1):
        if content[i] == LESS and content[i + 1] == SLASH and _is_at(content, i + 2, name):
            return i
    return len(content)


@kernel
def _start_tag(content: Bytes, start: int, state: Ints) -> int:
    """Position after the start tag at `start` and after the content that a script or style hides."""
    name = start + 1
    end = _tag_end(content, name)
    if end < 2 or content[end - 2] == SLASH:
        return end
    if _is_at(content, name, SCRIPT):
        return _raw_end(content, end, SCRIPT)
    if _is_at(content, name, STYLE):
        return _raw_end(content, end, STYLE)
    if _is_at(content, name, PRE_TAG) or _is_at(content, name, TEXTAREA):
        state[PRE] += 1
    elif _is_at(content, name, TEMPLATE_TAG):
        state[TEMPLATE] += 1
    return end


@kernel
def _end_tag(content: Bytes, start: int, state: Ints) -> int:
    """Position after the end tag at `start`; leaves `pre`, `textarea` or `template`."""
    name = start + 2
    if _is_at(content, name, PRE_TAG) or _is_at(content, name, TEXTAREA):
        state[PRE] = max(0, state[PRE] - 1)
    elif _is_at(content, name, TEMPLATE_TAG):
        state[TEMPLATE] = max(0, state[TEMPLATE] - 1)
    return _find(content, name, GREATER)


@kernel
def _known_section(content: Bytes, start: int) -> bool:
    """Whether the name at `start`, after `<![`, is one that html.parser knows."""
    word = 0
    for end in range(len(SECTIONS)):
        if SECTIONS[end] == 0:
            size = end - word
            equal = start + size <= len(content)
            for offset in range(size):
                equal = equal and content[start + offset] | 32 == SECTIONS[word + offset]
            if equal and (start + size == len(content) or not _is_letter(content[start + size])):
                return True
            word = end + 1
    return False


@kernel
def _declaration(content: Bytes, start: int, state: Ints) -> int:
    """Position after the comment, declaration or marked section at `start`, which is a `<!`."""
    size = len(content)
    if start + 3 < size and content[start + 2] == DASH and content[start + 3] == DASH:
        for i in range(start + 4, size - 2):
            if content[i] == DASH and content[i + 1] == DASH and content[i + 2] == GREATER:
                return i + 3
        return size
    if start + 2 < size and content[start + 2] == OPEN and not _known_section(content, start + 3):
        state[FAILED] = 1
    return _find(content, start, GREATER)


@kernel
def _cdata(content: Bytes, start: int) -> tuple[int, int]:
    """Characters of the CDATA section at `start`, `<![CDATA[`, and the position after it."""
    characters, i, size = 0, start + 9, len(content)
    while i < size:
        if content[i] == CLOSE and i + 2 < size and content[i + 1] == CLOSE and content[i + 2] == GREATER:
            return characters, i + 3
        characters += content[i] & 0xC0 != 0x80
        i += 1
    return characters, size


@kernel
def _is_markup(content: Bytes, start: int) -> bool:
    """Whether the byte at `start` is a `<` that opens a tag, a comment or a declaration."""
    if content[start] != LESS or start + 1 == len(content):
        return False
    return _is_letter(content[start + 1]) or content[start + 1] in (SLASH, BANG, QUESTION)


@kernel
def _markup_end(content: Bytes, start: int, state: Ints) -> int:
    """Position after the markup at `start`."""
    byte = content[start + 1]
    if byte == SLASH:
        return _end_tag(content, start, state)
    if byte == BANG:
        return _declaration(content, start, state)
    if byte == QUESTION:
        return _find(content, start, GREATER)
    return _start_tag(content, start, state)


@kernel
def _text_end(content: Bytes, start: int, preserved: bool) -> tuple[int, int]:
    """Characters of the text node at `start`, and the position of the markup that ends it."""
    characters, blank, i, size = 0, True, start, len(content)
    while i < size:
        byte = content[i]
        if byte == LESS and _is_markup(content, i):
            break
        if byte == AMPERSAND:
            i = _reference_end(content, i)
            characters += 1
            blank = False
            continue
        characters += byte & 0xC0 != 0x80
        blank = blank and _is_space(byte)
        i += 1
    return (1 if blank and not preserved else characters), i


@kernel
def visible_characters(content: Bytes) -> tuple[int, int]:
    """Characters that a reader of HTML sees, and whether html.parser would reject the file (0 or 1)."""
    state = np.zeros(3, np.int64)
    visible, i, size = 0, 0, len(content)
    while i < size:
        characters = 0
        if not _is_markup(content, i):
            characters, i = _text_end(content, i, state[PRE] > 0)
        elif i + 8 < size and content[i + 2] == OPEN and _is_at(content, i + 3, CDATA):
            characters, i = _cdata(content, i)
        else:
            i = _markup_end(content, i, state)
        if state[TEMPLATE] == 0:
            visible += characters
    return visible, state[FAILED]


def is_html(language: str) -> bool:
    """Whether a language, a linguist name, is measured here: HTML and HTML+..., such as HTML+ERB."""
    return language == "HTML" or language.startswith("HTML+")


def measure_html(text: str, language: str) -> tuple[float, float, float]:
    """Visible characters, their share of all characters (0 for an empty file), and parse failure (0 or 1).

    A failure is what html.parser rejects: `<![` with a name that is no marked section, as in `<![[[`.

    Args:
        text: The decoded content.
        language: A linguist name; three NaNs unless `is_html`.
    """
    if not is_html(language):
        return math.nan, math.nan, math.nan
    content = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    visible, failed = visible_characters(content)
    return float(visible), visible / max(1, len(text)), float(failed)
