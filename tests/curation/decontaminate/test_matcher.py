"""A document -> hits: each method finds what it promises, and nothing else."""

import random
import re
from typing import Any

import pytest
from decontaminate_twin import (
    DOCSTRING,
    RENAMED,
    SOLUTION,
    holds_exact,
    holds_free,
    holds_renamed,
    share,
)
from hypothesis import given
from hypothesis import strategies as st

from curation.decontaminate.benchmarks import Text
from curation.decontaminate.matcher import Matcher, check, files, matcher_of
from curation.decontaminate.settings import DecontaminateSettings, Method
from curation.errors import BadConfigError

ITEMS = [DOCSTRING, SOLUTION]
AROUND = st.text(st.sampled_from(" \n\tabcX(){}=+ßİ中é\u2003\r\U0001d4b3\ud800"), max_size=40)


def matcher(*methods: Method, texts: list[Text] | None = None, **settings: Any) -> Matcher:
    """A matcher of some texts, by default those of the twin."""
    chosen = methods or ("exact", "whitespace_free", "ngram", "identifiers")
    return Matcher(ITEMS if texts is None else texts, DecontaminateSettings(methods=chosen, **settings))


BY_METHOD = {method: matcher(method) for method in ("exact", "whitespace_free", "ngram", "identifiers")}
ALL = matcher()


def found(text: str, by: Matcher = ALL) -> list[tuple[str, str, bool]]:
    """Field, method and verdict of all hits."""
    return [(hit.field, hit.method, hit.contaminated) for hit in by.find(text)]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("", []),
        ("def crossings(): pass", []),
        (f"# {DOCSTRING.text}", [("docstring", "exact", True)]),
        (DOCSTRING.text.upper(), [("docstring", "exact", True)]),
        (DOCSTRING.text.replace(" ", "\n  # ".replace("#", " ")), [("docstring", "whitespace_free", True)]),
        (DOCSTRING.text.replace(" ", ""), [("docstring", "whitespace_free", True)]),
        (DOCSTRING.text.replace(" ", ", "), [("docstring", "ngram", True)]),
        (SOLUTION.text, [("solution", "exact", True)]),
        (SOLUTION.text.replace("\n", "\r\n"), [("solution", "exact", True)]),
        (RENAMED, [("solution", "identifiers", True)]),
        (RENAMED.replace("n += b", "d += b"), [("solution", "identifiers", False)]),
        (RENAMED.replace("break", "continue"), []),
        (RENAMED.replace("2", "3"), []),
    ],
)
def test_each_method_finds_what_it_promises(text: str, hits: list[tuple[str, str, bool]]) -> None:
    """Same text, other white space, other signs, other names; and what is none of these."""
    assert found(text) == hits
    assert found(f"é中 {text} x") == hits


@given(
    before=AROUND,
    after=AROUND,
    pick=st.sampled_from(ITEMS),
    change=st.sampled_from(["", "upper", "squeeze", "spread", "cut", "returns", "signs"]),
)
def test_every_method_agrees_with_plain_python(before: str, after: str, pick: Text, change: str) -> None:
    """An item planted anywhere, changed in any way: found exactly where the twin says so."""
    planted = {
        "": pick.text,
        "upper": pick.text.upper(),
        "squeeze": "".join(pick.text.split()),
        "spread": pick.text.replace(" ", "\u2003\n"),
        "cut": pick.text[:-1],
        "returns": pick.text.replace("\n", "\r\n"),
        "signs": pick.text.replace(" ", " - "),
    }[change]
    text = before + planted + after
    for item in ITEMS:
        verdicts = {
            "exact": holds_exact(text, item.text),
            "whitespace_free": holds_free(text, item.text),
            "ngram": share(text, item.text, 10, 5) >= 0.5,
            "identifiers": item.kind == "code" and holds_renamed(text, item.text),
        }
        for method, verdict in verdicts.items():
            hits = [
                hit for hit in BY_METHOD[method].find(text) if hit.field == item.field and hit.contaminated
            ]
            assert bool(hits) == verdict, method
            assert all(hit.method == method for hit in hits)


