"""YAML -> typed settings, checked whole before any data is read.

    load(Path("configs/curate/demo.yaml"), overrides=["workers=1"]).workers -> 1

Settings live beside the code that uses them; here they are put together. An unknown key is refused with
the nearest known one, a duplicate key and any YAML alias are refused, and relative paths count from the
working directory. Reads the configuration only: whether inputs exist is asked when units are planned.
"""

import os
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from curation.decode import DecodeSettings
from curation.decontaminate.settings import DecontaminateSettings
from curation.dedup.exact import Settings as ExactSettings
from curation.dedup.near import NearSettings
from curation.errors import BadConfigError
from curation.filters import FilterSettings, resolve
from curation.language import LanguageSettings
from curation.ledger import KINDS
from curation.licences import LicenceSettings
from curation.mix import EVERYTHING, REPOSITORIES, MixSettings
from curation.optout import OptOutSettings
from curation.pii.settings import PiiSettings
from curation.render.settings import RenderSettings
from curation.settings_file import check_settings, load_settings
from curation.sources import SourceSettings
from curation.structured import convert as structured
from curation.structured.commits import CommitSettings
from curation.structured.issues.settings import IssueSettings
from curation.structured.notebooks import NotebookSettings
from curation.structured.pulls import PullSettings


class ShardSettings(BaseModel):
    """How the result is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shard_bytes: int = Field(default=256 << 20, ge=1 << 10)
    """Bytes of content in one shard before compression, at most, unless one document is larger."""
    row_group_bytes: int = Field(default=16 << 20, ge=1 << 10)
    """Bytes of content in one row group, which bounds the memory of every reader."""
    excluded: bool = False
    """Whether dropped documents are kept apart with their reason, yes or no; opted-out ones never are."""


class DedupSettings(BaseModel):
    """Which documents count as the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    exact: ExactSettings = ExactSettings()
    """Exact duplicates, by content id."""
    near: NearSettings = NearSettings()
    """Near-duplicates, by Jaccard similarity of shingles: a profile, and what differs from it."""
    index: Path | None = None
    """A finished run whose documents count as well, a path; null for none (see `curation.dedup.index`)."""
    index_first: bool = False
    """Whether documents of the index are kept before all others; if not, the policy decides, and the
    indexed documents that are not kept any more are listed in cluster/cluster-0000/displaced.parquet."""


class Config(BaseModel):
    """A whole curation run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Path
    """Folder of the run, a path; it must not exist, or hold the same run unfinished."""
    sources: tuple[SourceSettings, ...] = Field(min_length=1)
    """Where documents come from, at least one; their units are numbered in this order."""
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """Processes that work at the same time; default one per core. Does not change the result."""
    stall_seconds: float = Field(default=600.0, gt=0)
    """Seconds of silence after which a worker is taken for dead and its task fails."""
    fingerprint: typing.Literal["content", "stat"] = "content"
    """How a changed input is noticed: by SHA-256, or only by size and time of change (for huge inputs)."""
    decode: DecodeSettings = DecodeSettings()
    """How bytes become text."""
    notebooks: NotebookSettings = NotebookSettings()
    """What becomes of .ipynb files: scripts, text with code and output, or files like others."""
    issues: IssueSettings = IssueSettings()
    """Which issues are kept, and what is cleaned away in them."""
    pull_requests: PullSettings = PullSettings()
    """Which pull requests are kept, and what of them is shown."""
    commits: CommitSettings = CommitSettings()
    """Which commits are kept, and what of their files is shown."""
    language: LanguageSettings = LanguageSettings()
    """Which languages are wanted."""
    licence: LicenceSettings = LicenceSettings()
    """Which licences are allowed."""
    optout: OptOutSettings = OptOutSettings()
    """Who has asked not to be used."""
    filters: FilterSettings = Field(default_factory=lambda: resolve("sc2-paper", {}))
    """Which signals must keep which bounds: a profile, and what differs from it."""
    dedup: DedupSettings = DedupSettings()
    """Which documents count as the same."""
    pii: PiiSettings = PiiSettings()
    """Which personal data and secrets are replaced, and by what."""
    decontaminate: DecontaminateSettings = DecontaminateSettings()
    """Which benchmarks no document may hold."""
    shards: ShardSettings = ShardSettings()
    """How the result is written."""
    mix: MixSettings = MixSettings()
    """How much of each language and kind is rendered: caps, and how often a document is seen."""
    render: RenderSettings = RenderSettings()
    """Whether the result is written as texts to train on as well, and in which layout."""

    @model_validator(mode="after")
    def _files_of_repositories_are_drawn_once(self) -> Self:
        """Check that no language is to be seen more often where whole repositories are drawn.

        Raises:
            BadConfigError: If one is.
        """
        by_repository = self.render.enabled and self.render.by_repository
        code = self.mix.rules.keys() - {EVERYTHING, REPOSITORIES, *KINDS}
        often = sorted(name for name in code if by_repository and self.mix.wanted(name) > 1)
        if often:
            raise BadConfigError(
                f"mix.rules: {often[0]} asks for {self.mix.wanted(often[0]):g} epochs, but whole "
                "repositories are rendered, which are drawn as a whole; ask for epochs of "
                "`repositories`, or set render.context to file"
            )
        return self

    def structured(self) -> structured.Settings:
        """How each kind of document but code is made."""
        return structured.Settings(self.notebooks, self.issues, self.pull_requests, self.commits)

    @field_validator("filters", mode="before")
    @classmethod
    def _from_profile(cls, value: Any) -> Any:
        """A mapping with a profile and overrides becomes the full filter settings."""
        if isinstance(value, dict):
            overrides = dict(value)
            return resolve(overrides.pop("profile", "sc2-paper"), overrides)
        return value


def load(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read, override and check a configuration.

    Args:
        path: A YAML file.
        overrides: Such as "shards.excluded=true"; values are YAML.

    Raises:
        BadConfigError: If the file cannot be read or any setting is wrong, naming all that are.
    """
    return load_settings(Config, path, overrides)


def check(values: dict[str, Any], name: str) -> Config:
    """Plain values as a checked configuration.

    Raises:
        BadConfigError: If any setting is wrong, naming all that are.
    """
    return check_settings(Config, values, name)
