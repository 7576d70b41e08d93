"""What a run's windows are made of, and how long a run is, in figures.

    figures_of(source, config)["fim_share"]   -> 0.49

The plan tells of a whole epoch; shares are measured on some windows, which stand in drawn order. Where only a
few documents were read, what concerns the whole corpus is estimated from them, and said to be.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.config import TrainConfig
from training.data.statistics import statistics_of
from training.data.windows import Window
from training.fim.vocabulary import ATOM, Vocabulary
from training.preview.source import Source

MEASURED = 200
"""Windows that shares are measured on, at most."""
MEASURED_TOKENS = 2_000_000
"""Tokens of them, at most; at least one window is measured."""


def figures_of(source: Source, config: TrainConfig) -> dict[str, Any]:
    """Figures about windows.

    Args:
        source: Windows and documents.
        config: Of the run.

    Returns:
        Counts, and shares between 0 and 1. `estimated` says whether those of an epoch are.
    """
    windows, length = source.windows, config.packing.sequence_length
    count = max(1, min(len(windows), MEASURED, MEASURED_TOKENS // length))
    found = [windows.window(index) for index in range(count)]
    statistics = statistics_of(
        found, isolate=config.packing.isolate, padding_counts=config.fim.megatron
    ).as_json()
    size, tokens = _spelt(found, windows.vocabulary)
    sampled = source.sampled
    scale = 1.0 if sampled is None else sampled.scale
    in_epoch = len(windows) * scale
    return {
        "estimated": sampled is not None,
        "documents": len(source.documents.lengths)
        if sampled is None
        else round(sampled.rows * sampled.kept / sampled.read),
        "tokens": round(windows.tokens * scale),
        "windows": round(in_epoch),
        "sequence_length": length,
        "batch": config.optimiser.batch,
        "steps_per_epoch": in_epoch / config.optimiser.batch,
        "steps": config.optimiser.steps,
        "epochs": _epochs(config, in_epoch),
        "measured_windows": count,
        "fill": statistics["fill"],
        "waste": statistics["waste"],
        "segments_per_window": statistics["segments"] / count,
        "fim_share": 1 - statistics["plain"],
        **{order: statistics[order] for order in ("plain", "psm", "spm", "mixed")},
        "gaps": statistics["gaps"],
        "not_cut": statistics["not_cut"],
        "not_cut_share": statistics["not_cut_share"],
        "target_share": statistics["target_share"],
        "lost": statistics["lost"],
        "bytes_per_token": size / max(tokens, 1),
        "tokens_per_byte": tokens / max(size, 1),
        "vocabulary": source.coder.size,
    }


def _epochs(config: TrainConfig, windows: float) -> float:
    """Times that the corpus is seen."""
    if config.optimiser.epochs is not None:
        return config.optimiser.epochs
    assert config.optimiser.steps is not None
    return config.optimiser.steps * config.optimiser.batch / max(windows, 1e-9)


def _spelt(windows: Sequence[Window], vocabulary: Vocabulary) -> tuple[int, int]:
    """Bytes and tokens of the texts in some windows; special tokens are none."""
    sizes = np.array([len(spelt) for spelt in vocabulary.spelt], np.int64)
    text = vocabulary.boundary != ATOM
    size = tokens = 0
    for window in windows:
        ids = window.ids[: len(window.ids) - window.padding]
        size += int(sizes[ids].sum())
        tokens += int(text[ids].sum())
    return size, tokens
