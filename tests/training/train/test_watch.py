"""At the end of a step: stop in time, say how it goes, and let no signal go unheard."""

import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from training.errors import DivergedError
from training.train import kept, watch
from training.train.session import Session
from training.train.watch import Watch

ALONE = Session(rank=0, world_size=1, local_rank=0, device_kind="cpu")
ARGS = SimpleNamespace(fp16=False)


class Trainer:
    """As much of a Trainer as a watch looks at."""

    def __init__(self, loss: float = 2.0) -> None:
        self._tr_loss = torch.tensor(loss)
        self.state = SimpleNamespace(global_step=5, max_steps=9)
        self.logged: list[dict[str, float]] = []

    def get_batch_samples(self) -> Any:
        return [{"input_ids": torch.zeros(2, 8, dtype=torch.long)}], None

    def get_train_dataloader(self) -> Any:
        return SimpleNamespace(worker_init_fn=None)

    get_eval_dataloader = get_train_dataloader

    def _get_grad_norm(self, value: Any) -> Any:
        return value

    def log(self, logs: dict[str, float]) -> None:
        self.logged.append(logs)


def watching(output: Path, trainer: Trainer, **values: Any) -> Watch:
    lines: list[str] = []
    given: dict[str, Any] = {
        "session": ALONE,
        "output": output,
        "note": {"made by": "a test"},
        "keep": 1,
        "batch": 4,
        "flops_per_second": None,
        "flops_per_token": None,
        "measure": None,
        "show": lines.append,
        **values,
    }
    made = Watch(**given)
    made.attach(trainer)
    return made


def control() -> Any:
    wanted = {"should_save": False, "should_log": False, "should_training_stop": False}
    return SimpleNamespace(**wanted, should_evaluate=True)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path, loss: float) -> None:
    """The step is named, the last good checkpoint too, and what to do."""
    trainer = Trainer(loss)
    (tmp_path / "checkpoint-3").mkdir()
    kept.settle(tmp_path / "checkpoint-3", {})
    with pytest.raises(DivergedError) as ended:
        watching(tmp_path, trainer).on_step_end(ARGS, trainer.state, control())
    assert str(ended.value) == (
        f"step 5: the loss or its gradient is no finite number any more; {tmp_path}/checkpoint-3 is the last "
        "good checkpoint and is untouched. Lower optimiser.learning_rate, raise warmup_steps or take "
        "devices.precision bf16 in place of fp16, and run again"
    )


@pytest.mark.parametrize("norm", [float("nan"), torch.tensor(float("inf"))])
def test_a_gradient_that_is_no_number_ends_the_run(tmp_path: Path, norm: Any) -> None:
    """Before the weights that it has made are saved: the loss would tell only one step later."""
    trainer, wanted = Trainer(), control()
    looking = watching(tmp_path, trainer)
    trainer._get_grad_norm(norm)
    with pytest.raises(DivergedError, match="the loss or its gradient is no finite number"):
        looking.on_step_end(ARGS, trainer.state, wanted)
    assert not wanted.should_save


def test_a_gradient_in_half_precision_may_overflow(tmp_path: Path) -> None:
    """The step was left out, and the next is made with a lower scale."""
    trainer = Trainer()
    looking = watching(tmp_path, trainer)
    trainer._get_grad_norm(float("inf"))
    looking.on_step_end(SimpleNamespace(fp16=True), trainer.state, control())


def test_it_may_end_before_the_first_checkpoint(tmp_path: Path) -> None:
    """Then the message says that there is none."""
    trainer = Trainer(float("nan"))
    with pytest.raises(DivergedError, match="no checkpoint was written"):
        watching(tmp_path, trainer).on_step_end(ARGS, trainer.state, control())


def test_other_processes_end_without_a_word(tmp_path: Path) -> None:
    """The message is read once, and a launcher reports the one that says it."""
    trainer = Trainer(float("nan"))
    second = Session(rank=1, world_size=1, local_rank=1, device_kind="cpu")
    with pytest.raises(SystemExit) as ended:
        watching(tmp_path, trainer, session=second).on_step_end(ARGS, trainer.state, control())
    assert ended.value.code == 0


def test_a_good_step_goes_on(tmp_path: Path) -> None:
    """Nothing is saved or stopped."""
    trainer, wanted = Trainer(), control()
    watching(tmp_path, trainer).on_step_end(ARGS, trainer.state, wanted)
    assert vars(wanted) == vars(control())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_heard_until_training_ends(tmp_path: Path, number: signal.Signals) -> None:
    """It asks for a checkpoint, a row and the end, not for an evaluation; afterwards it means as before."""
    trainer, wanted = Trainer(), control()
    looking = watching(tmp_path, trainer)
    before = signal.getsignal(number)
    with looking.listening():
        os.kill(os.getpid(), number)
        looking.on_step_end(ARGS, trainer.state, wanted)
    assert signal.getsignal(number) is before
    assert looking.stopped == number
    assert (wanted.should_save, wanted.should_log, wanted.should_training_stop) == (True, True, True)
    assert not wanted.should_evaluate


