r"""A secret or personal value -> what stands in its place.

    sc1         ann.lee@uni-ulm.de -> <EMAIL>               93.184.216.34 -> 172.16.58.3
    typed-fake  ann.lee@uni-ulm.de -> bdfhjk@example.com    sk_live_9aB8cD7eF6 -> xx_xxxx_FAKEkT3mR1

Made from a keyed hash of tag and value and of nothing else, so the same value has the same replacement in
every file and worker. `is_fake` knows every replacement again. It neither finds nor edits anything.
"""

import re
import tomllib
from functools import cache
from hashlib import blake2b, shake_128
from importlib.resources import files
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import count
from typing import Literal, NamedTuple

from curation.pii.settings import PiiSettings

Profile = Literal["sc1", "typed-fake"]

PRIVATE_ADDRESSES = (
    ("172.16.31.10", "172.16.58.3", "172.16.17.32", "192.168.127.12", "192.168.3.11"),
    (
        "fd00:c2b6:b24b:be67:2827:688d:e6a1:6a3b",
        "fd00:a516:7c1b:17cd:6d81:2137:bd2a:2c5b",
        "fc00:e968:6179::de52:7100",
        "fc00:db20:35b:7399::5",
        "fdf8:f53e:61e4::18",
    ),
)
"""What stands for IPv4 and for IPv6 addresses (bigcode-dataset, pii/ner/pii_redaction/utils.py)."""
PUBLIC_DNS = frozenset(
    (
        "8.8.8.8",
        "8.8.4.4",
        "1.1.1.1",
        "1.0.0.1",
        "76.76.19.19",
        "76.223.122.150",
        "9.9.9.9",
        "149.112.112.112",
        "208.67.222.222",
        "208.67.220.220",
        "8.26.56.26",
        "8.20.247.20",
        "94.140.14.14",
        "94.140.15.15",
    )
)
"""Name servers open to everybody, which tell nothing of anyone (same source)."""
LETTERS = "bcdfhjkmnpqrtvwz"
"""Letters of made-up values: with no vowel, and none of g l s x y, they spell no vendor's prefix."""
RUN = 8
"""A run of letters and digits at least this long gets letters of its own after FAKE; a shorter one gets x."""
PERSON = b"curation.pii"
MARKS = {tag: f"<{tag}>" for tag in ("KEY", "PASSWORD", "EMAIL", "NAME", "USERNAME")}

_TOKEN = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|.)"
                    r"|&(?:\#[0-9]{2,7}|\#x[0-9a-fA-F]{2,6}|[A-Za-z]{2,8});|[^\W_]+", re.DOTALL)  # fmt: skip
"""An escape, an XML entity, or a run of letters and digits. Escapes must stay escapes."""
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F_]+|[1-9][0-9_]*(?:\.[0-9]+)?)")
_FILLED = re.compile(
    r"(?:\\(?:u0030|U00000030|x30|060|.)|&(?:\#0*48|\#x0*30|[A-Za-z]{2,8});"
    rf"|(?:FAKE|fake)[{LETTERS}{LETTERS.upper()}xX0-9]{{{RUN - 4},}}+(?![^\W_])|[xX0]++(?![^\W_])|[\W_])++",
    re.DOTALL,
)
_FILLER = re.compile(r"FAKE|fake|[xX0]")
_ROUND = re.compile(r"[+-]?1[0_]*(?:\.0+)?")
_MAIL = re.compile(rf"[{LETTERS}]{{6}}@example\.com")
_CONSTANTS = frozenset(MARKS.values()) | frozenset(PRIVATE_ADDRESSES[0] + PRIVATE_ADDRESSES[1])
_LOWER = bytes(ord(LETTERS[byte & 15]) for byte in range(256))
"""A random byte -> a letter; 256 is a multiple of 16, so every letter is as likely."""
_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*|\d")
"""A word of a name (Anne-Marie, O'Neil, an initial), or a digit."""


class _Names(NamedTuple):
    first: tuple[str, ...]
    last: tuple[str, ...]
    known: frozenset[str]
    """All of them, casefolded."""
    surnames: frozenset[str]
    """The last names, casefolded."""


def digest(tag: str, value: str, key: bytes) -> bytes:
    """The keyed hash of a value, 8 bytes; BLAKE2b of tag, NUL and value.

    Args:
        tag: One of `curation.pii.spans.TAGS`.
        value: What was found.
        key: Secret of the run, of any length; one above 64 bytes is hashed first, as in HMAC.
    """
    if len(key) > blake2b.MAX_KEY_SIZE:
        key = blake2b(key).digest()
    data = f"{tag}\0{value}".encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=8, key=key, person=PERSON).digest()


def replacement(tag: str, value: str, *, settings: PiiSettings, key: bytes) -> str:
    """What stands for a value in the profile of the settings.

    Args:
        tag: One of `curation.pii.spans.TAGS`.
        value: What was found.
        settings: Which profile.
        key: Secret of the run.
    """
    return stand_in(tag, value, profile=settings.replacement, seed=digest(tag, value, key))


