"""Texts made to be slow end all the same, and no string is an error."""

import pytest
from decontaminate_twin import DOCSTRING, RENAMED, SOLUTION
from hypothesis import given
from hypothesis import strategies as st
from patience import LENGTH, ends_soon

from curation.decontaminate.benchmarks import Text
from curation.decontaminate.matcher import Matcher
from curation.decontaminate.settings import DecontaminateSettings, NgramSettings

PERIODIC = Text("ours", "period", "text", "code", "for lake, ice in ferries: boat + " * 60)
PREFIXES = [
    Text("ours", str(n), "text", "code", SOLUTION.text + f"\nlake_{n} = ferry_{n}") for n in range(200)
]
MATCHER = Matcher(
    [DOCSTRING, SOLUTION, PERIODIC, *PREFIXES], DecontaminateSettings(ngram=NgramSettings(share=0))
)
ATTACKS = {
    "period": PERIODIC.text[:33] * (LENGTH // 33),
    "period, spread": (" " * 500).join(PERIODIC.text[:33] for _ in range(LENGTH // 533)),
    "almost": (SOLUTION.text[:-1] + "\n") * (LENGTH // len(SOLUTION.text)),
    "almost, renamed": (RENAMED[:-3] + ";") * (LENGTH // len(RENAMED)),
    "one word": "x" * LENGTH,
    "one long word between": (SOLUTION.text[:150] + "x" * 4000) * 16,
    "spaces": " " * LENGTH,
    "signs": "(" * LENGTH,
    "marks": "e" + "\u0301" * (LENGTH // 2),
    "ideographs": "中" * (LENGTH // 3),
    "returns": DOCSTRING.text.replace(" ", "\r" * 1000),
    "all at once": "\n".join(one.text for one in PREFIXES),
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_no_text_takes_long(text: str) -> None:
    """In time that grows with its length."""
    with ends_soon("looking for benchmarks in hostile text"):
        MATCHER.find(text)


@given(st.text(st.characters(), max_size=300))
def test_any_string_is_taken(text: str) -> None:
    """Lone surrogates, controls, anything; nothing of these benchmarks is in it."""
    assert MATCHER.find(text) == []


@pytest.mark.parametrize(
    "text", ["\ud800", "\udfff" * 70, "\0", "\ud800" + DOCSTRING.text + "\udc00", "é" * 64]
)
def test_lone_surrogates_and_zeros(text: str) -> None:
    """They are characters like others."""
    assert bool(MATCHER.find(text)) == (DOCSTRING.text in text)
