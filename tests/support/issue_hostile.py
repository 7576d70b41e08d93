"""Texts that make careless cleaning of issues slow: for the tests and for the benchmark.

hostile(64 << 10)["signatures"]  ->  64 Ki characters of lines that begin a signature
"""

PIECES = {
    "headings in one line": "On notifications@github.com wrote: Reply to this email directly",
    "headings in lines": "On notifications@github.com wrote:\nReply to this email directly\n",
    "From and reply in one line": "From:x Reply to this email directly",
    "From in lines": "From: x <notifications@github.com>\n",
    "From and To in lines": "From: x\nTo: y\nSent: z\nSubject: a\n",
    "sign-offs in one line": "Signed-off-by: a<b",
    "sign-offs in lines": "Signed-off-by: a <b>\n",
    "headings without end": "On 2016 12:30\n",
    "quotes": "> ",
    "quoted lines": "> a\n",
    "underscores": "_",
    "underscores and spaces": "_" * 20 + " ",
    "signatures": "-- \n",
    "signatures after empty lines": "\n-- \nx\n",
    "devices": "Sent from my iPhone\n",
    "empty lines": "\n",
    "carriage returns": "\r",
    "backticks of many lengths": "`a``b```c````",
    "lone backticks": "` \n\n",
    "fences": "```\n~~~\n",
    "comments of HTML": "<!--",
    "open tags": "<a ",
    "mentions": "@a",
    "mentions in words": "@a-",
    "new mentions": "@k{} ",
    "at signs": "@",
    "mail of hyphens": "a-@a-",
    "dotted mail": "a.a.",
    "hyphens": "a-",
    "logins and hyphens": "anna-",
    "said": "anna **",
    "addresses of the web": "https://",
    "brackets": "([{<",
    "ideographs": "\u8c22\u8c22anna",
    "surrogates and NUL": "\ud800\0@anna ",
}
"""One piece, again and again; {} becomes a number."""


def hostile(size: int) -> dict[str, str]:
    """Texts of so many characters, by what they are made of."""
    texts = {}
    for name, piece in PIECES.items():
        if "{}" in piece:
            texts[name] = "".join(piece.format(number) for number in range(size // len(piece)))[:size]
        else:
            texts[name] = (piece * (size // len(piece) + 1))[:size]
    return texts
