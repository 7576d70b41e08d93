"""Check a finished run against its own books.

    verify(Path("runs/demo")) -> ([], 41)      no problem in 41 files

Every file that the manifest lists must have its size and SHA-256, every parquet file its rows, every
pass must add up, and no shard may lie in data/ that the manifest does not list.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from curation import manifest as manifests
from curation.errors import BrokenRunError
from curation.ledger import Counts
from curation.pii.masked import settings_of_run
from curation.shards import sha256_of


def verify(run: Path) -> tuple[list[str], int]:
    """All problems of a run, one line each, and the number of files that were checked."""
    manifest = manifests.load(run)
    problems = (
        [] if manifest["state"] == "complete" else [f"{run}: the run is not complete: {manifest['state']}"]
    )
    for file in manifest["files"]:
        problems.extend(_check_file(run, file))
    listed = {file["path"] for file in manifest["files"]}
    found = {path.relative_to(run).as_posix() for path in (run / "data").rglob("*.parquet")}
    problems.extend(
        f"{path}: lies in data/ but the manifest does not list it" for path in sorted(found - listed)
    )
    problems.extend(_check_counts(manifest))
    problems.extend(_check_units(run, manifest))
    return problems, len(listed)


def _check_file(run: Path, file: dict[str, Any]) -> list[str]:
    path = run / file["path"]
    if not path.is_file():
        return [f"{path}: missing"]
    if sha256_of(path) != file["sha256"]:
        return [f"{path}: SHA-256 differs from the manifest"]
    try:
        rows = len(np.load(path, mmap_mode="r")) if path.suffix == ".npy" else pq.read_metadata(path).num_rows
    except (OSError, ValueError) as error:
        return [f"{path}: no readable {path.suffix[1:]} file: {error}"]
    return [] if rows == file["rows"] else [f"{path}: {rows} rows, the manifest says {file['rows']}"]


def _check_counts(manifest: dict[str, Any]) -> list[str]:
    problems = []
    rows: Counter[str] = Counter()
    for file in manifest["files"]:
        rows[file["role"]] += file["rows"]
    for name, role in (("clean", "documents"), ("finish", "shard"), ("render", "")):
        if name not in manifest["passes"]:
            continue
        counts = Counts.from_json(manifest["passes"][name])
        try:
            counts.check(name)
        except BrokenRunError as error:
            problems.append(str(error))
        if name == "clean" and not settings_of_run(manifest).keep_originals and not rows["documents"]:
            continue  # deleted when the run was complete
        if role and rows[role] != counts.kept:
            problems.append(f"{name}: {rows[role]} rows in its files, but {counts.kept} documents kept")
    return problems


def _check_units(run: Path, manifest: dict[str, Any]) -> list[str]:
    pairs = ((manifests.UNITS, "units_sha256"), (manifests.INPUTS, "inputs_sha256"))
    return [
        f"{run / name}: SHA-256 differs from the manifest"
        for name, key in pairs
        if not (run / name).is_file() or sha256_of(run / name) != manifest[key]
    ]
