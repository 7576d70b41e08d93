"""One row per document and decision, and counts that add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BrokenRunError
from curation.ledger import SCHEMA, Counts, Ledger


def test_a_drop_has_its_reason_value_and_threshold_in_the_table() -> None:
    """A dropped document's row says which signal missed which threshold."""
    ledger = Ledger()
    ledger.drop("a", "filters", "max_line_length", signal="max_line_length", value=1412.0, threshold=1000.0)
    row = ledger.take().to_pylist()[0]
    assert row == {
        "id": "a",
        "stage": "filters",
        "decision": "dropped",
        "reason": "max_line_length",
        "signal": "max_line_length",
        "value": 1412.0,
        "threshold": 1000.0,
        "detail": None,
    }


def test_an_empty_ledger_is_a_table_with_all_columns() -> None:
    """A task that read nothing still writes a readable ledger."""
    assert Ledger().take().schema == SCHEMA


@given(st.lists(st.sampled_from(["keep", "drop", "change"])))
def test_kept_and_dropped_always_add_up_to_what_was_read(decisions: list[str]) -> None:
    """Changes come in addition; keeps and drops are the reads."""
    ledger = Ledger()
    for number, decision in enumerate(decisions):
        if decision == "change":
            ledger.change(str(number), "read", "bom_removed")
        elif decision == "keep":
            ledger.counts.read += 1
            ledger.keep(str(number), "filters")
        else:
            ledger.counts.read += 1
            ledger.drop(str(number), "read", "empty")
    ledger.counts.check("this")
    assert ledger.take().num_rows == len(decisions)


def test_a_lost_document_fails_the_task() -> None:
    """One document too few is an error that names the numbers."""
    counts = Counts(read=3, kept=1)
    counts.dropped["read/empty"] = 1
    with pytest.raises(BrokenRunError, match=r"unit-7: 3 documents were read, but 1 kept \+ 1 dropped = 2"):
        counts.check("unit-7")


def test_counts_survive_json_and_addition() -> None:
    """What a task writes into its record is what a pass adds up."""
    counts = Counts(read=2, kept=1, bytes_read=10, bytes_kept=4)
    counts.dropped["read/empty"] += 1
    total = Counts()
    total.add(Counts.from_json(counts.as_json()))
    total.add(counts)
    assert total.as_json() == {
        "read": 4,
        "kept": 2,
        "dropped": {"read/empty": 2},
        "changed": {},
        "bytes_read": 20,
        "bytes_kept": 8,
        "kinds": {},
    }


def test_documents_are_counted_by_kind_and_must_add_up() -> None:
    """Every kind has its own sum; a document that is lost in one kind fails the task, whatever the whole."""
    ledger = Ledger()
    ledger.read("a", "code", 10)
    ledger.read("b", "issues", 20)
    ledger.read("c", "issues")
    ledger.keep("a", "filters")
    ledger.drop("b", "issues", "too_short")
    with pytest.raises(BrokenRunError, match="unit-7: 2 documents of kind issues were read, but 0 kept"):
        ledger.counts.check("unit-7")
    ledger.keep("c", "filters")
    ledger.counts.check("unit-7")
    assert (ledger.counts.read, ledger.counts.bytes_read) == (3, 30)
    assert ledger.counts.as_json()["kinds"] == {
        "code/kept": 1,
        "code/read": 1,
        "issues/dropped": 1,
        "issues/kept": 1,
        "issues/read": 2,
    }
    assert Counts.from_json(ledger.counts.as_json()) == ledger.counts
