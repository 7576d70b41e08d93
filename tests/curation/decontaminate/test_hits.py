"""The table of hits."""

from curation.decontaminate.hits import SCHEMA, Hit, Hits

HIT = Hit("humaneval", "HumanEval/0", "solution", "exact", 3, 90, 1.0, contaminated=True)


def test_rows_are_taken_once_in_order() -> None:
    """The fields of the hit after the document's id; then they are gone."""
    hits = Hits()
    hits.add("000000-00000001", [HIT])
    hits.add("000000-00000002", [])
    table = hits.take()
    assert table.schema == SCHEMA
    assert table.to_pylist() == [
        {
            "id": "000000-00000001",
            "benchmark": "humaneval",
            "item": "HumanEval/0",
            "field": "solution",
            "method": "exact",
            "start": 3,
            "end": 90,
            "score": 1.0,
            "contaminated": True,
        }
    ]
    assert hits.take().num_rows == 0
