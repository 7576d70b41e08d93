"""What near-dedup is expected to find and cost, from one document to a billion."""

import json

import pytest

from curation.dedup import signatures
from curation.dedup.banding import candidate_probability
from curation.dedup.near import NearSettings
from curation.dedup.outlook import as_json, outlook

GIGABYTE = 10**9


def test_a_billion_documents_fit() -> None:
    """No task of 10^9 documents needs more than 4 GB, and every pass but the last has many tasks."""
    found = outlook(NearSettings(), 10**9, 9 * 10**12)
    assert all(each.memory_bytes < 4 * GIGABYTE for each in found.passes.values())
    assert found.tasks == {
        "sign": 0,
        "match": 512,
        "estimate": 1908,
        "shingle": 0,
        "compare": 1908,
        "cluster": 1,
    }


def test_signatures_take_what_their_format_says() -> None:
    """Bytes of the sign pass are those of its two large files."""
    settings = NearSettings(values=256, bands=32, rows=8)
    entry = signatures.signature_type(256).itemsize + 32 * signatures.BAND.itemsize
    assert entry == 664
    assert outlook(settings, 1000, 10**7).passes["sign"].disk_bytes == 1000 * entry


def test_the_curve_is_that_of_the_bands() -> None:
    """The share of pairs that is found comes from the settings, chosen bands included."""
    found = outlook(NearSettings(bands=0, rows=0), 1000, 10**7)
    assert (found.bands, found.rows) == (25, 10)
    for jaccard, share in found.s_curve:
        assert share == pytest.approx(float(candidate_probability(jaccard, 25, 10)))
    assert 0.9 < found.recall < outlook(NearSettings(), 1000, 10**7).recall < 1


@pytest.mark.parametrize("verify", ["none", "sketch"])
def test_without_exact_comparison_no_text_is_read_again(verify: str) -> None:
    """Shingle and compare cost nothing if nothing is compared exactly."""
    passes = outlook(NearSettings.model_validate({"verify": verify}), 10**6, 10**10).passes
    for name in ("shingle", "compare"):
        assert passes[name].disk_bytes == passes[name].core_hours == 0
    assert outlook(NearSettings(), 10**6, 10**10).passes["shingle"].disk_bytes > GIGABYTE


@pytest.mark.parametrize("documents", [1, 20_000, 20_001, 10**7])
def test_costs_are_finite_and_grow_with_the_corpus(documents: int) -> None:
    """A corpus of twice the size costs no less of anything; the outlook is JSON."""
    small, large = (outlook(NearSettings(), n, 9000 * n) for n in (documents, 2 * documents))
    for name, each in small.passes.items():
        assert 0 <= each.disk_bytes <= large.passes[name].disk_bytes
        assert 0 < each.core_hours <= large.passes[name].core_hours
        assert each.memory_bytes > 0
    found = json.loads(json.dumps(as_json(small)))
    assert found["documents"] == documents
    assert found["passes"]["sign"]["tasks"] == "one per unit"
