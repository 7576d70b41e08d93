r"""The scanner that finds the comments and strings of a file: one state machine, one pass, any language.

    x = 1  # "one"    ->    one span: bytes 7 to 14, a comment, whose inside is bytes 8 to 14

What a language writes comes as an array, made from `curation/data/comment_syntax.toml` by
`curation.signals.comment_syntax`; here stands only how each kind of construct ends. Everything is
linear in the bytes: a construct that nothing closes runs to the end of its line or of the file, and
what may fail looks at a bounded number of bytes, at one line once, or (heredocs) at the file at most
`FAILED_HEREDOCS` times. Nothing is parsed: code in the holes of a string ("${...}") is part of the string.
"""

from curation.kernels import Bytes, Ints, kernel

NOTHING, COMMENT, STRING = range(3)
"""What a rule marks; NOTHING steps over bytes that would otherwise open something."""
SKIP, LINE, BLOCK, QUOTED, FENCE, CHARACTER, REGEX, HEREDOC, BODY, DEEPER, SHALLOWER = range(11)
"""How the construct that a rule opens ends."""
IS, HOW, OPEN, OPEN_SIZE, CLOSE, CLOSE_SIZE, TAIL, TAIL_SIZE, CLOSE_TAIL, CLOSE_TAIL_SIZE = range(10)
HOLE, HOLE_SIZE, PREFIX, AFTER, AFTER_NOT, BEFORE, BEFORE_NOT, PLACE, FOLD, ESCAPE = range(10, 20)
DOUBLED, ONE_LINE, NESTED, OWN_LINE, DOCSTRING, FILL, LEAST, COUNT, COLUMNS = range(20, 29)
"""Columns of a rule, see `comment_syntax.Rule`; a text is its place in the syntax and its size."""
ANYWHERE, FIRST, STATEMENT, COLUMN7 = range(4)
"""Places of an opener: any; first of its line; first of a statement; in the seventh column."""
SPACE, NEWLINE, WORD, CLOSER, QUOTE, DOT, SYMBOL, BREAKER, OPERATOR, AFFIX = [1 << bit for bit in range(10)]
"""Classes of bytes, as bits; `comment_syntax.CLASSES` says which bytes they hold."""
BACKSLASH, SLASH, SINGLE, DOUBLE, LEFT, RIGHT, GREATER, EQUALS, LINE_FEED, RETURN = b"\\/'\"[]>=\n\r"
BRACE, CLOSE_BRACE, CLOSE_PARENTHESIS, SEMICOLON, HASH, DASH, TILDE, BLANK = b"{});#-~ "
LONGEST_CHARACTER, LONGEST_TAG, LONGEST_WORD, FAILED_HEREDOCS, ANY_CASE = 12, 255, 10, 8, 256
"""Bytes of a character literal, of a tag, of a word before a regular expression; heredocs without an end
before `<<` is taken for an operator; what is added to a letter, see `_is_at`."""
MARGIN = 320
"""Newlines around the content, so that no look to the left or right leaves it; more than `LONGEST_TAG`."""
WORDS, WORDS_SIZE, CLASSES, STATE, ROWS = 257, 258, 259, 515, 523
"""Places in a syntax, which is one array of numbers (several arrays cost much compile and run time): at
each byte the place of the first rule that opens with it, and at the next byte their end; the words,
between spaces, after which a `/` opens a regular expression; the classes of each byte; the state; the
rules, COLUMNS numbers each, in the order they are tried; the bytes of all texts."""
DEPTH, NO_REGEX, TAG, TAG_END, FAILED, COMMENT_END, CODE_END = range(STATE, STATE + 7)
"""Open brackets; end of a line without regexes; heredoc, pending and failed; last comment, code before it."""


