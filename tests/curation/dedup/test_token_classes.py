"""Characters are words, tokens of their own, or separators."""

import json
import unicodedata
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.data.generate import token_classes as generator
from curation.dedup.token_classes import ALONE, CODE_POINTS, SEPARATOR, WORD, token_classes

FILE = files("curation").joinpath("data", "token_classes.json").read_text(encoding="utf-8")
LISTED = json.loads(FILE)


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        ("azAZ09_", WORD),
        ("\0\t\n\r -+.$@`\x7f", SEPARATOR),
        ("éßÆµª²¼", WORD),
        ("бЖλאعه", WORD),
        ("अकि්", WORD),
        ("한글ᄒ", WORD),
        ("\u0301\u20dd\ufe0f", WORD),
        ("٣๓१１①", WORD),
        ("𝐀𓀀𗀀", WORD),
        ("中々〇〆㐀豈𠀀𲎰", ALONE),
        ("ひカｶーｰ゙ㄅ𛀂", ALONE),
        ("กำี່ກខាကြ", ALONE),
        ("ꀀᦀꦏᬓ", ALONE),
        ("\x80\xa0\xd7÷«¿€、。「｡・။៖༄\u200b\u200d\u3000🙂㋐⺀", SEPARATOR),
        ("\ud800\udfff\ufdd0\uffff\U0010ffff\ue000\U0002fffe", SEPARATOR),
    ],
)
def test_classes(characters: str, expected: int) -> None:
    """Letters, marks and numbers are words, or alone in scripts without spaces; the rest separates."""
    classes = token_classes()
    found = {hex(ord(character)): int(classes[ord(character)]) for character in characters}
    assert found == dict.fromkeys(found, expected)


def test_the_table_is_shared_and_read_only() -> None:
    """Every caller gets the same array, which nobody can change."""
    classes = token_classes()
    assert classes is token_classes()
    assert classes.dtype == np.uint8
    assert len(classes) == CODE_POINTS
    with pytest.raises(ValueError, match="read-only"):
        classes[0] = WORD


def test_the_data_file_is_what_its_generator_writes() -> None:
    """The same bytes with the same Unicode version; with a newer one, nothing listed is lost."""
    made = generator.generate()
    if unicodedata.unidata_version == LISTED["unicode"]:
        assert generator.render(unicodedata.unidata_version, made) == FILE
    for name, value in (("word", WORD), ("alone", ALONE)):
        codes = {code for first, last in made[name] for code in range(first, last + 1)}
        assert codes >= {int(code) for code in np.flatnonzero(token_classes() == value) if code >= 0x80}


def test_ranges_ascend_beyond_ascii_and_do_not_touch() -> None:
    """Ranges are sorted, apart from each other within a class, and no code point is in two classes."""
    for name in ("word", "alone"):
        bounds = np.array(LISTED[name])
        assert (bounds[:, 0] <= bounds[:, 1]).all()
        assert (bounds[1:, 0] > bounds[:-1, 1] + 1).all()
        assert (bounds[0, 0], bounds[-1, 1]) >= (0x80, 0x80)
    sizes = sum(last - first + 1 for name in ("word", "alone") for first, last in LISTED[name])
    assert sizes == np.count_nonzero(token_classes()[0x80:])


@given(st.sets(st.integers(0, 60)))
def test_ranges_hold_exactly_their_code_points(codes: set[int]) -> None:
    """Code points survive being written as ranges."""
    found = generator.ranges(sorted(codes))
    assert {code for first, last in found for code in range(first, last + 1)} == codes


@given(st.characters(min_codepoint=0x80, categories=("P", "S", "Z", "Cc", "Cf", "Cs", "Co")))
def test_punctuation_symbols_and_spaces_separate(character: str) -> None:
    """Nothing but letters, marks and numbers makes a token."""
    assert token_classes()[ord(character)] == SEPARATOR


def test_no_line_of_the_file_is_long() -> None:
    """The file can be read and compared line by line."""
    assert max(map(len, FILE.splitlines())) <= generator.WIDTH


def test_main_writes_the_file_and_says_what(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command of the generator's docstring writes the table and names the Unicode version."""
    path = tmp_path_factory.mktemp("classes") / "token_classes.json"
    generator.main(str(path))
    assert json.loads(path.read_text(encoding="utf-8"))["unicode"] == unicodedata.unidata_version
    assert capsys.readouterr().out.startswith(f"Unicode {unicodedata.unidata_version}: ")
