r"""Bytes as stored -> text, with the encoding that was used and what was changed; or why not.

    decode(b"caf\xc3\xa9\n")             -> Decoded("café\n", "utf-8", ())
    decode(b"\xef\xbb\xbfx = 1\r")       -> Decoded("x = 1\r", "utf-8", ("bom_removed",))
    decode(b"MZ\x90\x00")                -> Problem("binary")

In this order: byte order mark; NUL means binary; strict UTF-8; the encoding that the input states; the
one that the file declares itself (`coding:`, `encoding=`, `charset=`); a detector. Only UTF-8 and byte
order marks are proof. Whatever the others suggest is taken only if every byte decodes strictly and the
text holds no control, private or unassigned character, and the detector, which is often wrong on code
with few accents, must be confident as well. It does not repair mojibake and does not judge whether
text is code.
"""

import codecs
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cchardet
from pydantic import BaseModel, ConfigDict, Field

from curation.problem import Problem


class DecodeSettings(BaseModel):
    """How bytes become text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    detector_confidence: float = Field(default=0.8, ge=0.0)
    """Least confidence, 0 to 1, at which a detected encoding is tried; above 1 switches the detector off."""
    detector_bytes: int = Field(default=65536, gt=0)
    """Most bytes shown to the detector, taken from the lines that hold non-ASCII bytes."""
    detector_evidence: int = Field(default=8, ge=0)
    """Least non-ASCII bytes, a count, that the detector must have seen; four times as many for multi-byte
    sets. With fewer, cchardet 3.2 takes GBK for Big5, and one accent for latin-2, at 0.8 to 1.0."""
    newlines: Literal["keep", "lf"] = "keep"
    """keep leaves line ends as they are; lf turns CR LF and lone CR into LF and says so."""


@dataclass(slots=True)
class Decoded:
    """Text, and how it was had."""

    text: str
    encoding: str
    """Python's name of the codec, such as utf-8 or cp1252; "str" where the input was text already."""
    changes: tuple[str, ...] = ()
    """bom_removed, surrogates_joined, surrogates_replaced, newlines_normalised; () if nothing changed."""


DEFAULTS = DecodeSettings()

TABLES = tomllib.loads((Path(__file__).parent / "data" / "charsets.toml").read_text(encoding="utf-8"))
CHARSETS = frozenset(TABLES["codecs"])
"""Codecs that are character sets. Python's others (rot13, hex, unicode_escape, idna) would rewrite text."""
LABELS: dict[str, str] = TABLES["labels"]
WIDER: dict[str, str] = TABLES["wider"]

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
DISGUISED = ("utf-16", "utf-32", "iso2022")
"""Encodings whose bytes may look like ASCII or binary, so that the statement must be tried first."""

DECLARED = re.compile(rb"""(?:coding[:=]|charset=)[ \t]{0,8}["']?([A-Za-z0-9_.:-]{1,40})""")
"""PEP 263 and Emacs (coding:), Vim (fileencoding=), XML (encoding="..."), HTML and CSS (charset=)."""
DECLARED_WITHIN = 1024
"""Bytes at the start of a file in which a declaration counts, as in HTML."""

HARMLESS_CONTROLS = frozenset("\t\n\v\f\r\x1a\x1b")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
BOM_STARTS = frozenset(b"\xef\xff\xfe\x00")
NON_ASCII = re.compile(rb"[\x80-\xff]")
MULTI_BYTE = frozenset({"big5", "gb18030", "euc_jp", "shift_jis", "cp949", "euc_kr", "johab", "cp932"})
LEAST_KANA, LEAST_KANA_SHARE = 4, 0.3
"""Kana, a count and a share of the non-ASCII characters, by which Japanese is recognised."""
CONTEXT = 120
"""ASCII bytes before a non-ASCII one that the detector is shown, at most."""


def decode(content: bytes | str, stated: str = "", settings: DecodeSettings = DEFAULTS) -> Decoded | Problem:
    """Text of a content, or the problem: empty, binary or bad_encoding.

    Args:
        content: As stored; text where the container stores text.
        stated: Label of the encoding that the input states; "" or an unknown label is ignored.
        settings: How to decode.
    """
    if isinstance(content, str):
        return _finish(*_from_text(content), settings)
    if not content:
        return Problem("empty")
    marked = _from_bom(content) if content[0] in BOM_STARTS else None
    if marked is None and stated:
        marked = _from_disguise(content, stated)
    if marked:
        return _finish(*marked, settings)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return _other_charset(content, stated, settings, error.start)
    return _finish(text, "utf-8", (), settings)


def repaired(text: str) -> tuple[str, tuple[str, ...]]:
    r"""A text that came out of JSON as one that UTF-8 can hold, and what was changed in it.

    repaired("a\ud800\0b")  -> ("a\ufffd\ufffdb", ("surrogates_replaced", "nul_replaced"))
    """
    clean, _, changes = _from_text(text)
    if "\0" in clean:
        clean, changes = clean.replace("\0", "\ufffd"), (*changes, "nul_replaced")
    return clean, changes


