"""E-mail addresses in a text.

    find('author = "Jo <jo@uni-ulm.de>"', hits, Context())  ->  [Span(14, 27, "EMAIL", "email", 1.0)]

From each `@` it walks to the left and to the right, over 320 characters at most, and asks what stands
around. Addresses of people and of organisations count alike; domains that RFC 2606 keeps for examples do
not, nor do logins, package versions, file names, matrix products and the user part of URLs. Domains must end
in a top-level domain that exists, unless the text says that it is an address. It sends no mail to find out,
and leaves quoted local parts and address literals (`"a b"@[192.0.2.1]`) alone.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.spans import Span

FAMILY = "emails"
TRIGGERS = (
    Trigger(FAMILY, "email", r"[0-9A-Za-z_+\x80-\xff-]@[0-9A-Za-z\x80-\xff]"),
    Trigger(FAMILY, "email-brackets", r"[\[({<] ?at ?[\])}>]", caseless=True),
    Trigger(FAMILY, "email-spelled", r" (dot|DOT) [A-Za-z][A-Za-z]"),
)

_DATA = files("curation").joinpath("data", "pii")
_TABLE = tomllib.loads(_DATA.joinpath("emails.toml").read_text(encoding="utf-8"))
_TLDS = frozenset(
    line for line in _DATA.joinpath("tlds.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"
)
_RESERVED_TLDS = frozenset(_TABLE["reserved_tlds"])
_RESERVED_LABELS = frozenset(_TABLE["reserved_labels"])
_NO_MAILBOX = frozenset((*_TABLE["no_mailbox"], *_TABLE["readers"]))
_MADE_UP = frozenset(_TABLE["made_up"])
_ALGORITHMS = frozenset(_TABLE["algorithm_domains"])
_ATTRIBUTES = frozenset(_TABLE["attribute_tlds"])
_SPELLED = frozenset(_TABLE["spelled_tlds"])

MAX_LOCAL = 64
"""Characters before the @, at most (RFC 5321 section 4.5.3.1.1)."""
MAX_DOMAIN = 255
"""Characters after the @, at most (RFC 5321 section 4.5.3.1.2)."""

_LATIN = r"0-9A-Za-z\u00c0-\u024f"
_DOMAIN = re.compile(rf"[{_LATIN}][{_LATIN}-]{{0,62}}+(?:\.[{_LATIN}][{_LATIN}-]{{0,62}}+){{1,30}}+")
_ANY_DOMAIN = re.compile(r"[^\W_](?:[^\W_]|-){0,62}+(?:\.[^\W_](?:[^\W_]|-){0,62}+){1,30}+")
# Local parts are matched backwards, from the @ to the left.
_LOCAL = re.compile(rf"[{_LATIN}_.+'%-]{{1,{MAX_LOCAL + 16}}}+")
_ANY_LOCAL = re.compile(rf"[\w.+'%-]{{1,{MAX_LOCAL + 16}}}+")
_ESCAPE = re.compile(r"u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[abfnrtv0]")
_ENCODED_DELIMITER = re.compile(r".*%(?:0[AaDd]|2[0-2C7c]|3[A-Ea-e])")
_FORMAT = re.compile(r"^%|%[sdvr](?![A-Za-z])|%$")
_UNKNOWN_TLD = re.compile(r"[^\W\d_](?:[^\W\d_]|-)*$")
_COMMENT = re.compile(r"[ \t]{0,20}(?:#{1,3}|//+|--|;+|%+|\*)[ \t]{0,20}(?:\n|$)")  # backwards
_END_OF_LINE = re.compile(r"[ \t]{0,20}(?:\r|\n|$|\*/)")
_VERSION = re.compile(r"v?\d+\.\d|\d+x\.")
_REMOTE_PATH = re.compile(r":(?:[~/]|[\w.+-]{1,64}(?:/|\.git\b))")
_RESOURCE = re.compile(r"/\w[^\s@\"'<>]{0,200}(?P<other>@)?")
_PORT = re.compile(r":\d{2,5}\b|/")
_PASSWORD = re.compile(r":[^\s/@\"'<>]{1,128}@")
_TOKEN = re.compile(r"[^\s\"'`<>(),;\[\]]{1,200}+")
_MAIL_WORD = re.compile(r"mail|maintainer|author|contact|\b(?:from|to|cc|bcc)\W{1,4}$", re.IGNORECASE)
_COMMANDS = tuple(_TABLE["login_commands"])
_ROOTS = tuple(name for name in _COMMANDS if all(name == other or other not in name for other in _COMMANDS))
"""Commands that are in no other one: a line without any of these holds no command."""

_SEPARATOR = r"(?: {0,2}[\[({<] ?(?:dot|\.) ?[\])}>] {0,2}| dot |\.)"
_BRACKET_DOMAIN = re.compile(
    rf" {{0,2}}([0-9A-Za-z-]{{1,63}}+(?:{_SEPARATOR}[0-9A-Za-z-]{{1,63}}+){{1,5}}+)", re.IGNORECASE
)
_BRACKET_LOCAL = re.compile(r" {0,2}(?P<local>[0-9A-Za-z_.+-]{1,64}+)")
_SPLIT = re.compile(_SEPARATOR, re.IGNORECASE)
_SPELLED_DOMAIN = re.compile(r"[0-9A-Za-z-]{2,63}+(?: (?:dot|DOT) [0-9A-Za-z-]{2,63}+){0,3}+")
_SPELLED_LEFT = re.compile(
    r"(?P<host>[0-9A-Za-z-]{2,63}+(?: (?:tod|TOD) [0-9A-Za-z-]{2,63}+){0,3}+) (?:ta|TA) "
    r"(?P<local>[0-9A-Za-z_.+-]{1,64}+(?: (?:tod|TOD) [0-9A-Za-z_.+-]{1,64}+){0,2}+)"
)
_ENDING = re.compile(r"[^\s@]{1,253}?\.[^\W\d_]{2}")
"""What every domain has, so that most of what has none is told in no time."""
_PROSE = frozenset(
    ("the", "a", "an", "this", "that", "each", "every", "one", "first", "last", "is", "look", "looks")
)


def find(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
    """E-mail addresses around the hits of `TRIGGERS`.

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
        if hit.rule == "email":
            place = _written(text, hit.end - 2)
        elif hit.rule == "email-brackets":
            place = _bracketed(text, hit.end)
        else:
            place = _spelled(text, hit.end)
        if place and place[0] >= done:
            spans.append(Span(*place, "EMAIL", hit.rule, 1.0 if hit.rule == "email" else 0.8))
            done = place[1]
    return spans