def test_a_signal_behind_the_last_step_stops_nothing(tmp_path: Path) -> None:
    """Other processes have not heard it, and wait for this one to save the model with them."""
    trainer = Trainer()
    looking = watching(tmp_path, trainer)
    with looking.listening():
        looking.on_step_end(ARGS, trainer.state, control())
        os.kill(os.getpid(), signal.SIGTERM)
    assert looking.heard == signal.SIGTERM
    assert looking.stopped is None


def test_a_checkpoint_has_a_row(tmp_path: Path) -> None:
    """So that rows are the same with and without a break."""
    trainer, wanted = Trainer(), control()
    wanted.should_save = True
    watching(tmp_path, trainer).on_step_end(ARGS, trainer.state, wanted)
    assert wanted.should_log
    assert not wanted.should_training_stop


def test_a_saved_checkpoint_counts_and_older_ones_go(tmp_path: Path) -> None:
    """Its record has the place in the data; with `keep` 1 the one before it is deleted after that."""
    trainer = Trainer()
    for step in (3, 5):
        (tmp_path / f"checkpoint-{step}").mkdir()
    kept.settle(tmp_path / "checkpoint-3", {})
    watching(tmp_path, trainer).on_save(None, trainer.state, control())
    assert [folder.name for folder in kept.whole(tmp_path)] == ["checkpoint-5"]
    note = kept.read_note(tmp_path / "checkpoint-5")
    assert (note["made by"], note["step"], note["windows"], note["world_size"]) == ("a test", 5, 20, 1)


def test_intervals_are_those_of_today(tmp_path: Path) -> None:
    """A checkpoint brings the ones that it was written with."""
    state = SimpleNamespace(logging_steps=1, eval_steps=2, save_steps=3)
    args = SimpleNamespace(logging_steps=10, eval_steps=20, save_steps=30)
    watching(tmp_path, Trainer()).on_train_begin(args, state, control())
    assert (state.logging_steps, state.eval_steps, state.save_steps) == (10, 20, 30)


def rows(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_row_has_the_trainers_figures_and_ours(tmp_path: Path) -> None:
    """In the file, on the screen, and for whatever the Trainer reports to."""
    trainer = Trainer()
    lines: list[str] = []
    looking = watching(tmp_path, trainer, show=lines.append, flops_per_second=1e9, flops_per_token=10.0)
    trainer.get_batch_samples()
    looking.on_step_end(ARGS, trainer.state, control())
    trainer.log({"loss": 2.5, "learning_rate": 1e-3})
    (row,) = rows(tmp_path)
    assert (row["step"], row["windows"], row["loss"]) == (5, 20, 2.5)
    assert row["mfu"] == pytest.approx(row["tokens_per_second"] * 1e-8)
    assert trainer.logged[0]["tokens_per_second"] == row["tokens_per_second"]
    assert lines[0].startswith("step 5/9  loss 2.5000  lr 1.00e-03")
    assert looking.last_loss == 2.5


def test_an_evaluation_is_a_row_of_its_own(tmp_path: Path) -> None:
    """Under a name of ours; the Trainer's other words are passed on and not written."""
    trainer = Trainer()
    watching(tmp_path, trainer)
    trainer.log({"eval_loss": 1.5, "eval_runtime": 3.0})
    trainer.log({"train_runtime": 3.0})
    assert rows(tmp_path) == [{"step": 5, "evaluation_loss": 1.5, "windows": 20}]
    assert [set(logs) for logs in trainer.logged] == [
        {"eval_loss", "eval_runtime", "evaluation_loss"},
        {"train_runtime"},
    ]


def test_what_is_not_known_is_null_and_not_reported(tmp_path: Path) -> None:
    """MFU on a CPU: null in the file, absent elsewhere."""
    trainer = Trainer()
    watching(tmp_path, trainer)
    trainer.log({"loss": 2.5})
    assert rows(tmp_path)[0]["mfu"] is None
    assert "mfu" not in trainer.logged[0]


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    """One file, one line a row."""
    trainer = Trainer()
    watching(tmp_path, trainer, session=Session(1, 1, 1, "cpu"))
    trainer.log({"loss": 2.5})
    assert list(tmp_path.iterdir()) == []


def test_processes_of_a_loader_are_deaf(tmp_path: Path) -> None:
    """A signal to the whole job must not take the samples from the process that saves."""
    begun: list[int] = []
    before = {number: signal.getsignal(number) for number in watch.SIGNALS}
    try:
        watch._deaf(begun.append, 7)
        assert [signal.getsignal(number) for number in watch.SIGNALS] == [signal.SIG_IGN] * 2
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert begun == [7]
    trainer = Trainer()
    watching(tmp_path, trainer)
    assert trainer.get_train_dataloader().worker_init_fn.func is watch._deaf
    assert trainer.get_eval_dataloader().worker_init_fn.func is watch._deaf
