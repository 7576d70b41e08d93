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
from curation.layout import part_name, shard_name, unit_name
from curation.ledger import Counts
from curation.run import SHARDS


def status(run: Path) -> dict[str, Any]:
    """State of the run, and for each pass its tasks, those done, and their counts."""
    manifest = manifests.load(run)
    names = {"clean": [unit_name(unit) for unit in range(manifest["units"])]}
    if "clean" in manifest["passes"]:
        names["deduplicate"] = [part_name(part) for part in range(parts(manifest["passes"]["clean"]["kept"]))]
    if (run / SHARDS).is_file():
        count = len(orjson.loads((run / SHARDS).read_bytes()))
        names["finish"] = [shard_name(shard) for shard in range(count)]
    passes = {name: _progress(run / name, tasks_) for name, tasks_ in names.items()}
    return {
        "run": str(run),
        "state": manifest["state"],
        "created": manifest["created"],
        "config_sha256": manifest["config_sha256"],
        "bytes_expected": manifest["bytes"],
        "passes": passes,
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
