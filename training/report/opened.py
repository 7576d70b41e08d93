"""What a finished or unfinished run was trained on, opened again from its record.

    opened = open_run(Path("runs/train/smoke"))
    opened.windows.window(0)      -> the first window that it was trained on
    opened.facts                  -> table of what made it

Reads; nothing is tokenised, planned or written anew.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training import record
from training.config import TrainConfig, check

if TYPE_CHECKING:
    import pandas as pd

    from training.data.dataset import Windows


@dataclass(frozen=True, slots=True)
class Opened:
    """A run that can be looked at."""

    config: TrainConfig
    record: record.Record
    windows: "Windows"

    @property
    def facts(self) -> "pd.DataFrame":
        """What made the run, one row for each fact."""
        import pandas as pd

        known = self.record
        rows = {
            "corpus": known.corpus,
            **{f"{name}, sha256": digest[:16] for name, digest in known.data.items()},
            "seed": str(known.seed),
            "processes": str(known.world_size),
            "ZeRO stage": str(known.zero_stage),
            **known.versions,
        }
        return pd.DataFrame({"value": rows})


def open_run(run: Path) -> Opened:
    """Open a run by its record.

    Args:
        run: Folder of a training run; the paths in its record count from the working directory.
    """
    from training.data.dataset import Windows
    from training.tokenise.run import coder_of
    from training.tokenise.store import open_tokens
    from training.train.noise import hush

    hush()
    known = record.read(run)
    config = check(known.config, str(run / "record.json"))
    split = open_tokens(config.tokens, "train")
    plans = config.tokens / "plans"
    windows = Windows(split, coder_of(config), config.fim, config.packing, config.seed, plans=plans)
    return Opened(config, known, windows)
