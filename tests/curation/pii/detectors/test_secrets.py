"""Secrets are found where a name is given a value, in any syntax, and only there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.pii.candidates import Scanner
from curation.pii.context import Context
from curation.pii.detectors.secrets import FAMILY, TRIGGERS, find
from curation.pii.spans import Span

SCANNER = Scanner(TRIGGERS)
VALUE = "vT9qmlwK4zz"
ASSIGNED = [
    *(
        'password = "{}"',
        "password='{}'",
        "db_password: {}",
        "DB_PASSWORD={}",
        'const password: string = "{}";',
    ),
    *(
        'String password = "{}";',
        'password := "{}"',
        'password ::= "{}"',
        'PASSWORD ?= "{}"',
        '$password .= "{}";',
    ),
    *(
        '"password" => "{}",',
        '"password": "{}"',
        "'password': '{}'",
        '\\"password\\": \\"{}\\"',
        "{{pass:{}}}",
    ),
    *(
        'config["DB_PASSWORD"] = "{}"',
        "env['PGPASSWORD'] = '{}'",
        "export DB_PASSWORD={}",
        "ENV DB_PASSWORD {}",
    ),
    *(
        "docker run -e DB_PASSWORD={} x",
        "\\set DB_PASS {}",
        "<password>{}</password>",
        "<password>\n  {}\n</password>",
    ),
    *('<add key="password" value="{}"/>', 'setProperty("DB_PASSWORD", "{}")', "login --user x --password {}"),
    *(
        "tool /password:{} /user:x",
        "-Password '{}'",
        "ConvertTo-SecureString '{}' -AsPlainText",
        '#define PASSWORD "{}"',
    ),
    *(
        "CREATE USER x WITH PASSWORD '{}';",
        "alter user x identified by {};",
        "IDENTIFIED BY '{}'",
        "password({!r})",
    ),
    *(
        'password =\n    "{}"',
        "password = b'{}'",
        'password = r"{}"',
        "password: |-\n",
        "spring.datasource.password={}",
    ),
    *(
        "-- password: {}",
        "# Input password             : {}",
        "password = %q{{{}}}",
        'set_password("{}")',
        "password=`{}`",
    ),
    *(
        "password = '''{}'''",
        '(password "{}")',
        "&quot;password&quot;: &quot;{}&quot;",
        'password = SecretStr("{}")',
    ),
]


def found(text: str) -> list[str]:
    """The values that are found in a text."""
    hits = SCANNER.scan(text).get(FAMILY, [])
    return [text[span.start : span.end] for span in find(text, hits, Context())]


@pytest.mark.parametrize("form", [form for form in ASSIGNED if "{}" in form])
def test_a_value_is_found_in_any_syntax(form: str) -> None:
    """The span is exactly the value, without quotes, brackets and what follows."""
    text = "line before\n" + form.format(VALUE) + "\nline after\n"
    assert found(text) == [VALUE]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "password = getpass()",
            "password = user.password",
            'password = "password"',
            "def f(password, token):",
        ),
        *(
            "password: str | None = None",
            "password: _PasswordType",
            'raise Error("wrong password", "try again")',
        ),
        *(
            'print("password: ", x)',
            "pass `axis=1` to drop",
            "token == stop",
            "token, eof = read()",
            "key: value",
        ),
        *(
            '"USERNAME/PASSWORD",\n "abc9def8"',
            "if password != other1x:",
            "password = $1",
            'secret = "${VAULT}"',
        ),
        *(
            "monkey = 'k3jx9q'",
            'token_type = "k3jx9qzzzpw"',
            "--password-file /run/x9k",
            "<password></password>",
        ),
        *(
            "password = ''",
            "password =\n\nnext_line = 9",
            "for key, value in pairs:",
            'sha1_key = "9f86d081884c7d659a2f"',
        ),
    ],
)
def test_names_without_a_secret(text: str) -> None:
    """Code, words, references and empty values are left alone."""
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "tag"), [(f'password = "{VALUE}"', "PASSWORD"), (f'api_token = "{VALUE}{VALUE}"', "KEY")]
)
def test_the_name_decides_the_tag(text: str, tag: str) -> None:
    """Passwords are told from keys and tokens by their names."""
    hits = SCANNER.scan(text)[FAMILY]
    assert [span.tag for span in find(text, hits, Context())] == [tag]


def test_an_argument_of_a_query_ends_at_the_next() -> None:
    """In a query string a value ends where the next argument begins."""
    assert found(f"GET /x?token={VALUE}&state=open1x HTTP/1.1") == [VALUE]


def test_two_secrets_on_a_line() -> None:
    """Every secret of a line is found."""
    assert found(f'{{"pass": "{VALUE}", "token": "{VALUE}9q8w7"}}') == [VALUE, VALUE + "9q8w7"]


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "password",
            "token=",
            "password='",
            'secret: "',
            "key,",
            "pass(",
            "-password ",
            "password =\n",
            "token>",
        ),
        *(
            '\\"pass\\"',
            "identified by ",
            "password password=",
            "PASSWORD_" * 9 + "=",
            "token = a&b=",
            "key" * 30,
        ),
    ],
)
def test_time_is_linear(piece: str) -> None:
    """Repeated pieces of secrets are read in time that does not grow with their square."""
    with ends_soon(f"looking for secrets in {piece!r}"):
        found(repeated(piece))


@given(st.text(st.sampled_from("password=:'\"\\ \n,x9()<>&{}$tokenkey/-_"), max_size=80))
def test_spans_lie_in_the_text(text: str) -> None:
    """Whatever the text, spans are inside it, in order, and never empty."""
    hits = SCANNER.scan(text).get(FAMILY, [])
    spans: list[Span] = find(text, hits, Context())
    places = [place for span in spans for place in (span.start, span.end)]
    assert places == sorted(places)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
