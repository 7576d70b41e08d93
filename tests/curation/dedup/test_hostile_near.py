"""Small, odd and hostile files: what becomes of each is stated, and none takes long."""

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from near_twin import jaccard, shingle_set

from curation.dedup import minhash, verify
from curation.dedup.near import NearSettings, Result, deduplicate

FUNCTION = """def read_{0}(path, limit=10):
    # Read at most limit lines of a file.
    with open(path) as stream:
        lines = [line.strip() for line in stream]
    if not lines:
        raise ValueError(f"{{path}} is empty")
    return lines[:limit]
"""
FILE = "\n\n".join(FUNCTION.format(name) for name in ("one", "two", "three"))


def run(texts: list[str], **given: Any) -> Result:
    """Near-dedup of texts."""
    return deduplicate(lambda: [pa.array(texts)], NearSettings(**given))


def numbers_changed(text: str) -> str:
    """Every number of a table of numbers is another one."""
    return "".join(str((int(c) + 3) % 10) if c.isdigit() else c for c in text)


TABLE = "values = [" + ", ".join(str(n * n % 977) for n in range(60)) + "]\n"
IDENTIFIERS = ("path", "limit", "stream", "lines", "line", "read_one", "read_two", "read_three")


def identifiers_changed(text: str) -> str:
    """Every name of a file is another one."""
    for name in IDENTIFIERS:
        text = text.replace(name, name + "_x")
    return text


COMMENT = "# Read at most limit lines of a file."


@pytest.mark.parametrize(
    ("name", "one", "other", "joined"),
    [
        ("only one number of many", TABLE, TABLE.replace("576", "577"), True),
        ("all numbers of a table", TABLE, numbers_changed(TABLE), False),
        ("the version in a file", FILE + "version = 1\n", FILE + "version = 2\n", True),
        ("all identifiers", FILE, identifiers_changed(FILE), False),
        ("one identifier, once", FILE, FILE.replace("read_two", "read_2"), True),
        ("one of three comments", FILE, FILE.replace(COMMENT, "# Reads lines.", 1), True),
        ("a comment without words", FILE, FILE.replace(COMMENT, "# ----", 1), True),
        ("every comment left out", FILE, FILE.replace(COMMENT, ""), False),
        ("indentation", FILE, FILE.replace("    ", "\t"), True),
        ("line ends", FILE, FILE.replace("\n", "\r\n"), True),
        ("blank lines", FILE, FILE.replace("\n", "\n\n\n"), True),
        ("all on one line", FILE, FILE.replace("\n", " "), True),
        ("punctuation", FILE, FILE.replace("(", "[").replace(":", ";"), True),
        ("case", FILE, FILE.upper(), False),
        ("a licence header on one", FILE, "# Copyright somebody, some rights reserved.\n" + FILE, True),
        ("the order of functions", FILE, "\n\n".join(reversed(FILE.split("\n\n\n"))), True),
        ("nothing", FILE, FILE, True),
    ],
)
def test_files_that_differ_only_in(name: str, one: str, other: str, joined: bool) -> None:
    """What does not change words or their order does not count; what changes many windows of five does."""
    similar = jaccard(shingle_set(one, "words"), shingle_set(other, "words"))
    assert (similar >= 0.7) == joined, (name, similar)
    found = run([one, other], bands=128, rows=2, margin=100)
    assert found.keeper.tolist() == [0, 0 if joined else 1], (name, similar)
    assert found.pair_jaccard.tolist() == ([np.float32(similar)] if joined else [])


ODD = {
    "empty": "",
    "white space": " \n\t\r\n" * 50,
    "one word": "x",
    "four words": "a b c d",
    "symbols": "{}[]()<>;:,./" * 40,
    "emoji": "🙂🚀🎉" * 60,
    "NUL bytes": "\0" * 500,
    "replacement characters": "\ufffd" * 100,
}


@pytest.mark.parametrize("name", ODD)
def test_files_without_five_tokens_match_nothing(name: str) -> None:
    """Not even their own copy, which exact dedup finds: they are counted as too short."""
    found = run([ODD[name], FILE, ODD[name], ODD[name] + " "], verify="none")
    assert found.keeper.tolist() == [0, 1, 2, 3]
    assert found.counts["too_few_tokens"] == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NUL bytes between words", "\0".join(f"word{n}" for n in range(40))),
        ("one enormous line", "x = [" + "1, 22, 333, " * 200_000 + "]"),
        ("one word repeated", "spam " * 1000),
        ("Chinese", "这个函数读取一个文件并返回其中的所有行"),
        ("five tokens", "a b c d e"),
    ],
)
def test_odd_files_match_their_own_copy(name: str, text: str) -> None:
    """They have shingles as other files have: a copy with another separator goes, another file stays."""
    found = run([text, FILE, text + "\n"])
    assert found.keeper.tolist() == [0, 1, 0], name
    assert found.counts["too_few_tokens"] == 0


