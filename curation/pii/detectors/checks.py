"""Tests on single values that a regex cannot make: checksums and structure.

    CHECKS["jwt"]("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl")  ->  True

Each takes the value and says whether it can be what the rule takes it for. They see one value, never a
document, and decide nothing about placeholders.
"""

import base64
import binascii
import re
import string
import zlib
from collections.abc import Callable

import orjson

from curation.pii.detectors.entropy import looks_random

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[A-Za-z]")
_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_JOINED_WORDS = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]{1,4})(?:[_-](?:[A-Z]?[a-z]+|[A-Z]+|[0-9]{1,4}))*\Z")
_REFERENCE = re.compile(r"[%$#<{\[(].*|.*[%}]\Z")
_JWT_BODY = 32
"""Characters of header and payload from which three parts that begin with "ey" count though they do not
decode: mangled and encrypted tokens are secrets too, and no other text looks like it."""


def base62_checksum(body: str) -> str:
    """CRC-32 of `body` as six base62 digits, as GitHub and npm append it (GitHub engineering blog, 2021)."""
    number = zlib.crc32(body.encode())
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits.rjust(6, "0")


def github(value: str) -> bool:
    """Whether the last six characters of a GitHub or npm token are the checksum of the thirty before."""
    body = value.rpartition("_")[2]
    return len(body) == 36 and body.isascii() and base62_checksum(body[:30]) == body[30:]


def decoded(value: str) -> bytes | None:
    """The bytes of a base64 or base64url text, padded or not; None if it is neither."""
    core = value.rstrip("=").translate(_STANDARD)
    try:
        return base64.b64decode(core + "=" * (-len(core) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


_STANDARD = str.maketrans("-_", "+/")


def base64_text(value: str) -> bool:
    """Whether base64 decodes."""
    return decoded(value) is not None


def jwt(value: str) -> bool:
    """Whether a text in three parts is a JSON web token, or looks like nothing else."""
    header, _, rest = value.partition(".")
    payload = rest.partition(".")[0]
    return _is_header(header) or len(header) + len(payload) >= _JWT_BODY


def _is_header(part: str) -> bool:
    raw = decoded(part)
    if raw is None:
        return False
    try:
        header = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return isinstance(header, dict) and ("alg" in header or "enc" in header)


def json_object(value: str) -> bool:
    """Whether base64 holds the beginning of a JSON object."""
    raw = decoded(value[: len(value) // 4 * 4])
    return raw is not None and raw.lstrip()[:2] in {b'{"', b"{ ", b"{\n"}


def discord(value: str) -> bool:
    """Whether a bot token begins with an account number in base64, or at least looks random at both ends."""
    first, _, rest = value.partition(".")
    raw = decoded(first)
    return (raw is not None and raw.isdigit()) or (two_cases(first) and two_cases(rest.rpartition(".")[2]))


def mixed(value: str) -> bool:
    """Whether a value has letters and two digits, or letters of both cases and a digit."""
    digits = len(_DIGIT.findall(value))
    return (digits >= 2 and _LETTER.search(value) is not None) or (digits == 1 and camel(value))


def mixed_not_hex(value: str) -> bool:
    """Whether a value is mixed and no hexadecimal number, which would be a hash."""
    return mixed(value) and not _HEX.match(value)


def digit(value: str) -> bool:
    """Whether there is a digit, as in random text but not in most names."""
    return _DIGIT.search(value) is not None


def camel(value: str) -> bool:
    """Whether a value has small and capital letters."""
    return value != value.lower() and value != value.upper()


def two_cases(value: str) -> bool:
    """Whether a value has small and capital letters and a digit."""
    return camel(value) and digit(value)


def generated(value: str) -> bool:
    """Whether a value is two-cased and looks like the work of a generator."""
    return two_cases(value) and looks_random(value)


def strong(value: str) -> bool:
    """Whether a value is two-cased and no words joined by "-" and "_"."""
    return two_cases(value) and not _JOINED_WORDS.match(value)


def camel_or_digit(value: str) -> bool:
    """Whether a value is more than small letters, or capitals, alone."""
    return camel(value) or digit(value)


def octopus(value: str) -> bool:
    """Whether the part after "API-" has digits and letters beyond those of a hexadecimal number."""
    return mixed_not_hex(value[4:])


def no_example(value: str) -> bool:
    """Whether a value does not call itself an example."""
    return not value.endswith(("EXAMPLE", "EXAMPLEKEY"))


def aws_secret(value: str) -> bool:
    """Whether a value is base64 with both cases and no path, number or example."""
    return camel(value) and no_example(value) and not _HEX.match(value) and value.count("/") <= 6


def no_reference(value: str) -> bool:
    """Whether a value is no variable of a shell, a template or a build."""
    return not _REFERENCE.match(value)


def user_and_password(value: str) -> bool:
    """Whether base64 holds a user and a password: printable text with a colon."""
    raw = decoded(value)
    if raw is None or not raw.isascii():
        return False
    user, colon, password = raw.decode().partition(":")
    return bool(colon) and len(password) >= 3 and (user + password).isprintable() and no_reference(password)


CHECKS: dict[str, Callable[[str], bool]] = {
    "generated": generated,
    "aws-secret": aws_secret,
    "base64": base64_text,
    "camel": camel,
    "camel-or-digit": camel_or_digit,
    "digit": digit,
    "discord": discord,
    "github": github,
    "json": json_object,
    "jwt": jwt,
    "mixed": mixed,
    "mixed-not-hex": mixed_not_hex,
    "no-example": no_example,
    "no-reference": no_reference,
    "octopus": octopus,
    "strong": strong,
    "two-cases": two_cases,
    "user-and-password": user_and_password,
}
"""By the name that rules use."""
