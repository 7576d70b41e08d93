"""Private keys are found whole, in any wrapping; public ones and bare markers are left."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.pii.candidates import Scanner
from curation.pii.detectors.private_keys import FAMILY, TRIGGERS, find
from curation.pii.detectors.rules import expand
from curation.pii.spans import Span

SCANNER = Scanner(TRIGGERS)


def spans(text: str) -> list[Span]:
    """What the detector finds in a text."""
    return find(text, SCANNER.scan(text).get(FAMILY, []))


def lines(count: int, seed: int = 1) -> list[str]:
    """Lines of made-up base64, the last one short."""
    body = expand(f"{{base64:{64 * count}}}{{alnum:22}}==", Random(seed)).text
    return [body[i : i + 64] for i in range(0, len(body), 64)]


def block(kind: str = "RSA ", count: int = 12, joined: str = "\n", dashes: str = "-----") -> str:
    """A made-up PEM block."""
    marks = (f"{dashes}BEGIN {kind}PRIVATE KEY{dashes}", f"{dashes}END {kind}PRIVATE KEY{dashes}")
    return joined.join([marks[0], *lines(count), marks[1]])


PGP = "\n".join(
    [
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "Version: GnuPG v2",
        "",
        *lines(40),
        "=aB3d",
        "-----END PGP PRIVATE KEY BLOCK-----",
    ]
)
ENCRYPTED = block().replace(
    "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B2C\n\n", 1
)
PUTTY = "\n".join(
    [
        "PuTTY-User-Key-File-2: ssh-rsa",
        "Encryption: none",
        "Comment: mine",
        "Public-Lines: 2",
        *lines(1),
        "Private-Lines: 4",
        *lines(3),
        "Private-MAC: " + expand("{hex:40}", Random(2)).text,
    ]
)
XML = f"<RSAKeyValue><Modulus>{''.join(lines(2))}</Modulus><D>{''.join(lines(2))}</D></RSAKeyValue>"
DER = "MIIEpAIBAAKCAQEA" + "".join(lines(20))
CONCATENATED = ' +\n    "'.join(f'{line}\\n"' for line in block().split("\n"))
COMMENTED = block(joined="\n# ")
TRUNCATED = block().rpartition("\n")[0]

WHOLE = {
    "rsa": block(),
    "pkcs8": block(""),
    "ec": block("EC ", 2),
    "openssh": block("OPENSSH ", 6),
    "encrypted": block("ENCRYPTED "),
    "headers": ENCRYPTED,
    "ssh2": block("SSH2 ENCRYPTED ", dashes="---- ").replace("---- BEGIN", "---- BEGIN"),
    "pgp": PGP,
    "one line": block(joined=" "),
    "escaped": block(joined="\\n"),
    "escaped twice": block(joined="\\\\n"),
    "windows": block(joined="\r\n"),
    "indented": block(joined="\n    "),
    "commented": COMMENTED,
    "concatenated": CONCATENATED[:-3],
    "percent": block(joined="%0A").replace("+", "%2B"),
    "putty": PUTTY,
    "xml": XML,
    "der": DER,
    "der ec": "MHcCAQEEI" + "".join(lines(2)),
    "ed25519": "MC4CAQAwBQYDK2VwBCIEI" + expand("{alnum:43}", Random(4)).text,
    "openssh body": "b3BlbnNzaC1rZXktdjEA" + "".join(lines(6)),
}


@pytest.mark.parametrize("before", ["", 'key = "', "é🙂 "])
@pytest.mark.parametrize("name", WHOLE)
def test_key_is_found_whole(name: str, before: str) -> None:
    """From the first mark to the last."""
    key = WHOLE[name]
    text = f'{before}{key}"\nother = 1\n'
    (span,) = spans(text)
    found = text[span.start : span.end].rstrip('"\\n')
    assert found == key.rstrip('"\\n').rstrip()
    assert (span.tag, span.score) == ("KEY", 1.0)


@pytest.mark.parametrize(
    "after", ["", '"\nother_name_of_a_thing = 1', "\n\ndef a_function_with_a_long_name(): ..."]
)
def test_truncated_key_is_found(after: str) -> None:
    """Without the end mark the lines of base64 are taken, and nothing of what follows."""
    text = TRUNCATED + after
    (span,) = spans(text)
    assert text[span.start : span.end] == TRUNCATED


def test_two_keys_are_two_spans() -> None:
    """Each key has its own span."""
    text = block() + "\n" + block("EC ", 3)
    assert [text[span.start : span.end] for span in spans(text)] == [block(), block("EC ", 3)]


def test_private_part_of_a_json_web_key_is_found() -> None:
    """The values of "d", "p" and "q" where "kty" stands beside them."""
    secret = expand("{base64url:43}", Random(3)).text
    text = f'{{"kty": "OKP", "crv": "Ed25519", "d": "{secret}", "x": "{secret[::-1]}"}}'
    (span,) = spans(text)
    assert text[span.start : span.end] == secret


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PUBLIC KEY-----\n" + "\n".join(lines(4)) + "\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\n" + "\n".join(lines(9)) + "\n-----END CERTIFICATE-----",
        'if "BEGIN RSA PRIVATE KEY" in text:\n    return parse_private_key_of_the_server(text)',
        '"-----BEGIN PRIVATE KEY-----" + body + "-----END PRIVATE KEY-----"',
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n<KEY>\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n" + "x" * 64 + "\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "PuTTY-User-Key-File-2: ssh-rsa",
        f"<RSAKeyValue><Modulus>{''.join(lines(2))}</Modulus></RSAKeyValue>",
        f'<path d="{lines(1)[0]}"/> {{"d": "{lines(1)[0][:40]}"}}',
        f'{{"d": "{"a1B" * 15}"}}',
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "".join(lines(5)),
        "a" + DER,
        "MIIEpAIBAAKCAQEA...",
    ],
)
def test_what_is_no_private_key_is_left(text: str) -> None:
    """Public keys, certificates, code about keys, placeholders."""
    assert spans(text) == []


HOSTILE = {
    **WHOLE,
    "begin": "-----BEGIN PRIVATE KEY-----",
    "begin line": "-----BEGIN PRIVATE KEY-----\n" + "a" * 64,
    "end": "BEGIN PRIVATE KEY" + " END -END" * 50,
    "ends": "-----END ",
    "putty mark": "PuTTY-User-Key-File-2: Private-Lines:",
    "xml mark": "<RSAKeyValue><D>",
    "der mark": "MIIEpAIBAAKCAQEA ",
    "jwk": '"d": "' + "a" * 32,
    "glue": "BEGIN PRIVATE KEY" + "\\n" * 40,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_repetition_is_linear(name: str) -> None:
    """Anything repeated is read in time that does not grow with its square."""
    text = repeated(HOSTILE[name])
    hits = SCANNER.scan(text).get(FAMILY, [])
    with ends_soon(f"looking for private keys in {name}"):
        find(text, hits)


@given(st.sampled_from(sorted(HOSTILE)), st.integers(0, 900), st.text(max_size=60))
def test_never_raises(name: str, cut: int, noise: str) -> None:
    """Whatever is cut off or put in, spans lie inside the text, in order, and apart."""
    text = HOSTILE[name][:cut] + noise + HOSTILE[name][cut:]
    end = 0
    for span in spans(text * 2):
        assert end <= span.start < span.end <= 2 * len(text)
        end = span.end