def _written(text: str, at: int) -> tuple[int, int] | None:
    """Start and end of the address whose @ stands at `at`."""
    domain = _domain(text, at + 1) if _ENDING.match(text, at + 1, at + 1 + MAX_DOMAIN) else ""
    if not domain:
        return None
    end = at + 1 + len(domain)
    start = _local_start(text, at)
    if start == at or text.startswith("@", end):
        return None
    local = text[start:at]
    labels = domain.lower().split(".")
    if not _can_receive(local, labels, lambda: _is_marked(text, start, end)):
        return None
    if _is_followed_by_path(text, end) and not _MAIL_WORD.search(text, max(0, start - 14), start):
        return None
    return None if _is_template_or_login(text, start, end) else (start, end)


def _domain(text: str, start: int) -> str:
    """The domain that begins at `start`, or ""."""
    match = _DOMAIN.match(text, start, start + MAX_DOMAIN) or _ANY_DOMAIN.match(
        text, start, start + MAX_DOMAIN
    )
    if not match:
        return ""
    domain = match[0].rstrip("-")
    if domain[-1] == "E" and text.startswith("<gt>", start + len(domain)):
        domain = domain[:-1]  # POD writes > as E<gt>
    if "-." in domain or (domain[0] in "v0123456789" and _VERSION.match(domain)):
        return ""
    head, _, last = domain.rpartition(".")
    if last.lower() not in _TLDS and last[0].isupper() and head.rpartition(".")[2] in _TLDS and "." in head:
        return head  # the full stop ended a sentence
    if not last.isascii() and not last.lower().startswith("xn--") and last.lower() not in _TLDS:
        match = _DOMAIN.match(domain)
        return match[0].rstrip("-") if match else ""  # letters of another script follow without a space
    return domain


def _local_start(text: str, at: int) -> int:
    """Where the local part before the @ at `at` begins; `at` if there is none."""
    back = text[max(0, at - MAX_LOCAL - 16) : at][::-1]
    match = _LOCAL.match(back)
    if not match or back[match.end() : match.end() + 1] > "\u024f":  # letters of another script
        longer = _ANY_LOCAL.match(back)
        if longer and (not match or longer[0][-1].isascii()):
            match = longer
    local = match[0][::-1] if match else ""
    begin = at - len(local)
    if begin and text[begin - 1] == "\\":
        escape = _ESCAPE.match(local)
        local = local[escape.end() :] if escape else local
    if "%" in local:
        delimiter = _ENCODED_DELIMITER.match(local)
        local = local[delimiter.end() :] if delimiter else local
    if "'" in local:
        local = _after_quote(local)
    local = local[local.rfind("..") + 1 :].lstrip("'.-+")
    return at - len(local)


def _after_quote(local: str) -> str:
    """What follows the last quote in `local`, which may be the apostrophe of a name such as O'Neill."""
    head, _, tail = local.rpartition("'")
    return f"{head}'{tail}" if tail and head in ("O", "o", "D", "d") else tail


