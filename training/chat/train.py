"""A configuration -> a model that chats: the whole of `training chat train`.

    outcome = train(load(Path("configs/train/chat.yaml")))
    outcome.final       -> runs/train/chat/final: model or adapter, tokenizer with its chat_template,
                           dialogue_template.json, generation_config.json that stops at <|end|>,
                           record.json, README.md

The same processes, DeepSpeed settings, checkpoints and exact resume as in `training run`. The model is saved
first, samples are made after it, by all processes together (see `training.chat.samples`). Holds no training
itself: see `training.train.fit`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from training import record
from training.chat import adapter, card, samples
from training.chat.answer import stops
from training.chat.config import ChatConfig
from training.chat.material import Material, gather
from training.chat.vocabulary import Marked
from training.chat.windows import First
from training.train.fit import FINAL, Manner, Outcome, fit
from training.train.onward import finished, goes_on_from
from training.train.session import Session, begin

Show = Callable[[str], None]


def train(
    config: ChatConfig, *, resume: bool = True, dry_run: bool = False, show: Show = print
) -> Outcome | None:
    """Fine-tune, from the newest whole checkpoint if there is one.

    Args:
        config: Checked settings.
        resume: Whether to go on from a checkpoint; otherwise a run that has one is refused.
        dry_run: Whether to stop before a model is loaded for training, having checked all else.
        show: Where lines go, on the first process.

    Returns:
        What it came to; None of a dry run.

    Raises:
        BadConfigError: If the settings do not fit the devices, the model or each other.
        BadInputError: If data or model cannot be read as such, or no dialogue is left.
        ChangedRunError: If the folder holds a run with other data or settings.
        BrokenRunError: If the loss is no number any more, or memory runs out.
    """
    session = begin(config.devices)
    tell = show if session.main else _silent
    material = gather(session, config, tell)
    steps, now = material.steps, material.record
    checkpoint = session.first(lambda: goes_on_from(config.output, now, steps=steps, resume=resume))
    final = finished(config.output, steps=steps) if checkpoint else None
    if final is not None:
        tell(f"{final} is finished: {steps:,} steps")
        _complete(config, session, material, tell)
        return Outcome(steps, float("nan"), final)
    _tell(config, session, material, checkpoint, tell)
    if dry_run:
        return None
    if session.main and checkpoint is None:
        record.write(config.output, material.record)
        config.template.save(config.output)
    return _train(config, session, material, checkpoint, tell)


def _tell(
    config: ChatConfig, session: Session, material: Material, checkpoint: Path | None, show: Show
) -> None:
    """Say what is about to be done."""
    batch, windows = config.optimiser.batch, material.windows
    if material.marked.added:
        made = f"; {material.base} is the model with rows for them" if material.base else ""
        show(f"new special tokens: {', '.join(material.marked.added)}{made}")
    show(
        f"{material.steps:,} steps of {batch} windows of {config.sequence_length:,} tokens, "
        f"{session.world_size} processes on {session.device_kind}, ZeRO stage {material.record.zero_stage}, "
        f"{config.devices.precision}"
    )
    epochs = material.steps * batch / len(windows)
    show(f"{len(windows):,} windows, seen {epochs:.2f} times; {windows.waste:.2%} padding")
    if checkpoint is not None:
        show(f"goes on from {checkpoint}: {record.read(checkpoint).step:,} steps are behind it")


def _train(
    config: ChatConfig, session: Session, material: Material, checkpoint: Path | None, show: Show
) -> Outcome:
    from training.data.collator import Collator
    from training.model import lora
    from training.train.arguments import arguments

    again = config.model.gradient_checkpointing
    args = arguments(
        session,
        config.output,
        material.optimiser,
        config.devices,
        config.checkpoints,
        config.logs,
        config.evaluation,
        steps=material.steps,
        seed=config.seed,
        gradient_checkpointing=again,
    )
    model = _model(config, material)
    trained, of_all = lora.counts(model)
    show(f"{trained:,} of {of_all:,} parameters are trained ({trained / of_all:.2%})")
    outcome = fit(
        session,
        model,
        args,
        First(material.windows, material.steps * config.optimiser.batch),
        Collator(isolate=True, attention=config.model.attention),
        hf_tokenizer=saving_beside(config, material.marked),
        resume=checkpoint,
        note=material.record.as_json(),
        evaluation_set=material.held_out,
        manner=Manner(config.checkpoints.keep, padding(material.marked), None, show),
    )
    if outcome.final is None:
        show(f"stopped by a signal after step {outcome.steps:,}, which is saved; run again to go on")
        return outcome
    show(f"{outcome.final} holds what was trained in {outcome.steps:,} steps")
    if session.main:
        card.write(outcome.final, config, material)
    page = samples.sample(session, model, material.marked, config, steps=outcome.steps)
    if page is not None:
        show(f"{page} holds its answers to {len(config.samples.prompts)} prompts")
    _push(config, session, outcome.final, show)
    return outcome


def _model(config: ChatConfig, material: Material) -> Any:
    """The model, with adapters if any, that stops after a turn also where others load it."""
    from training.model.load import load_model

    model = load_model(
        config.model, config.lora, config.devices, base=material.base, positions=config.sequence_length
    )
    model.generation_config = ending(material.marked)
    if not config.lora.enabled:
        return model
    again = config.model.gradient_checkpointing
    return adapter.attach(model, config.lora, material.marked, gradient_checkpointing=again)


def ending(marked: Marked) -> Any:
    """What servers read of where an answer ends: after the end of a turn, or of a document."""
    from transformers import GenerationConfig

    specials = marked.coder.specials
    return GenerationConfig(
        bos_token_id=specials.end, eos_token_id=stops(marked)[:2], pad_token_id=specials.pad
    )


def saving_beside(config: ChatConfig, marked: Marked) -> Any:
    """The tokenizer, whose `save_pretrained` also writes how dialogues are written, and where answers end.

    So every checkpoint and adapter has both, in the moment in which it has a tokenizer.
    """
    hf, generation = marked.coder.hf, ending(marked)
    save = hf.save_pretrained

    def save_all(folder: str, *args: Any, **named: Any) -> Any:
        config.template.save(Path(folder))
        generation.save_pretrained(folder)
        return save(folder, *args, **named)

    hf.save_pretrained = save_all
    return hf


def padding(marked: Marked) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """A function that counts padding in a batch; no dialogue holds its id."""
    pad = marked.coder.specials.pad

    def count(batch: Mapping[str, Any]) -> dict[str, Any]:
        return {"padding": (batch["input_ids"] == pad).sum(), "slots": batch["input_ids"].numel()}

    return count


def _complete(config: ChatConfig, session: Session, material: Material, show: Show) -> None:
    """Sample where a run was killed between saving its model and its samples: on the first process alone."""
    there = (config.output / samples.PAGE).is_file()
    if there or not config.samples.prompts or not session.main:
        return
    from training.generate.load import load_for_generation

    place = "cpu" if session.device_kind == "cpu" else "auto"
    model = load_for_generation(config.output / FINAL, device_map=place)
    alone = Session(0, 1, 0, session.device_kind)
    page = samples.sample(alone, model, material.marked, config, steps=material.steps)
    show(f"{page} holds its answers to {len(config.samples.prompts)} prompts")


def _push(config: ChatConfig, session: Session, final: Path, show: Show) -> None:
    if config.push_to_hub is None or not session.main:
        return
    from huggingface_hub import HfApi

    HfApi().create_repo(config.push_to_hub, exist_ok=True)
    HfApi().upload_folder(repo_id=config.push_to_hub, folder_path=final)
    show(f"pushed to {config.push_to_hub}")


def _silent(line: str) -> None:
    """Say nothing, on other processes than the first."""
