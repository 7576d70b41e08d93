"""Before a long run: read a sample, write nothing, and say what the whole will cost.

    predict(config, seconds=20).seconds -> 5400.0

The sample is taken from units spread evenly over the list, through the very blocks of the clean pass, in
this process, into a temporary folder that is deleted. Times are extrapolated by bytes. The prediction is
as good as the sample is like the rest.
"""

import resource
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
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
from curation.mix import Size, plan_mix
from curation.sources import SAMPLE_MEGABYTES, commits, github_events
from curation.tasks import read_record
from curation.workspace import Plan, make_plan

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
    mix: tuple[dict[str, Any], ...]
    """What of each language and kind is rendered (see `curation.mix`), as extrapolated, before dedup."""
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
        chosen = _chosen(planned)
        total, spent = Counts(), 0.0
        read: Counter[int] = Counter()
        for unit in chosen:
            started = time.monotonic()
            counts = _sample(planned.config, units, folder, unit, seconds / len(chosen))
            read[units.source_of(unit)] += _looked_at(units, unit, counts)
            total.add(counts)
            spent += time.monotonic() - started
        shares = {source: size / read[source] for source, size in _sizes(planned).items() if read[source]}
        mix = _mix(planned.config, _kept(folder, units, shares))
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
        mix=mix,
        near=_outlook(planned.config, int(total.kept * share), int(total.bytes_kept * share)),
    )


def _chosen(planned: Plan) -> list[int]:
    """The units that are sampled: spread evenly over the list, and the first of every source."""
    step = max(1, len(planned.units) // SAMPLE_UNITS)
    spread = list(range(0, len(planned.units), step))[:SAMPLE_UNITS]
    first: dict[int, int] = {}
    for unit, (source, _) in enumerate(planned.units):
        first.setdefault(source, unit)
    return sorted({*spread, *first.values()})


def _sizes(planned: Plan) -> Counter[int]:
    """Bytes of each source."""
    sizes: Counter[int] = Counter()
    for source, unit in planned.units:
        sizes[source] += unit.size
    return sizes


def _looked_at(units: manifests.UnitList, unit: int, counts: Counts) -> int:
    """Bytes of its input that the sample of a unit stands for."""
    of, source = units(unit)
    if isinstance(source, github_events.Settings):  # most of an archive is left, so documents say little
        return min(of.size, int(SAMPLE_MEGABYTES * 1e6))
    if isinstance(source, commits.Settings):  # and most commits are no documents
        return counts.read * commits.USUAL_BYTES
    return counts.bytes_read


def _kept(folder: Path, units: manifests.UnitList, shares: Mapping[int, float]) -> dict[str, Size]:
    """Files and bytes that a run would keep, by folder of data/, if each source is like its sample."""
    kept: dict[str, Size] = {}
    for path in sorted((folder / "clean").iterdir()):
        share = shares.get(units.source_of(int(path.name.rpartition("-")[2])), 0.0)
        for name, rows, size in read_record(path)["row_groups"]:
            own = kept.get(name, Size(0, 0))
            kept[name] = Size(own.files + int(rows * share), own.bytes + int(size * share))
    return kept


def _mix(config: Config, sizes: Mapping[str, Size]) -> tuple[dict[str, Any], ...]:
    by_repository = config.render.enabled and config.render.by_repository
    return tuple(row._asdict() for row in plan_mix(sizes, config.mix, by_repository=by_repository))


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
        **({"render": pipeline.render(config, [], {}, run)} if config.render.enabled else {}),
    }
    if any(isinstance(source, github_events.Settings) for source in config.sources):
        passes = {"group": pipeline.group(units, run), **passes}
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
