"""Planted near-duplicates have the similarity that they should have, and are found as theory says."""

import near_twin
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from near_runs import originals

from curation.dedup.audit.plant import LEVELS, TOLERANCE, Recall, editable, find, plant, recall
from curation.dedup.banding import candidate_probability
from curation.dedup.near import NearSettings

SETTINGS = NearSettings()
PROSE = " ".join(f"word{n} means {n * n}" for n in range(300))
CHINESE = "".join(chr(0x4E00 + n * 7 % 3000) for n in range(600))


def texts(count: int, words: int = 150) -> list[str]:
    """Made-up texts without a common word."""
    return [" ".join(f"w{n}x{m}" for m in range(words)) for n in range(count)]


@given(st.text(max_size=200), st.integers(0, 2**31))
def test_nothing_edited_is_the_text_itself(text: str, seed: int) -> None:
    """Cutting a text into words loses nothing, and all of its words can be replaced."""
    cut = editable(text, 5, seed)
    assert cut.edited(0, 0) == text
    assert sorted([*cut.order, *cut.fine]) == list(range(1, len(cut.pieces), 2))
    changed = cut.edited(len(cut.order), len(cut.fine))
    assert all(word in changed for word in cut.words)


@pytest.mark.parametrize("tokens", ["words", "sc1-code"])
def test_copies_have_their_level(tokens: str) -> None:
    """Similarities are those of the plain twin, within the tolerance of the level; every level is reached."""
    settings = NearSettings(tokens=tokens)  # type: ignore[arg-type]  # from a table of strings
    several = [PROSE, *originals()[:3]]
    planted = plant(several, LEVELS, settings, seed=3)
    assert set(zip(planted.text.tolist(), planted.level.tolist(), strict=True)) == {
        (text, level) for text in range(len(several)) for level in range(len(LEVELS))
    }
    sets = [near_twin.shingle_set(text, tokens) for text in several]
    for text, level, similar, copy in zip(*planted, strict=True):
        assert similar == near_twin.jaccard(sets[text], near_twin.shingle_set(copy, tokens))
        assert abs(similar - LEVELS[level]) <= 0.01


def test_scripts_without_spaces_are_edited_too() -> None:
    """A character beyond ASCII is a word that can be replaced."""
    assert len(plant([CHINESE], LEVELS, SETTINGS).copies) == len(LEVELS)


@pytest.mark.parametrize("text", ["", "a", "one two three four five", "\n" * 50, "((((", "é"])
def test_short_texts_are_left_out(text: str) -> None:
    """A text without enough shingles cannot be brought to a level, and is no failure."""
    assert all(
        abs(j - LEVELS[level]) <= TOLERANCE
        for _, level, j, _ in zip(*plant([text], LEVELS, SETTINGS), strict=True)
    )


def test_the_same_seed_plants_the_same_copies() -> None:
    """And another one plants others."""
    one, again, other = (plant([PROSE], (0.8,), SETTINGS, seed).copies for seed in (1, 1, 2))
    assert one == again != other


def test_candidates_follow_the_s_curve() -> None:
    """At every level the share of 400 pairs lies within four standard deviations of theory."""
    several = texts(400)
    levels = (0.5, 0.6, 0.7, 0.8)
    settings = NearSettings(bands=32, rows=8)
    for level in recall(several, settings, levels):
        assert level.planted > 380
        assert level.share is not None
        assert level.expected is not None
        assert level.expected == pytest.approx(float(candidate_probability(level.jaccard, 32, 8)), abs=0.03)
        width = np.sqrt(level.expected * (1 - level.expected) / level.planted) + 1e-9
        assert abs(level.share - level.expected) < 4 * width + 0.01
        assert level.low <= level.share <= level.high


def test_what_is_verified_is_what_is_similar() -> None:
    """With exact verification no pair below the threshold passes, and every candidate above it does."""
    several = texts(150)
    planted = plant(several, (0.68, 0.72, 0.9), SETTINGS)
    found = find(several, planted, SETTINGS)
    similar = planted.jaccard >= SETTINGS.threshold
    assert not (found.verified & ~similar).any()
    assert (found.verified == found.candidate & similar).all()
    loose = find(several, planted, SETTINGS.model_copy(update={"verify": "none"}))
    assert (loose.verified == loose.candidate).all()


def test_documents_that_are_not_signed_are_not_found() -> None:
    """A minimum of tokens above their length leaves them to exact dedup."""
    settings = NearSettings(minimum_tokens=500)
    planted = plant(texts(5), (0.9,), settings)
    assert planted.copies
    assert not find(texts(5), planted, settings).candidate.any()


def test_batches_change_nothing() -> None:
    """Texts may come one by one."""
    several = texts(12)
    one_by_one = Recall(SETTINGS, (0.7, 0.9))
    for text in several:
        one_by_one.add([text])
    assert one_by_one.result() == recall(several, SETTINGS, (0.7, 0.9))


def test_no_text_gives_no_share() -> None:
    """Nothing planted is said, not divided."""
    (level,) = recall([], SETTINGS, (0.7,))
    assert (level.planted, level.share, level.expected, level.low, level.high) == (0, None, None, 0.0, 1.0)