@kernel
def _is_at(content: Bytes, i: int, syntax: Ints, column: int) -> bool:
    """Whether the text of a column of a rule stands at `i`; letters plus `ANY_CASE` count in any case."""
    start = syntax[column]
    for offset in range(syntax[column + 1]):
        byte, wanted = content[i + offset], syntax[start + offset]
        if byte != wanted and byte | 32 != wanted - ANY_CASE:
            return False
    return True


@kernel
def _is_same(content: Bytes, i: int, j: int, size: int) -> bool:
    """Whether the `size` bytes at `i`, at most `LONGEST_TAG`, are those at `j`."""
    same = 0
    while same < size and content[i + same] == content[j + same]:
        same += 1
    return same == size


@kernel
def _code_end(content: Bytes, i: int, syntax: Ints) -> int:
    """End of what stands before `i` and the spaces and newlines before it; 0 at the start of the file."""
    while i > 0 and syntax[CLASSES + content[i - 1]] & (SPACE | NEWLINE):
        i -= 1
    return i


@kernel
def _in_place(content: Bytes, i: int, place: int, syntax: Ints) -> bool:
    """Whether `i` is the first of its line, the first of a statement, or in the seventh column."""
    if place == COLUMN7:
        column = 0
        while column < 7 and content[i - 1 - column] != LINE_FEED:
            column += 1
        return column == 6
    while syntax[CLASSES + content[i - 1]] & SPACE:
        i -= 1
    return bool(syntax[CLASSES + content[i - 1]] & (NEWLINE if place == FIRST else NEWLINE | BREAKER))


@kernel
def _opens(content: Bytes, i: int, syntax: Ints, row: int) -> bool:
    """Whether the opener of a rule stands at `i`, between the bytes and in the place that it asks for."""
    left, right = syntax[CLASSES + content[i - 1]], syntax[CLASSES + content[i + syntax[row + OPEN_SIZE]]]
    after, before, place = syntax[row + AFTER], syntax[row + BEFORE], syntax[row + PLACE]
    wanted = (after == 0 or left & after != 0) and (before == 0 or right & before != 0)
    unwanted = left & syntax[row + AFTER_NOT] | right & syntax[row + BEFORE_NOT]
    if not wanted or unwanted or not _is_at(content, i, syntax, row + OPEN):
        return False
    return place == ANYWHERE or _in_place(content, i, place, syntax)


@kernel
def _line_end(content: Bytes, i: int) -> int:
    """Position of the line terminator at or after `i`, or the end of the file."""
    while content[i] not in (LINE_FEED, RETURN):
        i += 1
    return i


@kernel
def _after_escape(content: Bytes, i: int) -> int:
    """Position after the escape at `i` and the character, or line terminator, that it escapes."""
    pair = content[i + 1] == RETURN and content[i + 2] == LINE_FEED
    return min(i + (3 if pair else 2), len(content) - MARGIN)


@kernel
def _line(content: Bytes, i: int, syntax: Ints, row: int) -> tuple[int, int]:
    """End of a construct that ends with its line, or before an earlier closer; an escape continues it."""
    end = _line_end(content, i)
    while i < end < len(content) - MARGIN and content[end - 1] == syntax[row + ESCAPE]:
        i = _after_escape(content, end - 1)
        end = _line_end(content, i)
    if syntax[row + CLOSE_SIZE]:
        for j in range(i, end):
            if _is_at(content, j, syntax, row + CLOSE):
                return j, j
    return end, end


@kernel
def _block(content: Bytes, i: int, syntax: Ints, row: int) -> tuple[int, int]:
    """End of a construct that ends with a closer, and of what is inside of it."""
    depth, last, size = 1, len(content) - MARGIN, syntax[row + CLOSE_SIZE]
    first = syntax[syntax[row + CLOSE]] if size else -1
    opener = syntax[syntax[row + OPEN]] if syntax[row + NESTED] else -1
    while i < last:
        byte = content[i]
        if byte == first and _is_at(content, i, syntax, row + CLOSE):
            if syntax[row + OWN_LINE] == 0:
                depth -= 1
                i += size
                if depth == 0:
                    return i, i - size
                continue
            if syntax[CLASSES + content[i - 1]] & NEWLINE:
                return _line_end(content, i), i
        elif byte == opener and _is_at(content, i, syntax, row + OPEN):
            depth += 1
            i += syntax[row + OPEN_SIZE]
            continue
        i += 1
    return last, last