def _can_receive(local: str, labels: list[str], is_marked: Callable[[], bool]) -> bool:
    """Whether a mailbox of this name may exist, and is nobody's example."""
    last = labels[-1]
    if len(local) > MAX_LOCAL or local[-1] in ".'" or local.lower() in _NO_MAILBOX:
        return False
    if "%" in local and _FORMAT.search(local):
        return False
    if last in _RESERVED_TLDS or not _RESERVED_LABELS.isdisjoint(labels) or _is_made_up(local, labels):
        return False
    if last not in _TLDS and not (_UNKNOWN_TLD.match(last) and is_marked()):
        return False
    if last in _ATTRIBUTES and len(labels) == 2 and not is_marked():
        return False
    return local.startswith("openssh") or ".".join(labels[-4:]) not in _ALGORITHMS


def _is_made_up(local: str, labels: list[str]) -> bool:
    """Whether user and domain are the same word of a manual."""
    return local.lower() == labels[0] and labels[0] in _MADE_UP


def _never() -> bool:
    return False


def _is_marked(text: str, start: int, end: int) -> bool:
    """Whether the text says that `text[start:end]` is an address, or holds nothing else there."""
    before = text[max(0, start - 1) : start]
    if before == "<" or _MAIL_WORD.search(text, max(0, start - 24), start):
        return True
    if text.count(".", text.find("@", start), end) < 2:
        return False
    if before and before in "\"'":
        return text.startswith(before, end)
    return bool(_COMMENT.match(text[max(0, start - 40) : start][::-1]) and _END_OF_LINE.match(text, end))


def _is_followed_by_path(text: str, end: int) -> bool:
    """Whether what ends at `end` is a login on a host, a call, or the name of a thing on a server."""
    after = text[end : end + 1]
    if after == ":":
        return bool(_REMOTE_PATH.match(text, end, end + 100))
    if after == "/":
        resource = _RESOURCE.match(text, end, end + 220)
        return bool(resource and not resource["other"])
    return after == "("


def _is_template_or_login(text: str, start: int, end: int) -> bool:
    """Whether the left side makes it a variable, a handle, the user part of a URL or a login."""
    before = text[max(0, start - 1) : start]
    if before and before in "$@}":
        return True
    line = text[max(0, text.rfind("\n", max(0, start - 80), start) + 1, start - 80) : start]
    for command in _ROOTS:
        if command in line and _is_argument_of_login(line):
            return True
    if not before or before not in ":/!#$%^&*=+?|~.-_":
        return False
    token = _TOKEN.match(text[max(0, start - 200) : start][::-1])
    left = token[0][::-1] if token else ""
    scheme, slashes, rest = left.rpartition("://")
    if slashes and not scheme.endswith("mailto") and "/" not in rest:
        return "?" not in rest and not (not rest and _PASSWORD.match(text, end, end + 130))
    if before == ":" and not left.lower().endswith(("mailto:", "mail:")):
        return bool(_PORT.match(text, end, end + 8))
    return False


def _is_argument_of_login(line: str) -> bool:
    """Whether a command such as ssh stands in `line`."""
    return any(word.strip("\"'`$(&;|") in _COMMANDS for word in line.split())


def _bracketed(text: str, after: int) -> tuple[int, int] | None:
    """An address written as `jo [at] uni-ulm [dot] de`, whose bracketed word ends at `after`."""
    right = _BRACKET_DOMAIN.match(text, after, after + MAX_DOMAIN)
    if not right:
        return None
    opened = max(text.rfind(bracket, max(0, after - 6), after) for bracket in "[({<")
    left = _BRACKET_LOCAL.match(text[max(0, opened - MAX_LOCAL - 3) : opened][::-1])
    if not left:
        return None
    labels = _SPLIT.split(right[1].lower())
    local = left["local"][::-1].lstrip(".-+")
    if len(local) < 2 or labels[-1] not in _TLDS or not _can_receive(local, labels, _never):
        return None
    stop = opened - left.start("local")
    return (stop - len(local), right.end()) if not text.startswith("(", right.end()) else None


def _spelled(text: str, place: int) -> tuple[int, int] | None:
    """An address written as `jo AT uni-ulm DOT de`; `place` is two letters after the space behind a DOT."""
    dot = place - 7
    left = _SPELLED_LEFT.match(text[max(0, dot - 330) : dot][::-1])
    right = _SPELLED_DOMAIN.match(text, place - 2, place + 200)
    if not left or not right:
        return None
    shouted = text[dot + 1 : dot + 4] == "DOT"
    labels = [*left["host"][::-1].lower().split(" dot "), *right[0].lower().split(" dot ")]
    local = left["local"][::-1].lstrip(".-+")
    known = labels[-1] in (_TLDS if shouted else _SPELLED)
    if not known or not local or local.lower() in _PROSE or labels[0] in _PROSE:
        return None
    if not _can_receive(local, labels, _never):
        return None
    return dot - left.start("local") - len(local), right.end()