def stand_in(tag: str, value: str, *, profile: Profile, seed: bytes) -> str:
    """What stands for a value in a profile; `seed` is its `digest`, so that it is made once."""
    if tag == "IP_ADDRESS":
        pool = PRIVATE_ADDRESSES[value.count(":") > 1]
        return pool[int.from_bytes(seed, "big") % len(pool)]
    if profile == "sc1":
        return MARKS[tag]
    stream = shake_128(seed).digest(max(len(value), 8))
    if tag == "EMAIL":
        return stream[:6].translate(_LOWER).decode() + "@example.com"
    return _fake_name(value, stream) if tag == "NAME" else _fill(value, stream)


def mask(value: str) -> str:
    """The safest replacement, of the same length: x for each letter, 0 for each digit, the rest as it was."""
    return _fill(value, b"")


def is_fake(value: str) -> bool:
    """Whether `value` is a replacement that this module makes, under whatever key."""
    if value in _CONSTANTS or _MAIL.fullmatch(value):
        return True
    if _FILLED.fullmatch(value):
        return bool(_FILLER.search(value))
    return bool(_ROUND.fullmatch(value)) or _is_fake_name(value)


def is_kept_address(value: str) -> bool:
    """Whether an address tells nothing of anyone: private, local or a public name server.

    What cannot be read as one address is not kept.
    """
    if value in PUBLIC_DNS:
        return True
    try:
        address = IPv6Address(value) if ":" in value else IPv4Address(value)
    except AddressValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped  # ::ffff:0:0/96 as such counts as private, the address inside may not
        if str(address) in PUBLIC_DNS:
            return True
    return address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified


def _fill(value: str, stream: bytes) -> str:
    """A value of the same length and kinds of characters; `stream` is random, or empty for x and 0 only."""
    if _NUMBER.fullmatch(value):
        return _round(value)

    def fill(match: re.Match[str]) -> str:
        token = match[0]
        if token[0] in "\\&":
            return _neutral(token)
        if not stream or len(token) < RUN:
            return "".join("0" if c.isnumeric() else "x" for c in token)
        return _fake_run(token, stream[match.start() : match.end()])

    filled = _TOKEN.sub(fill, value)
    if filled == value:  # nothing but signs and escapes, which would all have stayed
        filled = "".join(c if c.isspace() else "x" for c in value)
    return filled


def _round(number: str) -> str:
    """A number of the same length and form: 9876.5 -> 1000.0, 0xBEEF -> 0x0000."""
    head = re.match(r"[+-]?(?:0[xX])?", number)
    start = head.end() if head else 0
    zeros = re.sub("[0-9a-fA-F]", "0", number[start:])
    return number[:start] + (zeros if "x" in number[:start].lower() else "1" + zeros[1:])


def _neutral(token: str) -> str:
    r"""An escape or entity of the same form that says 0; \n and &lt; and the like stay."""
    match = re.fullmatch(r"(\\[uUx]|\\|&\#x?)([0-9a-fA-F]{2,8})(;?)", token)
    if not match:
        return token
    zero = {"\\": "60", "&#": "48"}.get(match[1], "30")
    return match[1] + zero.zfill(len(match[2])) + match[3]


def _fake_run(run: str, stream: bytes) -> str:
    """FAKE and random letters and digits, each of the kind that stood there."""
    letters = stream.translate(_LOWER).decode()
    filled = [
        letter.upper() if c.isupper() else letter if not c.isnumeric() else str(byte % 10)
        for c, letter, byte in zip(run, letters, stream, strict=True)
    ]
    filled[:4] = "FAKE" if any(c.isupper() for c in run) else "fake"
    return "".join(filled)


@cache
def _names() -> _Names:
    """The made-up names; read on first use, so that importing reads no file."""
    data = tomllib.loads((files("curation.data") / "pii" / "fake_names.toml").read_text("utf-8"))
    surnames = frozenset(name.casefold() for name in data["last"])
    known = surnames | {name.casefold() for name in data["first"]}
    return _Names(tuple(data["first"]), tuple(data["last"]), known, surnames)


def _fake_name(value: str, stream: bytes) -> str:
    """A name of as many words, in the same case; an initial stays an initial."""
    words = [word for word in _NAME_WORD.findall(value) if not word.isnumeric()]
    long = [number for number, word in enumerate(words) if len(word) > 1]
    if not long:
        return _fill(value, b"")
    names = _names()
    counter = count()

    def fake(match: re.Match[str]) -> str:
        word = match[0]
        if word.isnumeric():
            return "0"
        number = next(counter)
        byte = stream[number % len(stream)]
        if len(word) == 1:
            return _in_case_of(word, LETTERS[byte & 15])
        pool = names.last if number == long[-1] else names.first
        return _in_case_of(word, pool[byte % len(pool)])

    return _NAME_WORD.sub(fake, value)


def _in_case_of(word: str, fake: str) -> str:
    """The made-up word in the case of the one it stands for: JANE -> ALEX, jane -> alex, Jane -> Alex."""
    if word.islower():
        return fake.lower()
    return fake.upper() if word.isupper() else fake.title()


def _is_fake_name(value: str) -> bool:
    """Whether all words are made-up names or initials, and the last that is none is a made-up surname."""
    known, surnames = _names()[2:]
    surname = False
    for match in _NAME_WORD.finditer(value):
        word = match[0]
        if len(word) > 1:
            folded = word.casefold()
            if folded not in known:
                return False
            surname = folded in surnames
        elif word.isnumeric() and word != "0":
            return False
    return surname
