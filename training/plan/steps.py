"""How long a run is: tokens, windows, steps, epochs, time, and the disk that checkpoints take.

    course = course_of(config, model, setup, tokens_of(config), Speed(teraflops=989, utilisation=0.4))
    course.steps, course.epochs, course.hours     -> 8500, 1.9, 212.4

Tokens are those of the token files if they are there; else they are estimated from the bytes of the corpus.
Time is work divided by what the devices can do: an estimate that knows nothing of networks. Reads no
document.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from training.config import TrainConfig
from training.plan.memory import MASTER, MOMENTS, Setup
from training.tokenise.corpus import PLACES, corpus_of, is_there
from training.tokenise.store import MANIFEST, read_manifest
from training.train.flops import flops_per_token

BYTES_PER_TOKEN = 3.5
"""Of code in a vocabulary of 49,152, as the mix of the curation package has it; 3.7 were measured with a
tokenizer that was trained on Python files only."""
FILL = 0.99
"""Share of a window that is filled; 0.988 and more were measured."""
AGAIN = 4 / 3
"""Work with gradient checkpointing, by that without: the forward pass is done twice, of three."""


class Tokens(NamedTuple):
    """Tokens of an epoch."""

    number: int
    source: str
    """Where the number is from."""


class Speed(NamedTuple):
    """What a device does."""

    teraflops: float
    """Floating-point operations per second in the run's precision at most, in 10^12."""
    utilisation: float
    """Share of them that is reached, recomputed ones counted."""


@dataclass(frozen=True)
class Course:
    """How long a run is."""

    tokens: int
    """Tokens that are trained on."""
    steps: int | None
    """None if it follows from epochs and the corpus is not known."""
    epochs: float | None
    windows: int | None
    """Of one epoch."""
    tokens_per_second: float | None
    """Of all devices."""
    hours: float | None
    checkpoint: int
    """Bytes of one checkpoint."""
    disk: int
    """Bytes of those that are kept, and of the final model."""


def tokens_of(config: TrainConfig) -> Tokens | None:
    """Tokens of one epoch; None if there are neither token files nor a curation run.

    Args:
        config: Checked settings.

    Raises:
        BadInputError: If the tokens or the curation run are there but cannot be read.
    """
    if (config.tokens / MANIFEST).is_file():
        return Tokens(read_manifest(config.tokens)["totals"]["train"]["tokens"], str(config.tokens))
    if not is_there(config.corpus.run):
        return None
    corpus = corpus_of(config.corpus)
    column = "text" if config.corpus.form == "text" else "content"
    size = sum(_column_bytes(config.corpus.run / shard.path, column) for shard in corpus.shards)
    kept = size * (1 - config.corpus.held_out)
    place = config.corpus.run / PLACES[config.corpus.form][0]
    return Tokens(int(kept / BYTES_PER_TOKEN), f"{size:,} bytes in {place}, {BYTES_PER_TOKEN} for a token")


def _column_bytes(path: Path, column: str) -> int:
    """Bytes of a column before compression, by what the file says of itself."""
    import pyarrow.parquet as pq

    found = pq.ParquetFile(path)
    place = found.schema_arrow.get_field_index(column)
    groups = range(found.metadata.num_row_groups)
    return sum(found.metadata.row_group(group).column(place).total_uncompressed_size for group in groups)


def course_of(
    config: TrainConfig, model: Any, setup: Setup, tokens: Tokens | None, speed: Speed | None
) -> Course:
    """How long a run is.

    Args:
        config: Checked settings.
        model: The `transformers` configuration of its model.
        setup: The way it is trained.
        tokens: Of one epoch, if they are known.
        speed: Of a device; None for no estimate of time.
    """
    optimiser, length = config.optimiser, config.packing.sequence_length
    windows = None if tokens is None else max(math.ceil(tokens.number / (length * FILL)), 1)
    steps = optimiser.steps
    if steps is None and windows is not None and optimiser.epochs is not None:
        steps = max(math.ceil(optimiser.epochs * windows / optimiser.batch), 1)
    seen = (steps or 0) * optimiser.batch * length
    rate = _tokens_per_second(model, setup, speed)
    one = checkpoint_bytes(setup)
    return Course(
        tokens=seen,
        steps=steps,
        epochs=None if windows is None or steps is None else steps * optimiser.batch / windows,
        windows=windows,
        tokens_per_second=rate,
        hours=None if rate is None or steps is None else seen / rate / 3600,
        checkpoint=one,
        disk=config.checkpoints.keep * one + setup.trained * setup.width,
    )


def _tokens_per_second(model: Any, setup: Setup, speed: Speed | None) -> float | None:
    if speed is None:
        return None
    work = flops_per_token(model, setup.length, frozen=setup.method != "full")
    assert work is not None, "sizes are those of a known family"
    again = AGAIN if setup.checkpointing else 1.0
    return setup.devices * speed.teraflops * 1e12 * speed.utilisation / (work * again)


def checkpoint_bytes(setup: Setup) -> int:
    """Bytes of a checkpoint: weights that are trained and the optimiser's states.

    With DeepSpeed, which writes the weights beside transformers, twice the weights, and its fp32 copy.
    """
    copy = MASTER + setup.width if setup.zero is not None else 0
    return setup.trained * (setup.width + copy + MOMENTS)
