"""The block drops documents that hold benchmark items, and lists what it found."""

import json
from typing import Any

from datatrove.data import Document

from curation.blocks.decontaminate import Decontaminate
from curation.decontaminate.benchmarks import load
from curation.decontaminate.hits import Hits
from curation.decontaminate.settings import BenchmarkSettings, DecontaminateSettings
from curation.ledger import Ledger

ITEMS = {(text.item, text.field): text.text for text in load(BenchmarkSettings(name="sample"))}
SOLUTION = ITEMS["Sample/3", "solution"]
WORDS = ITEMS["Sample/0", "docstring"].split()


def passed(
    *texts: str, kind: str = "code", **settings: Any
) -> tuple[list[str], Ledger, list[dict[str, Any]]]:
    """Texts that pass, the ledger and the rows of hits."""
    ledger, hits = Ledger(), Hits()
    block = Decontaminate(
        DecontaminateSettings.model_validate({"benchmarks": ["sample"], **settings}), ledger, hits
    )
    documents = [Document(text, f"000000-{n:08d}", metadata={"kind": kind}) for n, text in enumerate(texts)]
    kept = [doc.text for doc in block.run(iter(documents))]
    return kept, ledger, hits.take().to_pylist()


def test_a_contaminated_document_is_dropped_with_the_item() -> None:
    """Reason: the benchmark; detail: the item; the others pass unchanged."""
    kept, ledger, hits = passed("x = 1\n", f"def f():\n    {SOLUTION}\n", "y = 2\n")
    assert kept == ["x = 1\n", "y = 2\n"]
    assert ledger.counts.dropped == {"decontaminate/sample": 1}
    (row,) = ledger.take().to_pylist()
    assert (row["id"], row["stage"], row["reason"]) == ("000000-00000001", "decontaminate", "sample")
    assert (row["signal"], row["value"], row["detail"]) == ("exact", 1.0, "Sample/3")
    assert [(hit["id"], hit["item"], hit["field"]) for hit in hits] == [
        ("000000-00000001", "Sample/3", "solution")
    ]


def test_a_near_miss_passes_and_is_listed() -> None:
    """Only rows of hits tell of it."""
    text = " / ".join(WORDS[:16])
    kept, ledger, hits = passed(text)
    assert kept == [text]
    assert ledger.take().num_rows == 0
    assert [(hit["method"], hit["contaminated"]) for hit in hits] == [("ngram", False)]
    assert 0.2 <= hits[0]["score"] < 0.5


def test_only_the_kinds_asked_for_are_checked() -> None:
    """A document of another kind passes unread."""
    assert passed(SOLUTION, kind="issues", kinds=["code"])[0] == [SOLUTION]
    assert passed(SOLUTION, kind="code", kinds=["code"])[0] == []
    assert passed(SOLUTION, kind="issues")[0] == []


def test_without_benchmarks_everything_passes() -> None:
    """Off by default."""
    kept, _, hits = passed(SOLUTION, benchmarks=[])
    assert (kept, hits) == ([SOLUTION], [])


def test_hits_hold_no_text_of_documents() -> None:
    """Only numbers and names of benchmark items."""
    _, ledger, hits = passed(f"password_of_ann = 1\n{SOLUTION}\n")
    assert "password_of_ann" not in json.dumps([*hits, *ledger.take().to_pylist()])
