r"""Private keys: PEM and PGP blocks, PuTTY files, and bare base64 of a private key.

    -----BEGIN RSA PRIVATE KEY-----\nMIIE...\n-----END RSA PRIVATE KEY-----    ->  one KEY span, line to line

The lines may stand in string literals, joined by "\n", quotes and plus signs, behind comment marks, in one
line, or end before the last line. Public keys, certificates and markers without a key between them are not
found. No key is decoded.
"""

import re
from collections.abc import Sequence

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.detectors.placeholders import is_placeholder
from curation.pii.spans import Span

FAMILY = "private_key"
LONGEST = 16384
"""Characters of a key that are looked at; a PGP key of 4096 bits has about 7,000."""
SHORTEST = 40
"""Characters of base64 that make a key; the shortest, of 32 bytes, has 44."""

TRIGGERS = (
    Trigger(FAMILY, "pem", r"BEGIN[ +][A-Z0-9 +]{0,24}PRIVATE[ +]KEY"),
    Trigger(FAMILY, "putty", r"PuTTY-User-Key-File-[1-3]:"),
    Trigger(FAMILY, "xml", r"<RSAKeyValue>"),
    Trigger(FAMILY, "jwk", r"\"[dkpq]\" ?: ?\"[A-Za-z0-9_\-]{32}"),
    # How base64 of DER begins: RFC 8017 and 5958 (RSA, wrapped), 5915 (elliptic curves), 8410 (Ed25519)
    Trigger(FAMILY, "der-rsa", r"MII[A-Za-z0-9+/]{2}[AQgw]IBA[AD][JKA][A-Za-z0-9+/]"),
    Trigger(FAMILY, "der-ec", r"MI[GH][A-Za-z0-9+/]AgEAMB[AM]GByqGSM49"),
    Trigger(FAMILY, "der-ec-plain", r"M(?:HcCAQEEI|IGkAgEBBDA|IHcAgEBBEI)"),
    Trigger(FAMILY, "der-ed25519", r"MC4CAQAwBQYDK2VwBCIE"),
    Trigger(FAMILY, "openssh", r"b3BlbnNzaC1rZXktdjEA"),
)

_GLUE = r"(?:\\+[nrt]|%0[AD]|[\s\"'`,;:>#*|+\\.&()])"
"""What stands between the lines of a key in code: escapes, quotes, operators, comment marks."""
_RUN = re.compile(
    rf"{_GLUE}{{0,80}}+([A-Za-z0-9+/]{{4,}}+(?:%[0-9A-F]{{2}}[A-Za-z0-9+/]*+){{0,999}}+={{0,2}})"
)
_HEADERS = re.compile(rf"(?:{_GLUE}{{0,80}}[A-Z][A-Za-z\-]{{2,20}}: ?[^\n\\]{{1,100}}){{1,4}}")
_RUNS = re.compile(r"[A-Za-z0-9+/=%]{16,}")
_DASHES = re.compile(r"-{1,5} ?\Z")
_END = re.compile(r"-{3,5} ?END[ +][A-Z0-9 +]{0,24}PRIVATE[ +]KEY(?:[ +]BLOCK)? ?-{0,5}")
_DER_START = re.compile(r"(?:MII|MI[GH]|MHc|MC4|b3B)[A-Za-z0-9+/]*\Z")
_MAC = re.compile(r"Private-MAC:[ \t]*[0-9a-f]{40,64}")
_XML_SECRET = re.compile(r"<D>\s*[A-Za-z0-9+/=\s]{40,}</D>")
_JWK = re.compile(r"[A-Za-z0-9_\-]{32,2048}+")
FULL_LINE = 40
"""Characters of base64 from which a line is part of a key whose end mark is missing."""
NEAR = 2048
"""Characters around a field in which the rest of a JSON web key stands."""


