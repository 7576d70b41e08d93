"""Where documents come from: one module per kind of input.

    SOURCES["folder"].plan(settings) -> units        SOURCES["folder"].read(unit, settings) -> files

`SOURCES` is the whole list. Every module has the same three names (see `curation.sources.base`): `Settings`,
`plan` and `read`; the functions here only choose the module by `settings.kind`. With `kind: auto` the path
decides (see `curation.sources.detect`). Importing this package does not import `datasets`.
"""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated

from pydantic import Field

from curation.sources import (
    archive,
    commits,
    distributions,
    folder,
    git,
    github_events,
    github_threads,
    hub,
    stack_v1,
    stack_v2,
    stack_v3,
    starcoderdata,
    table,
)
from curation.sources.base import SourceFile, Unit
from curation.sources.detect import AutoSettings, KnownSettings, detect, settle

__all__ = [
    "IN_A_ROW",
    "SAMPLE_MEGABYTES",
    "SOURCES",
    "AutoSettings",
    "KnownSettings",
    "SourceSettings",
    "detect",
    "plan",
    "read",
    "settle",
]

IN_A_ROW = frozenset({"archive", "distributions", "folder", "git", "stack_v3"})
"""Kinds whose repositories come one after the other, each whole; the rows of all others come in any order."""
SAMPLE_MEGABYTES = 8.0
"""How much is looked at of a source that would have to be grouped."""
SOURCES: dict[str, ModuleType] = {
    "archive": archive,
    "commits": commits,
    "distributions": distributions,
    "folder": folder,
    "git": git,
    "github_events": github_events,
    "github_threads": github_threads,
    "hub": hub,
    "stack_v1": stack_v1,
    "stack_v2": stack_v2,
    "stack_v3": stack_v3,
    "starcoderdata": starcoderdata,
    "table": table,
}
"""Every kind of source but auto, which becomes one of these."""

SourceSettings = Annotated[KnownSettings | AutoSettings, Field(discriminator="kind")]
"""Settings of any source, told apart by `kind`."""


def plan(settings: SourceSettings) -> Iterator[Unit]:
    """The units of a source: what there is to read, in a stable order.

    Raises:
        BadInputError: If there is nothing to read, or it is not what it claims to be.
    """
    known = settle(settings)
    yield from SOURCES[known.kind].plan(known)


def read(unit: Unit, settings: SourceSettings, grouped: Path | None = None) -> Iterator[SourceFile]:
    """Every file of a unit in order, also the unreadable ones, which have a problem.

    Args:
        unit: One of `plan`.
        settings: The same.
        grouped: Where the source's inputs were split, if it is read in two steps; None looks only at the
            beginning of its first input.

    Raises:
        BadInputError: If the input is damaged.
    """
    known = settle(settings)
    if isinstance(known, github_events.Settings):
        if grouped:
            yield from github_events.read(unit, known, grouped)
        elif unit.part["partition"] == 0:
            yield from github_events.sample(known, SAMPLE_MEGABYTES)
        return
    yield from SOURCES[known.kind].read(unit, known)
