"""Before anything is read: what there is to read, and the folder that it is read into.

    planned = make_plan(config)
    with locked(folder):
        manifest = open_run(folder, planned)

Inputs, units, settings and versions are written down first; a folder that holds a run with other ones is
refused with what has changed.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation import manifest as manifests
from curation.config import Config
from curation.decontaminate.benchmarks import files_of
from curation.decontaminate.matcher import check as check_benchmarks
from curation.decontaminate.matcher import matcher_of
from curation.dedup.index import open_index
from curation.errors import BadInputError, BrokenRunError, ChangedRunError
from curation.pii.engine import check as check_pii
from curation.shards import remove_temporary, sha256_of
from curation.sources import SourceSettings, plan, settle
from curation.sources.base import Unit

MAX_SHOWN = 5
"""Differences that a message lists before it only counts."""
NEW_UNITS = ".units.new"
LOCK = ".lock"
OURS = {LOCK, NEW_UNITS, manifests.UNITS, manifests.INPUTS}
"""What a run that was killed before its manifest was written leaves in its folder."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will read, before its folder exists."""

    config: Config
    sources: tuple[SourceSettings, ...]
    units: tuple[tuple[int, Unit], ...]
    """(index of the source, unit)."""
    index: tuple[str, ...] = ()
    """Manifests of the earlier runs that the run is deduplicated against, the oldest first."""

    @property
    def size(self) -> int:
        """Estimated bytes of content."""
        return sum(unit.size for _, unit in self.units)


def make_plan(config: Config) -> Plan:
    """Find out what the sources hold and split it into units.

    Raises:
        BadConfigError: If a detector of personal data that the settings ask for cannot be had.
        BadInputError: If there is nothing to read, or a benchmark cannot be read.
    """
    check_pii(config.pii)
    check_benchmarks(config.decontaminate)
    sources = tuple(settle(source) for source in config.sources)
    units = tuple((index, unit) for index, source in enumerate(sources) for unit in plan(source))
    if not units:
        raise BadInputError("the sources hold nothing to read: expected at least one file")
    index = open_index(config.dedup.index, config.dedup.near)
    return Plan(replace_sources(config, sources), sources, units, tuple(index.manifests()))


def replace_sources(config: Config, sources: tuple[SourceSettings, ...]) -> Config:
    """The configuration with its sources as they were detected."""
    return config.model_copy(update={"sources": sources})


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run's lock, so that two processes never work on one run.

    Raises:
        BadInputError: If the folder cannot be written to.
        BrokenRunError: If another process holds the lock.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / LOCK).open("w")
    except OSError as error:
        raise BadInputError(f"{folder}: expected a folder that can be written to, saw: {error}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BrokenRunError(
                f"{folder}: another process works on this run; wait for it or end it"
            ) from error
        for place in (folder, folder / "data", *folder.glob("data/*"), *folder.glob("train/*")):
            remove_temporary(place)
        yield


def beside(folder: Path) -> Path:
    """The first of folder-2, folder-3, ... that does not exist; the folder itself if that does not."""
    candidates = (folder.with_name(f"{folder.name}-{number}") for number in range(2, 1 << 20))
    return next(path for path in (folder, *candidates) if not path.exists())


def open_run(folder: Path, planned: Plan) -> dict[str, Any]:
    """The manifest of the run in `folder`: a new one, or the old one if it is the same run.

    Raises:
        BadInputError: If the folder holds something else.
        ChangedRunError: If it holds a run that differs from `planned`.
    """
    new = not (folder / manifests.MANIFEST).is_file()
    strangers = sorted({path.name for path in folder.iterdir()} - OURS) if new else []
    if strangers:
        raise BadInputError(
            f"{folder}: expected an empty folder or a run, saw {strangers[:MAX_SHOWN]}; "
            "choose another `output`"
        )
    settings = manifests.settings_of(planned.config)
    units = folder / NEW_UNITS
    manifests.write_units(units, planned.units)
    units_sha256 = sha256_of(units)
    if new:
        units.replace(folder / manifests.UNITS)
        return _create(folder, planned, settings, units_sha256)
    units.unlink()
    manifest = manifests.load(folder)
    changed = manifests.differences(manifest, settings, units_sha256, _seeds(planned.config))
    if not changed:
        known = manifests.read_inputs(folder / manifests.INPUTS)
        changed = [f"input {item.path} has changed" for item in known if not manifests.unchanged(item)]
    if changed:
        shown = "".join(f"\n  {line}" for line in changed[:MAX_SHOWN])
        more = f"\n  and {len(changed) - MAX_SHOWN} more" if len(changed) > MAX_SHOWN else ""
        raise ChangedRunError(
            f"{folder} holds a run that is not the one asked for:{shown}{more}\n"
            f"undo the change to go on with it, choose another `output`, or start beside it with --force-new"
        )
    return manifest


def _seeds(config: Config) -> dict[str, str]:
    """What decides bytes and comes from outside the configuration, as fingerprints."""
    seeds = {"key of pii": config.pii.key_fingerprint()} if config.pii.enabled else {}
    if config.decontaminate.enabled:
        seeds["texts of benchmarks"] = matcher_of(config.decontaminate).fingerprint
    return seeds


def _create(folder: Path, planned: Plan, settings: dict[str, Any], units_sha256: str) -> dict[str, Any]:
    """Fingerprint the inputs and write the first manifest, last."""
    how = planned.config.fingerprint
    rules = {str(path) for path in planned.config.pii.files()}
    for benchmark in planned.config.decontaminate.benchmarks:
        rules.update(str(path) for path in files_of(benchmark))
    paths = sorted({path for _, unit in planned.units for path in unit.inputs} | set(planned.index) | rules)
    manifests.write_inputs(folder / manifests.INPUTS, (manifests.fingerprint(path, how) for path in paths))
    manifest = {
        "version": manifests.VERSION,
        "name": folder.name,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "state": "planned",
        "config": settings,
        "config_sha256": manifests.config_sha256(settings),
        "versions": manifests.versions(),
        "seeds": _seeds(planned.config),
        "units": len(planned.units),
        "units_sha256": units_sha256,
        "bytes": planned.size,
        "index": [str(Path(path).parent) for path in planned.index],
        "inputs": len(paths),
        "inputs_sha256": sha256_of(folder / manifests.INPUTS),
        "passes": {},
        "files": [],
    }
    manifests.save(folder, manifest)
    return manifest
