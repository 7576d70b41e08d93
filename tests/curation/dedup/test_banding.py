"""Bands and rows, the curves behind them, and the settings of published pipelines."""

from typing import Any

import numpy as np
import pytest
from datasketch.lsh import MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from curation.dedup import banding
from curation.errors import BadConfigError

FIELDS = {
    "tokens": {"words", "sc1-code"},
    "verify": {"exact", "sketch", "none"},
    "cluster": {"star", "components"},
    "scope": {"language", "all", "repository"},
}
"""Fields of NearSettings that hold one of a few words."""
NUMBERS = {"margin_above", "shingle", "minimum_tokens", "values", "threshold", "bands", "rows"}

similarities = st.floats(0, 1)
bands_rows = st.tuples(st.integers(1, 64), st.integers(1, 64))
bits = st.sampled_from([None, 8, 16])


@pytest.mark.parametrize(
    ("threshold", "values", "expected"),
    [(0.7, 256, (25, 10)), (0.7, 250, (25, 10)), (0.85, 256, (13, 19)), (0.5, 1, (1, 1))],
)
def test_the_choice_of_published_pipelines(threshold: float, values: int, expected: tuple[int, int]) -> None:
    """StarCoder, StarCoder2 and The Stack took these bands and rows."""
    assert banding.choose(threshold, values) == expected


@pytest.mark.parametrize(
    ("weights", "values_bits", "expected"),
    [
        ((0.1, 0.9), None, (32, 8)),
        ((0.1, 0.9), 8, (32, 8)),
        ((0.5, 0.5), 8, (23, 11)),
        ((1.0, 0.0), None, (1, 256)),
        ((0.0, 1.0), None, (256, 1)),
    ],
)
def test_weights_and_bits_move_the_choice(
    weights: tuple[float, float], values_bits: int | None, expected: tuple[int, int]
) -> None:
    """Missing a pair nine times as dear as a look in vain gives our 32 x 8; 8 bits ask for longer bands."""
    chosen = banding.choose(
        0.7,
        false_positive_weight=weights[0],
        false_negative_weight=weights[1],
        values_bits=values_bits,
    )
    assert chosen == expected


@pytest.mark.parametrize("threshold", [0.5, 0.72, 0.8, 0.85])
@pytest.mark.parametrize("values", [32, 64, 128])
@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.1, 0.9), (0.8, 0.2)])
def test_the_choice_is_datasketchs(threshold: float, values: int, weights: tuple[float, float]) -> None:
    """The same bands and rows as an LSH index of datasketch with these weights."""
    index: Any = MinHashLSH(threshold=threshold, num_perm=values, weights=weights)
    positive, negative = weights
    chosen = banding.choose(threshold, values, false_positive_weight=positive, false_negative_weight=negative)
    assert chosen == (index.b, index.r)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threshold": 70}, "expected a Jaccard similarity from 0 to 1, saw 70"),
        ({"threshold": -0.1}, "from 0 to 1, saw -0.1"),
        ({"threshold": float("nan")}, "from 0 to 1, saw nan"),
        ({"threshold": 0.7, "values": 0}, "at least 1 value in a sketch, saw 0"),
        ({"threshold": 0.7, "false_positive_weight": 0.4}, r"expected to make 1, saw \(0.4, 0.5\)"),
        (
            {"threshold": 0.7, "false_positive_weight": -0.5, "false_negative_weight": 1.5},
            r"expected to make 1, saw \(-0.5, 1.5\)",
        ),
    ],
)
def test_a_wrong_request_is_refused(arguments: dict[str, Any], message: str) -> None:
    """What was seen and expected is said."""
    with pytest.raises(BadConfigError, match=message):
        banding.choose(**arguments)


def test_the_recall_above_no_threshold_is_refused() -> None:
    """A similarity over 1 is no threshold."""
    with pytest.raises(BadConfigError, match=r"from 0 to 1, saw 1\.5"):
        banding.expected_recall(1.5, 32, 8)


@pytest.mark.parametrize(
    ("jaccard", "bands", "rows", "values_bits", "expected"),
    [
        (0.8, 14, 8, None, 0.924),
        (0.8, 20, 5, None, 0.9996),
        (0.7, 32, 8, 8, 0.8543),
        (0.7, 25, 10, None, 0.5115),
        (0.0, 1, 1, 8, 1 / 256),
        (0.0, 32, 8, None, 0.0),
        (1.0, 32, 8, 8, 1.0),
    ],
)
def test_candidate_probabilities(
    jaccard: float, bands: int, rows: int, values_bits: int | None, expected: float
) -> None:
    """Figures of datatrove and of Mining of Massive Datasets, section 3.4, and the ends of the curve."""
    found = banding.candidate_probability(jaccard, bands, rows, values_bits)
    assert float(found) == pytest.approx(expected, abs=5e-5 if expected != 0.924 else 5e-4)


def test_tiny_probabilities_are_exact() -> None:
    """Where 1 - (1 - p^r)^b would round to nothing, the probability is b p^r."""
    assert float(banding.candidate_probability(0.01, 32, 16, None)) == pytest.approx(32e-32, rel=1e-9, abs=0)


@given(similarities, similarities, bands_rows, bits)
def test_more_similar_documents_meet_more_often(
    one: float, other: float, cut: tuple[int, int], values_bits: int | None
) -> None:
    """The curve never falls and stays between 0 and 1."""
    low, high = banding.candidate_probability([min(one, other), max(one, other)], *cut, values_bits)
    assert 0 <= low <= high <= 1


