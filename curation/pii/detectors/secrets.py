r"""Secrets that are given to a name: assignments, settings, arguments, XML, SQL, in any language's syntax.

    db_password = "vT9#qmlw"        ->  vT9#qmlw is a PASSWORD
    export API_TOKEN=4f9a81c27be0   ->  4f9a81c27be0 is a KEY
    IDENTIFIED BY 'w3Lk-ppq'        ->  w3Lk-ppq is a PASSWORD

The scan finds secret-like words that something follows which gives a value; here the name and the value are
read around it, and `secret_names` and `secret_values` judge them. Values without such a name are the
business of `vendors`, credentials in URLs that of `urls`.
"""

import re
from collections.abc import Sequence

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.detectors.secret_names import kind_of
from curation.pii.detectors.secret_values import KEY_CHARACTER, MIN_KEY, MIN_WEAK_KEY, is_secret
from curation.pii.spans import Span

FAMILY = "secrets"
WORDS = (
    "passw|passphrase|passcode|passkey|pwd|psw|pass|_pw|[a-z]pw|secret|token|credential|creds|auth|bearer|jwt|hmac|nkey"
    "|key|cookie|session|signature|sid|seed|salt|nonce|verifier|_pat|otp|dsn"
    "|kennwort|motdepasse|contrasena|senha|wachtwoord|parola"
)
"""What identifiers of secrets hold; `secret_names` says which of them are secrets."""
NAMED = rf"(?:{WORDS})[a-z0-9_.\-]*"
"""The end of an identifier that holds one of them."""
TRIGGERS = (
    Trigger(
        FAMILY,
        "assigned",
        rf"""{NAMED}(?:[\\"'`\])}}]*|&quot;)[ \t]*[?.|+&:]?(?:[=:>]|[\"'`],)""",
        caseless=True,
    ),
    Trigger(FAMILY, "argument", rf"""{NAMED}[ \t(]+[\\\"'`]""", caseless=True),
    Trigger(FAMILY, "attribute", rf"""{NAMED}["'][ \t]+value=""", caseless=True),
    Trigger(FAMILY, "typed", rf"{NAMED} [a-z]{{3,10}} =", caseless=True),
    Trigger(FAMILY, "option", rf"[ \t\"'/\-][/\-][a-z0-9\-]*(?:{WORDS})[a-z]* ", caseless=True),
    Trigger(
        FAMILY,
        "command",
        rf"(?:env|set|setenv|define|export)[ \t]+[a-z0-9_.]*(?:{WORDS})[a-z0-9_]*[ \t]",
        caseless=True,
    ),
    Trigger(FAMILY, "identified", r"identified[ \t]{1,4}by[ \t]", caseless=True),
    Trigger(FAMILY, "secure_string", r"convertto-securestring[ \t]{1,4}", caseless=True),
)
MAX_NAME = 96
"""Characters that are read to the left of a hit."""
MAX_BARE = 160
"""Characters of an unquoted value in which anything may stand."""
MAX_VALUE = 4096
"""Characters of a value, at most."""

NAME = re.compile(r"""[\s=:,>(?|+&"'`\])}\\.]*(?:;touq&[\s:=]*){0,1}(?P<name>[\w.\-]+)""")
"""On the reversed text before a hit's end: the identifier behind what closes it."""
PAIR = re.compile(r""",[ \t]*(["'`])(?P<name>[\w.\-]+)\1""")
"""The same where a comma follows: a string on its own."""
PROSE = {word[::-1] for word in ("pass", "Pass", "key", "keys", "token", "auth", "session", "seed", "cookie")}
"""Words (read backwards) that stand before a quoted one in sentences: pass `axis=1`."""
SPACED = {"argument", "command", "option"}
"""Rules whose name and value have only a space between them, as words of a sentence have."""
LEAD = re.compile(
    r"""[=>]{0,2}[ \t]{0,40}(?:(?:::=|:=|=>|->|<-|={1,3}|:)[ \t]{0,40})?(?P<line>\r?\n\s{0,80})?
        (?:(?:str|string|text|const|static|new|bytes|Secret|SecretStr)\b[ \t(]{0,4}(?:=[ \t]{0,8})?)?
        (?:value[ \t]{0,4}=[ \t]{0,4})?(?:[bBrRuUfFL@$]{1,2}(?=["']))?""",
    re.VERBOSE,
)
"""What may stand between a hit's end and the value: operators, a type, a string prefix."""
QUOTE = re.compile(r"""\\{0,3}(?:\"\"\"|'''|["'`])|&quot;|&#39;|\[\[|%q\{""")
SETTING = re.compile(r"""[^\s"'`<>,;]+""")
LONG = re.compile(r"[\w+/\-.:~]+={0,2}(?=[\s\"'`<>,;]|$)", re.ASCII)
"""What an unquoted value of `MAX_BARE` characters and more has to be: base64 or the like."""
SCOPE = re.compile(r"::(?!=)|[:=]&(?:#|lt;)")
"""What follows a name without giving it a value: a scope in C++, a placeholder in HTML."""
QUERY = re.compile(r"&[\w.\-]+=")
"""Where the next argument of a query string begins."""
BEGINS = {
    "PASSWORD": re.compile(r"[^\n]{4}"),
    "KEY": re.compile(rf"{KEY_CHARACTER}{{{MIN_KEY}}}", re.ASCII),
    "WEAK": re.compile(rf"{KEY_CHARACTER}{{{MIN_WEAK_KEY}}}", re.ASCII),
}
"""How a value of each kind must begin to be looked at."""
CLOSING = {"[[": "]]", "%q{": "}"}


