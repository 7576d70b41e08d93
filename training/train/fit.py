"""A model, samples and arguments -> trained weights, with checkpoints that can be resumed exactly.

    outcome = fit(session, model, args, train_set, collator, hf_tokenizer=tokenizer, resume=None, note={})
    outcome.final   -> runs/train/smoke/final: model or adapter, tokenizer, record.json

The train set has exactly steps * batch samples, in the order in which they are seen, so that the place in it
is known by the step alone: see `training.train.steps`. Knows nothing of where samples come from; chat and
classification train here too.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.train import figures, flops, kept
from training.train.memory import enough_memory
from training.train.session import Session
from training.train.watch import Watch

FINAL = "final"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    steps: int
    """Optimiser steps behind it."""
    last_loss: float
    """Mean loss of the steps of the last row; NaN if no step was trained."""
    final: Path | None
    """Folder of what was trained; None if the run was stopped before its end."""
    signal: int | None = None
    """What stopped it before its end."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What a run does beside training."""

    keep: int = 2
    """Newest checkpoints that stay."""
    measure: figures.Measure | None = None
    """What is counted in batches."""
    advice: Callable[[], str] | None = None
    """What to say when memory runs out."""
    show: Callable[[str], None] = print
    """Where lines go."""


def fit(  # noqa: PLR0913  # what is trained, on what, from where, and how
    session: Session,
    model: Any,
    args: Any,
    train_set: Any,
    collator: Callable[[list[Any]], dict[str, Any]],
    *,
    hf_tokenizer: Any,
    resume: Path | None,
    note: dict[str, Any],
    evaluation_set: Any = None,
    manner: Manner = Manner(),
) -> Outcome:
    """Train.

    Args:
        session: This process among those of the run.
        model: What is trained, with adapters if any.
        args: From `arguments`.
        train_set: Steps times batch samples; anything with a length and items.
        collator: Samples -> batch.
        hf_tokenizer: Saved beside the model.
        resume: A complete checkpoint to go on from.
        note: What the record of each checkpoint says.
        evaluation_set: Samples that are not trained on.
        manner: What is done beside training.

    Raises:
        OutOfDeviceMemoryError: If a step does not fit.
        DivergedError: If the loss is no number any more.
    """
    watch = _watch(session, model, args, train_set, note, manner)
    if session.main:
        kept.remove_torn(watch.output)
        figures.cut_after(watch.output, kept.step_of(resume) if resume else 0)
    session.barrier()
    with enough_memory(manner.advice):
        trainer = _trainer(watch, model, args, train_set, evaluation_set, collator, hf_tokenizer)
        with watch.listening(), _elastic(session, trainer, resume):
            trainer.train(resume_from_checkpoint=str(resume) if resume else None)
        steps = trainer.state.global_step
        if watch.stopped is not None:
            return Outcome(steps, watch.last_loss, None, watch.stopped)
        return Outcome(steps, watch.last_loss, _save(watch, trainer))


def _watch(
    session: Session, model: Any, args: Any, train_set: Any, note: dict[str, Any], manner: Manner
) -> Watch:
    batch = args.per_device_train_batch_size * args.gradient_accumulation_steps * session.world_size
    name, precision = "cpu", "bf16" if args.bf16 else "fp16" if args.fp16 else "fp32"
    if session.device_kind == "cuda":
        import torch

        name = torch.cuda.get_device_name()
    peak = flops.peak(name, precision)
    frozen = hasattr(model, "peft_config")
    length = len(train_set[0]["input_ids"]) if len(train_set) else 0
    return Watch(
        session=session,
        output=Path(args.output_dir),
        note=note,
        batch=batch,
        flops_per_second=None if peak is None else peak * session.world_size,
        flops_per_token=flops.flops_per_token(model.config, length, frozen=frozen),
        keep=manner.keep,
        measure=manner.measure,
        show=manner.show,
    )


def _trainer(
    watch: Watch, model: Any, args: Any, train_set: Any, evaluation_set: Any, collator: Any, tokenizer: Any
) -> Any:
    from transformers import Trainer, TrainerCallback
    from transformers.trainer_callback import PrinterCallback

    class Callback(TrainerCallback):  # type: ignore[misc]  # transformers is not looked into
        """The watch, as transformers calls it."""

        on_train_begin = watch.on_train_begin
        on_step_end = watch.on_step_end
        on_save = watch.on_save

    trainer = Trainer(
        model=model,
        args=args,
        data_collator=collator,
        train_dataset=train_set,
        eval_dataset=evaluation_set,
        processing_class=tokenizer,
        callbacks=[Callback()],
    )
    trainer.remove_callback(PrinterCallback)
    watch.attach(trainer)
    if args.deepspeed is not None and not args.hf_deepspeed_config.is_zero3():
        # every process has all weights: saved as they are, tied ones stay tied; by way of DeepSpeed's copies
        # the output layer would be written a second time beside the embedding it is tied to
        trainer.save_model = lambda folder, _internal_call=False: trainer._save(folder)  # noqa: SLF001
    return trainer


def _save(watch: Watch, trainer: Any) -> Path:
    """Save what was trained; the folder is there when it is whole."""
    partial, final = watch.output / f".{FINAL}", watch.output / FINAL
    trainer.model.config.use_cache = True  # off while training; what generates from it wants it
    trainer.save_model(str(partial))
    watch.session.barrier()
    if watch.session.main:
        (partial / "training_args.bin").unlink(missing_ok=True)  # a pickle of this machine's settings
        kept.settle(partial, watch.note_at(trainer.state.global_step))
        if final.exists():
            shutil.rmtree(final)
        partial.rename(final)
    watch.session.barrier()
    return final


@contextmanager
def _elastic(session: Session, trainer: Any, resume: Path | None) -> Iterator[None]:
    """Prepare a DeepSpeed checkpoint of another number of processes, and mend what loading gets wrong."""
    if resume is None or trainer.args.deepspeed is None:
        yield
        return
    if kept.read_note(resume).get("world_size", session.world_size) == session.world_size:
        yield
        return
    from training.checkpoints import elastic

    session.first(lambda: elastic.convert(resume))
    trainer.args.hf_deepspeed_config.config.setdefault("checkpoint", {})["load_universal"] = True
    prepare = trainer._prepare_for_training  # noqa: SLF001  # the only place between loading and the first step

    def mended(*args: Any, **named: Any) -> Any:
        prepared = prepare(*args, **named)
        elastic.mend(trainer.deepspeed)
        return prepared

    trainer._prepare_for_training = mended  # noqa: SLF001  # as above
    yield
