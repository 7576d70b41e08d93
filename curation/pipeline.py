"""The three passes, as lists of datatrove blocks that can be read aloud.

    clean         every unit: read, measure, drop what is not wanted
    deduplicate   every range of content hashes: decide which copy stays
    finish        every shard: drop the duplicates, write what trains a model

A block may be placed on any machine that sees the run's folder; nothing here says where it runs.
Near-dedup is a further match beside `exact`; PII, decontamination and rendering come into `finish`
between `DropDuplicates` and `WriteShard`.
"""

from functools import partial
from pathlib import Path
from typing import Any

from curation.blocks.clean import (
    Annotate,
    Drop,
    Read,
    WriteUnit,
    add_language,
    add_licence,
    add_signals,
    opted_out,
    out_of_bounds,
    unlicensed,
    unwanted_language,
)
from curation.blocks.finish import DropDuplicates, Match, ReadKept, WriteShard
from curation.config import Config
from curation.filters import Decider
from curation.language import partition, selection
from curation.layout import Shard
from curation.ledger import Ledger
from curation.manifest import UnitList
from curation.optout import OptOut
from curation.store import UnitStore

Pipeline = list[Any]
"""datatrove blocks in order; datatrove ships no types."""


def clean(config: Config, units: UnitList, run: Path) -> Pipeline:
    """Read -> language -> licence -> signals -> opt-out, language, licence, filters -> unit."""
    decider = Decider(config.filters)
    wanted = selection(config.language)
    store = UnitStore(
        run,
        folder_of=partial(partition, profile_name=config.language.profile),
        row_group_bytes=config.shards.row_group_bytes,
        excluded=config.shards.excluded,
    )
    return [
        Read(units, config.decode, store),
        Annotate("language", partial(add_language, settings=config.language)),
        Annotate("licence", partial(add_licence, settings=config.licence)),
        Annotate("signals", partial(add_signals, groups=decider.groups, store=store)),
        Drop("optout", partial(opted_out, optout=OptOut.load(config.optout)), store),
        Drop("language", partial(unwanted_language, wanted=wanted), store),
        Drop("licence", partial(unlicensed, settings=config.licence), store),
        Drop("filters", partial(out_of_bounds, decider=decider), store),
        WriteUnit(store),
    ]


def deduplicate(config: Config, units: int, run: Path) -> Pipeline:
    """Keys of all units -> who stays, for one range of content hashes."""
    return [Match(run, units, config.dedup.exact)]


def finish(config: Config, shards: list[Shard], parts: int, run: Path) -> Pipeline:
    """Kept documents of one language -> without duplicates -> shard."""
    ledger = Ledger()
    return [
        ReadKept(run, shards),
        DropDuplicates(run, shards, parts, ledger, drop=config.dedup.exact.enabled),
        WriteShard(run, shards, ledger, row_group_bytes=config.shards.row_group_bytes),
    ]
