"""What two models put into the same gaps of held-out documents.

    before_and_after(tokens, "runs/train/smoke/base", "runs/train/smoke/final", count=4)
        -> table: kind, before the gap, what stood there, before, after, similarities

The same gaps as `training evaluate` draws, few of them, to be looked at; figures over many are its business.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 60
"""Characters of the text before a gap that are shown."""


def before_and_after(
    tokens: Path, before: str, after: str, *, count: int = 4, seed: int = 0
) -> "pd.DataFrame":
    """Fillings of two models, side by side.

    Args:
        tokens: Folder of the token store, with what is held out.
        before: The model that was trained: hub id or folder.
        after: What came of it.
        count: Gaps.
        seed: Of the gaps.
    """
    import pandas as pd

    from training.train.noise import hush

    hush()
    table: dict[str, list[Any]] = {}
    for name, model in (("before", before), ("after", after)):
        filled = _filled(tokens, model, count, seed)
        table.setdefault("gap", [one.gap.kind for one in filled])
        table.setdefault("text before it", [one.gap.prefix[-SHOWN:] for one in filled])
        table.setdefault("stood there", [one.gap.middle for one in filled])
        table[name] = [one.completion.text for one in filled]
        table[f"similarity {name}"] = [round(one.score.similarity, 2) for one in filled]
    return pd.DataFrame(table)


def _filled(tokens: Path, model: str, count: int, seed: int) -> list[Any]:
    """What one model puts there."""
    from training.evaluate.documents import held_out
    from training.evaluate.infilling import draw_gaps, fill
    from training.evaluate.settings import EvaluateSettings
    from training.generate.ask import load

    loaded = load(model, dtype="fp32", quantize="none", device_map="auto")
    documents = held_out(tokens, loaded.coder, limit=count, seed=seed)
    gaps = draw_gaps(documents, ("single-line", "random-span"), seed)[:count]
    return fill(loaded.model, loaded.coder, gaps, EvaluateSettings(max_new_tokens=32))
