"""Passwords and keys inside URLs, connection strings and HTTP headers.

    find("postgres://app:k3Fq9sd@db.uni-ulm.de/x", hits, Context())  ->  [Span(15, 22, "PASSWORD", ...)]

It knows `scheme://user:password@host` of any scheme, `key=value;...` strings of ODBC, ADO.NET, JDBC and
libpq, parameters of a query, `Authorization: Basic` and `Bearer`, `curl -u`, .netrc, .pgpass and .htpasswd.
A span covers the secret alone: hosts and users stay. What stands for a secret that is not there is left
alone, and so is a default password that repeats the user. Assignments and other flags are not its business.
"""

import base64
import binascii
import re
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.detectors.entropy import looks_random
from curation.pii.detectors.placeholders import is_placeholder
from curation.pii.spans import Span

FAMILY = "urls"
_TABLE = tomllib.loads(files("curation").joinpath("data", "pii", "urls.toml").read_text(encoding="utf-8"))
_TOKEN_USERS = frozenset(_TABLE["token_users"])
_TOKEN_PASSWORDS = frozenset(_TABLE["token_passwords"])
_OTHER_SCHEMES = tuple(f"{scheme}://" for scheme in _TABLE["other_schemes"])
_MANUAL = frozenset(_TABLE["manual_passwords"])
_PASSWORD_NAMES = "|".join(map(re.escape, _TABLE["password_parameters"]))
_KEY_NAMES = "|".join(re.escape(name).replace(r"\-", "-") for name in _TABLE["key_parameters"])

TRIGGERS = (
    Trigger(FAMILY, "url-password", r"""://[^\x00-\x20/<>"'`?#@\\]{1,200}@"""),
    Trigger(FAMILY, "connection-password", rf"""[;?&"' ](user ?)?({_PASSWORD_NAMES}) ?=""", caseless=True),
    Trigger(FAMILY, "url-parameter", rf"({_KEY_NAMES})=", caseless=True),
    Trigger(FAMILY, "basic-auth", r"basic [A-Za-z0-9+/]{8}", caseless=True),
    Trigger(FAMILY, "bearer-token", r"bearer [A-Za-z0-9_.~+/-]{12}", caseless=True),
    Trigger(
        FAMILY, "authorization-token", r"""authorization["']{0,2}[ :=,>]{1,5}["']?token """, caseless=True
    ),
    Trigger(FAMILY, "curl-user", r""" (-u|-U|--user|--proxy-user)[ =]{0,2}["']?[A-Za-z0-9._%@+$-]{1,64}:"""),
    Trigger(FAMILY, "netrc", r"machine[ \t]{1,4}[!-~]{1,100}[ \t\r\n]{1,8}login[ \t]"),
    Trigger(FAMILY, "pgpass", r":5432:[!-~]"),
    Trigger(FAMILY, "password-hash", r":(\$apr1\$|\$2[aby]\$|\{SHA\})"),
    Trigger(FAMILY, "go-dsn", r"@(tcp|unix)\("),
    Trigger(FAMILY, "oracle-thin", r"jdbc:oracle:[a-z]{2,8}:[A-Za-z0-9_$#]{1,30}/[!-.0-?A-~]{1,64}@"),
)

WINDOW = 2048
"""Characters of a secret, at most; a longer one is found in its first part."""