def find(text: str, hits: Sequence[Hit], context: Context | None = None) -> list[Span]:
    """Private keys.

    Args:
        text: A whole document.
        hits: Where `TRIGGERS` end, in the order of the text.
        context: Not needed: a key says what it is.
    """
    del context
    spans: list[Span] = []
    covered = 0
    for hit in hits:
        if hit.end <= covered:
            continue
        place = _place(text, hit)
        if place is not None and place[1] > covered:
            spans.append(Span(max(place[0], covered), place[1], "KEY", f"private-key-{hit.rule}", 1.0))
            covered = place[1]
    return spans


def _place(text: str, hit: Hit) -> tuple[int, int] | None:
    if hit.rule == "pem":
        return _pem(text, hit.end)
    if hit.rule == "putty":
        return _putty(text, hit.end)
    if hit.rule == "xml":
        return _xml(text, hit.end)
    if hit.rule == "jwk":
        return _jwk(text, hit.end)
    return _der(text, hit.end)


def _pem(text: str, after: int) -> tuple[int, int] | None:
    begin = text.rfind("BEGIN", max(0, after - 64), after)
    dashes = _DASHES.search(text[max(0, begin - 6) : begin])
    start = begin - len(dashes[0]) if dashes else begin
    body = after
    while body < after + 12 and text[body : body + 1] in tuple("- BLOCK"):
        body += 1
    limit = min(len(text), after + LONGEST)
    following = text.find("BEGIN ", body, limit)
    limit = following if following >= 0 else limit
    mark = text.find("END", body, limit)
    while mark >= 0 and text[mark - 1] not in "- ":  # the letters may stand in base64
        mark = text.find("END", mark + 3, limit)
    ended = _END.search(text, max(body, mark - 6), limit) if mark >= 0 else None
    if ended is not None and ended.start() <= mark:
        return (start, ended.end()) if _is_key(text[body : ended.start()]) else None
    headers = _HEADERS.match(text, body, body + 600)
    end = _lines(text, headers.end() if headers else body, limit)
    return (start, end) if end and _is_key(text[body:end]) else None


def _is_key(body: str) -> bool:
    """Whether a body is mostly base64, and no filler."""
    runs = "".join(_RUNS.findall(body))
    dense = len(runs) >= SHORTEST and 2 * len(runs) >= len(body)
    return dense and len(set(runs)) >= 12 and not is_placeholder(runs[:64])


def _lines(text: str, start: int, limit: int) -> int:
    """Where the lines of a key end that begin at `start`; 0 if there are none."""
    end = 0
    while run := _RUN.match(text, end or start, limit):
        size = len(run[1])
        if size < FULL_LINE and not run[1].endswith("="):
            break
        end = run.end()
        if run[1].endswith("="):
            break
    return end


def _der(text: str, after: int) -> tuple[int, int] | None:
    window = text[max(0, after - 32) : after]
    started = _DER_START.search(window)
    if started is None:
        return None
    start = after - len(window) + started.start()
    if start and (text[start - 1].isalnum() or text[start - 1] in "+/") and text[start - 2 : start] != "\\n":
        return None
    end = _lines(text, start, start + LONGEST)
    return (start, end) if end and _is_key(text[start:end]) else None


def _putty(text: str, after: int) -> tuple[int, int] | None:
    lines = text.find("Private-Lines:", after, after + LONGEST)
    if lines < 0:
        return None
    mac = _MAC.search(text, lines, min(len(text), lines + LONGEST))
    end = mac.end() if mac else _lines(text, text.find("\n", lines) + 1 or lines, lines + LONGEST)
    return (text.rfind("PuTTY", 0, after), end) if end else None


def _xml(text: str, after: int) -> tuple[int, int] | None:
    end = text.find("</RSAKeyValue>", after, after + LONGEST)
    if end < 0 or _XML_SECRET.search(text, after, end) is None:
        return None
    return after - len("<RSAKeyValue>"), end + len("</RSAKeyValue>")


def _jwk(text: str, after: int) -> tuple[int, int] | None:
    start = text.rfind('"', 0, after) + 1
    around = text[max(0, start - NEAR) : start + NEAR]
    value = _JWK.match(text, start)
    if value is None or '"kty"' not in around or text[value.end() : value.end() + 1] != '"':
        return None
    return None if is_placeholder(value[0]) else (start, value.end())
