"""How many documents of each kind there are after each pass, and why the others are not made.

    kinds_of(manifest) -> [{"kind": "issues", "read": 900, "clean": 610, "finish": 540, "render": 540}, ...]

Counts only, out of the manifest, so it answers at once and also for a run that is not finished.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from curation.ledger import KINDS
from curation.report.views import read_manifest

ORDER = ("code", *KINDS)
PASSES = {"clean": "made and clean", "finish": "unique and redacted", "render": "rendered"}
"""Passes that count by kind, and what a document is after each."""


def kinds_of(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per kind that was read: kind, read, and the documents kept by each pass that is done."""
    passes = manifest["passes"]
    done = {name: passes[name].get("kinds", {}) for name in PASSES if name in passes}
    first = done.get("clean", {})
    return [
        {
            "kind": kind,
            "read": first[f"{kind}/read"],
            **{name: counts.get(f"{kind}/kept", 0) for name, counts in done.items()},
        }
        for kind in ORDER
        if first.get(f"{kind}/read")
    ]


def refusals(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """(kind, reason, documents) of what could not be made into a document, most frequent first in a kind."""
    dropped = manifest["passes"].get("clean", {}).get("dropped", {})
    for kind in KINDS:
        own = [(key.partition("/")[2], count) for key, count in dropped.items() if key.startswith(f"{kind}/")]
        for reason, count in sorted(own, key=lambda item: (-item[1], item[0])):
            yield kind, reason, count


def kinds_table(run: Path) -> Table | None:
    """The kinds of a run for the terminal; None if there is only code.

    Raises:
        BadInputError: If `run` is not the folder of a run.
    """
    manifest = read_manifest(run)
    rows = kinds_of(manifest)
    if {row["kind"] for row in rows} <= {"code"}:
        return None
    shown = [name for name in PASSES if any(name in row for row in rows)]
    table = Table("kind", "read", *(PASSES[name] for name in shown), "most frequent reason against it")
    reasons: dict[str, str] = {}
    for kind, reason, count in refusals(manifest):
        reasons.setdefault(kind, f"{reason} ({count:,})")
    for row in rows:
        numbers = (f"{row[name]:,}" for name in ("read", *shown))
        table.add_row(row["kind"], *numbers, reasons.get(row["kind"], ""))
    return table
