"""Bytes become text without a guess that is not backed, and nothing makes decoding fail."""

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from patience import ends_soon

from curation.decode import CHARSETS, LABELS, WIDER, Decoded, DecodeSettings, codec_name, decode
from curation.sources.base import Problem

CODE = "def area(width, height):\n    return width * height\n" * 20
RUSSIAN = "# Эта функция считает среднее значение элементов списка\n"
NO_DETECTOR = DecodeSettings(detector_confidence=2.0)


@pytest.mark.parametrize(
    ("content", "stated", "expected"),
    [
        (b"x = 1\n", "", Decoded("x = 1\n", "utf-8")),
        ("naïve 中 🎉\r\n".encode(), "", Decoded("naïve 中 🎉\r\n", "utf-8")),
        ("é".encode(), "latin-1", Decoded("é", "utf-8")),
        (codecs.BOM_UTF8 + b"x", "", Decoded("x", "utf-8", ("bom_removed",))),
        (codecs.BOM_UTF16_LE + "añb".encode("utf-16-le"), "", Decoded("añb", "utf-16-le")),
        (codecs.BOM_UTF16_BE + "añb".encode("utf-16-be"), "", Decoded("añb", "utf-16-be")),
        (codecs.BOM_UTF32_LE + "añb".encode("utf-32-le"), "", Decoded("añb", "utf-32-le")),
        (codecs.BOM_UTF32_BE + "añb".encode("utf-32-be"), "", Decoded("añb", "utf-32-be")),
        ("añb".encode("utf-16-le"), "UTF-16LE", Decoded("añb", "utf-16-le")),
        ("ありがとう".encode("iso2022_jp"), "ISO-2022-JP", Decoded("ありがとう", "iso2022_jp")),
        (b"caf\xe9", "ISO-8859-1", Decoded("café", "iso8859-1")),
        (b"\x93quoted\x94", "latin-1", Decoded("“quoted”", "cp1252")),
        ("函數".encode("big5"), "Big5", Decoded("函數", "big5")),
        ("한국".encode("cp949"), "UHC", Decoded("한국", "cp949")),
        (b" \n\t", "", Decoded(" \n\t", "utf-8")),
        (b"a\rb\r", "", Decoded("a\rb\r", "utf-8")),
    ],
)
def test_bytes_are_read_in_the_encoding_that_fits(content: bytes, stated: str, expected: Decoded) -> None:
    """A mark, valid UTF-8 and a stated character set decide, in this order."""
    assert decode(content, stated, NO_DETECTOR) == expected


@pytest.mark.parametrize(
    ("content", "stated", "reason"),
    [
        (b"", "", "empty"),
        ("", "", "empty"),
        (codecs.BOM_UTF8, "", "empty"),
        ("\ufeff", "", "empty"),
        (b"MZ\x90\0\3", "", "binary"),
        (b"text\0", "", "binary"),
        (b"caf\xe9\0", "latin-1", "binary"),
        ("a\0b", "", "binary"),
        (codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le"), "", "binary"),
        (codecs.BOM_UTF16_LE + b"\0\xd8a", "", "binary"),
        (b"caf\xe9", "", "bad_encoding"),
        (b"caf\xe9", "no-such-charset", "bad_encoding"),
        (b"\x81\x8d\x8f", "latin-1", "bad_encoding"),
        (b"\x01\x02\xe9", "cp1252", "bad_encoding"),
        (b"\xa1", "utf-8", "bad_encoding"),
    ],
)
def test_what_is_no_text_is_a_problem(content: bytes | str, stated: str, reason: str) -> None:
    """Nothing, binary content and bytes that no evidence explains are told apart."""
    problem = decode(content, stated, NO_DETECTOR)
    assert isinstance(problem, Problem)
    assert problem.reason == reason


def test_the_problem_says_where_utf8_ends() -> None:
    """Whoever looks for the bad byte is told its position."""
    assert decode(b"ab\xff", "", NO_DETECTOR) == Problem("bad_encoding", detail="not UTF-8 at byte 2")


@pytest.mark.parametrize(
    "label",
    [
        "rot13",
        "hex",
        "base64",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "utf-7",
        "hz",
        "zip",
        "undefined",
        "mbcs",
        "cp037",
        "aliases",
        "..",
        "../x",
        "a b",
        "latin-1\0",
        "x" * 10_000,
        "é",
        "",
    ],
)
def test_only_character_sets_are_accepted_as_labels(label: str) -> None:
    """A label from an untrusted column cannot choose a codec that rewrites text, nor raise."""
    assert codec_name(label) == ""


def test_every_charset_of_the_table_is_a_codec_under_its_own_name() -> None:
    """The table of character sets has no name that Python spells otherwise, and its maps lead into it."""
    named = {*CHARSETS, *LABELS.values(), *WIDER, *WIDER.values()}
    assert {name: codecs.lookup(name).name for name in named} == {name: name for name in CHARSETS}


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("# -*- coding: gbk -*-\n", "gbk"),
        ("# vim: set fileencoding=gbk :\n", "gbk"),
        ('<?xml version="1.0" encoding="gbk"?>\n', "gbk"),
        ('<meta charset="gbk">\n', "gbk"),
        ("<meta content='text/html; charset=gbk'>\n", "gbk"),
    ],
)
def test_a_declaration_at_the_top_of_a_file_counts(head: str, encoding: str) -> None:
    """PEP 263, editors, XML and HTML declare the encoding; the declaration is tried before the detector."""
    text = head + CODE + "# 函数\n"
    assert decode(text.encode(encoding), "", NO_DETECTOR) == Decoded(text, encoding)


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_the_detector_reads_a_line_far_down_in_ascii_code(encoding: str) -> None:
    """It is shown the lines that matter, so code before them does not dilute the evidence."""
    text = CODE * 2000 + RUSSIAN
    assert decode(text.encode(encoding)) == Decoded(text, encoding)


