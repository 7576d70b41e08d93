"""Which texts to train on are made of which shards: the tasks of the render pass.

    plan_trains(config, finished, cleaned)
        -> [Train("train/issues/issues-00000-of-00001.parquet", ["data/issues/..."], size), ...]

Every shard becomes a file of texts of its own. Code becomes repositories instead, if the layout asks for
these: ranges of units where the files of a repository come in a row, and partitions of what the scatter
pass has split where they do not. Plans only, from what the tasks before have recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from curation.blocks.read import KIND_OF_SOURCE
from curation.config import Config
from curation.grouping import partitions_for
from curation.layout import Train, plan_ranges
from curation.ledger import KINDS
from curation.mix import Size
from curation.sources import IN_A_ROW

Record = Mapping[str, Any]


def in_a_row(config: Config) -> bool:
    """Whether the files of every repository come one after the other."""
    return all(source.kind in IN_A_ROW or source.kind in KIND_OF_SOURCE for source in config.sources)


def sizes_of(finished: Sequence[Record]) -> dict[str, Size]:
    """Files and bytes of every folder in data/, from the records of the finish pass."""
    sizes: dict[str, Size] = {}
    for record in finished:
        own, counts = sizes.get(record["language"], Size(0, 0)), record["counts"]
        sizes[record["language"]] = Size(own.files + counts["kept"], own.bytes + counts["bytes_kept"])
    return sizes


def code_of(finished: Sequence[Record]) -> list[str]:
    """The shards of code, relative to the run."""
    return [str(record["path"]) for record in finished if record["language"] not in KINDS]


def partitions_of(config: Config, finished: Sequence[Record]) -> int:
    """Into how many partitions the scatter pass splits the code."""
    return partitions_for(_code_bytes(finished), config.shards.shard_bytes)


def plan_trains(config: Config, finished: Sequence[Record], cleaned: Sequence[Record]) -> Iterator[Train]:
    """The files of texts, in order.

    Args:
        config: Of the run.
        finished: Records of the tasks of the finish pass, in order.
        cleaned: Records of the tasks of the clean pass, in order.
    """
    by_repository = config.render.by_repository
    for record in finished:
        if not by_repository or record["language"] in KINDS:
            name = str(record["path"])
            yield Train(name.replace("data/", "train/", 1), (name,), record["counts"]["bytes_kept"])
    if by_repository and in_a_row(config):
        yield from _ranges(config, code_of(finished), cleaned)
    elif by_repository:
        code, partitions = code_of(finished), partitions_of(config, finished)
        size = _code_bytes(finished) // partitions
        for number in range(partitions):
            yield Train(_path(number, partitions), code, size, partition=number)


def _code_bytes(finished: Sequence[Record]) -> int:
    return sum(size.bytes for name, size in sizes_of(finished).items() if name not in KINDS)


def _ranges(config: Config, code: list[str], cleaned: Sequence[Record]) -> Iterator[Train]:
    """One for each range of units that no repository crosses."""
    sizes = [sum(size for slug, _, size in unit["row_groups"] if slug not in KINDS) for unit in cleaned]
    names = [unit["repositories"] for unit in cleaned]
    ranges = plan_ranges(sizes, names, config.shards.shard_bytes)
    for number, (first, end, size) in enumerate(ranges):
        yield Train(_path(number, len(ranges)), code, size, units=(first, end))


def _path(number: int, of: int) -> str:
    return f"train/repositories/repositories-{number:05d}-of-{of:05d}.parquet"
