"""How many documents of each kind there are after each pass."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from curation.report.kinds import kinds_of, kinds_table, refusals

CLEAN = {
    "kinds": {"code/read": 9, "code/kept": 7, "code/dropped": 2, "issues/read": 5, "issues/dropped": 5},
    "dropped": {"filters/max_line_length": 2, "issues/too_short": 4, "issues/bots_only": 1, "read/binary": 0},
}


def manifest(**passes: Any) -> dict[str, Any]:
    """A manifest with the counts of these passes."""
    return {"version": 1, "name": "x", "state": "clean", "config": {}, "passes": passes, "files": []}


def test_each_pass_that_is_done_has_a_count() -> None:
    """A kind that no document passed has zeros, a kind that was not read has no row."""
    found = manifest(clean=CLEAN, finish={"kinds": {"code/read": 7, "code/kept": 6, "code/dropped": 1}})
    assert kinds_of(found) == [
        {"kind": "code", "read": 9, "clean": 7, "finish": 6},
        {"kind": "issues", "read": 5, "clean": 0, "finish": 0},
    ]
    assert kinds_of(manifest()) == []


def test_reasons_against_a_kind_are_counted() -> None:
    """Reasons of other stages are not among them."""
    assert list(refusals(manifest(clean=CLEAN))) == [("issues", "too_short", 4), ("issues", "bots_only", 1)]


def test_the_terminal_shows_kinds_unless_there_is_only_code(tmp_path: Path) -> None:
    """With the most frequent reason against each."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest(clean=CLEAN)))
    console = Console(width=120, record=True, file=StringIO())
    console.print(kinds_table(tmp_path))
    assert "too_short (4)" in console.export_text()
    only = {"kinds": {"code/read": 1, "code/kept": 1}, "dropped": {}}
    path.write_text(json.dumps(manifest(clean=only)))
    assert kinds_table(tmp_path) is None
