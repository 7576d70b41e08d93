"""How far a run is, from its manifest and the records of its finished tasks.

    status(Path("runs/demo")) -> {"state": "clean", "clean": {"tasks": 12, "done": 7, "read": 5120, ...}, ...}

Reads only small JSON files, so it can be asked while the run is working.
"""

from pathlib import Path
from typing import Any

import orjson

from curation import manifest as manifests
from curation import tasks
from curation.dedup.exact import parts
from curation.dedup.near import NearSettings
from curation.dedup.signatures import plan_near
from curation.layout import (
    block_name,
    cluster_name,
    match_name,
    part_name,
    shard_name,
    train_name,
    unit_name,
)
from curation.ledger import Counts
from curation.passes import SHARDS, TRAINS
from curation.sources.github_events import task_name


def status(run: Path) -> dict[str, Any]:
    """State of the run, and for each pass its tasks, those done, and their counts."""
    manifest = manifests.load(run)
    names = _group_names(run, manifest) | {"clean": [unit_name(unit) for unit in range(manifest["units"])]}
    if "clean" in manifest["passes"]:
        names["deduplicate"] = [part_name(part) for part in range(parts(manifest["passes"]["clean"]["kept"]))]
    names |= _near_names(manifest)
    if (run / SHARDS).is_file():
        count = len(orjson.loads((run / SHARDS).read_bytes()))
        names["finish"] = [shard_name(shard) for shard in range(count)]
    if (run / TRAINS).is_file():
        names["render"] = [train_name(n) for n in range(len(orjson.loads((run / TRAINS).read_bytes())))]
    passes = {name: _progress(run / name, tasks_) for name, tasks_ in names.items()}
    return {
        "run": str(run),
        "state": manifest["state"],
        "created": manifest["created"],
        "config_sha256": manifest["config_sha256"],
        "bytes_expected": manifest["bytes"],
        "passes": passes,
    }


def _group_names(run: Path, manifest: dict[str, Any]) -> dict[str, list[str]]:
    """Tasks of the passes that group events, whose files are deleted when the run is complete."""
    if manifest["state"] == "complete":
        return {}
    lists = sorted(run.glob("group-*.jsonl"))
    return {path.stem: [task_name(n) for n in range(len(path.read_bytes().splitlines()))] for path in lists}


def _near_names(manifest: dict[str, Any]) -> dict[str, list[str]]:
    """Tasks of the passes of near-dedup, as far as it is known how many there are."""
    near = NearSettings.model_validate(manifest["config"]["dedup"]["near"])
    if not near.enabled or "deduplicate" not in manifest["passes"]:
        return {}
    split = plan_near(manifest["passes"]["deduplicate"]["kept"], near.banding[0])
    units = [unit_name(unit) for unit in range(manifest["units"])]
    blocks = [block_name(block) for block in range(len(split.blocks))]
    return {
        "sign": units,
        "match": [match_name(task) for task in range(split.match_tasks)],
        "estimate": blocks,
        "shingle": units,
        "compare": blocks,
        "cluster": [cluster_name(0)],
    }


def _progress(folder: Path, names: list[str]) -> dict[str, Any]:
    total, done = Counts(), 0
    for name in names:
        if tasks.is_done(folder / name):
            done += 1
            record = tasks.read_record(folder / name)
            if "counts" in record:
                total.add(Counts.from_json(record["counts"]))
    return {"tasks": len(names), "done": done, **total.as_json()}