def distinct(alphabet: str, length: int, joiner: str = "") -> list[str]:
    """120 different texts of random characters or words of an alphabet."""
    source = random.Random(alphabet)
    letters = alphabet.split() or list(alphabet)
    return [joiner.join(source.choice(letters) for _ in range(length)) for _ in range(120)]


HAN = " ".join(chr(point) for point in range(0x4E00, 0x5200))
ARABIC = "تقرأ هذه الدالة ملفا من القرص ثم تعيد جميع الأسطر الموجودة فيه وتكتب النتيجة"
DISTINCT = {
    "tiny": [f"x = {n}\n" for n in range(120)],
    "five words": [f"const int value_{n} = {n};\n" for n in range(120)],
    "Chinese": distinct(HAN, 40),
    "short Chinese": distinct(HAN, 6),
    "Arabic": distinct(ARABIC, 30, " "),
    "symbols": distinct("+ - * / ( ) { } ; ! ? 🙂 → ∑", 80),
    "JSON": [f'{{"id": {n}, "name": "item {n}", "size": {n * 7}}}' for n in range(120)],
    "hexadecimal": [f"0x{n:08x} " * 6 + f"{n * n:x} {n * 3:x} {n ^ 77:x}" for n in range(120)],
}


@pytest.mark.parametrize("name", DISTINCT)
@pytest.mark.parametrize("rule", ["words", "sc1-code"])
def test_distinct_small_files_all_stay(name: str, rule: str) -> None:
    """Of 120 different files none is dropped, whatever the script and the rule."""
    assert len(set(DISTINCT[name])) == 120
    found = run(DISTINCT[name], tokens=rule)
    assert found.counts["dropped"] == 0
    assert found.counts["verified_pairs"] == 0


def test_thousands_of_boilerplate_files() -> None:
    """20,000 stubs that differ in a word make few pairs, not all that there are; one of each kind stays."""
    count, kinds = 20_000, 4
    body = [
        "".join(f"public void step{kind}_{n}(int a, long b); " for n in range(40)) for kind in range(kinds)
    ]
    texts = [f"package p{n}; class Stub {{ {body[n % kinds]} }}" for n in range(count)]
    found = run(texts)
    assert found.keeper.tolist() == [n % kinds for n in range(count)]
    assert found.counts["dropped"] == count - kinds
    assert found.counts["candidate_pairs"] < 60 * count
    assert found.counts["large_runs"] >= kinds


def test_documents_that_share_bands_but_are_too_far_apart() -> None:
    """At Jaccard 0.6 to 0.69 most are candidates, some look near by their sketches: none is joined."""
    source = random.Random(7)
    texts = []
    for pair in range(150):
        shared = [f"s{pair}_{n}" for n in range(source.randint(154, 162))]
        texts += [
            " ".join([*shared, *(f"{side}{pair}_{n}" for n in range(200 - len(shared)))]) for side in "ab"
        ]
    given: dict[str, Any] = {"shingle": 1, "bands": 85, "rows": 3}
    found = run(texts, margin=100, **given)
    assert found.counts["candidate_pairs"] >= 145
    assert (found.counts["verified_pairs"], found.counts["dropped"]) == (0, 0)
    by_sketch = run(texts, verify="sketch", **given)
    assert by_sketch.counts["dropped"] > 5


def test_sketches_made_to_agree_in_most_bands() -> None:
    """Sketches made equal in 18 of 32 bands do not pass: the other bands count as well."""
    sketches = np.random.Generator(np.random.PCG64(3)).integers(0, 256, (2, 256), np.uint8)
    sketches[1, :144] = sketches[0, :144]
    keys = minhash.band_keys(sketches, np.zeros(2, np.uint64), 32, 8)
    assert (keys[:, 0] == keys[:, 1]).sum() == 18
    estimate = verify.estimates(sketches, np.array([0]), np.array([1]))
    verdicts = verify.judge(estimate, np.ones(1, bool), verify.Bar("exact", 0.7, 3.0, 3.0, 256))
    assert 0.55 < estimate[0] < 0.6
    assert not verdicts.accepted[0]
    assert not verdicts.open[0]
