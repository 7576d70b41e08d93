"""The block that splits what belongs together but is spread over many input files (see `curation.grouping`).

`Group` reads one input of a source that needs it, and leaves its events by issue and pull request; the
units of the clean pass read them back, each a partition of all.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation.blocks.progress import OnProgress, unheard
from curation.layout import group_folder
from curation.ledger import Counts
from curation.manifest import UnitList
from curation.sources import github_events
from curation.tasks import TaskFolder

STAGE = "group"


class Group(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """What one input holds, by what it belongs to; events of other types are counted and left."""

    name, type = "🗂 group", "📖 - READER"

    def __init__(self, run: Path, inputs: UnitList) -> None:
        super().__init__()
        self.run_folder = run
        self.inputs = inputs
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Write the items of input number `rank`; yields no document."""
        unit, settings = self.inputs(rank)
        assert isinstance(settings, github_events.Settings)
        parent = self.run_folder / group_folder(self.inputs.source_of(rank))
        with TaskFolder(parent, github_events.task_name(rank)) as task:
            found = github_events.group(unit, settings, task.folder)
            left = Counter({f"{STAGE}/{kind}": count for kind, count in found.left.items()})
            counts = Counts(found.read, found.kept, left)
            counts.bytes_read, counts.bytes_kept = unit.size, found.bytes_kept
            counts.check(task.folder.name)
            self.on_progress(counts.read, counts.bytes_read)
            task.commit({"counts": counts.as_json(), "unreadable": dict(found.unreadable)}, found.files)
        yield from ()
