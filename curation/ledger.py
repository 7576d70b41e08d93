"""One row per document and decision, and the rule that they add up.

    drop("000003-00000017", "filters", "max_line_length", signal=..., value=1412, threshold=1000)

Each document that a pass reads has exactly one final row, kept or dropped; rows with `changed` come in
addition. After a task and after a pass, read = kept + dropped by reason must hold, else the run fails.
The ledger holds ids, numbers and short fixed words, never content.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from curation.errors import BrokenRunError

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("stage", pa.string()),
        ("decision", pa.string()),
        ("reason", pa.string()),
        ("signal", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("detail", pa.string()),
    ]
)
KINDS = ("jupyter-scripts", "jupyter-structured", "kaggle", "issues", "pull-requests", "commits")
"""Kinds of documents but code; each is also the stage that makes them, or refuses to."""
STAGES = (
    "read",
    *KINDS,
    "optout",
    "language",
    "licence",
    "filters",
    "exact_dedup",
    "near_dedup",
    "pii",
    "decontaminate",
    "render",
)
"""Every stage that can drop a document, in the order in which a document meets them."""


@dataclass(slots=True)
class Counts:
    """What a task or a pass did to its documents."""

    read: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """By "stage/reason"."""
    changed: Counter[str] = field(default_factory=Counter)
    """By "stage/reason"."""
    bytes_read: int = 0
    """UTF-8 bytes of the documents that could be decoded."""
    bytes_kept: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """By "kind/read", "kind/kept" and "kind/dropped"."""

    def add(self, other: "Counts") -> None:
        """Add another task's counts to these."""
        self.read += other.read
        self.kept += other.kept
        self.dropped.update(other.dropped)
        self.changed.update(other.changed)
        self.bytes_read += other.bytes_read
        self.bytes_kept += other.bytes_kept
        self.kinds.update(other.kinds)

    def check(self, what: str) -> None:
        """Refuse counts that do not add up.

        Args:
            what: Whose counts these are, for the message.

        Raises:
            BrokenRunError: If read differs from kept + dropped, in all or for a kind.
        """
        for kind in {key.partition("/")[0] for key in self.kinds}:
            seen, kept, gone = (self.kinds[f"{kind}/{how}"] for how in ("read", "kept", "dropped"))
            if seen != kept + gone:
                raise BrokenRunError(
                    f"{what}: {seen} documents of kind {kind} were read, but {kept} kept + {gone} dropped "
                    f"= {kept + gone}. This is a defect of the tool; nothing of this task was kept."
                )
        dropped = sum(self.dropped.values())
        if self.read != self.kept + dropped:
            raise BrokenRunError(
                f"{what}: {self.read} documents were read, but {self.kept} kept + {dropped} dropped "
                f"= {self.kept + dropped}. This is a defect of the tool; nothing of this task was kept."
            )

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON values, reasons sorted."""
        return {
            "read": self.read,
            "kept": self.kept,
            "dropped": dict(sorted(self.dropped.items())),
            "changed": dict(sorted(self.changed.items())),
            "bytes_read": self.bytes_read,
            "bytes_kept": self.bytes_kept,
            "kinds": dict(sorted(self.kinds.items())),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Counts":
        """Counts from what `as_json` wrote."""
        return cls(
            read=values["read"],
            kept=values["kept"],
            dropped=Counter(values["dropped"]),
            changed=Counter(values["changed"]),
            bytes_read=values["bytes_read"],
            bytes_kept=values["bytes_kept"],
            kinds=Counter(values.get("kinds", {})),
        )


class Ledger:
    """The counts of one task, and its ledger rows until they are taken to be written."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._rows: list[tuple[Any, ...]] = []
        self._kinds: dict[str, str] = {}
        """Of the documents that are under way."""

    def read(self, document: str, kind: str, size: int = 0) -> None:
        """Record that the pass has read a document of `size` bytes."""
        self.counts.read += 1
        self.counts.bytes_read += size
        self.counts.kinds[f"{kind}/read"] += 1
        self._kinds[document] = kind

    def keep(self, document: str, stage: str) -> None:
        """Record that the document passed the last stage of the pass."""
        self.counts.kept += 1
        self._gone(document, "kept")
        self._rows.append((document, stage, "kept", "", None, None, None, None))

    def drop(
        self,
        document: str,
        stage: str,
        reason: str,
        *,
        signal: str | None = None,
        value: float | None = None,
        threshold: float | None = None,
        detail: str | None = None,
    ) -> None:
        """Record why a document left; `value` against `threshold` where a number decided."""
        self.counts.dropped[f"{stage}/{reason}"] += 1
        self._gone(document, "dropped")
        self._rows.append((document, stage, "dropped", reason, signal, value, threshold, detail))

    def change(self, document: str, stage: str, reason: str) -> None:
        """Record that a document's text was edited and goes on."""
        self.counts.changed[f"{stage}/{reason}"] += 1
        self._rows.append((document, stage, "changed", reason, None, None, None, None))

    def _gone(self, document: str, how: str) -> None:
        kind = self._kinds.pop(document, "")
        if kind:
            self.counts.kinds[f"{kind}/{how}"] += 1

    def __len__(self) -> int:
        """Rows that are in memory."""
        return len(self._rows)

    def take(self) -> pa.Table:
        """The rows in memory as an Arrow table of `SCHEMA`, in order; the counts stay, the rows are gone."""
        columns = zip(*self._rows, strict=True) if self._rows else [() for _ in SCHEMA]
        arrays = [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)]
        self._rows.clear()
        return pa.Table.from_arrays(arrays, schema=SCHEMA)