def find(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
    """Secrets that are given to a name.

    Args:
        text: The whole document.
        hits: Of this family's triggers.
        context: Not needed; a secret is one in any file.
    """
    spans: list[Span] = []
    last = -1
    for rule, end in hits:
        if end <= last:
            continue
        kind, name = _kind(text, end, rule)
        place = _value(text, end, rule, BEGINS[kind]) if kind else None
        if place is None:
            continue
        start, stop, quoted = place
        if is_secret(text[start:stop], kind, name, quoted=quoted):
            tag = "PASSWORD" if kind == "PASSWORD" else "KEY"
            spans.append(Span(start, stop, tag, f"{rule}-secret", 0.8))
            last = stop
    return spans


def _kind(text: str, end: int, rule: str) -> tuple[str, str]:
    """What the name in front of `end` says, and the name."""
    if rule in {"identified", "secure_string"}:
        return "PASSWORD", rule
    before = text[max(0, end - MAX_NAME) : end][::-1]
    if rule in {"typed", "attribute"}:  # password string =, name="password" value=
        before = before.split(" ", 2 if rule == "typed" else 1)[-1]
    match = (PAIR if before[0] == "," else NAME).match(before)
    if not match or (rule in {"argument", "command"} and match["name"] in PROSE):
        return "", ""
    name = match["name"][::-1]
    return kind_of(name), name


def _value(text: str, end: int, rule: str, begins: re.Pattern[str]) -> tuple[int, int, bool] | None:
    """Start and end of the value behind a hit, and whether it is quoted."""
    at = end - 1 if rule == "argument" else end
    if rule == "argument" and text[at - 1] == "\\":
        at -= 1
    lead = LEAD.match(text, at, at + 160)
    assert lead
    at = lead.end()
    closed = text[end - 1]
    quote = QUOTE.match(text, at, at + 8)
    if SCOPE.match(text, end - 1) or not begins.match(text, quote.end() if quote else at):
        return None
    if quote:
        in_prose = quote[0] == "`" and rule in SPACED and text[at - 1] in " \t"
        far = lead["line"] and closed == ","
        mark = CLOSING.get(quote[0], quote[0])
        return None if in_prose or far else _quoted(text, quote.end(), mark)
    if rule == "argument" or closed == "," or (lead["line"] and closed != ">"):
        return None
    return _bare(text, at)


def _bare(text: str, at: int) -> tuple[int, int, bool] | None:
    """A value without quotes that begins at `at`: to the next space, or to where its brackets close."""
    bare = SETTING.match(text, at, at + MAX_BARE)
    if bare and bare.end() - at == MAX_BARE:
        bare = LONG.match(text, at, at + MAX_VALUE)
    if not bare:
        return None
    stop = bare.end()
    query = QUERY.search(text, at, stop)
    if query:
        stop = query.start()
    for closing in ")}]":  # a setting in brackets ends where they close
        stop = _cut(text, at, stop, closing)
    return (at, stop, False) if stop > at else None


def _cut(text: str, start: int, stop: int, closing: str) -> int:
    opening = {")": "(", "}": "{", "]": "["}[closing]
    place = text.find(closing, start, stop)
    return stop if place < 0 or opening in text[start:place] else place


def _quoted(text: str, start: int, mark: str) -> tuple[int, int, bool] | None:
    """The body of a string that begins at `start` and ends with `mark`; None if it does not end soon."""
    limit = start + MAX_VALUE
    at = start
    for _ in range(8):  # escaped quotes in the value, at most
        stop = text.find(mark, at, limit)
        if stop < 0:
            return None
        if mark[0] == "\\" or text[stop - 1] != "\\" or text[stop - 2] == "\\":
            body_end = stop
            break
        at = stop + 1
    else:
        return None
    newline = text.find("\n", start, body_end)
    return None if newline >= 0 else (start, body_end, True)