@kernel
def _hole_end(content: Bytes, i: int, one_line: int) -> int:
    """Position after the hole of a string that opens before `i`: brackets balance, quotes mean nothing."""
    depth, opener = 1, content[i - 1]
    closer, last = CLOSE_BRACE if opener == BRACE else CLOSE_PARENTHESIS, len(content) - MARGIN
    while i < last and depth > 0 and not (one_line and (content[i] in (LINE_FEED, RETURN))):
        depth += int(content[i] == opener) - int(content[i] == closer)
        i += 1
    return i


@kernel
def _quoted(content: Bytes, i: int, syntax: Ints, row: int) -> tuple[int, int]:
    """End of a string with escapes, doubled quotes or holes, and of what is inside of it."""
    escape, one_line, last = syntax[row + ESCAPE], syntax[row + ONE_LINE], len(content) - MARGIN
    quote = syntax[syntax[row + CLOSE]]
    hole = syntax[syntax[row + HOLE]] if syntax[row + HOLE_SIZE] else -1
    while i < last:
        byte = content[i]
        if byte == hole and _is_at(content, i, syntax, row + HOLE):
            i = _hole_end(content, i + syntax[row + HOLE_SIZE], one_line)
        elif byte == escape:
            i = _after_escape(content, i)
        elif byte == quote and _is_at(content, i, syntax, row + CLOSE):
            if not syntax[row + DOUBLED] or content[i + 1] != quote:
                return i + syntax[row + CLOSE_SIZE], i
            i += 2
        elif one_line and syntax[CLASSES + byte] & NEWLINE:
            return i, i
        else:
            i += 1
    return last, last


@kernel
def _fence(content: Bytes, i: int, syntax: Ints, row: int) -> tuple[int, int]:
    """End of a construct whose closer repeats a tag of its opener, as in [=[ ]=]; -1 if none."""
    tag, fill, last = i, syntax[row + FILL], len(content) - MARGIN
    while i - tag < LONGEST_TAG:
        if content[i] != fill and (fill >= 0 or not syntax[CLASSES + content[i]] & WORD):
            break
        i += 1
    size = i - tag
    if size < syntax[row + LEAST] or not _is_at(content, i, syntax, row + TAIL):
        return -1, -1
    for j in range(i + syntax[row + TAIL_SIZE], last):
        end = j + syntax[row + CLOSE_SIZE]
        closes = _is_at(content, j, syntax, row + CLOSE) and _is_same(content, end, tag, size)
        if closes and _is_at(content, end + size, syntax, row + CLOSE_TAIL):
            return end + size + syntax[row + CLOSE_TAIL_SIZE], j
    return last, last


@kernel
def _character(content: Bytes, i: int, syntax: Ints) -> int:
    """End of the character literal whose content begins at `i`, or -1: 'a', not the lifetime 'a."""
    quote, last = content[i - 1], i + LONGEST_CHARACTER
    if content[i] == quote:
        return -1
    if content[i] == BACKSLASH:
        i += 2
    else:
        i += 1
        while content[i] & 0xC0 == 0x80:
            i += 1
        last = i + 1
    while i < last and content[i] != quote and not syntax[CLASSES + content[i - 1]] & NEWLINE:
        i += 1
    return i + 1 if i < last and content[i] == quote else -1