@pytest.mark.parametrize("encoding", ["euc_jp", "cp932"])
@pytest.mark.parametrize("characters", [6, 20, 60])
def test_japanese_is_known_by_its_kana(encoding: str, characters: int) -> None:
    """Short comments in EUC-JP, which the detector takes for Big5 with full confidence, are read rightly."""
    text = (
        CODE + "# " + "この関数はリストの平均値を計算します。空の場合はゼロを返します。"[:characters] + "\n"
    )
    assert decode(text.encode(encoding)) == Decoded(text, encoding)


@pytest.mark.parametrize(
    ("comment", "encoding"),
    [("这个函数计", "gbk"), ("caf\xe9", "latin-1"), ("J\xfcrgen M\xfcller", "latin-1"), ("한국어", "euc_kr")],
)
def test_too_little_evidence_is_no_evidence(comment: str, encoding: str) -> None:
    """A few foreign letters, on which the detector is confident and often wrong, do not decide."""
    found = decode((CODE + f"# {comment}\n").encode(encoding))
    assert isinstance(found, Problem)
    assert found.reason == "bad_encoding"


def test_a_detector_that_is_not_sure_is_not_believed() -> None:
    """The copyright sign in latin-1 is detected as UTF-8 at 0.25, which is wrong: the file is set aside."""
    found = decode((CODE + "# Copyright \xa9 2010\n").encode("latin-1"))
    assert isinstance(found, Problem)
    assert found.reason == "bad_encoding"


@pytest.mark.parametrize(
    ("text", "expected", "changes"),
    [
        ("plain", "plain", ()),
        ("naïve 🎉", "naïve 🎉", ()),
        ("\ufeffx", "x", ("bom_removed",)),
        ("a\ud800b", "a\ufffdb", ("surrogates_replaced",)),
        ("a\udc00", "a\ufffd", ("surrogates_replaced",)),
        ("\ud800", "\ufffd", ("surrogates_replaced",)),
        ("\ud83c\udf89", "🎉", ("surrogates_joined",)),
        ("\ud83c\udf89\ud83c", "🎉\ufffd", ("surrogates_joined", "surrogates_replaced")),
        ("\udf89\ud83c", "\ufffd\ufffd", ("surrogates_replaced",)),
    ],
)
def test_text_is_made_writable(text: str, expected: str, changes: tuple[str, ...]) -> None:
    """Surrogate pairs become their character, lone ones U+FFFD, and both are said."""
    assert decode(text) == Decoded(expected, "str", changes)


@pytest.mark.parametrize("content", [b"a\r\nb\rc\n", "a\r\nb\rc\n"])
def test_line_ends_are_normalised_only_on_request(content: bytes | str) -> None:
    """With newlines: lf, CR LF and lone CR become LF, once each, and the change is said."""
    found = decode(content, settings=DecodeSettings(newlines="lf"))
    assert isinstance(found, Decoded)
    assert (found.text, found.changes) == ("a\nb\nc\n", ("newlines_normalised",))
    assert decode(b"a\n", settings=DecodeSettings(newlines="lf")) == Decoded("a\n", "utf-8")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_valid_utf8_round_trips_exactly(text: str) -> None:
    """Whatever valid UTF-8 without NUL comes in, the same characters come out, a leading mark aside."""
    found = decode(text.encode())
    expected = text.removeprefix("\ufeff")
    assert (found.text if isinstance(found, Decoded) else "") == expected


@given(
    st.one_of(st.binary(max_size=300), st.text(st.characters(), max_size=100)),
    st.one_of(st.sampled_from(sorted(CHARSETS)), st.text(max_size=20)),
    st.sampled_from([0.0, 0.8, 2.0]),
)
@example(codecs.BOM_UTF16_LE + b"\0\xd8", "utf-16", 0.0)
@example("\ud800\udc00\udc00", "", 0.0)
def test_decoding_never_raises_and_text_can_be_written(
    content: bytes | str, stated: str, confidence: float
) -> None:
    """Any bytes or text under any label give text that UTF-8 can hold, without NUL, or a problem."""
    found = decode(content, stated, DecodeSettings(detector_confidence=confidence))
    if isinstance(found, Decoded):
        assert found.text
        assert "\0" not in found.text
        found.text.encode()
    else:
        assert found.reason in {"empty", "binary", "bad_encoding"}


@pytest.mark.parametrize(
    "content",
    [
        b"a" * 4_000_000 + b"\xe9",
        b"\xe9\n" * 2_000_000,
        b"\xe9" * 4_000_000,
        (b"a" * 200 + b"\xff\n") * 20_000,
    ],
)
def test_the_worst_input_takes_linear_time(content: bytes) -> None:
    """4 MB that no guess explains are settled: no scan starts anew at every byte."""
    with ends_soon("decoding 4 MB"):
        decode(content, "cp1252")
