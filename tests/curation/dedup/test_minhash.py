"""Sketches and band keys equal their twin, estimate without bias, and are the same on every machine."""

from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from near_hash_twin import band_keys, shingle_hashes, sketch_bytes, uncompiled

from curation.dedup import banding, minhash, verify
from curation.dedup.tokens import SEGMENT, TokenRule
from curation.kernels import Floats, Ints

RULES: tuple[TokenRule, ...] = get_args(TokenRule)
PIECES = [*" \n.-(\0aZ_9é中カก🙂\u0301", "word", "y" * 9, "z" * 17, "if (x) return y;\n"]
TEXTS = st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=120).map("".join)
PAIRS = 300
"""Pairs of sets per size and similarity; the standard deviation of their errors is known within 12 %."""


def twin(text: str, rule: TokenRule, values: int, size: int = 5) -> bytes | None:
    """The sketch of a text, in slow Python."""
    return sketch_bytes(shingle_hashes(text, rule, size), values)


def signed(found: minhash.Sketched) -> list[bytes | None]:
    """Sketches of documents, None for those that have none."""
    rows = zip(found.sketches, found.shingles, strict=True)
    return [row.tobytes() if shingles else None for row, shingles in rows]


def documents(size: int, shared: int, seed: int, pairs: int = PAIRS) -> pa.Array:
    """Pairs of texts of `size` different tokens of 12 characters, `shared` of them the same."""
    random = np.random.Generator(np.random.PCG64(seed))
    texts = []
    for _ in range(pairs):
        drawn = random.bytes(6 * (2 * size - shared)).hex(" ", 6)
        texts += [drawn[: 13 * size], drawn[13 * (size - shared) :]]
    return pa.array(texts)


def estimates(column: pa.Array, kernel: minhash.Kernel = "sketch", values: int = 256) -> Floats:
    """Estimated similarity of every pair of consecutive documents, whose tokens are the shingles."""
    found = minhash.sketch(column, values=values, size=1, rule="words", kernel=kernel)
    first = np.arange(0, len(column), 2)
    return verify.estimates(found.sketches, first, first + 1)


def shared_of(size: int, similar: float) -> tuple[int, float]:
    """How many of `size` tokens two sets must share for about this similarity, and what it is exactly."""
    shared = round(2 * size * similar / (1 + similar))
    return shared, shared / (2 * size - shared)


@given(st.lists(TEXTS, max_size=6), st.sampled_from(RULES), st.sampled_from([8, 64, 250, 256]))
def test_sketches_equal_the_twin(texts: list[str], rule: TokenRule, values: int) -> None:
    """Every byte of every sketch is the twin's; a document of too few tokens has none."""
    found = minhash.sketch(pa.array(texts, pa.string()), values=values, size=5, rule=rule)
    assert signed(found) == [twin(text, rule, values) for text in texts]
    assert found.shingles.tolist() == [len(shingle_hashes(text, rule, 5)) for text in texts]


@pytest.mark.parametrize("tokens", [1, 15, 16, 17, 40, 300, 2000])
@pytest.mark.parametrize("values", [8, 112, 2048])
def test_sketches_of_few_and_many_shingles(tokens: int, values: int) -> None:
    """The same whether all bins are filled in the first round or most of them never are."""
    text = " ".join(f"t{n}" for n in range(tokens))
    found = minhash.sketch(pa.array([text]), values=values, size=1, rule="words")
    assert signed(found) == [twin(text, "words", values, 1)]


@pytest.mark.parametrize(
    "text",
    ["spam_and_eggs " * 80_000, "before it " + "identifier" * 150_000 + " and two more", "中文" * 180_000],
    ids=["one word", "enormous token", "no ASCII"],
)
def test_sketches_of_several_segments(text: str) -> None:
    """A document that is tokenised in pieces, and again for every round, has the sketch of the whole."""
    assert len(text.encode()) > SEGMENT
    found = minhash.sketch(pa.array([text]), values=256, size=5, rule="words")
    assert signed(found) == [twin(text, "words", 256)]


