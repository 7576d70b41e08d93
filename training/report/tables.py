"""The files of a training run as tables.

    metrics(Path("runs/train/smoke"))   -> one row for each step: step, loss, tokens_per_second, ...
    held_out(Path("runs/train/smoke"))  -> step, evaluation_loss
    packing(windows, 200)               -> one row for each window: fill, segments, plain, psm, spm

A run that was resumed may have logged a step twice: the later row counts. Nothing is drawn or guessed.
"""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.errors import BadInputError

if TYPE_CHECKING:
    import pandas as pd

    from training.data.dataset import Windows

METRICS = "metrics.jsonl"


def metrics(run: Path) -> "pd.DataFrame":
    """Rows of training steps, in order.

    Args:
        run: Folder of a training run.

    Raises:
        BadInputError: If it has recorded none.
    """
    return _rows(run, "loss")


def held_out(run: Path) -> "pd.DataFrame":
    """Rows of evaluations on held-out documents, in order; empty if there were none."""
    return _rows(run, "evaluation_loss", needed=False)


def _rows(run: Path, column: str, *, needed: bool = True) -> "pd.DataFrame":
    """Rows that have a column; the last of each step.

    Raises:
        BadInputError: If there is no such row and one is needed.
    """
    import pandas as pd

    path = run / METRICS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadInputError(f"{path}: expected the figures of a training run, saw: {error}") from error
    rows = {row["step"]: row for row in map(json.loads, lines) if column in row}
    if needed and not rows:
        raise BadInputError(f"{path}: expected at least one row with {column}, saw {len(lines)} others")
    return pd.DataFrame([rows[step] for step in sorted(rows)], columns=None if rows else ["step", column])


def packing(windows: "Windows", count: int) -> "pd.DataFrame":
    """What the first windows are made of.

    Args:
        windows: Of a run.
        count: Windows at most.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for index in range(min(count, len(windows))):
        window = windows.window(index)
        orders = Counter(segment.order for segment in window.segments)
        shares = {order: orders[order] for order in ("plain", "psm", "spm", "mixed")}
        fill = 1 - window.padding / len(window.ids)
        rows.append({"fill": fill, "segments": len(window.segments), **shares})
    return pd.DataFrame(rows)
