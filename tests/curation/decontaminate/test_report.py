"""Tables and text of what was found."""

import io
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from curation.decontaminate import report
from curation.decontaminate.hits import Hit, Hits
from curation.decontaminate.scan import FileHits, FoundHit


def some() -> Hits:
    """Two contaminated documents, one of them twice, and one near miss."""
    hits = Hits()
    exact = Hit("mbpp", "11", "code", "exact", 0, 9, 1.0, contaminated=True)
    renamed = Hit("mbpp", "11", "code", "identifiers", 0, 9, 1.0, contaminated=True)
    near = Hit("gsm8k", "7", "question", "ngram", 0, 9, 0.25, contaminated=False)
    hits.add("a", [exact, near])
    hits.add("b", [renamed])
    hits.add("c", [near])
    return hits


def shown(parts: Iterable[Any]) -> str:
    """What a terminal shows."""
    console = Console(width=160, file=io.StringIO(), record=True)
    for part in parts:
        console.print(part)
    return console.export_text()


def test_items_are_counted_by_document_and_method() -> None:
    """Most documents first; near misses are counted apart."""
    rows = report.items(some().take()).to_dict("records")
    assert [(row["item"], row["documents"], row["near"]) for row in rows] == [("11", 2, 0), ("7", 0, 2)]
    assert (rows[0]["exact"], rows[0]["identifiers"], rows[0]["ngram"]) == (1, 1, 0)
    assert rows[1]["score"] == 0.25


def test_benchmarks_count_each_document_once() -> None:
    """Near misses of contaminated documents are no further documents."""
    rows = {row["benchmark"]: row for row in report.benchmarks(some().take()).to_dict("records")}
    assert rows["mbpp"] == {"benchmark": "mbpp", "items": 1, "documents": 2, "near": 0}
    assert rows["gsm8k"] == {"benchmark": "gsm8k", "items": 0, "documents": 0, "near": 1}


def test_a_run_is_told_in_words() -> None:
    """Both tables; and that there was nothing."""
    text = shown(report.parts(some().take()))
    assert "by benchmark" in text
    assert "by item" in text
    assert "gsm8k" in text
    assert "no document holds anything" in shown(report.parts(Hits().take()))


def test_a_file_is_told_without_its_text() -> None:
    """Line, verdict, item, method; nothing for a file without hits; hostile names are made visible."""
    hit = Hit("mbpp", "11\x1b[31m", "code", "ngram", 0, 9, 0.25, contaminated=False)
    text = shown(report.file_parts(FileHits("a\u202e.py", 100, (FoundHit(3, hit),))))
    assert "near miss  mbpp 11⟨ESC⟩[31m code  ngram  characters 0-9, score 0.25" in text
    assert "⟨U+202E⟩" in text
    assert shown(report.file_parts(FileHits("b.py", 100))) == ""


def test_presets_are_listed() -> None:
    """Name, meaning, place."""
    assert "google-research-datasets/mbpp" in shown(report.preset_parts())
    assert set(report.presets_as_json()) >= {"mbpp"}
