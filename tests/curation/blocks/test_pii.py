"""The block replaces what detectors find, and lets nothing pass that cannot be told."""

from typing import Any

import pytest
from datatrove.data import Document

from curation.blocks.pii import Findings, Redact, mask_document
from curation.ledger import Ledger
from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.masked import WITHHELD
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span

SECRET = "vT9qmlwK4zz"  # noqa: S105  # made up
MAIL = "greta.lund@fjordkraft.no"


def document(text: str, number: int = 0, language: str = "Python", path: str = "a.py") -> Document:
    """A document as the finish pass reads it."""
    metadata = {"language": language, "path": path, "length_bytes": len(text.encode())}
    return Document(text, f"000000-{number:08d}", metadata=metadata)


def redacted(*texts: str, settings: PiiSettings | None = None) -> tuple[list[Document], Ledger, Findings]:
    """What the block passes on, and what it has written down."""
    ledger, findings = Ledger(), Findings()
    block = Redact(settings or PiiSettings(), ledger, findings)
    return list(block.run(iter([document(text, n) for n, text in enumerate(texts)]))), ledger, findings


def test_what_is_found_is_replaced_and_counted() -> None:
    """The text holds the replacement; length, ledger and findings say what was done."""
    text = f'password = "{SECRET}"  # ask {MAIL}\n'
    (doc,), ledger, findings = redacted(text)
    assert doc.text == 'password = "<PASSWORD>"  # ask <EMAIL>\n'
    assert doc.metadata["redactions"] == 2
    assert doc.metadata["length_bytes"] == len(doc.text)
    assert ledger.counts.changed == {"pii/email": 1, "pii/password": 1}
    rows = findings.take().to_pylist()
    assert [(row["tag"], text[row["start"] : row["end"]]) for row in rows] == [
        ("PASSWORD", SECRET),
        ("EMAIL", MAIL),
    ]


def test_a_document_without_any_is_passed_on_unchanged() -> None:
    """Nothing found: same text, no row."""
    (doc,), ledger, findings = redacted("x = 1\n")
    assert (doc.text, doc.metadata["redactions"]) == ("x = 1\n", 0)
    assert not ledger.counts.changed
    assert findings.take().num_rows == 0


@pytest.mark.parametrize("reason", ["timeout", "too_large", "too_many_candidates", "detector_failed"])
def test_a_document_that_cannot_be_told_is_set_aside(monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    """It is dropped with the reason, and its neighbours go on."""

    def fail(_self: Detector, documents: Any) -> list[Any]:
        return [DetectorError(reason, "Kind") if "bad" in text else [] for text, _ in documents]

    monkeypatch.setattr(Detector, "find_many", fail)
    passed, ledger, _ = redacted("good = 1\n", "bad = 2\n", "good = 3\n")
    assert [doc.text for doc in passed] == ["good = 1\n", "good = 3\n"]
    assert ledger.counts.dropped == {f"pii/{reason}": 1}
    dropped = ledger.take().to_pylist()[0]
    assert (dropped["id"], dropped["detail"]) == ("000000-00000001", "Kind")


def test_nothing_that_was_found_is_written_down() -> None:
    """Neither ledger nor findings hold the value, in any column."""
    _, ledger, findings = redacted(f'password = "{SECRET}"\nmail = "{MAIL}"\n')
    written = str(ledger.take().to_pylist()) + str(findings.take().to_pylist())
    assert SECRET not in written
    assert MAIL not in written


def test_a_masked_document_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set aside is written without personal data, or not at all if that cannot be told."""
    doc = document(f'password = "{SECRET}"\n')
    assert mask_document(doc, settings=PiiSettings()) == 'password = "<PASSWORD>"\n'
    assert mask_document(doc, settings=PiiSettings(enabled=False)) == doc.text

    def fail(_self: Detector, _text: str, _context: Context) -> list[Span]:
        raise DetectorError("timeout")

    monkeypatch.setattr(Detector, "find", fail)
    assert mask_document(doc, settings=PiiSettings()) == WITHHELD