@given(before=AROUND, after=AROUND, seed=st.integers(0, 2**32))
def test_renamed_code_is_found_anywhere(before: str, after: str, seed: int) -> None:
    """Any names that are no reserved words, any white space, any place."""
    drawn = random.Random(seed)
    names = drawn.sample(range(10_000), 10)
    text = RENAMED
    for old, new in zip(("n", "d", "cal", "z", "m", "b", "fs", "t", "lg", "ap"), names, strict=True):
        text = _renamed(text, old, f"Nämé_{new}")
    text = text.replace(" ", drawn.choice([" ", "  ", "\t", "\u2003"]))
    assert ("solution", "identifiers", True) in found(f"{before}\n{text}\n{after}")


def _renamed(text: str, old: str, new: str) -> str:
    return re.sub(rf"\b{old}\b", new, text)


@given(AROUND, AROUND)
def test_offsets_are_characters_of_the_text(before: str, after: str) -> None:
    """The hit is where the item is, whatever stands around it."""
    text = before + DOCSTRING.text + after
    (hit,) = ALL.find(text)
    assert text[hit.start : hit.end] == DOCSTRING.text
    assert hit.start == text.index(DOCSTRING.text)


def test_case_counts_without_white_space_if_asked_for() -> None:
    """`ignore_case` off: StarCoder2's rule to the letter; exact still ignores case."""
    text = DOCSTRING.text.replace(" ", "  ")
    strict = matcher("whitespace_free", ignore_case=False)
    assert found(text, strict) == [("docstring", "whitespace_free", True)]
    assert found(text.upper(), strict) == []
    assert found(text.upper(), matcher("whitespace_free")) == [("docstring", "whitespace_free", True)]


def test_an_exact_copy_after_one_of_other_white_space_is_found() -> None:
    """The method exact does not stop at the first place where the characters are."""
    text = DOCSTRING.text.replace(" ", "") + "\n" + DOCSTRING.text
    assert found(text, matcher("exact")) == [("docstring", "exact", True)]
    assert found(text) == [("docstring", "exact", True)]


def test_a_consistent_copy_after_an_inconsistent_one_is_found() -> None:
    """Renaming is judged at every place."""
    text = RENAMED.replace("n += b", "d += b") + "\n" + RENAMED
    (hit,) = matcher("identifiers").find(text)
    assert hit.contaminated
    assert text[hit.start : hit.end] == RENAMED.strip()


def test_the_share_decides_and_what_is_below_is_near() -> None:
    """Windows of words: from `share` on contaminated, from `near` on listed, below nothing."""
    words = DOCSTRING.text.split()
    text = " / ".join(words[:11])
    expected = share(text, DOCSTRING.text, 10, 5)
    assert expected == 0.4
    assert found(text) == [("docstring", "ngram", False)]
    (hit,) = ALL.find(text)
    assert hit.score == pytest.approx(expected)
    assert found(text, matcher("ngram", ngram={"share": 0.4})) == [("docstring", "ngram", True)]
    assert found(text, matcher("ngram", ngram={"near": 0.41})) == []
    assert found(text, matcher("ngram", ngram={"near": 1})) == []


def test_any_window_is_enough_if_the_share_is_zero() -> None:
    """DeepSeek-Coder's rule: one window of ten words."""
    text = "x" + " / ".join(["", *DOCSTRING.text.split()[:10]])
    assert found(text, matcher("ngram", ngram={"share": 0})) == [("docstring", "ngram", True)]
    assert found(text, matcher("ngram", ngram={"share": 0, "size": 13})) == []


def test_a_text_of_few_words_must_be_there_word_for_word() -> None:
    """With the method ngram alone, as DeepSeek-Coder does; not if `short` is off."""
    short = Text("ours", "two", "answer", "code", "return sorted(ferries, key=lake)")
    text = f"x = 1\n{short.text}\n"
    assert found(text, matcher("ngram", texts=[short])) == [("answer", "ngram", True)]
    assert found(text.replace(" ", "  "), matcher("ngram", texts=[short])) == []
    assert found(text, matcher("ngram", texts=[short], ngram={"short": 0})) == []


def test_a_window_of_the_same_words_counts_for_nothing() -> None:
    """A table of zeros is no benchmark."""
    zeros = Text("ours", "two", "table", "text", "heights of the lake: " + "0 " * 40 + "end of all heights")
    text = "0 " * 40
    assert found(text, matcher("ngram", texts=[zeros], ngram={"share": 0})) == []


