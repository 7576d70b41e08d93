"""Before a long run: read a sample, write nothing, and say what the whole will cost.

    predict(config, seconds=20).seconds -> 5400.0

The sample is taken from units spread evenly over the list, through the very blocks of the clean pass, in
this process, into a temporary folder that is deleted. Times are extrapolated by bytes. The prediction is
as good as the sample is like the rest.
"""

import resource
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from curation import manifest as manifests
from curation import pipeline
from curation.blocks.near import NearRun
from curation.config import Config
from curation.dedup.index import NO_INDEX
from curation.dedup.outlook import as_json, outlook
from curation.filters import warnings
from curation.ledger import Counts
from curation.workspace import make_plan

SAMPLE_UNITS = 8
"""Units that the sample is taken from, at most."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a run is expected to cost and to keep."""

    units: int
    bytes: int
    """Bytes of content to read."""
    sampled_documents: int
    sampled_bytes: int
    bytes_per_second: float
    """Of one worker, over the sample."""
    workers: int
    seconds: float
    """Of the clean pass with all workers."""
    memory_bytes: int
    """Peak of one worker, over the sample."""
    disk_bytes: int
    """Of everything that the run writes."""
    survival: float
    """Share of the documents that the clean pass keeps, 0 to 1."""
    dropped: dict[str, int]
    """Documents of the sample by stage/reason."""
    blocks: tuple[tuple[str, tuple[str, ...]], ...]
    """The blocks of each pass, in order."""
    warnings: tuple[str, ...]
    near: dict[str, Any] | None
    """What near-dedup will find and cost (see `curation.dedup.outlook`); None if it is off."""

    def as_json(self) -> dict[str, Any]:
        """The prediction as JSON values."""
        return asdict(self)


def predict(config: Config, *, seconds: float = 20.0) -> Prediction:
    """Sample the input for about `seconds` and extrapolate. Writes nothing outside a temporary folder."""
    planned = make_plan(config)
    with tempfile.TemporaryDirectory(prefix="curation-plan-") as name:
        folder = Path(name)
        manifests.write_units(folder / manifests.UNITS, planned.units)
        units = manifests.open_units(folder / manifests.UNITS, planned.sources)
        step = max(1, len(units) // SAMPLE_UNITS)
        chosen = list(range(0, len(units), step))[:SAMPLE_UNITS]
        total, spent = Counts(), 0.0
        for unit in chosen:
            started = time.monotonic()
            total.add(_sample(planned.config, units, folder, unit, seconds / len(chosen)))
            spent += time.monotonic() - started
        written = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    rate = total.bytes_read / spent if spent else 0.0
    share = planned.size / total.bytes_read if total.bytes_read else 0.0
    return Prediction(
        units=len(units),
        bytes=planned.size,
        sampled_documents=total.read,
        sampled_bytes=total.bytes_read,
        bytes_per_second=rate,
        workers=config.workers,
        seconds=planned.size / rate / config.workers if rate else 0.0,
        memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        disk_bytes=int(2 * written * share),
        survival=total.kept / total.read if total.read else 0.0,
        dropped=dict(total.dropped.most_common()),
        blocks=_blocks(planned.config, units, folder),
        warnings=warnings(planned.config.filters.profile),
        near=_outlook(planned.config, int(total.kept * share), int(total.bytes_kept * share)),
    )


def _outlook(config: Config, documents: int, text_bytes: int) -> dict[str, Any] | None:
    if not config.dedup.near.enabled:
        return None
    return as_json(outlook(config.dedup.near, documents, text_bytes))


def _sample(config: Config, units: manifests.UnitList, folder: Path, unit: int, seconds: float) -> Counts:
    """Run the clean pass on the first documents of a unit, for a while."""
    blocks = pipeline.clean(config, units, folder, sampled=True)
    reader, *rest = blocks
    data: Any = _for_a_while(reader.run(None, unit, len(units)), seconds)
    for block in rest:
        data = block.run(data, unit, len(units))
    deque(data, maxlen=0)
    counts: Counts = reader.store.counts
    return counts


def _for_a_while(documents: Iterator[Any], seconds: float) -> Iterator[Any]:
    """Documents until the time is up, but at least a hundred."""
    yield from islice(documents, 100)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        batch = list(islice(documents, 20))
        if not batch:
            return
        yield from batch


def _blocks(config: Config, units: manifests.UnitList, run: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    passes = {
        "clean": pipeline.clean(config, units, run),
        "deduplicate": pipeline.deduplicate(config, len(units), run, NO_INDEX),
        **_near_blocks(config, run),
        "finish": pipeline.finish(config, [], 1, run, NO_INDEX),
    }
    return tuple((name, tuple(str(block.name) for block in blocks)) for name, blocks in passes.items())


def _near_blocks(config: Config, run: Path) -> dict[str, pipeline.Pipeline]:
    if not config.dedup.near.enabled:
        return {}
    near = NearRun(run, config.dedup.near, 0)
    return {
        "sign": pipeline.sign(near, 1, 0, frozenset()),
        "match": pipeline.match(near),
        "estimate": pipeline.estimate(near, ()),
        "shingle": pipeline.shingle(near, ()),
        "compare": pipeline.compare(near),
        "cluster": pipeline.cluster(near, 0),
    }
