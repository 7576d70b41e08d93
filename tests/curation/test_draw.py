"""Random choices depend on seed, document and purpose, and are even."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from curation.draw import uniform, whole


@given(st.integers(), st.text(), st.text())
def test_a_choice_is_always_the_same_and_in_range(seed: int, document: str, purpose: str) -> None:
    """Whatever the ids hold, also lone surrogates."""
    drawn = uniform(seed, document, purpose)
    assert 0 <= drawn < 1
    assert drawn == uniform(seed, document, purpose)


def test_choices_differ_by_seed_document_and_purpose() -> None:
    """No two of them share a choice."""
    drawn = {uniform(s, d, p) for s in (0, 1) for d in ("a", "b") for p in ("x", "y")}
    assert len(drawn) == 8


def test_choices_are_known_numbers() -> None:
    """The numbers are part of what makes a run: a change of them would change shards."""
    assert uniform(0, "000003-00000017", "repository name") == 0.8832836539464601


def test_choices_are_even() -> None:
    """10,000 choices have the mean and the spread of a uniform distribution, and reach all of ten numbers."""
    drawn = [uniform(0, str(n), "test") for n in range(10_000)]
    assert abs(statistics.mean(drawn) - 0.5) < 0.01
    assert abs(statistics.pstdev(drawn) - 12**-0.5) < 0.01
    assert {whole(0, str(n), "test", 10) for n in range(1000)} == set(range(10))
