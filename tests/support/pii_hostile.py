"""Texts that make careless detectors of personal data slow: for the tests and for the benchmark.

    hostile(64 << 10)["one @ in base64"]  ->  64 KiB of base64 with an @ in the middle

Nothing in them is a secret; most are one short piece, again and again.
"""

import base64
import random
from functools import cache

PIECES = {
    "key words": "password",
    "key words and signs": "token=",
    "key words and quotes": "secret='",
    "key words and colons": "api_key: ",
    "key words and spaces": "password ",
    "key words and brackets": "passwd[",
    "keys in arrows": "secret => ",
    "unfinished mail": "a@",
    "mail after mail": "a@a.",
    "dotted names": "a.a.a.a",
    "names and signs": "a.-_+",
    "hyphens": "-a-a",
    "mail of hyphens": "a-@a-",
    "letters and digits": "aa11",
    "digits": "1",
    "dots and digits": "1.1.",
    "octets": "255.255.255.",
    "colons": "::::",
    "hex groups": "dead:beef:",
    "hex groups and gaps": "f::f",
    "signs": "=-=-",
    "brackets": "((((",
    "deep brackets": "([{<",
    "slashes": "////",
    "addresses of the web": "https://",
    "users of the web": "https://a:b",
    "parts of the web": "://:@",
    "quotes": "'\"`",
    "escaped quotes": "\\\"'",
    "backslashes": "\\",
    "percent signs": "%40%3a",
    "entities": "&#64;&quot;",
    "tokens of the web": "eyJ",
    "tokens of the web with dots": "eyJhbGci.",
    "headings of keys": "-----BEGIN PRIVATE KEY-----",
    "headings of keys in lines": "-----BEGIN RSA PRIVATE KEY-----\n",
    "dashes": "-----",
    "identifiers of Amazon": "AKIA",
    "whole identifiers of Amazon": "AKIAIOSFODNN7QWERTYU ",
    "prefixes of GitHub": "ghp_",
    "prefixes of GitHub and letters": "ghp_aB3dE6gH9j",
    "prefixes of Slack": "xoxb-1-",
    "prefixes of Stripe": "sk_live_",
    "prefixes of Google": "AIza",
    "two dots": "SG.a.",
    "authors": "@author ",
    "copyright": "Copyright (c) 2019 ",
    "names": "Copyright Ann Lee, ",
    "trailers": "Signed-off-by: ",
    "names and angles": "Author: A B <",
    "home folders": "/home/a",
    "connection strings": "Server=a;Password=",
    "headers": "Authorization: Bearer ",
    "options": "--password ",
    "environment": "export A_TOKEN=$",
    "fillers": "<your-key>${",
    "spaces": " \t",
    "carriage returns": "\r",
    "line ends": "a@b.c\n",
    "nulls": "\x00@",
    "astral": "\U0001d4b3@",
    "combining": "e\u0301@",
    "lone surrogates": "\ud800@",
    "zero width": "a\u200b@b.de ",
}
"""What is repeated."""


@cache
def hostile(size: int) -> dict[str, str]:
    """Name -> text of so many characters."""
    draw = random.Random(5)
    noise = base64.b64encode(draw.randbytes(size)).decode()[:size]
    middle = size // 2
    ideographs = "\u4e2d\u6587" * middle
    depth = size // 8
    texts = {name: (piece * (size // len(piece) + 1))[:size] for name, piece in PIECES.items()}
    return texts | {
        "base64": noise,
        "one @ in base64": f"{noise[:middle]}@{noise[middle:]}",
        "one @ in hex": f"{'0123456789abcdef' * (middle // 16)}@{'f' * middle}",
        "a key word before base64": f"password={noise}",
        "a quoted key word before base64": f'"api_key": "{noise}"',
        "one @ in ideographs": f"{ideographs[:middle]}@{ideographs[middle:]}",
        "one @ in dots": f"{'a.' * (middle // 2)}@{'a.' * (middle // 2)}",
        "one heading before base64": f"-----BEGIN PRIVATE KEY-----\n{noise}",
        "brackets in brackets": "[" * depth + '{"password": ' * depth + "]" * depth,
        "many short lines": "\n".join(f"k{n} = {n}" for n in range(size // 12)),
        "hex of assignments": "".join(f"key{n}='{n:032x}';" for n in range(size // 42)),
    }
