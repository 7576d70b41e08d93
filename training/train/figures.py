"""What a run says of itself: rows of metrics.jsonl, and the same as a line for people.

    {"step": 10, "loss": 5.123, "grad_norm": 1.2, "learning_rate": 5e-05, "tokens_per_second": 12000.0,
     "mfu": 0.41, "fim_share": 0.49, "padding_share": 0.01, "windows": 5120, "data_wait_share": 0.002, ...}

Numbers stand in full precision, so that two runs can be compared bit by bit. The loss is the mean over the
`steps` since the last row; the norm and the rate are those of the last. Of the work of a step counts what
lies between the request for its samples and its end: saving and evaluating do not.
"""

import json
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from training.train.session import Session

METRICS = "metrics.jsonl"
"""Name of the file, in the folder of the run."""
Measure = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""A batch -> sums over its windows, as numbers or tensors; shares are made of them by `shares`."""


@dataclass(slots=True)
class Clock:
    """Seconds and tokens since the last row, of this process."""

    wait: float = 0.0
    """Seconds spent waiting for samples."""
    work: float = 0.0
    """Seconds from the arrival of samples to the end of their step."""
    tokens: int = 0
    steps: int = 0
    sums: dict[str, Any] = field(default_factory=dict)
    """What `Measure` gave, added up."""
    began: float = 0.0
    """When the samples of the step at hand had arrived."""

    def arrived(self, seconds: float, batches: Sequence[Mapping[str, Any]], measure: Measure | None) -> None:
        """Note that the samples of a step are here.

        Args:
            seconds: How long they took.
            batches: One for each micro-batch.
            measure: What is counted in them.
        """
        self.wait += seconds
        self.tokens += sum(int(batch["input_ids"].numel()) for batch in batches)
        for batch in batches if measure else ():
            for name, value in measure(batch).items() if measure else ():
                self.sums[name] = self.sums.get(name, 0) + value
        self.began = perf_counter()

    def ended(self) -> None:
        """Note that a step is done."""
        self.work += perf_counter() - self.began
        self.steps += 1


def drain(clock: Clock, session: Session) -> dict[str, float]:
    """Take what a clock has counted, over all processes, and start it anew.

    Times are the mean over processes, all else is summed.
    """
    names = sorted(clock.sums)
    values = [clock.wait, clock.work, float(clock.tokens), *(float(clock.sums[name]) for name in names)]
    summed = _summed(values, session)
    wait, work = (value / session.world_size for value in summed[:2])
    row = {
        "tokens_per_second": summed[2] / max(wait + work, 1e-9),
        "data_wait_share": wait / max(wait + work, 1e-9),
        "step_seconds": (wait + work) / max(clock.steps, 1),
        "steps": clock.steps,
        **shares(dict(zip(names, summed[3:], strict=True))),
    }
    clock.wait = clock.work = 0.0
    clock.tokens = clock.steps = 0
    clock.sums = {}
    return row


def shares(sums: Mapping[str, float]) -> dict[str, float]:
    """Sums -> shares: `with_gap` of `pieces` is fim_share, `padding` of `slots` is padding_share."""
    pairs = (("fim_share", "with_gap", "pieces"), ("padding_share", "padding", "slots"))
    return {name: sums[part] / max(sums[of], 1) for name, part, of in pairs if part in sums}


def memory_peak(session: Session) -> float:
    """Most memory that this process ever held on its device, in GiB."""
    if session.device_kind == "cuda":
        import torch

        return float(torch.cuda.max_memory_allocated()) / (1 << 30)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / (1 << 30)


def append(output: Path, row: Mapping[str, Any]) -> None:
    """Add a row to the run's figures."""
    with (output / METRICS).open("a", encoding="utf-8") as out:
        out.write(json.dumps(dict(row)) + "\n")


def cut_after(output: Path, step: int) -> None:
    """Forget rows of steps that are trained again.

    Args:
        output: Folder of the run.
        step: The last step that stays.
    """
    path = output / METRICS
    if not path.exists():
        return
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if _step(line) <= step]
    path.write_text("".join(line + "\n" for line in kept), encoding="utf-8")


def line(row: Mapping[str, Any], steps: int) -> str:
    """A row for people."""
    parts = [f"step {row['step']:,}/{steps:,}"]
    for name, form in (("loss", "loss {:.4f}"), ("evaluation_loss", "held-out loss {:.4f}")):
        parts += [form.format(row[name])] if name in row else []
    optional = (
        ("learning_rate", "lr {:.2e}"),
        ("grad_norm", "norm {:.2f}"),
        ("tokens_per_second", "{:,.0f} tokens/s"),
        ("mfu", "MFU {:.1%}"),
        ("fim_share", "FIM {:.0%}"),
        ("data_wait_share", "wait {:.1%}"),
    )
    parts += [form.format(row[name]) for name, form in optional if row.get(name) is not None]
    return "  ".join(parts)


def _step(text: str) -> float:
    """Step of a row; of one that a kill cut short, later than any."""
    try:
        return int(json.loads(text)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def _summed(values: list[float], session: Session) -> list[float]:
    if session.world_size == 1:
        return values
    import torch
    import torch.distributed as dist

    tensor = torch.tensor(values, dtype=torch.float64, device=session.device_kind)
    dist.all_reduce(tensor)
    summed: list[float] = tensor.tolist()
    return summed