_USER_INFO = re.compile(r"[^\x00-\x20/<>\"'`?#@\\]{1,200}+(?=//:)")  # backwards
_MORE_PASSWORD = re.compile(r"[^\s/<>\"'`?#@\\]{1,100}+@(?=[\w\[])")
_HOST = re.compile(r"[\w\[(\"'`$%{<.*/+]")
_PATTERN = re.compile(r"\(\?|\.[*+]|\[\^|\\|\(.*\)|\]\+|[\[\]][+*]|\{.*\}|\$\{|\$\(|%\(|\.\.\.")
_KEY_CHARACTERS = re.compile(r"[\w.~+/=%-]{16,}$")
_QUOTED = {quote: re.compile(rf"[^{quote}\n]{{1,128}}+(?={quote})") for quote in "\"'"}
_NAMED = re.compile(rf"(?P<before>[;?&\"' ]) {{0,2}}(?:user ?)?(?:{_PASSWORD_NAMES}) ?=$", re.IGNORECASE)
_VALUE = re.compile(
    r" {0,2}(?:'(?P<single>[^\s'][^'\n]{0,127}+)'|\"(?P<double>[^\s\"][^\"\n]{0,127}+)\""
    r"|(?P<bare>[^;&\s\"'<>,)`\\]{1,128}+))"
)
_LIBPQ = re.compile(r"(?:^|[\"'\s;])(?:host|hostaddr|dbname|user|port|sslmode)=[^\s,()]{1,64}(?=[\s;\"']|$)")
_COMPANION = re.compile(
    rf"(?<![a-z])(?:{'|'.join(map(re.escape, _TABLE['companions']))})\s?[=:]", re.IGNORECASE
)
_PARAMETER = re.compile(rf"[^\s&\"'`<>#;,(){{}}\[\]\\|$*=]{{6,{WINDOW}}}+={{0,2}}")
_PARAMETER_NAME = re.compile(rf"(?:^|[?&;\"'\s])(?:{_KEY_NAMES})=$", re.IGNORECASE)
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_QUERY_LEFT = re.compile(r"[?&][^\s\"'`<>]{0,200}$")
_BASE64 = re.compile(rf"[A-Za-z0-9+/]{{8,{WINDOW}}}+={{0,2}}")
_TOKEN = re.compile(rf"[\w.~+/-]{{12,{WINDOW}}}+={{0,2}}")
_AUTH = re.compile(r"auth", re.IGNORECASE)
_NO_WORD = re.compile(r"[0-9+/=]")
_BARE_VALUE = re.compile(r"[^\s\"'`<>|;&]{1,128}+")
_COMMANDS = ("curl ", "curl.exe ", "wget ", "http ", "https ")
_NETRC = re.compile(r"[ \t]{0,4}(?P<user>\S{1,100}+)\s{1,8}password[ \t]{1,4}(?P<value>\S{1,128}+)")
_PGPASS = re.compile(r"[^:\s]{1,64}+:(?P<user>[^:\s]{1,64}+):(?P<value>(?:[^:\s\\]|\\.){1,128}+)(?=\s|$)")
_HASHES = {
    "$apr1$": re.compile(r"[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}"),
    "{SHA}": re.compile(r"[A-Za-z0-9+/]{27}="),
}
_BCRYPT = re.compile(r"[0-9]{2}\$[./0-9A-Za-z]{53}")
_GO_DSN = re.compile(r"[^\s:@/\"'`]{1,100}+:(?=[\w.$-])")  # backwards

Finding = tuple[int, int, str] | None
"""Start, end and tag."""


