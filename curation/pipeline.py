"""The passes, as lists of datatrove blocks that can be read aloud.

    clean         every unit: read, measure, drop what is not wanted
    deduplicate   every range of content hashes: decide which copy stays
    near-dedup    sign every unit, match bands, estimate, shingle and compare what is in doubt, cluster
    finish        every shard: drop the duplicates, redact, write what trains a model

A block may be placed on any machine that sees the run's folder; nothing here says where it runs.
Decontamination and rendering come into `finish` between `Redact` and `WriteShard`.
"""

from collections.abc import Sequence
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
from curation.blocks.finish import DropDuplicates, DropNearDuplicates, Match, ReadKept, WriteShard
from curation.blocks.near import Cluster, Compare, Estimate, MatchBands, NearRun, Shingle, Sign
from curation.blocks.pii import Findings, Redact, mask_document
from curation.config import Config
from curation.dedup.index import Index
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
        mask=partial(mask_document, settings=config.pii),
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


def deduplicate(config: Config, units: int, run: Path, index: Index) -> Pipeline:
    """Keys of all units, those of the index too -> who stays, for one range of content hashes."""
    return [Match(run, units, config.dedup.exact, index, index_first=config.dedup.index_first)]


def sign(near: NearRun, partitions: int, parts: int, skipped: frozenset[int]) -> Pipeline:
    """Kept documents of one unit -> signatures and band keys."""
    return [Sign(near, partitions, parts, skipped)]


def match(near: NearRun) -> Pipeline:
    """Band keys of all units -> candidate pairs, for one group of bands and one range of keys."""
    return [MatchBands(near)]


def estimate(near: NearRun, pairs: Sequence[str]) -> Pipeline:
    """Candidate pairs of one block of documents -> similar ones, and those in doubt."""
    return [Estimate(near, pairs)]


def shingle(near: NearRun, starts: Sequence[Sequence[int]]) -> Pipeline:
    """Texts of one unit that are in doubt -> sets of shingles."""
    return [Shingle(near, starts)]


def compare(near: NearRun) -> Pipeline:
    """Pairs of one block that are in doubt -> similar ones, exactly."""
    return [Compare(near)]


def cluster(near: NearRun, parts: int) -> Pipeline:
    """All similar pairs -> who is dropped for whom."""
    return [Cluster(near, parts)]


def finish(config: Config, shards: list[Shard], parts: int, run: Path, index: Index) -> Pipeline:
    """Kept documents of one language -> without duplicates and near-duplicates -> redacted -> shard."""
    ledger, findings = Ledger(), Findings()
    near, pii = config.dedup.near, config.pii
    return [
        ReadKept(run, shards),
        DropDuplicates(run, shards, parts, ledger, index, drop=config.dedup.exact.enabled),
        *([DropNearDuplicates(run, shards, ledger, near, index)] if near.enabled else []),
        *([Redact(pii, ledger, findings)] if pii.enabled else []),
        WriteShard(run, shards, ledger, findings, config.shards.row_group_bytes, near=near, pii=pii),
    ]