@given(similarities, bands_rows)
def test_bands_widen_rows_narrow_and_chance_widens(jaccard: float, cut: tuple[int, int]) -> None:
    """One more band finds no fewer pairs, one more row no more, and 8 bits no fewer than wide values."""
    bands, rows = cut
    found = banding.candidate_probability(jaccard, bands, rows)
    assert banding.candidate_probability(jaccard, bands + 1, rows) >= found
    assert banding.candidate_probability(jaccard, bands, rows + 1) <= found
    assert banding.candidate_probability(jaccard, bands, rows, None) <= found


def test_probabilities_keep_the_shape() -> None:
    """Similarities of any shape are taken at once."""
    assert banding.candidate_probability(np.full((2, 3), 0.7), 32, 8).shape == (2, 3)


def test_the_s_curve_is_eleven_points() -> None:
    """From 0.5 to 1.0 in steps of 0.05, plain numbers, certain at 1."""
    curve = banding.s_curve(32, 8)
    assert [jaccard for jaccard, _ in curve] == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0]
    assert curve[4] == (0.7, float(banding.candidate_probability(0.7, 32, 8)))
    assert curve[-1] == (1.0, 1.0)
    assert type(curve[0][1]) is float


@pytest.mark.parametrize(
    ("threshold", "bands", "rows", "expected"),
    [(0.7, 32, 8, 0.9842), (0.7, 25, 10, 0.9148), (0.7, 42, 6, 0.9997), (1.0, 1, 256, 1.0)],
)
def test_expected_recall(threshold: float, bands: int, rows: int, expected: float) -> None:
    """The mean of the curve over evenly spread similarities, as a sum of many thin strips has it."""
    strips = np.linspace(threshold, 1, 20_001)
    found = banding.expected_recall(threshold, bands, rows)
    assert found == pytest.approx(expected, abs=5e-5)
    assert found == pytest.approx(banding.candidate_probability(strips, bands, rows).mean(), abs=5e-5)


def test_expected_recall_of_pairs_that_are_mostly_close_to_equal() -> None:
    """A density that grows towards 1 gives a higher recall, whatever its unit."""
    found = banding.expected_recall(0.7, 25, 10, lambda similar: similar**8)
    assert found == pytest.approx(banding.expected_recall(0.7, 25, 10, lambda similar: 7 * similar**8))
    assert banding.expected_recall(0.7, 25, 10) < found < 1


@pytest.mark.parametrize("jaccard", [0.0, 0.3, 0.7, 0.95, 1.0])
def test_the_estimate_deviates_as_simulated(jaccard: float) -> None:
    """The formula is the spread of estimates from values that agree at random, and they are unbiased."""
    random = np.random.default_rng(0)
    agreeing = random.binomial(256, float(banding.agreement(jaccard)), 200_000)
    estimates = (agreeing / 256 - 1 / 256) / (1 - 1 / 256)
    deviation = float(banding.standard_deviation(jaccard, 256))
    assert estimates.mean() == pytest.approx(jaccard, abs=4 * deviation / 200_000**0.5)
    assert estimates.std() == pytest.approx(deviation, rel=0.02)


def test_the_deviation_of_wide_values_is_the_textbooks() -> None:
    """Without agreement by chance it is sqrt(J (1 - J) / k)."""
    assert float(banding.standard_deviation(0.5, 100, None)) == pytest.approx(0.05)


@pytest.mark.parametrize("name", banding.profiles())
def test_profiles_hold_valid_settings(name: str) -> None:
    """Bands fit into the sketch, words are known, and every profile names its source."""
    found = banding.profile(name)
    settings = found.settings
    assert found.name == name
    assert settings.keys() <= FIELDS.keys() | NUMBERS
    assert all(settings[field] in words for field, words in FIELDS.items() if field in settings)
    assert settings["bands"] * settings["rows"] <= settings["values"]
    assert 0 < settings["threshold"] <= 1
    assert len(found.source) > 20
    assert all(sentence.endswith(".") for sentence in found.differs)


@pytest.mark.parametrize("name", ["sc1", "sc2", "stack-v1"])
def test_bands_of_bigcode_profiles_are_derived(name: str) -> None:
    """BigCode's code chooses bands and rows from the threshold and the number of values."""
    settings = banding.profile(name).settings
    chosen = banding.choose(settings["threshold"], settings["values"])
    assert chosen == (settings["bands"], settings["rows"])


@pytest.mark.parametrize("name", ["datatrove", "opencoder"])
def test_thresholds_that_upstream_leaves_to_the_bands(name: str) -> None:
    """Where bands are given, the threshold is where the curve is steepest: (1/b)^(1/r)."""
    settings = banding.profile(name).settings
    steepest = (1 / settings["bands"]) ** (1 / settings["rows"])
    assert settings["threshold"] == pytest.approx(steepest, abs=0.0015)


def test_profiles_are_in_order_and_apart() -> None:
    """The default comes first, and what a caller does to its copy changes nobody else's."""
    assert banding.profiles() == ("default", "32x8", "sc1", "sc2", "stack-v1", "datatrove", "opencoder")
    banding.profile("sc1").settings["bands"] = 1
    assert banding.profile("sc1").settings["bands"] == 25


@pytest.mark.parametrize(
    ("name", "hint"), [("sc_1", "did you mean 'sc1'"), ("zzz", "known are default, 32x8, sc1, sc2, stack-v1")]
)
def test_an_unknown_profile_is_refused_with_a_hint(name: str, hint: str) -> None:
    """The nearest known name is said, or all of them."""
    with pytest.raises(BadConfigError, match=f"there is no profile '{name}'; {hint}"):
        banding.profile(name)
