"""The folder of a run -> what its near-dedup has left to look at.

    open_near(Path("runs/demo")).settings.threshold  ->  0.7

A run without near-dedup, or one that is not that far, is refused with what is missing; `missing` says the
same without an error, for a page that shows the rest of the run. Reads the manifest and the records of
the sign pass only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from curation.dedup.index import NO_INDEX, Index, open_index
from curation.dedup.near import NearSettings
from curation.dedup.signatures import NearPlan, Signatures, plan_near
from curation.errors import BadInputError
from curation.layout import cluster_name, unit_name
from curation.manifest import load
from curation.tasks import read_record


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the files of a unit lie: in the run, or in a run of its index if the unit is negative."""

    run: Path
    index: Index = NO_INDEX

    def unit(self, unit: int) -> Path:
        """Folder of what the clean pass wrote for a unit."""
        run, own = (self.run, unit) if unit >= 0 else self.index.places[unit]
        return run / "clean" / unit_name(own)

    def name(self, unit: int, row: int) -> str:
        """Id of a document, behind the folder of its run if that is one of the index."""
        return self.index.name(unit, row)


@dataclass(frozen=True)
class NearBooks:
    """A run whose documents have been clustered."""

    run: Path
    """Folder of the run."""
    manifest: Mapping[str, Any]
    settings: NearSettings
    index: Index = NO_INDEX
    """Earlier runs that it was deduplicated against."""

    @property
    def folders(self) -> Folders:
        """Where its units lie, and those of its index."""
        return Folders(self.run, self.index)

    @property
    def indexed(self) -> int:
        """Signed documents of the index: the number of the run's own first one."""
        return sum(self.index.documents)

    @property
    def decisions(self) -> Path:
        """The file of all decisions."""
        return self.run / "cluster" / cluster_name(0) / "decisions.parquet"

    @property
    def left_to_exact(self) -> dict[str, int]:
        """Documents that were not compared, by reason: too_few_tokens, skipped."""
        dropped: dict[str, int] = self.manifest["passes"]["sign"]["dropped"]
        return {reason.partition("/")[2]: count for reason, count in sorted(dropped.items())}

    @property
    def counts(self) -> dict[str, int]:
        """What the manifest counts of pairs and documents."""
        sign, cluster = self.manifest["passes"]["sign"], self.manifest["passes"]["cluster"]
        pairs: dict[str, int] = self.manifest.get("near", {})
        own = {"read": sign["read"], "signed": sign["kept"], "dropped": sum(cluster["dropped"].values())}
        return own | dict(pairs)

    @cached_property
    def signatures(self) -> Signatures:
        """The signatures of all units, those of the index first."""
        units = range(self.manifest["units"])
        own = (read_record(self.run / "sign" / unit_name(u))["documents"] for u in units)
        documents = (*self.index.documents, *own)
        return Signatures(self.run, documents, self.settings.values, tuple(self.index.places))

    @property
    def plan(self) -> NearPlan:
        """How the work was split, and so which files there are."""
        documents = self.manifest["passes"]["sign"]["read"] + self.indexed
        return plan_near(documents, self.settings.banding[0])


def index_of(manifest: Mapping[str, Any], settings: NearSettings) -> Index:
    """The earlier runs that a run was deduplicated against.

    Raises:
        BadInputError: If one of them is not where it was, or not what it was.
    """
    folders = manifest.get("index")
    return open_index(Path(folders[-1]) if folders else None, settings)


def missing(manifest: Mapping[str, Any]) -> str:
    """Why there is nothing to look at; "" if there is something."""
    near = manifest["config"].get("dedup", {}).get("near")
    if not near or not near.get("enabled"):
        return "this run has no near-dedup (dedup.near.enabled is off)"
    if "cluster" not in manifest["passes"]:
        return "near-dedup of this run is not finished; run the same `curation run` again to go on with it"
    return ""


def open_books(run: Path, manifest: Mapping[str, Any]) -> NearBooks:
    """What near-dedup has left of a run whose manifest was read already.

    Raises:
        BadInputError: If the run has no near-dedup, is not that far, was made by another version, or its
            index is gone.
    """
    lacking = missing(manifest)
    if lacking:
        raise BadInputError(f"{run}: {lacking}")
    try:
        settings = NearSettings.model_validate(manifest["config"]["dedup"]["near"])
    except ValidationError as error:
        raise BadInputError(
            f"{run}: expected near-dedup settings of this version, saw {error.errors()[0]['msg']} in "
            f"{'.'.join(map(str, error.errors()[0]['loc']))}; use the version that made the run"
        ) from error
    return NearBooks(run, manifest, settings, index_of(manifest, settings))


def open_near(run: Path) -> NearBooks:
    """What near-dedup has left of a run.

    Raises:
        BadInputError: If `run` is not the folder of a run, or `open_books` refuses it.
        BrokenRunError: If the manifest cannot be read.
    """
    return open_books(run, load(run))
