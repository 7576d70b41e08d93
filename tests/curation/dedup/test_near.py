"""Near-dedup in one process equals brute force over all pairs, and refuses settings that do not fit."""

from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from near_twin import components, near_pairs, shingle_set, star
from pydantic import ValidationError

from curation import config
from curation.dedup.near import NearSettings, Result, deduplicate
from curation.dedup.tokens import TokenRule
from curation.dedup.verify import Verify
from curation.errors import BadConfigError

RULES: tuple[TokenRule, ...] = get_args(TokenRule)
EVERY_PAIR: dict[str, Any] = {"values": 256, "bands": 256, "rows": 1, "margin": 100}
"""So many bands of one value that no pair above 0.3 is missed (once in 10^40), all compared exactly."""


def run(
    texts: list[str], groups: list[int] | None = None, policy: list[int] | None = None, **given_: Any
) -> Result:
    """Near-dedup of texts in one column."""
    return deduplicate(
        lambda: [pa.array(texts, pa.string())],
        NearSettings(**given_),
        groups=None if groups is None else np.array(groups, np.uint64),
        policy=None if policy is None else np.array(policy, np.uint64),
    )


@st.composite
def corpora(draw: st.DrawFn) -> list[str]:
    """Up to 60 short texts in families of at most 20: copies with a few words changed, odd texts between."""
    texts = []
    for family in range(draw(st.integers(0, 3))):
        base = [f"w{family}_{n % 17}" for n in range(draw(st.integers(4, 24)))]
        for _ in range(draw(st.integers(1, 19))):
            places = draw(st.lists(st.integers(0, len(base) - 1), max_size=3))
            copy = [f"c{places.index(n)}" if n in places else word for n, word in enumerate(base)]
            texts.append(draw(st.sampled_from([" ", "\n", " + ", "é "])).join(copy))
    texts += draw(
        st.lists(st.sampled_from(["", " ", "a b c d", "中文中文中文", "....", "🙂" * 9]), max_size=3)
    )
    return draw(st.permutations(texts))


@settings(max_examples=60)
@given(corpora(), st.sampled_from(RULES), st.sampled_from([0.5, 0.7, 0.9]), st.data())
def test_the_same_as_all_pairs(
    texts: list[str], rule: TokenRule, threshold: float, data: st.DataObject
) -> None:
    """Pairs, keepers, similarities and counts are those of comparing each text with each as strings."""
    policy = data.draw(st.lists(st.integers(0, 2), min_size=len(texts), max_size=len(texts)))
    groups = data.draw(st.lists(st.integers(0, 1), min_size=len(texts), max_size=len(texts)))
    cluster = data.draw(st.sampled_from(["star", "components"]))
    order = sorted(range(len(texts)), key=lambda n: (policy[n], n))
    edges = [e for e in near_pairs(texts, rule, threshold) if groups[e[0]] == groups[e[1]]]
    found = run(texts, groups, policy, tokens=rule, threshold=threshold, cluster=cluster, **EVERY_PAIR)
    similar = [np.float32(edge[2]) for edge in edges]
    assert found.pairs.tolist() == [list(edge[:2]) for edge in edges]
    assert found.pair_jaccard.tolist() == similar
    assert found.pair_exact.all()
    if cluster == "components":
        assert found.keeper.tolist() == components(len(texts), edges, order)
    else:
        expected = star(len(texts), edges, order, threshold)
        assert found.jaccard.tolist() == [np.float32(own[1]) for own in expected]
        assert (found.keeper == np.arange(len(texts))).tolist() == [
            n == own[0] for n, own in enumerate(expected)
        ]
        near = {tuple(edge[:2]): np.float32(edge[2]) for edge in edges}
        for n, keeper in enumerate(found.keeper.tolist()):
            assert keeper == n or near[min(n, keeper), max(n, keeper)] == found.jaccard[n]
    counts = found.counts
    assert counts["documents"] == len(texts) == counts["signed"] + counts["too_few_tokens"]
    assert counts["signed"] == sum(bool(shingle_set(text, rule)) for text in texts)
    assert counts["verified_pairs"] == len(edges) <= counts["compared_exactly"] <= counts["candidate_pairs"]
    assert counts["dropped"] == np.count_nonzero(found.keeper != np.arange(len(texts)))


