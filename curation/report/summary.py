"""The manifest of a run -> the handful of numbers that its owner asks for first.

    summary(Path("runs/demo"))["passes"][0]
    -> {"name": "clean", "read": 900, "kept": 610, "dropped": 290, "conserved": True, ...}

Reads the manifest only, so it answers at once and also for a run that is not finished. `curation status`
prints it. It counts nothing itself: `curation.report.tables` counts the ledger.
"""

import itertools
from pathlib import Path
from typing import Any

from curation.report.views import read_manifest

PASSES = ("clean", "finish")
"""Passes that keep or drop documents; `deduplicate` only finds copies, which `finish` drops."""


def summary(run: Path) -> dict[str, Any]:
    """Name, state, versions, counts and bytes of a run.

    Returns:
        name, state, created, config_sha256, versions, units, inputs (count, or None), files (count),
        file_bytes, passes (one dict each with name, read, kept, dropped, bytes_read, bytes_kept, seconds
        and conserved), read and kept (documents of the whole run), bytes_read, bytes_kept, conserved.

    Raises:
        BadInputError: If `run` is not the folder of a run.
    """
    return summary_of(read_manifest(run))


def summary_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """`summary` of a manifest that was read already."""
    passes = [
        _pass(name, manifest["passes"][name]) for name in PASSES if "read" in manifest["passes"].get(name, {})
    ]
    first = next((each for each in passes if each["name"] == "clean"), {})
    last = passes[-1] if passes else {}
    files, inputs = manifest["files"], manifest.get("inputs")
    return {
        "name": manifest["name"],
        "state": manifest["state"],
        "created": manifest.get("created", ""),
        "config_sha256": manifest.get("config_sha256", ""),
        "versions": manifest.get("versions", {}),
        "units": manifest.get("units", 0),
        "inputs": len(inputs) if isinstance(inputs, list) else inputs,
        "files": len(files),
        "file_bytes": sum(file.get("bytes", 0) for file in files),
        "passes": passes,
        "read": first.get("read", 0),
        "kept": last.get("kept", 0),
        "bytes_read": first.get("bytes_read", 0),
        "bytes_kept": last.get("bytes_kept", 0),
        "conserved": all(each["conserved"] for each in passes)
        and all(later["read"] == earlier["kept"] for earlier, later in itertools.pairwise(passes)),
    }


def _pass(name: str, counts: dict[str, Any]) -> dict[str, Any]:
    dropped = sum(counts.get("dropped", {}).values())
    return {
        "name": name,
        "read": counts["read"],
        "kept": counts.get("kept", 0),
        "dropped": dropped,
        "changed": sum(counts.get("changed", {}).values()),
        "bytes_read": counts.get("bytes_read", 0),
        "bytes_kept": counts.get("bytes_kept", 0),
        "seconds": counts.get("seconds"),
        "conserved": counts["read"] == counts.get("kept", 0) + dropped,
    }
