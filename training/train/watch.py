"""What is done at the end of every step: stop in time, keep a record, say how it goes.

    loss is no number      -> DivergedError on every process, before anything is saved
    SIGTERM or SIGINT      -> this step is finished and saved, then training stops
    a checkpoint is saved  -> its record is written when every process has finished, then old ones are deleted

Has the methods of a `transformers.TrainerCallback`; `fit` makes one of it, because importing this module
imports no transformers. Trains nothing itself.
"""

import math
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import Any

from training.errors import DivergedError
from training.train import figures, kept
from training.train.session import Session

SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""What a scheduler and Ctrl-C send, often to all processes of a job at once."""


@dataclass
class Watch:
    """A run under way, as one process sees it."""

    session: Session
    output: Path
    note: dict[str, Any]
    """What every checkpoint's record says."""
    keep: int
    """Newest checkpoints that stay."""
    batch: int
    """Windows of a step."""
    flops_per_second: float | None
    """What all devices together can do at most; None if it is not known."""
    flops_per_token: float | None
    measure: figures.Measure | None
    show: Callable[[str], None]
    clock: figures.Clock = field(default_factory=figures.Clock)
    trainer: Any = None
    heard: int | None = None
    """Signal that this process got."""
    stopped: int | None = None
    """Signal after which all processes agreed to stop; None if training went to its end."""
    last_loss: float = math.nan
    norm: Any = 0.0
    """Of the last gradient, over all processes, before clipping."""

    def attach(self, trainer: Any) -> None:
        """Time the samples of a trainer, and add our figures to its own."""
        self.trainer = trainer
        samples, log, norm = trainer.get_batch_samples, trainer.log, trainer._get_grad_norm  # noqa: SLF001

        def timed(*args: Any, **named: Any) -> Any:
            began = perf_counter()
            batches, number = samples(*args, **named)
            self.clock.arrived(perf_counter() - began, batches, self.measure)
            return batches, number

        def logged(logs: dict[str, float], *args: Any, **named: Any) -> Any:
            return log(self.row(logs), *args, **named)

        def measured(*args: Any, **named: Any) -> Any:
            self.norm = norm(*args, **named)
            return self.norm

        trainer.get_batch_samples, trainer.log, trainer._get_grad_norm = timed, logged, measured  # noqa: SLF001
        trainer.get_train_dataloader = partial(_patient, trainer.get_train_dataloader)
        trainer.get_eval_dataloader = partial(_patient, trainer.get_eval_dataloader)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals as the wish to stop after this step."""

        def hear(number: int, frame: FrameType | None) -> None:
            del frame
            self.heard = number

        before = {number: signal.signal(number, hear) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def on_train_begin(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Follow today's intervals, not those of the checkpoint's day."""
        state.logging_steps, state.eval_steps, state.save_steps = (
            args.logging_steps,
            args.eval_steps,
            args.save_steps,
        )

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Agree with the other processes whether to go on.

        Raises:
            DivergedError: If the loss or its gradient is no number any more.
            SystemExit: The same, on all ranks but the first.
        """
        stop, broken = self._agreed(half=args.fp16)
        self.clock.ended()
        if broken:
            if not self.session.main:
                raise SystemExit(0)  # the first has something to say, see `Session.first`
            raise DivergedError(self._diverged(state.global_step))
        if stop:
            self.stopped = stop
            control.should_save = control.should_training_stop = True
            control.should_evaluate = False  # it would come before saving, and time is short
        if control.should_save:
            control.should_log = True  # so that a resumed run writes the same rows as one without a break

    def on_save(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Make the checkpoint count, when every process has written its part."""
        self.session.barrier()
        if self.session.main:
            kept.settle(self.output / f"checkpoint-{state.global_step}", self.note_at(state.global_step))
            kept.rotate(self.output, self.keep)

    def note_at(self, step: int) -> dict[str, Any]:
        """The record of a checkpoint after some steps."""
        return {
            **self.note,
            "step": step,
            "windows": step * self.batch,
            "world_size": self.session.world_size,
        }

    def row(self, logs: Mapping[str, float]) -> dict[str, float]:
        """Figures of the trainer with our own; written to the run's file on the first process."""
        if "loss" in logs:
            self.last_loss = logs["loss"]
            row = {**logs, **self._measured()}
        elif "eval_loss" in logs:
            row = {"evaluation_loss": logs["eval_loss"]}
        else:
            return dict(logs)
        if self.session.main:
            state = self.trainer.state
            written = {"step": state.global_step, **row, "windows": state.global_step * self.batch}
            figures.append(self.output, written)
            self.show(figures.line(written, state.max_steps))
        return {**logs, **{name: value for name, value in row.items() if value is not None}}

    def _measured(self) -> dict[str, Any]:
        row: dict[str, Any] = figures.drain(self.clock, self.session)
        row["mfu"] = None
        if self.flops_per_second and self.flops_per_token:
            row["mfu"] = row["tokens_per_second"] * self.flops_per_token / self.flops_per_second
        row["memory_peak_gib"] = figures.memory_peak(self.session)
        return row

    def _agreed(self, *, half: bool) -> tuple[int, bool]:
        """The signal that any process got (0 for none), and whether loss or gradient of any is no number.

        In fp16 (`half`) a gradient may be none: then the step was left out and the scale is lowered.
        """
        import torch

        loss = self.trainer._tr_loss  # noqa: SLF001  # the only place where the sum of losses is kept
        norm = torch.as_tensor(0.0 if half else self.norm, device=loss.device)
        broken = ~(torch.isfinite(loss).all() & torch.isfinite(norm).all())
        if self.session.world_size == 1:
            return self.heard or 0, bool(broken)
        import torch.distributed as dist

        flags = torch.stack([torch.tensor(self.heard or 0, device=loss.device), broken.long()])
        dist.all_reduce(flags, op=dist.ReduceOp.MAX)
        stop, bad = flags.tolist()
        return stop, bool(bad)

    def _diverged(self, step: int) -> str:
        last = kept.newest(self.output)
        good = f"{last} is the last good checkpoint and is untouched" if last else "no checkpoint was written"
        return (
            f"step {step}: the loss or its gradient is no finite number any more; {good}. Lower "
            "optimiser.learning_rate, raise warmup_steps or take devices.precision bf16 in place of fp16, "
            "and run again"
        )


def _patient(loader: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """A loader whose processes leave signals to the one that trains, which still needs their samples."""
    made = loader(*args, **named)
    made.worker_init_fn = partial(_deaf, made.worker_init_fn)
    return made


def _deaf(begin: Callable[[int], None] | None, worker: int) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if begin is not None:
        begin(worker)
