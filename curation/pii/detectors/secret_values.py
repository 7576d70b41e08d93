"""Is the value that a secret-like name was given a secret, or code, a word, a reference, a number?

    is_secret("vT9#qmlw", "PASSWORD", "db_password", quoted=True)  -> True
    is_secret("get_password()", "PASSWORD", "password", quoted=False) -> False

The stronger the name, the less the value must prove. Precision matters as much as recall: a corpus is full
of names of secrets that hold none.
"""

import re

from curation.pii.detectors.entropy import MIN_LETTERS, looks_random, shannon
from curation.pii.detectors.placeholders import is_placeholder

MAX_PASSWORD = 128
"""Characters of a password, at most."""
MIN_KEY, MIN_WEAK_KEY = 8, 16
"""Characters of a key, at least; the second where the name only might mean one."""
MIN_BITS, MIN_WEAK_BITS = 2.5, 3.2
"""Entropy of a key in bits per character, at least."""
HASH_NAMES = re.compile(
    r"(?i)sha\d|md5|checksum|digest|integrity|fingerprint|commit|revision|etag|public|pub_?key"
)
UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
PATHLIKE = re.compile(
    r"""(?: [.~]{0,2}/ | [A-Za-z]:\\ | \w{2,10}:// | www\. )
      | [^\s]{0,200}\. (?: py|js|ts|json|ya?ml|txt|pem|key|crt|html?|xml|php|rb|go|java|env|conf|cfg|ini|md
                         | com|org|net|io )$""",
    re.VERBOSE,
)
KEY_CHARACTER = r"[\w+/\-.:~$!@#%^|]"
KEYLIKE = re.compile(rf"{KEY_CHARACTER}+={{0,2}}$", re.ASCII)
CODE = re.compile(
    r"""[(){}\[\]<>] | ^&(?:\#|lt|gt|amp) | \*/ | /\* | :: | -> | => | == | != | && | \|\| | \+\+ | \.\w+\.
      | ^\w+\.[A-Za-z_]\w*$
      | ^(?:self|this|new|await|process|os|env|ctx|req|request|config|settings|options|params|args|kwargs
          |props|data|event|context)\b""",
    re.VERBOSE,
)
PATTERN = re.compile(r"\(\?[:!=<]|\[(?:\^|0-9|a-z|A-Z)[^\]]*\]|\\[wdsb][+*{]")
"""Pieces of a regular expression."""
WORDY = re.compile(r"[_*]*[A-Za-z]+(?:[_\-./: ][A-Za-z]+)*[_\d]{0,2}$")
"""Words, with up to two digits behind them."""
NUMBER = re.compile(r"[+\-]?(?:0[xX][0-9a-fA-F]+|[\d.,_]+(?:[eE][+\-]?\d+)?)[a-zA-Z%]{0,2}$")
VERSION = re.compile(r"[<>=~^]{0,2}(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)+(?:-[\d.]*)?)$")
"""A version, a range of versions, or a hexadecimal number."""
SEPARATORS = re.compile(r"[\W_]")


def is_secret(value: str, kind: str, name: str, *, quoted: bool) -> bool:
    """Whether `value` is a secret.

    Args:
        value: As it stands in the text, without quotes.
        kind: PASSWORD, KEY or WEAK: what its name says (see `secret_names`).
        name: The identifier itself.
        quoted: Whether the value is a string literal; else it may be code.
    """
    if len(value) < 4 or PATHLIKE.match(value) or (not quoted and CODE.search(value)):
        return False
    if not (_is_password(value, quoted=quoted) if kind == "PASSWORD" else _is_key(value, name, kind)):
        return False
    return not (PATTERN.search(value) or _repeats(value, name) or is_placeholder(value))


def _repeats(value: str, name: str) -> bool:
    """Whether the value only repeats its name: token = "token"."""
    return SEPARATORS.sub("", value).lower() in SEPARATORS.sub("", name).lower()


def _kinds_of_characters(value: str) -> int:
    return (
        any(map(str.islower, value))
        + any(map(str.isupper, value))
        + any(map(str.isdigit, value))
        + any(not c.isalnum() and not c.isspace() for c in value)
    )


def _is_password(value: str, *, quoted: bool) -> bool:
    if len(value) > MAX_PASSWORD or VERSION.match(value) or (len(value) < 6 and NUMBER.match(value)):
        return False
    if value.isdecimal():
        return quoted
    if " " in value.strip() or "\t" in value:
        return quoted and len(value) <= 40 and _kinds_of_characters(value) >= 3 and looks_random(value)
    if WORDY.match(value):
        is_no_word = looks_random(value, min_letters_of_part=MIN_LETTERS)
        return (
            is_no_word
            or (value[-1].isdigit() and value[:-2].isalpha())
            or (quoted and _kinds_of_characters(value) == 4)  # two words and a number, as people like them
        )
    if value.endswith((":", "?", "=", ".")) and not looks_random(value):
        return False
    return _kinds_of_characters(value) >= 2 or looks_random(value, min_letters_of_part=MIN_LETTERS)


def _is_key(value: str, name: str, kind: str) -> bool:
    weak = kind == "WEAK"
    if len(value) < (MIN_WEAK_KEY if weak else MIN_KEY) or not KEYLIKE.match(value):
        return False
    if HASH_NAMES.search(name) or NUMBER.match(value) or (weak and UUID.match(value)):
        return False
    return looks_random(value) and shannon(value) >= (MIN_WEAK_BITS if weak else MIN_BITS)