@pytest.mark.parametrize("rule", RULES)
def test_uncompiled(rule: TokenRule, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels mean the same as plain Python as when they are compiled, with short segments too."""
    texts = ["", "a b c d", "def f(x): return x + 1  # é中カก🙂 done x", " ".join(map(str, range(60)))]
    for segment in (None, 20):
        with uncompiled(monkeypatch, segment):
            found = minhash.sketch(pa.array(texts), values=40, size=5, rule=rule)
            keys = minhash.band_keys(found.sketches, np.arange(4, dtype=np.uint64), 4, 9)
        assert signed(found) == [twin(text, rule, 40) for text in texts]
        for n, sketch in enumerate(signed(found)):
            assert sketch is None or keys[:, n].tolist() == band_keys(sketch, n, 4, 9)


@given(
    st.lists(st.binary(min_size=60, max_size=60), min_size=1, max_size=5),
    st.integers(0, (1 << 64) - 1),
    st.integers(1, 60),
    st.data(),
)
def test_band_keys_equal_the_twin(sketches: list[bytes], group: int, rows: int, data: st.DataObject) -> None:
    """Every key of every band is the twin's, for any number of rows and any group."""
    bands = data.draw(st.integers(1, 60 // rows))
    array = np.frombuffer(b"".join(sketches), np.uint8).reshape(-1, 60)
    keys = minhash.band_keys(array, np.full(len(array), group, np.uint64), bands, rows)
    assert keys.T.tolist() == [band_keys(sketch, group, bands, rows) for sketch in sketches]


def test_what_makes_band_keys_differ() -> None:
    """Another byte in the band, another band or another group gives another key; bytes elsewhere do not."""
    sketches = np.zeros((3, 256), np.uint8)
    sketches[1, 0], sketches[2, 255] = 1, 1
    keys = minhash.band_keys(sketches, np.array([7, 7, 7], np.uint64), 31, 8)
    assert len(set(keys[:, 0].tolist())) == 31
    assert keys[0, 0] != keys[0, 1]
    assert (keys[1:, 0] == keys[1:, 1]).all()
    assert (keys[:, 0] == keys[:, 2]).all()
    other = minhash.band_keys(sketches, np.array([8, 8, 8], np.uint64), 31, 8)
    assert not set(other.ravel().tolist()) & set(keys.ravel().tolist())


def test_the_multipliers_are_pinned() -> None:
    """Sketches on disk stay comparable: the multipliers do not depend on the version of NumPy."""
    seeds = minhash.seeds(256)
    assert seeds.rounds.tolist() == [0xC621FBCD16D92689, 0x705A5661A791FFC1, 0xDBCD12C26EDA1625]
    assert seeds.factors[:2].tolist() == [0xB286B60F, 0x181C01B5]
    assert seeds.addends[:2].tolist() == [0x982CCDF9, 0x256B9C17]
    assert all(int(value) % 2 for value in (*seeds.rounds, *seeds.factors))


@pytest.mark.parametrize("size", [20, 60, 300, 5000])
def test_estimates_have_no_bias_and_little_spread(size: int) -> None:
    """The mean error is none, and the standard deviation at most 1.1 times that of as many MinHash values."""
    for similar in (0.1, 0.3, 0.5, 0.7, 0.85, 0.95):
        shared, exact = shared_of(size, similar)
        pairs = 100 if size == 5000 else PAIRS
        errors = estimates(documents(size, shared, size + round(100 * similar), pairs)) - exact
        expected = float(banding.standard_deviation(exact, 256))
        assert abs(errors.mean()) < 3.5 * expected / len(errors) ** 0.5, (similar, errors.mean())
        assert errors.std() < 1.1 * expected, (similar, errors.std(), expected)


@pytest.mark.parametrize(("size", "pairs"), [(30, 200), (300, 200), (2000, 25)])
def test_estimates_are_no_worse_than_datasketchs(size: int, pairs: int) -> None:
    """Both agree with the truth, and the squared errors of ours are no larger over all similarities."""
    errors: dict[minhash.Kernel, list[float]] = {"sketch": [], "datasketch": []}
    for similar in (0.3, 0.6, 0.8):
        shared, exact = shared_of(size, similar)
        column = documents(size, shared, size + round(100 * similar), pairs)
        spread = float(banding.standard_deviation(exact, 256))
        for kernel, own in errors.items():
            found = estimates(column, kernel) - exact
            assert abs(found.mean()) < 3.5 * spread / pairs**0.5
            own.extend(((found / spread) ** 2).tolist())
    assert np.mean(errors["sketch"]) < 1.05 * np.mean(errors["datasketch"])


def test_datasketchs_kernel_signs_the_same_documents() -> None:
    """Documents without a sketch, and the numbers of shingles, are those of the fast kernel."""
    column = pa.array(["", "a b c d", "a b c d e", "a a a a a a a", "é " * 9])
    both = [
        minhash.sketch(column, values=64, size=5, rule="words", kernel=kernel)
        for kernel in ("sketch", "datasketch")
    ]
    assert both[0].shingles.tolist() == both[1].shingles.tolist() == [0, 0, 1, 3, 5]
    assert (both[1].sketches[3] != both[1].sketches[4]).any()


@pytest.mark.parametrize(("bands", "rows"), [(32, 8), (25, 10), (42, 6)])
def test_candidates_are_as_frequent_as_the_curve_says(bands: int, rows: int) -> None:
    """Of pairs at a similarity, the share that agrees in a whole band is the S-curve's."""
    pairs = 500
    for similar in (0.5, 0.6, 0.7, 0.8):
        shared, exact = shared_of(400, similar)
        column = documents(400, shared, round(100 * similar) + rows, pairs)
        found = minhash.sketch(column, values=256, size=1, rule="words")
        keys = minhash.band_keys(found.sketches, np.zeros(len(column), np.uint64), bands, rows)
        share = (keys[:, ::2] == keys[:, 1::2]).any(axis=0).mean()
        expected = float(banding.candidate_probability(exact, bands, rows))
        within = 3.5 * (expected * (1 - expected) / pairs) ** 0.5 + 1 / pairs
        assert abs(share - expected) < within, (similar, share, expected)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 99), min_size=1, max_size=60), st.randoms())
def test_a_sketch_depends_on_the_set_only(numbers: list[int], random: Any) -> None:
    """Neither the order of the shingles nor how often each occurs changes the sketch."""
    mixed = [*numbers, *random.sample(numbers, len(numbers))]
    random.shuffle(mixed)
    column = pa.array([" ".join(map(str, tokens)) for tokens in (numbers, mixed)])
    one, other = signed(minhash.sketch(column, values=64, size=1, rule="words"))
    assert one == other


def test_a_subset_of_columns_gives_the_same_sketches() -> None:
    """However a column is sliced, a document has the same sketch."""
    column = documents(50, 10, 3, 20)
    whole = signed(minhash.sketch(column, values=64, size=5, rule="words"))
    places: Ints = np.arange(0, 41, 7)
    parts = [column.slice(start, 7) for start in places]
    assert [
        row for part in parts for row in signed(minhash.sketch(part, values=64, size=5, rule="words"))
    ] == whole
