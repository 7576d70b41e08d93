"""What a token and a shingle are, and who stays: the plain rules that the kernels are compared with."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from near_twin import Edge, components, jaccard, near_pairs, shingle_set, star, tokens

SENTENCES = {
    "Chinese": "这个函数读取一个文件并返回其中的所有行。",
    "Japanese": "このカンスウはファイルを読み込んで、すべての行を返します。",
    "Thai": "ฟังก์ชันนี้อ่านไฟล์แล้วคืนค่าทุกบรรทัดในไฟล์นั้น",
    "Khmer": "មុខងារនេះអានឯកសារហើយត្រឡប់បន្ទាត់ទាំងអស់",
    "Burmese": "ဤလုပ်ဆောင်ချက်သည် ဖိုင်ကိုဖတ်ပြီး စာကြောင်းအားလုံးကို ပြန်ပေးသည်",
    "Lao": "ຟັງຊັນນີ້ອ່ານໄຟລ໌ແລະສົ່ງຄືນທຸກແຖວ",
    "Arabic": "تقرأ هذه الدالة ملفًا من القرص ثم تعيد جميع الأسطر الموجودة فيه",
    "Hebrew": "הפונקציה הזאת קוראת קובץ מן הדיסק ומחזירה את כל השורות שבו",
    "Russian": "Эта функция читает файл и возвращает все строки, которые в нём есть",
    "Greek": "Αυτή η συνάρτηση διαβάζει ένα αρχείο και επιστρέφει όλες τις γραμμές του",
    "Hindi": "यह फ़ंक्शन एक फ़ाइल पढ़ता है और उसकी सभी पंक्तियाँ वापस लौटाता है",
    "Korean": "이 함수는 디스크에서 파일을 읽고 그 안에 있는 모든 줄을 돌려준다",
}
"""The same statement, "this function reads a file and returns all its lines", in our own words."""
mixed = st.text(st.sampled_from("ab_0 .\n-é中カกัЖ\u0301\u0661🙂"), max_size=60)


@pytest.mark.parametrize(
    ("text", "words", "bigcode"),
    [
        ("", [], [""]),
        ("a_1 = b2", ["a_1", "b2"], ["a_1", "", "", "b2"]),
        (" \n", [], ["", "", ""]),
        ("naïve", ["naïve"], ["na", "ve"]),
        ("e\u0301t", ["e\u0301t"], ["e", "t"]),
        ("x中文y", ["x", "中", "文", "y"], ["x", "", "y"]),
        ("กำ2", ["ก", "ำ", "2"], ["", "", "2"]),
        ("if(x){", ["if", "x"], ["if", "x", "", ""]),
        ("a\0b", ["a", "b"], ["a", "b"]),
        ("دالة-файл", ["دالة", "файл"], [""] * 10),
    ],
)
def test_tokens(text: str, words: list[str], bigcode: list[str]) -> None:
    """Runs of word characters and single characters of scripts without spaces; or BigCode's split."""
    assert tokens(text, "words") == words
    assert tokens(text, "sc1-code") == bigcode


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_of_any_script_gives_shingles(language: str) -> None:
    """No script collapses: each sentence has shingles, nearly as many as tokens, unlike all other ones."""
    sentence = SENTENCES[language]
    found = shingle_set(sentence, "words")
    assert len(found) >= 6
    assert len(found) >= 0.9 * (len(tokens(sentence, "words")) - 4)
    others = [shingle_set(other, "words") for name, other in SENTENCES.items() if name != language]
    assert all(found.isdisjoint(other) for other in others)


def test_bigcodes_split_makes_every_such_sentence_nothing() -> None:
    """By BigCode's rule a text without ASCII words has no shingle that counts, so it matches nothing."""
    assert {name for name, sentence in SENTENCES.items() if shingle_set(sentence, "sc1-code")} == set()


@pytest.mark.parametrize("language", ["Chinese", "Japanese", "Thai", "Arabic", "Russian"])
def test_a_change_of_one_word_leaves_a_text_near_and_another_text_far(language: str) -> None:
    """Similarity means the same in every script."""
    sentence = SENTENCES[language]
    text = "\n".join(f"{sentence} {number}" for number in range(10))
    other = "\n".join(f"{sentence[::-1]} {number}" for number in range(10))
    shingles = shingle_set(text, "words")
    assert 0.8 < jaccard(shingles, shingle_set(text.replace(" 4", " x"), "words")) < 1
    assert jaccard(shingles, shingle_set(other, "words")) < 0.05