@kernel
def _is_regex_word(content: Bytes, end: int, syntax: Ints) -> bool:
    """Whether the word that ends before `end` is one of those after which a value follows."""
    start = end
    while end - start <= LONGEST_WORD and syntax[CLASSES + content[start - 1]] & WORD:
        start -= 1
    size = end - start
    for at in range(syntax[WORDS] + 1, syntax[WORDS] + syntax[WORDS_SIZE] - size):
        same = 0
        while same < size and content[start + same] == syntax[at + same]:
            same += 1
        if same == size > 0 and syntax[at - 1] == BLANK and syntax[at + size] == BLANK:
            return True
    return False


@kernel
def _regex_may_open(content: Bytes, i: int, syntax: Ints) -> bool:
    """Whether the `/` at `i` stands where a value may: after an operator, not after a value."""
    if i < syntax[NO_REGEX]:
        return False
    end = _code_end(content, i, syntax)
    if end == syntax[COMMENT_END]:
        end = syntax[CODE_END]
    byte = content[end - 1]
    if end <= MARGIN or syntax[CLASSES + byte] & OPERATOR:
        return True
    if byte == GREATER:
        return bool(content[end - 2] == EQUALS)  # the `=>` of an arrow function
    return _is_regex_word(content, end, syntax)


@kernel
def _regex(content: Bytes, i: int, syntax: Ints) -> int:
    """End of the regular expression whose content begins at `i`, or -1: it must close on its line."""
    in_set = False
    while not syntax[CLASSES + content[i]] & NEWLINE:
        byte = content[i]
        if byte == BACKSLASH and content[i + 1] != LINE_FEED:
            i += 1
        elif byte == SLASH and not in_set:
            return i + 1
        in_set = byte == LEFT or (in_set and byte != RIGHT)
        i += 1
    syntax[NO_REGEX] = i  # the rest of this line has been looked at: no `/` on it opens one
    return -1


@kernel
def _heredoc(content: Bytes, i: int, syntax: Ints) -> int:
    """Position after the tag of a heredoc that begins at `i`, after its `<<`, or -1 if there is no tag."""
    for _ in range(2):  # as in <<-'END'
        i += content[i] in (DASH, TILDE, SINGLE, DOUBLE, BACKSLASH)
    start = i
    while i - start < LONGEST_TAG and syntax[CLASSES + content[i]] & WORD:
        i += 1
    if i == start or 48 <= content[start] <= 57 or syntax[TAG_END] or syntax[FAILED] == FAILED_HEREDOCS:
        return -1
    syntax[TAG], syntax[TAG_END] = start, i
    return int(i + (content[i] in (SINGLE, DOUBLE)))


@kernel
def _body(content: Bytes, i: int, syntax: Ints) -> int:
    """End of the body of the pending heredoc, which begins at `i`; -1 if none is pending or none ends."""
    tag, size = syntax[TAG], syntax[TAG_END] - syntax[TAG]
    syntax[TAG_END] = 0
    while size > 0 and i < len(content) - MARGIN:
        while syntax[CLASSES + content[i]] & SPACE:
            i += 1
        if _is_same(content, i, tag, size) and not syntax[CLASSES + content[i + size]] & WORD:
            return int(i + size)
        i = _line_end(content, i) + 1
    syntax[FAILED] += size > 0
    return -1


@kernel
def _is_statement(content: Bytes, start: int, end: int, syntax: Ints) -> bool:
    """Whether a string is a logical line by itself, as a Python docstring is."""
    while syntax[CLASSES + content[start - 1]] & SPACE:
        start -= 1
    while syntax[CLASSES + content[end]] & SPACE:
        end += 1
    line = start - (3 if content[start - 1] == LINE_FEED and content[start - 2] == RETURN else 2)
    begins = syntax[CLASSES + content[start - 1]] & NEWLINE and content[line] != BACKSLASH
    ends = syntax[CLASSES + content[end]] & NEWLINE or content[end] in (HASH, SEMICOLON)
    return bool(begins and ends and syntax[DEPTH] == 0)


