"""The passes, as lists of datatrove blocks that can be read aloud.

    group         every input of GitHub's events: split by issue and pull request
    clean         every unit: read, measure, drop what is not wanted
    deduplicate   every range of content hashes: decide which copy stays
    near-dedup    sign every unit, match bands, estimate, shingle and compare what is in doubt, cluster
    finish        every shard: drop the duplicates, redact, drop what overlaps a benchmark, write the shard
    scatter       every shard of code: split by repository, where these do not come in a row
    render        every shard, or range of repositories: draw, and write the texts that train a model

A block may be placed on any machine that sees the run's folder; nothing here says where it runs.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from curation.blocks.clean import (
    Annotate,
    Drop,
    WriteUnit,
    add_language,
    add_licence,
    add_signals,
    opted_out,
    out_of_bounds,
    unlicensed,
    unwanted_language,
)
from curation.blocks.decontaminate import Decontaminate
from curation.blocks.finish import (
    DropDuplicates,
    DropNearDuplicates,
    Found,
    Match,
    ReadKept,
    WriteShard,
)
from curation.blocks.group import Group
from curation.blocks.near import Cluster, Compare, Estimate, MatchBands, NearRun, Shingle, Sign
from curation.blocks.pii import Findings, Redact, mask_document
from curation.blocks.read import Read
from curation.blocks.render import ReadShard, Render, RenderRepositories, Sample, Scatter, WriteTrain
from curation.config import Config
from curation.decontaminate.hits import Hits
from curation.dedup.index import Index
from curation.filters import Decider
from curation.language import partition, selection
from curation.layout import Shard, Train
from curation.ledger import Ledger
from curation.manifest import UnitList
from curation.optout import OptOut
from curation.store import UnitStore
from curation.structured.convert import Converter

Pipeline = list[Any]
"""datatrove blocks in order; datatrove ships no types."""


def group(inputs: UnitList, run: Path) -> Pipeline:
    """One input of a source whose documents are spread over many -> split by what belongs together."""
    return [Group(run, inputs)]


def clean(config: Config, units: UnitList, run: Path, *, sampled: bool = False) -> Pipeline:
    """Read, convert -> language -> licence -> signals -> opt-out, language, licence, filters -> unit."""
    decider = Decider(config.filters)
    wanted, optout = selection(config.language), OptOut.load(config.optout)
    converter = Converter(config.structured(), config.decode, optout)
    store = UnitStore(
        run,
        folder_of=partial(folder_of, profile_name=config.language.profile),
        row_group_bytes=config.shards.row_group_bytes,
        excluded=config.shards.excluded,
        mask=partial(mask_document, settings=config.pii),
    )
    return [
        Read(units, config.decode, converter, store, sampled=sampled),
        Annotate("language", partial(add_language, settings=config.language)),
        Annotate("licence", partial(add_licence, settings=config.licence)),
        Annotate("signals", partial(add_signals, groups=decider.groups, store=store)),
        Drop("optout", partial(opted_out, optout=optout), store),
        Drop("language", partial(unwanted_language, wanted=wanted), store),
        Drop("licence", partial(unlicensed, settings=config.licence), store),
        Drop("filters", partial(out_of_bounds, decider=decider), store),
        WriteUnit(store),
    ]


def folder_of(kind: str, language: str, *, profile_name: str) -> str:
    """The folder in data/ of a kind, or of the language of code."""
    return partition(language, profile_name) if kind == "code" else kind


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
    """Kept documents of one folder -> without duplicates -> redacted -> without benchmarks -> shard."""
    ledger, findings, hits = Ledger(), Findings(), Hits()
    near, pii, checked = config.dedup.near, config.pii, config.decontaminate
    return [
        ReadKept(run, shards),
        DropDuplicates(run, shards, parts, ledger, index, drop=config.dedup.exact.enabled),
        *([DropNearDuplicates(run, shards, ledger, near, index)] if near.enabled else []),
        *([Redact(pii, ledger, findings)] if pii.enabled else []),
        *([Decontaminate(checked, ledger, hits)] if checked.enabled else []),
        WriteShard(
            run,
            shards,
            ledger,
            Found(findings if pii.enabled else None, hits if checked.enabled else None),
            config.shards.row_group_bytes,
            near=near,
        ),
    ]


def scatter(code: Sequence[str], partitions: int, run: Path) -> Pipeline:
    """One shard of code -> its files by repository."""
    return [Scatter(run, code, partitions)]


def render(config: Config, trains: Sequence[Train], epochs: Mapping[str, float], run: Path) -> Pipeline:
    """Finished shards -> drawn as often as the mix says -> in the layout of a model family -> texts."""
    ledger = Ledger()
    return [
        ReadShard(run, trains, ledger),
        Sample(config.mix, epochs, ledger),
        RenderRepositories(trains, config.render, config.mix, epochs, ledger),
        Render(trains, config.render, ledger),
        WriteTrain(run, trains, ledger, config.shards.row_group_bytes),
    ]
