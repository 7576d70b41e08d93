"""A run from its configuration to its shards: plan the units, run the passes, keep the books.

    run(config).folder -> the folder with data/, manifest.json and the ledger

Units and inputs are fixed in the manifest before anything is read. Every pass takes its tasks from the
manifest, never from a listing, leaves one committed folder per task, and ends with a check that what was
read is what was kept plus what was dropped. A run that was killed goes on where it was; one whose
settings, inputs, units or versions have changed is refused.
"""

import shutil
from pathlib import Path
from typing import Any

from curation.blocks.render import SCATTER
from curation.config import Config
from curation.executors import Pool
from curation.passes import ORIGINALS, Listener, Passes
from curation.shards import sha256_of
from curation.workspace import beside, locked, make_plan, open_run


def run(config: Config, *, force_new: bool = False, listen: Listener = lambda *_: None) -> Path:
    """Run, or go on with, a whole curation run.

    Args:
        config: What to do.
        force_new: If the output folder holds another run, start beside it in folder-2, folder-3, ...
        listen: Told about every pass, task and progress.

    Returns:
        The folder of the run.

    Raises:
        CurationError: BadInputError if an input cannot be read or the output folder holds something else;
            ChangedRunError if it holds a run that differs from this one; BrokenRunError if tasks fail or
            counts do not add up (what is finished is kept for the next try).
    """
    planned = make_plan(config)
    folder = beside(config.output) if force_new else config.output
    with locked(folder):
        manifest = open_run(folder, planned)
        if manifest["state"] == "complete" and not _repair(folder, manifest):
            _tidy(folder, config)
            return folder
        with Pool(config.workers, config.stall_seconds) as pool:
            Passes(planned.config, folder, manifest, pool, listen).run()
        _tidy(folder, config)
    return folder


def _repair(folder: Path, manifest: dict[str, Any]) -> bool:
    """Whether a complete run lacks or has damaged files, whose tasks must be done again."""
    for file in manifest["files"]:
        path = folder / file["path"]
        if not path.is_file() or path.stat().st_size != file["bytes"] or sha256_of(path) != file["sha256"]:
            return True
    return False


def _tidy(folder: Path, config: Config) -> None:
    """Delete what the manifest of a complete run lists no more: what was grouped, originals if asked for."""
    for path in (*sorted(folder.glob("group-*/")), folder / SCATTER):
        shutil.rmtree(path, ignore_errors=True)
    if not config.pii.keep_originals:
        for path in sorted((folder / "clean").glob(f"unit-*/{ORIGINALS}.parquet")):
            path.unlink()