@pytest.mark.parametrize(
    ("text", "mode", "size", "expected"),
    [
        ("a b c d", "words", 5, set()),
        ("a b c d e", "words", 5, {("a", "b", "c", "d", "e")}),
        ("a a a a a a a", "words", 5, {("a",) * 5}),
        ("a b a b", "words", 2, {("a", "b"), ("b", "a")}),
        ("a b a", "words", 1, {("a",), ("b",)}),
        ("....", "sc1-code", 5, set()),
        ("a...", "sc1-code", 5, set()),
        ("a.....", "sc1-code", 5, {("a", "", "", "", "")}),
        ("中文中文a", "sc1-code", 5, {("", "", "", "", "a")}),
        ("a..b", "sc1-code", 1, {("a",), ("b",)}),
    ],
)
def test_shingles(text: str, mode: str, size: int, expected: set[tuple[str, ...]]) -> None:
    """Runs of tokens, each once; too few tokens give none, and one of empty tokens only does not count."""
    assert shingle_set(text, mode, size) == expected


def test_jaccard() -> None:
    """Common over all; documents without shingles are like nothing, not even each other."""
    one, other = shingle_set("a b c d", "words", 2), shingle_set("b c d e", "words", 2)
    assert jaccard(one, other) == 0.5
    assert jaccard(one, one) == 1
    assert jaccard(set(), set()) == 0
    assert jaccard(one, set()) == 0
    assert near_pairs(["a b", "a b", "a b c d e", "a  b,c d-e"], "words", 0.7) == [(2, 3, 1.0)]


@given(mixed)
def test_tokens_hold_every_word_character_in_order(text: str) -> None:
    """Nothing but separators is lost, and BigCode's split has a token more than separators."""
    joined = "".join(tokens(text, "words"))
    assert joined == "".join(character for character in text if character not in " .\n-🙂")
    kept = sum(character in "ab_0" for character in text)
    assert len(tokens(text, "sc1-code")) == len(text) - kept + 1


@pytest.mark.parametrize(
    ("edges", "order", "expected"),
    [
        ([], [0, 1], [(0, 1.0), (1, 1.0)]),
        ([(0, 1, 0.69)], [0, 1], [(0, 1.0), (1, 1.0)]),
        ([(0, 1, 0.7)], [1, 0], [(1, 0.7), (1, 1.0)]),
        ([(0, 1, 0.8), (1, 2, 0.8)], [0, 1, 2], [(0, 1.0), (0, 0.8), (2, 1.0)]),
        ([(0, 1, 0.8), (1, 2, 0.8)], [1, 0, 2], [(1, 0.8), (1, 1.0), (1, 0.8)]),
        ([(0, 2, 0.8), (1, 2, 0.9)], [0, 1, 2], [(0, 1.0), (1, 1.0), (1, 0.9)]),
        ([(0, 2, 0.8), (1, 2, 0.8)], [1, 0, 2], [(0, 1.0), (1, 1.0), (1, 0.8)]),
        ([(0, 1, 0.8), (1, 2, 0.9)], [0, 1, 2], [(0, 1.0), (0, 0.8), (2, 1.0)]),
        ([(1, 0, 0.8), (0, 1, 0.9)], [0, 1], [(0, 1.0), (0, 0.9)]),
    ],
)
def test_stars(edges: list[Edge], order: list[int], expected: list[tuple[int, float]]) -> None:
    """A document goes only for a kept one before it, the nearest at the threshold; no chain removes it."""
    assert star(len(order), edges, order, 0.7) == expected


@pytest.mark.parametrize(
    ("edges", "order", "expected"),
    [
        ([(0, 1, 0.8), (1, 2, 0.8)], [0, 1, 2], [0, 0, 0]),
        ([(0, 1, 0.8), (1, 2, 0.8)], [2, 1, 0], [2, 2, 2]),
        ([(0, 1, 0.8), (1, 2, 0.6)], [0, 1, 2], [0, 0, 2]),
        ([(0, 3, 0.9), (1, 2, 0.9)], [2, 3, 0, 1], [3, 2, 2, 3]),
    ],
)
def test_components(edges: list[Edge], order: list[int], expected: list[int]) -> None:
    """Whatever a chain of near pairs joins is one cluster, and the first in order stays."""
    assert components(len(order), edges, order, 0.7) == expected


@given(st.integers(0, 1 << 32))
def test_what_stars_promise(seed: int) -> None:
    """Kept documents are apart, dropped ones are near a better kept one, and no star crosses a component."""
    source = random.Random(seed)
    n = source.randint(1, 12)
    pairs = [(a, b) for a in range(n) for b in range(a)]
    edges = [(a, b, round(source.uniform(0.5, 1), 2)) for a, b in pairs if source.random() < 0.3]
    order = source.sample(range(n), n)
    stars, joined = star(n, edges, order, 0.7), components(n, edges, order, 0.7)
    kept = {document for document, (keeper, _) in enumerate(stars) if keeper == document}
    near = {frozenset((a, b)): similar for a, b, similar in edges if similar >= 0.7}
    assert not any(pair <= kept for pair in near)
    for document, (keeper, similar) in enumerate(stars):
        assert keeper in kept
        assert joined[document] == joined[keeper]
        assert near.get(frozenset((document, keeper)), 1.0) == similar
        assert document == keeper or order.index(keeper) < order.index(document)
    assert set(joined) <= kept
