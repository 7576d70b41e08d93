"""Which passwords and keys are found in URLs, connection strings and headers, and what is none."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.pii.candidates import Scanner
from curation.pii.context import Context
from curation.pii.detectors.urls import FAMILY, TRIGGERS, find

SCANNER = Scanner(TRIGGERS)
SAMPLE = "k9Qd2Vx7Lm4Zt8Rb3Nw6"
LOGIN = base64.b64encode(b"jo:k3Fq9sd").decode()
HASH22 = "Yk0pT4v.QmZ8Lx1WcRb7e."


def secrets(text: str, scanner: Scanner = SCANNER) -> list[tuple[str, str]]:
    spans = find(text, scanner.scan(text).get(FAMILY, []), Context())
    return [(span.tag, text[span.start : span.end]) for span in spans]


PASSWORDS = {
    "database": ("postgres://app:k3Fq9sd@db.ulm.de/x", "k3Fq9sd"),
    "driver in the scheme": ("mysql+pymysql://app:k3Fq9sd@db/x", "k3Fq9sd"),
    "service record": ("mongodb+srv://app:k3Fq9sd@db.ulm.de", "k3Fq9sd"),
    "no user": ("redis://:k3Fq9sd@cache:6379/0", "k3Fq9sd"),
    "web": ("https://jo:k3Fq9sd@ulm.de/x", "k3Fq9sd"),
    "file transfer": ("ftp://jo:k3Fq9sd@ulm.de", "k3Fq9sd"),
    "on this host": ("amqp://app:h7Tm2xKd@localhost", "h7Tm2xKd"),
    "IPv6 host": ("amqp://app:h7Tm2xKd@[2a01::1]:5672", "h7Tm2xKd"),
    "escaped": ("http://jo:q7+a%40w@ulm.de", "q7+a%40w"),
    "colon inside": ("http://jo:k3:q9@ulm.de", "k3:q9"),
    "at sign inside": ("http://jo:k3@q9@ulm.de/x", "k3@q9"),
    "host in a variable": ('"mongodb://jo:k3Fq9sd@" + host', "k3Fq9sd"),
    "ADO.NET": ("Server=db;User Id=app;Password=k3Fq9sd;Timeout=3", "k3Fq9sd"),
    "ODBC": ("Driver={SQL};Server=db;Uid=app;Pwd=k3Fq9sd", "k3Fq9sd"),
    "password first": ('"Password=k3Fq9sd;Server=db"', "k3Fq9sd"),
    "spaces": ("Data Source=db; Password = k3Fq9sd; User ID=app", "k3Fq9sd"),
    "quoted inside": ("Server=db;Uid=app;Password='k3F;q9sd';", "k3F;q9sd"),
    "JDBC": ("jdbc:mysql://db/x?user=app&password=k3Fq9sd&ssl=1", "k3Fq9sd"),
    "JDBC with semicolons": ("jdbc:sqlserver://db:1433;user=app;password=k3Fq9sd", "k3Fq9sd"),
    "JDBC of Oracle": ("jdbc:oracle:thin:app/k3Fq9sd@db:1521", "k3Fq9sd"),
    "libpq": ('connect("host=db user=app password=k3Fq9sd dbname=x")', "k3Fq9sd"),
    "Go": ('sql.Open("mysql", "app:k3Fq9sd@tcp(db:3306)/x")', "k3Fq9sd"),
    "basic": (f"Authorization: Basic {LOGIN}", LOGIN),
    "basic without a header": (f'"Basic {LOGIN}"', LOGIN),
    "basic that does not decode": (
        'header("Proxy-Authorization", "Basic qd5hmmk8ru2wV6Nzf3P=")',
        "qd5hmmk8ru2wV6Nzf3P=",
    ),
    "curl": ("curl -s -u jo:k3Fq9sd https://ulm.de", "k3Fq9sd"),
    "curl with quotes": ('curl --user "jo:k3 Fq9sd" https://ulm.de', "k3 Fq9sd"),
    "netrc": ("machine ulm.de login jo password k3Fq9sd\n", "k3Fq9sd"),
    "netrc over lines": ("machine ulm.de\n  login jo\n  password k3Fq9sd\n", "k3Fq9sd"),
    "pgpass": ("db.ulm.de:5432:app:jo:k3Fq9sd\n", "k3Fq9sd"),
    "htpasswd": (f"jo:$apr1$Qx3v.k9Z${HASH22}", f"$apr1$Qx3v.k9Z${HASH22}"),
    "bcrypt": (f"jo:$2y$05${HASH22 + HASH22 + 'abcdefghi'}", f"$2y$05${HASH22 + HASH22 + 'abcdefghi'}"),
}

KEYS = {
    "token as user": f"https://{SAMPLE}@git.ulm.de/x",
    "token as user with a mark": f"https://{SAMPLE}:x-oauth-basic@git.ulm.de/x",
    "token as password": f"https://oauth2:{SAMPLE}@git.ulm.de/x",
    "query": f"https://ulm.de/x?access_token={SAMPLE}&a=1",
    "second parameter": f"https://ulm.de/x?a=1&api_key={SAMPLE}",
    "form": f"oauth_token={SAMPLE}&x=1",
    "form in a string": f'"oauth_token={SAMPLE}&x=1"',
    "signature of Azure": f"https://x.ulm.de/c?sv=2020&sig={SAMPLE}%3D",
    "bearer": f"Authorization: Bearer {SAMPLE}",
    "bearer in code": f'headers["authorization"] = "bearer {SAMPLE}"',
    "token header": f"Authorization: token {SAMPLE}",
}

KEPT = {
    "words for a login": "https://user:pass@ulm.de https://username:password@ulm.de",
    "word for a password": "postgres://jo:pass@db2:777/x",
    "variables": "https://jo:${PASS}@ulm.de https://jo:$PASS@ulm.de https://{user}:{password}@ulm.de",
    "format string": "postgres://%s:%s@%s/%s",
    "in angle brackets": "https://<user>:<password>@ulm.de",
    "masked": "https://jo:****@ulm.de https://jo:xxxxx@ulm.de",
    "user repeated": "amqp://guest:guest@localhost",
    "replaced": "https://jo:<PASSWORD>@ulm.de Authorization: Bearer <KEY>",
    "fakes": "https://jo:FAKEq9zd@ulm.de Authorization: Basic FAKEOmpvOmFi curl -u jo:FAKEq9zd x",
    "pattern": r"^(\w+)://([^:]+):([^@]+)@(.+)$",
    "user only": "ssh://git@ulm.de/x https://jo@ulm.de",
    "word and a bracket": "https://user:password[@ulm.de",
    "identifier as user": f"ssh://{SAMPLE}@git.ulm.de",
    "token of a badge": f"https://ulm.de/x/badge.svg?token={SAMPLE}",
    "message": "message://%3c330x7f:84097@mail.ulm.de",
    "port": "http://ulm.de:8080/x",
    "repository": "github://org:repo@main/x",
    "address in a path": "https://ulm.de/jo:k3Fq@x",
    "keyword argument": "connect(user=user, password=args.password)",
    "SQL": "SELECT 1 WHERE user=? AND password=?",
    "joined strings": '"?user=" + user + "&password=" + password',
    "form in HTML": '<input name="password" type="password">',
    "placeholder in a query": "?access_token=ACCESS_TOKEN&api_key=YOUR_API_KEY",
    "variable in a query": "?access_token=$TOKEN&api_key={key}",
    "number in a query": "?token=12345678&sig=0",
    "keyword token": "f(token=tokenizer1, secret=None)",
    "words after basic": "Basic authentication and basic functionality of authorization",
    "word after basic in a header": "Authorization: Basic Authentication",
    "words after bearer": "bearer authentication, Bearer realm, bearer token_authentication_v2",
    "user and group": "docker run -u 1000:1000 x",
    "URL after a flag": "python3 x.py -u http://ulm.de; curl -u http://ulm.de",
    "curl with a variable": 'curl -u "$USER:$PASS" x',
    "curl asks": "curl -u jo: https://ulm.de",
    "machine learning": "machine learning login password",
    "ports": '"5432:5432" db:5432:ready',
    "time": "12:34:56@noon",
}


@pytest.mark.parametrize(("text", "wanted"), PASSWORDS.values(), ids=PASSWORDS.keys())
def test_passwords_are_found(text: str, wanted: str) -> None:
    """The password is found, and nothing but the password."""
    assert secrets(text) == [("PASSWORD", wanted)]


@pytest.mark.parametrize("text", KEYS.values(), ids=KEYS.keys())
def test_keys_are_found(text: str) -> None:
    """A token is a key wherever a URL or a header carries it."""
    assert secrets(text) == [("KEY", SAMPLE + "%3D" if "%3D" in text else SAMPLE)]


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_what_is_no_secret_is_kept(text: str) -> None:
    """Variables, examples, patterns, users and words are no secrets."""
    assert secrets(text) == []


def test_both_scanners_lead_to_the_same_secrets() -> None:
    """RE2 and hyperscan report hits in different ways; what is found does not depend on it."""
    text = "\n".join([*(text for text, _ in PASSWORDS.values()), *KEYS.values(), *KEPT.values()])
    assert secrets(text, Scanner(TRIGGERS, backend="re2")) == secrets(text)


@given(
    st.lists(
        st.sampled_from(["://a:", "k3Fq@", "x", ";pwd=", "?sig=", "Basic ", " -u a:", "'", '"', " ", "&"])
    )
)
def test_spans_are_sorted_and_inside_the_text(pieces: list[str]) -> None:
    """Whatever the text, spans are in order, do not overlap and are not empty."""
    text = "".join(pieces)
    spans = find(text, SCANNER.scan(text).get(FAMILY, []), Context())
    ends = [0] + [span.end for span in spans]
    assert all(end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))


@pytest.mark.parametrize(
    "piece",
    [
        "://a:b@",
        "://a:b@x ",
        ";password=a",
        " host=a password=b",
        "?sig=ab12cd34ef&",
        "basic aaaaaaaa ",
        "bearer a1",
        " -u a:",
        "machine a login ",
        ":5432:a:b:c ",
        "a:b@tcp(",
        "jdbc:oracle:thin:a/b@",
    ],
)
def test_time_is_linear_on_crafted_text(piece: str) -> None:
    """The same piece over and over is read in time that does not grow with its square."""
    with ends_soon(f"looking for secrets in {piece!r}"):
        secrets(repeated(piece))