@settings(max_examples=40)
@given(corpora(), st.data())
def test_how_texts_are_cut_into_columns_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    """In one column or several, of 32-bit or 64-bit offsets, some of them empty: the same result."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(texts)), max_size=4)))
    kind = data.draw(st.sampled_from([pa.string(), pa.large_string()]))
    bounds = zip([0, *cuts], [*cuts, len(texts)], strict=True)
    columns = [pa.array(texts, kind).slice(start, end - start) for start, end in bounds]
    one, other = run(texts, margin=100), deduplicate(lambda: columns, NearSettings(margin=100))
    assert one.keeper.tolist() == other.keeper.tolist()
    assert one.jaccard.tolist() == other.jaccard.tolist()
    assert one.pairs.tolist() == other.pairs.tolist()
    assert one.counts == other.counts


@settings(max_examples=40)
@given(corpora(), st.randoms(use_true_random=False))
def test_the_order_of_texts_does_not_change_who_stays(texts: list[str], random: Any) -> None:
    """With a policy that tells all documents apart, shuffled texts keep the same documents."""
    places = random.sample(range(len(texts)), len(texts))
    one = run(texts, policy=list(range(len(texts))), **EVERY_PAIR)
    other = run([texts[place] for place in places], policy=places, **EVERY_PAIR)
    kept = {n for n, keeper in enumerate(one.keeper.tolist()) if keeper == n}
    assert {places[n] for n, keeper in enumerate(other.keeper.tolist()) if keeper == n} == kept
    assert sorted(other.jaccard.tolist()) == sorted(one.jaccard.tolist())


CODE = "".join(f"def name{n}(left, right):\n    return left * {n} + right  # step {n}\n\n" for n in range(12))


@pytest.mark.parametrize("verify", ["none", "sketch", "exact"])
def test_how_pairs_are_verified(verify: Verify) -> None:
    """Unverified, every candidate is a pair; by the sketch, estimates decide; exact ones are marked."""
    texts = [CODE, CODE + "x = 1\n", CODE[: len(CODE) // 2] + CODE[::-1], CODE.replace("left", "l", 4)]
    found = run(texts, verify=verify, bands=64, rows=2, margin=100)
    assert found.pair_exact.all() if verify == "exact" else not found.pair_exact.any()
    assert found.counts["compared_exactly"] == (found.counts["candidate_pairs"] if verify == "exact" else 0)
    if verify == "none":
        assert found.counts["verified_pairs"] == found.counts["candidate_pairs"] == 6
        assert found.pair_jaccard.min() < 0.7
    else:
        assert found.pair_jaccard.min() >= 0.7
        assert found.keeper.tolist() == [0, 0, 2, 0]


def test_texts_are_read_again_only_for_exact_comparison() -> None:
    """Two readings if a pair is compared exactly, else one."""
    readings: list[int] = []

    def columns() -> list[Any]:
        readings.append(1)
        return [pa.array([CODE, CODE + "x = 1\n"])]

    table: list[tuple[Verify, float, int]] = [("exact", 100.0, 2), ("exact", 0.0, 1), ("sketch", 3.0, 1)]
    for verify, margin, expected in table:
        readings.clear()
        found = deduplicate(columns, NearSettings(verify=verify, margin_above=margin))
        assert found.keeper.tolist() == [0, 0]
        assert len(readings) == expected


@pytest.mark.parametrize("columns", [[], [pa.array([], pa.string())], [pa.array(["", "a b c d"])]])
@pytest.mark.parametrize("cluster", ["star", "components"])
def test_nothing_to_compare(columns: list[Any], cluster: Any) -> None:
    """No texts, or only texts of too few tokens: all are kept."""
    count = sum(map(len, columns))
    found = deduplicate(lambda: columns, NearSettings(cluster=cluster))
    assert found.keeper.tolist() == list(range(count))
    assert found.jaccard.tolist() == [1.0] * count
    assert found.pairs.shape == (0, 2)
    assert found.counts["documents"] == found.counts["too_few_tokens"] == count
    assert found.counts["dropped"] == 0


def test_groups_are_never_compared() -> None:
    """The same text in two groups stays in both; without groups one of them goes."""
    assert run([CODE] * 4, groups=[1, 2, 1, 2], verify="none").keeper.tolist() == [0, 1, 0, 1]
    assert run([CODE] * 4).keeper.tolist() == [0, 0, 0, 0]


def test_the_policy_decides_who_stays() -> None:
    """The lowest policy key stays, then the first text; the similarity is the same either way."""
    texts = [CODE, CODE + "x = 1\n", CODE]
    assert run(texts, policy=[5, 3, 5]).keeper.tolist() == [1, 1, 1]
    assert run(texts, policy=[5, 5, 3]).keeper.tolist() == [2, 2, 2]
    assert run(texts).keeper.tolist() == [0, 0, 0]


@pytest.mark.parametrize("tokens", [0, 5, 9, 10])
def test_minimum_tokens(tokens: int) -> None:
    """Texts of fewer tokens than the minimum are left to exact dedup; of nine, at 10."""
    found = run(["a b c d e f g h i"] * 2, minimum_tokens=tokens)
    assert found.keeper.tolist() == ([0, 1] if tokens == 10 else [0, 0])
    assert found.counts["too_few_tokens"] == (2 if tokens == 10 else 0)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"bands": 33, "rows": 8, "values": 256}, "bands x rows: expected at most 256 values, saw 264"),
        ({"values": 128, "bands": 32, "rows": 8}, "bands x rows: expected at most 128 values, saw 256"),
        ({"bands": 32, "rows": 0}, "bands and rows: give both or neither, saw 32 and 0"),
        ({"bands": 0, "rows": 8}, "bands and rows: give both or neither, saw 0 and 8"),
        (
            {"keep": ["stars", "forks", "stars"]},
            r"keep: expected each criterion once, saw \('stars', 'forks', 'stars'\)",
        ),
        ({"threshold": 0}, "dedup.near.threshold: .*greater than 0, saw 0"),
        ({"threshold": 1.1}, "dedup.near.threshold: .*less than or equal to 1, saw 1.1"),
        ({"margin": 101}, "dedup.near.margin: .*less than or equal to 100, saw 101"),
        ({"tokens": "lines"}, "dedup.near.tokens: .*'words' or 'sc1-code', saw 'lines'"),
        ({"treshold": 0.7}, "dedup.near.treshold: there is no such setting; did you mean 'threshold'"),
        ({"profile": "sc3"}, "dedup.near.profile: there is no profile 'sc3'; did you mean 'sc"),
        ({"profile": "zzz"}, "there is no profile 'zzz'; known are default, .*opencoder"),
        ({"profile": "sc1", "values": 64}, "bands x rows: expected at most 64 values, saw 250"),
    ],
)
def test_wrong_settings_are_refused(given_: dict[str, Any], message: str) -> None:
    """A configuration whose settings do not hang together is refused before any data is read."""
    values = {"output": "out", "sources": [{"kind": "folder", "path": "in"}], "dedup": {"near": given_}}
    with pytest.raises(BadConfigError, match=message):
        config.check(values, "test")
    with pytest.raises((ValidationError, BadConfigError)):
        NearSettings(**given_)


def test_a_profile_and_what_differs_from_it() -> None:
    """A profile sets its figures, and what is given beside it wins."""
    settings_ = NearSettings(profile="sc1", threshold=0.8)
    assert (settings_.tokens, settings_.banding, settings_.verify, settings_.threshold) == (
        "sc1-code",
        (25, 10),
        "none",
        0.8,
    )


def test_bands_are_chosen_from_the_threshold() -> None:
    """Bands and rows of 0 are those that datasketch would choose."""
    assert NearSettings(bands=0, rows=0).banding == (25, 10)
    assert NearSettings(bands=0, rows=0).parameters["bands"] == 25


def test_at_a_threshold_of_one_only_equal_sets_are_joined() -> None:
    """With a threshold of 1, texts that differ in one word of 20,000 are both kept."""
    words = [f"w{n}" for n in range(20_000)]
    texts = [" ".join([*words[:n], "changed", *words[n + 1 :]]) for n in range(0, 20_000, 2_000)]
    assert run(texts, threshold=1, margin=100).counts["dropped"] == 0