@kernel
def _close(content: Bytes, i: int, syntax: Ints, row: int) -> tuple[int, int]:
    """End of the construct that a rule opened before `i`, and of what is inside; -1 if it is none."""
    how, end = syntax[row + HOW], i
    if how == LINE:
        return _line(content, i, syntax, row)
    if how == BLOCK:
        return _block(content, i, syntax, row)
    if how == QUOTED:
        return _quoted(content, i, syntax, row)
    if how == FENCE:
        return _fence(content, i, syntax, row)
    if how == SKIP:
        end = min(i + syntax[row + COUNT], len(content) - MARGIN)
    elif how == CHARACTER:
        end = _character(content, i, syntax)
    elif how == REGEX:
        end = _regex(content, i, syntax) if _regex_may_open(content, i - 1, syntax) else -1
    elif how == HEREDOC:
        end = _heredoc(content, i, syntax)
    else:
        end = _body(content, i, syntax)
    return end, end


@kernel
def _match(content: Bytes, i: int, syntax: Ints) -> tuple[int, int, int]:
    """Rule that opens at `i`, the end of its construct and of what is inside; -1 if none opens."""
    for row in range(syntax[content[i]], syntax[content[i] + 1], COLUMNS):
        if not _opens(content, i, syntax, row):
            continue
        end, inside = _close(content, i + syntax[row + OPEN_SIZE], syntax, row)
        if end >= 0:
            return row, end, inside
    return -1, -1, -1


@kernel
def _mark(content: Bytes, syntax: Ints, row: int, i: int, end: int) -> tuple[int, int]:
    """Start, with the letters before a quote as in rb'', and kind of what a rule opened at `i`."""
    start, kind = i + (syntax[row + HOW] == BODY), syntax[row + IS]
    while syntax[row + PREFIX] and i - start < 3 and syntax[CLASSES + content[start - 1]] & AFFIX:
        start -= 1
    if start < i and syntax[CLASSES + content[start - 1]] & WORD:
        start = i
    if syntax[row + DOCSTRING] and _is_statement(content, start, end, syntax):
        kind = COMMENT
    if kind == COMMENT:
        before = _code_end(content, start, syntax)
        if before != syntax[COMMENT_END]:
            syntax[CODE_END] = before
        syntax[COMMENT_END] = end
    return start, kind


@kernel
def _next(content: Bytes, i: int, syntax: Ints) -> int:
    """Position of the next two bytes that may open something, or of the end; counts brackets on the way."""
    for j in range(i, len(content) - MARGIN):
        byte = content[j]
        for row in range(syntax[byte], syntax[byte + 1], COLUMNS):
            how, second = syntax[row + HOW], syntax[syntax[row + OPEN] + 1]
            if how >= DEEPER:
                syntax[DEPTH] = max(0, syntax[DEPTH] + (1 if how == DEEPER else -1))
            elif syntax[row + FOLD] or syntax[row + OPEN_SIZE] == 1 or second == content[j + 1]:
                return j
    return len(content) - MARGIN


@kernel
def scan_some(content: Bytes, syntax: Ints, spans: Ints, i: int) -> tuple[int, int]:
    """Find comments and strings from `i` on until the spans are full; their number, and where to go on.

    The content stands between `MARGIN` newlines on either side. The state in the syntax is changed. Spans
    are start, end, kind, start and end of the inside, shape (n, 5): bytes of this content, ends exclusive.
    """
    count = 0
    i = _next(content, i, syntax)
    while i < len(content) - MARGIN and count < len(spans):
        row, end, inside = _match(content, i, syntax)
        if end < 0:
            i = _next(content, i + 1, syntax)
            continue
        if syntax[row + IS] != NOTHING:
            start, kind = _mark(content, syntax, row, i, end)
            spans[count, 0], spans[count, 1], spans[count, 2] = start, end, kind
            spans[count, 3], spans[count, 4] = min(i + syntax[row + OPEN_SIZE], inside), inside
            count += 1
        i = _next(content, end, syntax)
    return count, i