def _finish(
    text: str, encoding: str, changes: tuple[str, ...], settings: DecodeSettings
) -> Decoded | Problem:
    if not text:
        return Problem("empty", detail="nothing but a byte order mark" if changes else "")
    if "\0" in text:
        return Problem("binary", detail="NUL character")
    if settings.newlines == "lf" and "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        changes = (*changes, "newlines_normalised")
    return Decoded(text, encoding, changes)


def _from_text(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Text that a container stored: without byte order mark and without surrogates."""
    changes: tuple[str, ...] = ()
    if text.startswith("\ufeff"):
        text, changes = text[1:], ("bom_removed",)
    if text.isascii():
        return text, "str", changes
    try:
        text.encode()
    except UnicodeEncodeError:
        wide = text.encode("utf-16-le", "surrogatepass")
        joined = wide.decode("utf-16-le", "surrogatepass")
        if len(joined) < len(text):
            changes = (*changes, "surrogates_joined")
        text = wide.decode("utf-16-le", "replace")
        if text != joined:
            changes = (*changes, "surrogates_replaced")
    return text, "str", changes


def _from_bom(content: bytes) -> tuple[str, str, tuple[str, ...]] | None:
    """The text after a byte order mark; None if there is none or the rest is not in its encoding."""
    for bom, codec in BOMS:
        if content.startswith(bom):
            text = _strict(content[len(bom) :], codec)
            if text is not None and (codec == "utf-8" or _is_plausible(text)):
                return text, codec, ("bom_removed",) if codec == "utf-8" else ()
    return None


def _from_disguise(content: bytes, stated: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Text in a stated encoding whose bytes may look binary or ASCII; None for any other statement."""
    codec = codec_name(stated)
    if not codec.startswith(DISGUISED):
        return None
    text = _strict(content, codec)
    return (text, codec, ()) if text is not None and _is_plausible(text) else None


def _other_charset(
    content: bytes, stated: str, settings: DecodeSettings, first_bad: int
) -> Decoded | Problem:
    """Bytes that are not UTF-8: what is stated, else declared in the file, else detected."""
    if b"\0" in content:
        return Problem("binary", detail="NUL byte")
    for codec in _suggested(content, stated, settings):
        for candidate in (codec, WIDER.get(codec, "")):
            text = _strict(content, candidate) if candidate else None
            if text is not None and _is_plausible(text):
                return _finish(text, candidate, (), settings)
    return Problem("bad_encoding", detail=f"not UTF-8 at byte {first_bad}")


def codec_name(label: str) -> str:
    """Python's name of the character set that a label means; "" if it is unknown or no character set."""
    if not LABEL.fullmatch(label):
        return ""
    try:
        name = codecs.lookup(LABELS.get(label.lower(), label)).name
    except LookupError:
        return ""
    return name if name in CHARSETS else ""


def _strict(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        return None


def _is_plausible(text: str) -> bool:
    """Whether text holds only characters that people write: few distinct ones, so this is quick."""
    return all(
        character in HARMLESS_CONTROLS or unicodedata.category(character) not in {"Cc", "Cn", "Co", "Cs"}
        for character in set(text)
    )


def _suggested(content: bytes, stated: str, settings: DecodeSettings) -> Iterator[str]:
    """Codecs to try, from the best evidence to the weakest, each found only when it is asked for."""
    yield codec_name(stated)
    yield _declared(content)
    if settings.detector_confidence <= 1.0:
        sample = _telling_lines(content, settings.detector_bytes)
        yield _japanese(sample)
        yield _detected(sample, settings)


def _declared(content: bytes) -> str:
    declared = DECLARED.search(content, 0, DECLARED_WITHIN)
    return codec_name(declared[1].decode()) if declared else ""


def _japanese(sample: bytes) -> str:
    """The Japanese codec under which much of the sample is kana, which no other text looks like; else ""."""
    for codec in ("euc_jp", "cp932"):
        text = _strict(sample, codec) or ""
        foreign = len(text) - sum(map(str.isascii, text))
        kana = sum("\u3041" <= character <= "\u30fe" for character in text)
        if kana >= LEAST_KANA and kana >= LEAST_KANA_SHARE * foreign:
            return codec
    return ""


def _detected(sample: bytes, settings: DecodeSettings) -> str:
    """The codec that the detector is confident of, on enough evidence; "" if there is none."""
    found = cchardet.detect(sample)
    if (found["confidence"] or 0.0) < settings.detector_confidence:
        return ""
    codec = codec_name(found["encoding"] or "")
    least = settings.detector_evidence * (4 if codec in MULTI_BYTE else 1)
    return codec if len(NON_ASCII.findall(sample)) >= least else ""


def _telling_lines(content: bytes, limit: int) -> bytes:
    """The rest of each line from shortly before its first non-ASCII byte, `limit` bytes in all."""
    pieces: list[bytes] = []
    end = size = 0
    while size < limit and (found := NON_ASCII.search(content, end)):
        first = found.start()
        start = max(content.rfind(b"\n", end, first) + 1, end, first - CONTEXT)
        line_end = content.find(b"\n", first, first + limit)
        end = min(start + limit - size, line_end + 1 if line_end >= 0 else len(content))
        pieces.append(content[start:end])
        size += end - start
    return b"".join(pieces)
