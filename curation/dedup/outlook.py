"""What near-dedup will find and cost, before anything is read.

    outlook(NearSettings(), documents=10**9, text_bytes=9 * 10**12).tasks["match"] -> 512

Says which share of pairs at each Jaccard similarity becomes a candidate, and for each pass its tasks, the
bytes that it leaves on disk, the memory of a task and the hours of one core. Sizes follow from the formats
(`curation.dedup.signatures`, `curation.blocks.near`); rates and the share of documents that are compared
are `MEASURED` on one corpus of real code, so they are an estimate. Reads nothing.
"""

from dataclasses import dataclass
from typing import Any

from curation.dedup import banding, signatures
from curation.dedup.jaccard import COMPARED_SHINGLES
from curation.dedup.match import PAIRS_AT_ONCE
from curation.dedup.near import NearSettings

MEASURED = {
    "sign": 230e6,
    "match": 7e6,
    "estimate": 1.2e6,
    "shingle": 215e6,
    "compare": 0.16e6,
    "cluster": 1.1e6,
}
"""Rates of one core: bytes of text a second for sign and shingle; for match, documents times bands; for
estimate and compare, pairs; for cluster, documents. From tests/benchmarks/near_dedup_stages.py on 3.5 GB."""
CANDIDATES = 2.3
"""Candidate pairs per document, by the same benchmark."""
COMPARED = 1.45
"""Pairs per document that the sketches do not refuse."""
SHINGLES = 0.3
"""Bytes on disk of the shingle sets that are compared, per byte of text."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass of near-dedup costs."""

    tasks: int
    """0 where it is as many as there are units."""
    disk_bytes: int
    memory_bytes: int
    """Peak of one task beside the interpreter and its libraries (0.3 GB)."""
    core_hours: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What near-dedup will find and cost."""

    documents: int
    bands: int
    rows: int
    s_curve: tuple[tuple[float, float], ...]
    """Jaccard similarity, and the share of such pairs that become candidates."""
    recall: float
    """The same over all pairs from the threshold to 1, if they were spread evenly; code has more near 1."""
    deviation: float
    """Standard deviation of an estimate at the threshold."""
    passes: dict[str, Pass]

    @property
    def tasks(self) -> dict[str, int]:
        """Tasks of every pass."""
        return {name: each.tasks for name, each in self.passes.items()}


def outlook(settings: NearSettings, documents: int, text_bytes: int) -> Outlook:
    """What near-dedup of so many documents will find and cost.

    Args:
        settings: How it is done.
        documents: Documents that exact dedup keeps.
        text_bytes: Bytes of their texts.
    """
    bands, rows = settings.banding
    return Outlook(
        documents=documents,
        bands=bands,
        rows=rows,
        s_curve=tuple(banding.s_curve(bands, rows)),
        recall=banding.expected_recall(settings.threshold, bands, rows),
        deviation=float(banding.standard_deviation(settings.threshold, settings.values)),
        passes=_passes(settings, documents, text_bytes, bands),
    )


def _passes(settings: NearSettings, documents: int, text_bytes: int, bands: int) -> dict[str, Pass]:
    plan = signatures.plan_near(documents, bands)
    blocks = len(plan.blocks)
    entry = signatures.signature_type(settings.values).itemsize
    exact = settings.verify == "exact"
    shingled = SHINGLES * text_bytes if exact else 0.0
    pairs = CANDIDATES * documents
    compared = COMPARED * documents if exact else 0.0
    per_block = documents / blocks

    def hours(amount: float, name: str) -> float:
        return amount / MEASURED[name] / 3600

    def cost(tasks: int, disk: float, memory: float, time: float) -> Pass:
        return Pass(tasks, int(disk), int(memory), time)

    chunk = min(documents, signatures.CHUNK_DOCUMENTS)
    keys = documents / plan.partitions
    match_pairs = min(2 * CANDIDATES / plan.match_tasks * documents * 8, 2 * 8 * PAIRS_AT_ONCE)
    return {
        "sign": cost(
            0,
            documents * (entry + bands * signatures.BAND.itemsize),
            chunk * (2 * entry + 8 * bands) + (192 << 20),
            hours(text_bytes, "sign"),
        ),
        "match": cost(
            plan.match_tasks, pairs * 1.7 * 8, 44 * keys + match_pairs, hours(documents * bands, "match")
        ),
        "estimate": cost(
            blocks,
            12 * pairs * 0.6,
            3 * 8 * CANDIDATES * per_block + (600 << 20),
            hours(pairs, "estimate"),
        ),
        "shingle": cost(0, shingled, 512 << 20, hours(text_bytes if exact else 0, "shingle")),
        "compare": cost(
            blocks,
            12 * compared * 0.6,
            3 * 8 * COMPARED_SHINGLES + 40 * COMPARED * per_block,
            hours(compared, "compare"),
        ),
        "cluster": cost(
            1, 28 * documents * 0.4, documents + 24 * min(documents, 32_000_000), hours(documents, "cluster")
        ),
    }


def as_json(found: Outlook) -> dict[str, Any]:
    """The outlook as JSON values."""
    return {
        "documents": found.documents,
        "bands": found.bands,
        "rows": found.rows,
        "s_curve": [list(point) for point in found.s_curve],
        "recall": found.recall,
        "deviation": found.deviation,
        "passes": {
            name: {
                "tasks": each.tasks or "one per unit",
                "disk_bytes": each.disk_bytes,
                "memory_bytes": each.memory_bytes,
                "core_hours": each.core_hours,
            }
            for name, each in found.passes.items()
        },
    }