def test_trivial_texts_are_not_looked_for_and_are_listed() -> None:
    """The four answers of HumanEval and what is too short."""
    answers = ["return x + y", "return len(string)", "return n**2", "return ''.join(strings)", "pass"]
    texts = [Text("humaneval", str(n), "solution", "code", answer) for n, answer in enumerate(answers)]
    ours = matcher(texts=texts)
    assert [one.reason for one in ours.index.exempt] == ["answer"] * 4 + ["characters"]
    assert ours.index.texts == ()
    assert [hit for answer in answers for hit in ours.find(f"def f():\n    {answer}\n")] == []


def test_texts_that_share_a_window_are_all_found() -> None:
    """The same item in two benchmarks is a hit of both."""
    twice = [DOCSTRING, Text("theirs", "9", "docstring", "text", DOCSTRING.text)]
    hits = matcher(texts=twice).find(DOCSTRING.text)
    assert [(hit.benchmark, hit.method) for hit in hits] == [("ours", "exact"), ("theirs", "exact")]


def test_the_surest_hit_comes_first() -> None:
    """Contaminated before near misses, strict methods before others."""
    text = " / ".join(DOCSTRING.text.split()[:11]) + "\n" + RENAMED
    assert found(text) == [("solution", "identifiers", True), ("docstring", "ngram", False)]


def test_words_are_not_found_inside_words() -> None:
    """An n-gram begins and ends with whole words; characters may be found anywhere."""
    assert found("x" + DOCSTRING.text + "y") == [("docstring", "exact", True)]


@pytest.mark.parametrize("size", [63, 64, 4095, 4096, 4097, 8192, 100_000])
def test_an_item_is_found_across_any_border(size: int) -> None:
    """Blocks of 64 bytes and segments of 4096 are no borders of anything."""
    for filler in ("x", "x ", "é", "中 ", "x" * 200 + " "):
        text = (filler * size)[: size - 20] + " " + SOLUTION.text + " " + RENAMED.replace(" ", "\n")
        fields = found(text)
        assert fields == [("solution", "exact", True)]
        assert found(text, BY_METHOD["identifiers"]) == [("solution", "identifiers", True)]
        assert found(text, BY_METHOD["ngram"]) == [("solution", "ngram", True)]


def test_more_candidates_than_there_is_room_for() -> None:
    """All are looked at."""
    texts = [
        Text(
            "ours",
            str(n),
            "docstring",
            "text",
            f"Number {n} of the ships that pass the lighthouse of {n * 7}.",
        )
        for n in range(300)
    ]
    text = "\n".join(one.text for one in texts)
    hits = matcher(texts=texts).find(text)
    assert [(hit.item, hit.method) for hit in hits] == [(one.item, "exact") for one in texts]


def test_no_text_at_all_finds_nothing() -> None:
    """A matcher without texts is of use to nobody, but works."""
    assert found(DOCSTRING.text, matcher(texts=[])) == []


def test_the_fingerprint_changes_with_any_text() -> None:
    """A run that goes on must notice other benchmarks."""
    other = Text(DOCSTRING.benchmark, DOCSTRING.item, DOCSTRING.field, DOCSTRING.kind, DOCSTRING.text + "!")
    assert len(ALL.fingerprint) == 32
    assert ALL.fingerprint == matcher("exact").fingerprint
    assert ALL.fingerprint != matcher(texts=[other, SOLUTION]).fingerprint


def test_a_matcher_is_built_once() -> None:
    """The packaged sample by its name."""
    settings = DecontaminateSettings.model_validate({"benchmarks": ["sample"]})
    check(settings)
    assert matcher_of(settings) is matcher_of(
        DecontaminateSettings.model_validate({"benchmarks": ["sample"]})
    )
    assert [path.name for path in files(settings)] == ["sample.jsonl"]
    assert [one.text.item for one in matcher_of(settings).index.exempt] == ["Sample/19"]


def test_a_benchmark_that_cannot_be_read_is_refused_before_a_run() -> None:
    """Nothing passes because a benchmark is not there."""
    with pytest.raises(BadConfigError, match="did you mean humaneval"):
        check(DecontaminateSettings.model_validate({"benchmarks": ["humanevil"]}))
    check(DecontaminateSettings())
