"""The second pass of near-dedup: which documents share a whole band.

    bands.npy of all units  ->  match-00003/pairs-0000.npy: candidate pairs, ascending, each once

A task reads one partition of the keys of a few bands, one band at a time. Judges no pair. Memory: 44 bytes
per key of one band and partition, and `PAIRS_AT_ONCE` pairs three times. Where every document is in a large
run, one band has 14 pairs for each, which is four times 0.9 GB for a full partition.
"""

from typing import Any

import numpy as np
from datatrove.pipeline.base import PipelineStep

from curation.arrays import write_array
from curation.blocks.near.shared import Documents, NearRun
from curation.blocks.progress import OnProgress, unheard
from curation.dedup import match
from curation.dedup.match import PAIRS_AT_ONCE
from curation.dedup.tokens import Hashes
from curation.layout import match_name
from curation.shards import FileRecord
from curation.tasks import TaskFolder

HIGHER = np.uint64(0xFFFFFFFF)
"""The bits of a pair that hold its higher document number."""


class MatchBands(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Which documents share a whole band? Candidate pairs of some bands, in one key partition."""

    name, type = "🧮 match bands", "🫂 - DEDUP"

    def __init__(self, near: NearRun) -> None:
        super().__init__()
        self.near = near
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Match band group `rank // partitions` in partition `rank % partitions`; yields no document."""
        near = self.near
        group, partition = divmod(rank, near.split.partitions)
        signatures = near.signatures
        banding = near.settings.banding
        found: list[Hashes] = []
        large = inside = 0
        files: list[FileRecord] = []
        with TaskFolder(near.run / "match", match_name(rank)) as task:
            for band in range(*near.split.band_groups[group]):
                keys, numbers = signatures.band(band, partition, near.split, banding)
                pairs, runs, members = match.candidates(
                    keys, numbers, lambda asked: signatures.take_field(asked.astype(np.int64), "policy")
                )
                del keys, numbers
                found = [match.unique([*found, pairs[pairs & HIGHER >= np.uint64(near.indexed)]])]
                self.on_progress(len(found[0]), 0)
                large += runs
                inside += members
                if len(found[0]) > PAIRS_AT_ONCE:
                    files.append(write_array(task.folder / f"pairs-{len(files):04d}.npy", found.pop()))
            files.append(write_array(task.folder / f"pairs-{len(files):04d}.npy", match.unique(found)))
            rows = sum(file.rows for file in files)
            task.commit({"pairs": rows, "large_runs": large, "in_large_runs": inside}, files)
        yield from ()
