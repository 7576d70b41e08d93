"""Public IP addresses in a text.

    find('host = "93.184.216.34"', hits, Context())  ->  [Span(8, 21, "IP_ADDRESS", "ipv4", 1.0)]

Only addresses that are routed in the public Internet count: private, loopback, link-local, documentation,
multicast and reserved ones are kept by rule, and so are well-known public DNS servers and masks. Four numbers
with dots are a version rather than an address if the text says so, or if they look like one and nothing
speaks for an address. It resolves no names, and does not look for addresses written as one number.
"""

import ipaddress
import re
import tomllib
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.spans import Span

FAMILY = "addresses"
TRIGGERS = (
    Trigger(FAMILY, "ipv4", r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"),
    Trigger(FAMILY, "ipv6", r"([23][0-9A-Fa-f]{3}|[Ff][Ee][C-Fc-f][0-9A-Fa-f]):[0-9A-Fa-f]{0,4}:"),
)

_TABLE = tomllib.loads(
    files("curation").joinpath("data", "pii", "addresses.toml").read_text(encoding="utf-8")
)
_DNS = frozenset(map(ipaddress.ip_address, _TABLE["dns_servers"]))
_NETWORKS = tuple(map(ipaddress.ip_network, _TABLE["closed_networks"]))
_CLOSED = {
    version: sorted(
        (int(network[0]), int(network[-1])) for network in _NETWORKS if network.version == version
    )
    for version in (4, 6)
}
"""First and last address of each closed network, by IP version."""
_VERSION_WORDS = frozenset(_TABLE["version_words"])
_LINE_VERSION_WORDS = frozenset(_TABLE["line_version_words"])
_ADDRESS_WORDS = frozenset(_TABLE["address_words"])

_HIGHEST = 1 << 128
_EMBEDDING = (0xFFFF, 0x64FF9B << 64)
"""What stands before the IPv4 address in ::ffff:0:0/96 (mapped) and 64:ff9b::/96 (NAT64, RFC 6052)."""

LONGEST = 45
"""Characters of an IPv6 address with an IPv4 tail, at most."""
_RUN = LONGEST + 19  # what is looked at of a longer run of the same characters, which is no address
_LINE = 80  # characters to either side that tell what a value is

_DIGITS = re.compile(r"[0-9.]+")
_HEXES = re.compile(r"[0-9A-Fa-f:]+")
_HEXES_AND_DIGITS = re.compile(r"[0-9A-Fa-f:]+(?:[0-9]{0,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})?")
_FOUR = re.compile(r"(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.?$")
_PORT_OR_MASK = re.compile(r"/(?:8|[12][0-9]|3[0-2])(?![0-9.])|:[0-9]{2,5}(?![0-9.:])")
_FILE_ENDING = re.compile(
    r"\.(?:tar|t?gz|tgz|zip|jar|war|whl|egg|deb|rpm|dll|exe|so|dylib|msi|nupkg|gem|js|css|pom|apk|dmg|xml|txt|html)\b"
)
_WORDS = re.compile(r"[a-z]+")
_LAST_WORD = re.compile(r"[^a-z0-9\n]{0,10}+(?P<word>[a-z]+)")  # backwards
_ADDRESS_ENDING = ("ip", "ips", "addr", "address", "host", "hosts", "subnet", "gateway", "listen")
_REQUIREMENT = re.compile(r"\s?(?:=[<>~!=]|[<>~^]|>~|[ ]?=\(|/\w{2,}+(?!:)|:[\w.-]{1,60}+/\w)")  # backwards
_COMMENT = re.compile(r"\s*(?:#{1,3}|//+|--|;+|%+|\*)\s*$")
_SAYS_OID = re.compile(
    r"(?<![a-z])oids?(?![a-z])|objectidentifier|(?<![0-9.])[0-2](?:\.[0-9]{1,9}){4,}(?![0-9.])"
)
_OID = ([1, 0], [1, 2], [1, 3], [2, 5], [2, 16], [2, 23])
"""How object identifiers begin."""
_DECIMAL_LEFT = re.compile(r"(?<![0-9.])-?[0-9]*\.[0-9]+[ ,]{1,2}$")
_DECIMAL_RIGHT = re.compile(r"(?![ ,]{1,3}[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.]))[ ,]{0,2}-?[0-9]*\.[0-9]+")


def find(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
    """Public addresses around the hits of `TRIGGERS`.

    Args:
        text: A whole document.
        hits: Of this family, in the order of the text.
        context: Of the document; not needed.
    """
    del context
    spans: list[Span] = []
    done = 0
    for hit in hits:
        if hit.end <= done:
            continue
        read = _four_numbers if hit.rule == "ipv4" else _groups
        start, end, found = read(text, hit.end)
        if found and start >= done:
            spans.append(Span(start, end, "IP_ADDRESS", hit.rule, 1.0))
        done = max(done, end)
    return spans


def _run(pattern: re.Pattern[str], text: str, place: int) -> tuple[int, int]:
    """Start and end of the characters of `pattern` around `place`, `_RUN` to each side at most."""
    left = pattern.match(text[max(0, place - _RUN) : place][::-1])
    right = pattern.match(text, place, place + _RUN)
    return place - (left.end() if left else 0), right.end() if right else place


def _four_numbers(text: str, place: int) -> tuple[int, int, bool]:
    """Start and end of the run of digits and dots around `place`, and whether it is a public address."""
    start, end = _run(_DIGITS, text, place)
    run = text[start:end]
    match = _FOUR.match(run)
    if not match or max(map(int, match.groups())) > 255:
        return start, end, False
    if run[-1] == ".":
        run = run[:-1]
    stop = start + len(run)
    before = text[start - 1 : start] if start else ""
    if before == ":":
        found = _mapped(text, start, stop)
        if found:
            return found
    if not is_public(run) or not _stands_alone(text, start, stop, before):
        return start, end, False
    return start, stop, _is_address(text, start, stop, [int(part) for part in match.groups()])


def _mapped(text: str, start: int, stop: int) -> tuple[int, int, bool] | None:
    """The IPv6 address whose tail `text[start:stop]` is, or None if a label or a port stands before it."""
    left = _HEXES.match(text[max(0, start - _RUN) : start][::-1])
    run = left[0][::-1] if left else ""
    begin = start - len(run)
    if begin and (text[begin - 1].isalnum() or text[begin - 1] == "_"):
        return None  # a word ends in these letters
    if run == ":":
        return None
    return begin, stop, is_public(run + text[start:stop])


def _stands_alone(text: str, start: int, stop: int, before: str) -> bool:
    """Whether no name, number or file goes on to the left or to the right."""
    after = text[stop : stop + 1]
    if before and (before.isalnum() or before in "_+"):
        return before == "n" and text[start - 2 : start] == "\\n"
    if after and (after.isalnum() or after in "_+"):
        return False
    if before == "-" and not (
        start > 1 and text[start - 2].isdigit() and _DIGITS.search(text, start - 9, start)
    ):
        return _PORT_OR_MASK.match(text, stop) is not None and text[start - 2 : start - 1] == " "
    if after == "-" and text[stop + 1 : stop + 2].isalpha():
        return False
    return after != "." or not _FILE_ENDING.match(text, stop, stop + 8)


def _is_address(text: str, start: int, stop: int, parts: list[int]) -> bool:
    """Whether four numbers are an address rather than a version, an identifier or coordinates."""
    left = text[max(0, text.rfind("\n", max(0, start - _LINE), start) + 1, start - _LINE) : start].lower()
    match = _LAST_WORD.match(left[:-41:-1])
    last = match["word"][::-1] if match else ""
    if last in _VERSION_WORDS:
        return False
    if (
        _PORT_OR_MASK.match(text, stop, stop + 8)
        or left.endswith(("://", "@"))
        or last.endswith(_ADDRESS_ENDING)
    ):
        return True
    named = any(word.startswith("version") for word in _WORDS.findall(left[-40:])[-3:])
    if named or _is_drawing(text, stop, left):
        return False
    if not _is_like_version(parts) and parts[0] > 2:
        return True
    right = text[stop : stop + _LINE].partition("\n")[0].lower()
    return _line_says_address(left, right, parts)


def _is_like_version(parts: list[int]) -> bool:
    """Whether four numbers look like a version: a small one first and small ones behind, as 5.0.71.34."""
    return parts[0] < 100 and sum(part < 10 for part in parts) >= (1 if parts[0] < 32 else 2)


def _line_says_address(left: str, right: str, parts: list[int]) -> bool:
    """Whether the line speaks for an address, where the numbers alone speak for a version or an OID."""
    if _REQUIREMENT.match(left[:-65:-1]):
        return not _is_like_version(parts)
    if parts[0] <= 2 and (_SAYS_OID.search(left[-40:]) or _SAYS_OID.search(right[:40])):
        return False
    small = sum(part < 10 for part in parts)
    if _COMMENT.match(left) and not right.strip(" \t\r.,;"):
        return True  # nothing else in the comment: a version is no likelier, and a leak is worse
    words = _WORDS.findall(left)
    both = (*words, *_WORDS.findall(right))
    if _LINE_VERSION_WORDS.isdisjoint(both):
        if small >= 3 and parts[0] < 32:  # only the words directly before can tell
            return not _ADDRESS_WORDS.isdisjoint(words[-2:])
        if not _ADDRESS_WORDS.isdisjoint(both):
            return True
    return not _is_like_version(parts) and parts[:2] not in _OID


def _is_drawing(text: str, stop: int, left: str) -> bool:
    """Whether decimal numbers stand on both sides, as in the path of an SVG."""
    return bool(_DECIMAL_RIGHT.match(text, stop, stop + 20) and _DECIMAL_LEFT.search(left[-14:]))


def _groups(text: str, place: int) -> tuple[int, int, bool]:
    """Start and end of the run of hexadecimal digits and colons around `place`, and whether it is public."""
    start, end = _run(_HEXES, text, place)
    if end - start > LONGEST:
        return start, end, False
    whole = _HEXES_AND_DIGITS.match(text, start, start + LONGEST)
    stop = whole.end() if whole else end
    run = text[start:stop]
    if run[-1] == ":" and run[-2] != ":":  # a mark of punctuation, or the colon before a port
        run = run[:-1]
        stop -= 1
    before = text[start - 1 : start] if start else ""
    after = text[stop : stop + 1]
    if (before and (before.isalnum() or before in "_.%")) or (after and (after.isalnum() or after == "_")):
        return start, end, False
    if after == "." and text[stop + 1 : stop + 2].isalnum():
        return start, end, False
    return start, stop, is_public(run) and not _is_slice(text, start, before, run)


def _is_slice(text: str, start: int, before: str, run: str) -> bool:
    """Whether digits and colons are a subscript with a step or a scope rather than an address."""
    if not run.replace(":", "").isdigit() or run.count(":") > 3:
        return False
    if before == "[" and start > 1 and (text[start - 2].isalnum() or text[start - 2] in "_)]"):
        return True
    line = text[max(0, start - _LINE) : start].rpartition("\n")[2].lower()
    return "://" not in line and _ADDRESS_WORDS.isdisjoint(_WORDS.findall(line))


@lru_cache(maxsize=4096)
def is_public(value: str) -> bool:
    """Whether `value` is an address of the public Internet that belongs to somebody; False if it is none."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    number = int(address)
    if address.version == 6 and number >> 32 in _EMBEDDING:
        return is_public(str(ipaddress.IPv4Address(number & 0xFFFFFFFF)))
    closed = _CLOSED[address.version]
    place = bisect_right(closed, (number, _HIGHEST)) - 1
    return (place < 0 or closed[place][1] < number) and address not in _DNS
