"""A configuration -> a trained model: the whole of `training run`.

    outcome = run(load(Path("configs/train/smoke.yaml")))
    outcome.final                                          -> runs/train/smoke/final

Tokens are made if they are not there, on the first process while the others wait. What is there already is
gone on from: the newest whole checkpoint, if its record says the same data and settings. Every check that
needs no model comes before anything slow. Holds no training itself: see `training.train.fit`.
"""

from pathlib import Path

from training import record
from training.config import TrainConfig
from training.train import counting
from training.train.fit import Manner, Outcome, fit
from training.train.material import Material, Show, check, prepare
from training.train.memory import device_memory, enough_memory
from training.train.onward import finished, goes_on_from
from training.train.session import Session, begin


def run(
    config: TrainConfig, *, resume: bool = True, dry_run: bool = False, show: Show = print
) -> Outcome | None:
    """Train, from the newest whole checkpoint if there is one.

    Args:
        config: Checked settings.
        resume: Whether to go on from a checkpoint; otherwise a run that has one is refused.
        dry_run: Whether to stop before a model is loaded, having checked all else.
        show: Where lines go, on the first process.

    Returns:
        What it came to; None of a dry run.

    Raises:
        BadConfigError: If the settings do not fit the devices, the model or each other.
        BadInputError: If the corpus or the model cannot be read as such.
        BadTokenizerError: If the tokenizer has more ids than the model.
        ChangedRunError: If the checkpoint was made from other data or settings.
        BrokenRunError: If the loss is no number any more, or memory runs out.
    """
    session = begin(config.devices)
    tell = show if session.main else _silent
    check(config, session)
    material = prepare(config, session, show=tell)
    steps, now = material.steps, material.record
    checkpoint = session.first(lambda: goes_on_from(config.output, now, steps=steps, resume=resume))
    final = finished(config.output, steps=steps) if checkpoint else None
    if final is not None:
        tell(f"{final} is finished: {steps:,} steps; nothing is left to do")
        return Outcome(steps, float("nan"), final)
    _tell(config, session, material, checkpoint, tell)
    if dry_run:
        return None
    if session.main and checkpoint is None:
        config.output.mkdir(parents=True, exist_ok=True)
        record.write(config.output, material.record)
    outcome = _train(config, session, material, checkpoint, tell)
    _finish(config, session, outcome, tell)
    return outcome


def _tell(
    config: TrainConfig, session: Session, material: Material, checkpoint: Path | None, show: Show
) -> None:
    """Say what is about to be done."""
    tokens = config.optimiser.batch * config.packing.sequence_length
    windows = material.windows
    show(
        f"{material.steps:,} steps of {config.optimiser.batch} windows of {config.packing.sequence_length:,} "
        f"tokens ({tokens:,} tokens a step), {session.world_size} processes on {session.device_kind}, "
        f"ZeRO stage {material.record.zero_stage}, {config.devices.precision}"
    )
    epochs = material.steps * config.optimiser.batch / len(windows)
    show(f"{len(windows):,} windows of the corpus, seen {epochs:.2f} times; {windows.waste:.2%} padding")
    unused = gpus_here() - session.world_size if session.device_kind == "cuda" else 0
    if unused > 0 and session.world_size == 1:
        show(f"one process uses one GPU, {unused} more are here: --processes {unused + 1} uses all")
    if checkpoint is not None:
        behind = record.read(checkpoint)
        show(f"goes on from {checkpoint}: {behind.step:,} steps and {behind.windows:,} windows are behind it")
        if behind.world_size != session.world_size:
            show(f"it was written by {behind.world_size} processes: losses can differ in the last digits")


def _train(
    config: TrainConfig, session: Session, material: Material, checkpoint: Path | None, show: Show
) -> Outcome:
    from training.data.collator import Collator
    from training.model import lora
    from training.model.load import load_model
    from training.train.arguments import arguments

    args = arguments(
        session,
        config.output,
        config.optimiser,
        config.devices,
        config.checkpoints,
        config.logs,
        config.evaluation,
        steps=material.steps,
        seed=config.seed,
        gradient_checkpointing=config.model.gradient_checkpointing,
        loader_workers=config.packing.loader_workers,
    )
    length = config.packing.sequence_length
    manner = _manner(config, session, material, show)
    with enough_memory(manner.advice):
        model = load_model(config.model, config.lora, config.devices, base=material.base, positions=length)
    if config.lora.enabled:
        again = config.model.gradient_checkpointing
        model = lora.attach(model, config.lora, gradient_checkpointing=again)
    trained, of_all = lora.counts(model)
    show(f"{trained:,} of {of_all:,} parameters are trained ({trained / of_all:.2%})")
    return fit(
        session,
        model,
        args,
        material.windows.stretch(material.steps * config.optimiser.batch),
        Collator(isolate=config.packing.isolate, attention=config.model.attention),
        hf_tokenizer=material.coder.hf,
        resume=checkpoint,
        note=material.record.as_json(),
        evaluation_set=material.held_out,
        manner=manner,
    )


def _manner(config: TrainConfig, session: Session, material: Material, show: Show) -> Manner:
    """What is done beside training."""

    def advice() -> str:
        from training.plan.advice import advise

        return advise(config, material.model_config, session.world_size, device_memory(session))

    length, isolate = config.packing.sequence_length, config.packing.isolate
    measure = counting.counter(material.coder.specials, length, isolate=isolate)
    return Manner(keep=config.checkpoints.keep, measure=measure, advice=advice, show=show)


def _finish(config: TrainConfig, session: Session, outcome: Outcome, show: Show) -> None:
    if outcome.final is None:
        show(f"stopped by a signal after step {outcome.steps:,}, which is saved; run again to go on")
        return
    show(f"{outcome.final} holds what was trained in {outcome.steps:,} steps")
    if config.push_to_hub is not None and session.main:
        from huggingface_hub import HfApi

        HfApi().create_repo(config.push_to_hub, exist_ok=True)
        HfApi().upload_folder(repo_id=config.push_to_hub, folder_path=outcome.final)
        show(f"pushed to {config.push_to_hub}")


def gpus_here() -> int:
    """GPUs of this machine."""
    import torch

    return int(torch.cuda.device_count())


def _silent(line: str) -> None:
    """Say nothing, on other processes than the first."""