def find(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
    """Credentials around the hits of `TRIGGERS`.

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
        found = _READERS[hit.rule](text, hit.end)
        if found and found[0] >= done:
            start, done, tag = found
            spans.append(Span(start, done, tag, hit.rule, 1.0))
    return spans


def is_no_secret(value: str, user: str = "") -> bool:
    """Whether `value` stands for a password that is not there, is a pattern, or only repeats the user."""
    lower = value.lower()
    if len(value) < 4 or lower in _MANUAL or (lower == user.lower() and value.isalpha()):
        return True
    bare = value.strip("()[]")
    return is_placeholder(value) or (bare != value and is_placeholder(bare)) or bool(_PATTERN.search(value))


def _looks_like_key(value: str) -> bool:
    """Whether `value` was generated rather than written by a person."""
    if not _KEY_CHARACTERS.match(value) or is_no_secret(value):
        return False
    return any(map(str.isdigit, value)) and (looks_random(value) or not any(c in value for c in "_-./"))


def _url_password(text: str, end: int) -> Finding:
    """`scheme://user:password@`, `end` is after the @."""
    at = end - 1
    left = _USER_INFO.match(text[max(0, at - 203) : at][::-1])
    if not left or not _HOST.match(text, end, end + 1):
        return None
    start = at - left.end()
    if text[max(0, start - 12) : start].endswith(_OTHER_SCHEMES):
        return None
    user, colon, password = text[start:at].partition(":")
    if colon and password.lower() not in _TOKEN_PASSWORDS:
        more = _MORE_PASSWORD.match(text, end, end + 102)
        begin = at - len(password)
        stop = more.end() - 1 if more else at
        if is_no_secret(text[begin:stop], user):
            return None
        return begin, stop, "KEY" if user.lower() in _TOKEN_USERS else "PASSWORD"
    web = text[max(0, start - 8) : start].lower().endswith(("http://", "https://"))
    return (start, start + len(user), "KEY") if web and _looks_like_key(user) else None


def _connection_password(text: str, end: int) -> Finding:
    """`Password=...` among the other parts of a connection string, or in a query."""
    named = _NAMED.search(text, max(0, end - 24), end)
    match = _VALUE.match(text, end, end + 160)
    if not named or not match:
        return None
    group = match.lastgroup or "bare"
    value = match[group]
    if is_no_secret(value) or value[0] in "+." or value[-1] in "+,":
        return None
    line = text[max(0, named.start() - 200) : named.start()].rpartition("\n")[2]
    near = f"{line};{text[match.end() : match.end() + 150].partition(chr(10))[0]}"
    if named["before"] in "?&":
        belongs = True
    elif named["before"] == " ":
        belongs = "," not in near and bool(_LIBPQ.search(near))
    else:
        belongs = ";" in near[: len(line)] + near[len(line) + 1 :] and bool(_COMPANION.search(near))
    return (match.start(group), match.end(group), "PASSWORD") if belongs else None


def _url_parameter(text: str, end: int) -> Finding:
    """`?access_token=...` in a query or a form."""
    match = _PARAMETER.match(text, end, end + WINDOW)
    if not match:
        return None
    value = match[0].rstrip(".")
    written = _ESCAPED.sub("", value)
    if len(value) < 8 or not any(map(str.isdigit, written)) or is_no_secret(value):
        return None
    if not any(map(str.isalpha, written)) or not _PARAMETER_NAME.search(text[max(0, end - 32) : end]):
        return None
    query = _QUERY_LEFT.search(text, max(0, end - 230), end)
    if not query and not text.startswith("&", match.end()):
        return None
    if "badge" in text[max(0, end - 40) : end]:  # tokens of badges are made to be shown
        return None
    return match.start(), match.start() + len(value), "KEY"


def _basic(text: str, end: int) -> Finding:
    """`Authorization: Basic YWw6eDlxN2Rm`."""
    start = end - 8
    match = _BASE64.match(text, start, start + WINDOW)
    if not match or text[match.end() : match.end() + 1] in ("-", "_"):
        return None
    value = match[0]
    if not _decodes_to_login(value):
        claimed = _NO_WORD.search(value) and _AUTH.search(text, max(0, start - 80), start - 6)
        if not claimed:
            return None
    return None if is_placeholder(value) else (start, match.end(), "PASSWORD")


def _decodes_to_login(value: str) -> bool:
    """Whether base64 `value` holds user:password."""
    try:
        login = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return False
    user, colon, password = login.partition(":")
    return bool(colon and (user or password)) and login.isprintable()


def _bearer(text: str, end: int) -> Finding:
    """`Authorization: Bearer <token>`."""
    return _token(text, end - 12)


def _authorization(text: str, end: int) -> Finding:
    """`Authorization: token <token>`."""
    return _token(text, end)


def _token(text: str, start: int) -> Finding:
    match = _TOKEN.match(text, start, start + WINDOW)
    if not match:
        return None
    value = match[0].rstrip(".")
    if (
        len(value) < 16
        or is_placeholder(value)
        or not _NO_WORD.search(value)
        or not any(map(str.isalpha, value))
    ):
        return None
    generated = looks_random(value) or not re.search(r"[_./-]", value)
    return (start, start + len(value), "KEY") if generated else None


def _curl_user(text: str, end: int) -> Finding:
    """`curl -u user:password`."""
    if all(text.rfind(command, max(0, end - 400), end) < 0 for command in _COMMANDS):
        return None
    head = text[max(0, end - 80) : end]
    flag = head.rfind(" -")
    quote = next((character for character in head[flag:] if character in "\"'"), "")
    pattern = _QUOTED[quote] if quote else _BARE_VALUE
    match = pattern.match(text, end, end + 130)
    user = head[flag:].split()[-1].lstrip("\"'").rstrip(":")
    if not match or match[0].startswith("//") or is_no_secret(match[0], user):
        return None
    return match.start(), match.end(), "KEY" if user.lower() in _TOKEN_USERS else "PASSWORD"


def _netrc(text: str, end: int) -> Finding:
    """`machine host login user password secret`."""
    return _last_value(_NETRC.match(text, end, end + 350))


def _pgpass(text: str, end: int) -> Finding:
    """`host:5432:database:user:password`."""
    return _last_value(_PGPASS.match(text, end - 1, end + 280))


def _last_value(match: re.Match[str] | None) -> Finding:
    if not match or is_no_secret(match["value"], match["user"]):
        return None
    return match.start("value"), match.end("value"), "PASSWORD"


def _password_hash(text: str, end: int) -> Finding:
    """`user:$apr1$salt$hash` in .htpasswd."""
    start = text.rfind(":", max(0, end - 8), end) + 1
    if start < 2 or not (text[start - 2].isalnum() or text[start - 2] == "_"):
        return None
    match = _HASHES.get(text[start:end], _BCRYPT).match(text, end, end + 64)
    return (start, match.end(), "PASSWORD") if match else None


def _go_dsn(text: str, end: int) -> Finding:
    """`user:password@tcp(host:3306)/database`."""
    at = text.rfind("@", max(0, end - 6), end)
    left = _GO_DSN.match(text[max(0, at - 102) : at][::-1])
    if not left:
        return None
    start = at - left.end() + 1
    return None if is_no_secret(text[start:at]) else (start, at, "PASSWORD")


def _oracle(text: str, end: int) -> Finding:
    """`jdbc:oracle:thin:user/password@host`."""
    at = end - 1
    start = text.rfind("/", max(0, at - 65), at) + 1
    user = text[max(0, start - 32) : start - 1].rpartition(":")[2]
    return None if not start or is_no_secret(text[start:at], user) else (start, at, "PASSWORD")


_READERS: dict[str, Callable[[str, int], Finding]] = {
    "url-password": _url_password,
    "connection-password": _connection_password,
    "url-parameter": _url_parameter,
    "basic-auth": _basic,
    "bearer-token": _bearer,
    "authorization-token": _authorization,
    "curl-user": _curl_user,
    "netrc": _netrc,
    "pgpass": _pgpass,
    "password-hash": _password_hash,
    "go-dsn": _go_dsn,
    "oracle-thin": _oracle,
}
