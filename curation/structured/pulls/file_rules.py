r"""What the base of a file must be like for the file to be shown.

    refusal("a.py", "x = 1\n", rules)                  -> None
    refusal("blob.js", "\\x00" * 500, rules)            -> "hex"
    refusal("table.csv", "a,b\n", rules)                -> "inspected"

process_commit_pairs.py of the-stack-v2, and its table of inspected extensions. Lines end at LF only.
"""

import re

from curation.filters.decider import extension_of
from curation.filters.tables import table_column
from curation.language import identify
from curation.structured.pulls.settings import FileRules

ALPHANUMERIC = bytes(byte for byte in range(128) if chr(byte).isalnum())
SEEN = 1 << 16
"""Characters shown to the rules that tell languages apart."""
ENGLISH = re.compile(r"\s(?:the|be|to|of|and|that|have|with)\s")


def language_of(path: str, text: str) -> str:
    """The language of a file, a linguist name; "" if unknown."""
    return identify(path, text[:SEEN].encode("utf-8", "replace"), use_magika=False).language


def refusal(path: str, text: str, language: str, rules: FileRules) -> str | None:
    """The rule by which a file is not shown, or None.

    Returns:
        inspected, empty, characters, hex, lines, long_lines or no_english.
    """
    if rules.inspected and table_column("sc2_extensions.excluded").row(language, extension_of(path)):
        return "inspected"
    if not text:
        return "empty"
    return _by_characters(text, rules) or _by_lines(text, language, rules)


def _by_characters(text: str, rules: FileRules) -> str | None:
    """By what the text is made of."""
    if alphanumeric(text) <= rules.alphanumeric_min * len(text):
        return "characters"
    if 2 * text.count("\\x") >= rules.hex_max * len(text):
        return "hex"
    return None


def _by_lines(text: str, language: str, rules: FileRules) -> str | None:
    """By its lines, and whether it is written in English where that is asked."""
    lengths = [len(line) for line in text.removesuffix("\n").split("\n")]
    if len(lengths) >= rules.lines_max:
        return "lines"
    long = max(lengths) >= rules.longest_line_max or sum(lengths) >= rules.mean_line_max * len(lengths)
    if long and language not in rules.documentation:
        return "long_lines"
    if language in rules.english and not ENGLISH.search(text):
        return "no_english"
    return None


def alphanumeric(text: str) -> int:
    """Letters and digits of a text, a count."""
    if text.isascii():
        return len(text) - len(text.encode().translate(None, ALPHANUMERIC))
    return sum(map(str.isalnum, text))
