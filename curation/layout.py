"""Where everything of a run lies, and which row groups go into which shard.

    RUN/group-000/input-000012/     events of source 0 by what they belong to (see `curation.grouping`)
    RUN/clean/unit-000012/          documents, signals, ledger, keys, excluded (see `curation.store`)
    RUN/deduplicate/part-0003/      decisions of exact dedup
    RUN/sign/unit-000012/           signatures and band keys (see `curation.dedup.signatures`)
    RUN/match/match-00003/          candidate pairs
    RUN/estimate/block-00003/       edges, open pairs, documents to shingle
    RUN/shingle/unit-000012/        sets of shingles
    RUN/compare/block-00003/        edges
    RUN/cluster/cluster-0000/       decisions of near-dedup
    RUN/finish/shard-00007/         ledger, findings of personal data (see `curation.blocks.pii`)
    RUN/data/python/python-00000-of-00003.parquet
    RUN/scatter/shard-00007/        code by repository, if repositories do not come in a row
    RUN/render/train-00007/         ledger of the render pass
    RUN/train/python/python-00000-of-00003.parquet

Names only; reads and writes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby


def unit_name(unit: int) -> str:
    """Folder name of a unit's outputs."""
    return f"unit-{unit:06d}"


def group_folder(source: int) -> str:
    """Folder of what the inputs of a source were split into."""
    return f"group-{source:03d}"


def part_name(part: int) -> str:
    """Folder name of a dedup part's outputs."""
    return f"part-{part:04d}"


def match_name(task: int) -> str:
    """Folder name of the candidate pairs of one band group and key partition."""
    return f"match-{task:05d}"


def block_name(block: int) -> str:
    """Folder name of what near-dedup finds for one block of documents."""
    return f"block-{block:05d}"


def cluster_name(task: int) -> str:
    """Folder name of the decisions of near-dedup."""
    return f"cluster-{task:04d}"


def shard_name(shard: int) -> str:
    """Folder name of a finish task's outputs."""
    return f"shard-{shard:05d}"


def train_name(task: int) -> str:
    """Folder name of a render task's outputs."""
    return f"train-{task:05d}"


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of the result, and the row groups that it is made of."""

    number: int
    language: str
    """Slug of the language, which is also the folder."""
    name: str
    """File name, such as python-00000-of-00003.parquet."""
    segments: Sequence[tuple[int, int]]
    """(unit, row group) pairs in order."""
    size: int
    """Bytes of content before duplicates are dropped."""


def plan_shards(row_groups: Iterable[Sequence[tuple[str, int, int]]], shard_bytes: int) -> list[Shard]:
    """Put the row groups of all units, in order, into shards of one language and a bounded size.

    Args:
        row_groups: For each unit in order, (language slug, rows, bytes of content) of its row groups.
        shard_bytes: Bytes of content in a shard, at most, unless one row group is larger.
    """
    found = [
        (language, unit, group, size)
        for unit, groups in enumerate(row_groups)
        for group, (language, _, size) in enumerate(groups)
    ]
    shards: list[Shard] = []
    for language, rows in groupby(sorted(found), key=lambda row: row[0]):
        runs: list[list[tuple[int, int]]] = []
        sizes: list[int] = []
        for _, unit, group, size in rows:
            if not runs or sizes[-1] + size > shard_bytes:
                runs.append([])
                sizes.append(0)
            runs[-1].append((unit, group))
            sizes[-1] += size
        for index, (segments, size) in enumerate(zip(runs, sizes, strict=True)):
            name = f"{language}-{index:05d}-of-{len(runs):05d}.parquet"
            shards.append(Shard(len(shards), language, name, segments, size))
    return shards


@dataclass(frozen=True, slots=True)
class Train:
    """One file of texts to train on, and the shards that it is made of."""

    path: str
    """Relative to the run, such as train/python/python-00000-of-00003.parquet."""
    files: Sequence[str]
    """Shards, relative to the run."""
    size: int
    """Bytes of content in them."""
    units: Sequence[int] | None = None
    """Whole repositories are made of the documents of this range of units, [first, end)."""
    partition: int | None = None
    """Whole repositories are made of this partition of what the scatter pass has split."""

    @property
    def whole(self) -> bool:
        """Whether its texts are repositories."""
        return self.units is not None or self.partition is not None


def plan_ranges(
    sizes: Sequence[int], repositories: Sequence[Sequence[str]], range_bytes: int
) -> list[tuple[int, int, int]]:
    """Cut the list of units into ranges that no repository crosses, if its files stand in a row.

    Args:
        sizes: Bytes of code of each unit.
        repositories: First and last repository of each unit; a single one if it holds one file, none if
            it holds no code.
        range_bytes: Bytes of code in a range, at most, unless a repository or unit is larger.

    Returns:
        (first unit, unit after the last, bytes) of each range that holds code.
    """
    ranges: list[tuple[int, int, int]] = []
    start = size = 0
    last = ""
    for unit, (own, names) in enumerate(zip(sizes, repositories, strict=True)):
        if size and size + own > range_bytes and names and names[0] != last:
            ranges.append((start, unit, size))
            start, size = unit, 0
        size += own
        last = names[-1] if names else last
    return [*ranges, (start, len(sizes), size)] if size else ranges
