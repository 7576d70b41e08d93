"""What a chat fine-tuning trains on and from, checked before any device is used.

    material = gather(session, config)
    material.steps, len(material.windows), material.marked.marks["<|end|>"]

Made once, by the first process while the others wait: dialogues as tokens, and the model with rows for marks
that it lacks. Found again by a run that goes on. Loads no model for training.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import BadConfigError
from training import record
from training.chat import store, vocabulary
from training.chat.adapter import check_support as check_adapter
from training.chat.config import ChatConfig
from training.chat.store import MANIFEST, Dialogues
from training.chat.vocabulary import Marked
from training.chat.windows import First, Windows
from training.record import Record
from training.train.session import Session
from training.train.settings import OptimiserSettings
from training.train.steps import total

WARMUP = 0.03
"""Share of steps that the learning rate rises, where no number is set; bigcode-project/starcoder,
chat/config.yaml."""
TELLING = ("data", "samples")
"""Settings that the record of a run leaves out of the comparison: dialogues are compared by what they hold,
and samples come after training."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is trained on and from."""

    marked: Marked
    base: Path | None
    """Folder of the model with rows for new marks; None if the model has all."""
    manifest: dict[str, Any]
    """Of the dialogues."""
    windows: Windows
    held_out: First | None
    """Windows that are evaluated, if any are."""
    optimiser: OptimiserSettings
    """With its warm-up."""
    steps: int
    record: Record


def gather(session: Session, config: ChatConfig, show: Callable[[str], None]) -> Material:
    """Make or find what is trained on and from.

    Args:
        session: This process among those of the run.
        config: Checked settings.
        show: Where lines go.

    Raises:
        BadConfigError: If the settings do not fit the devices, the model or each other.
        BadInputError: If data or model cannot be read as such, or no dialogue is left.
        ChangedRunError: If the folder holds what was made of other data or settings.
    """
    from training.model.load import check_support, model_config
    from training.train.arguments import accumulation, zero_stage

    check_support(config.model, config.lora, config.devices)
    if config.evaluation.every and config.lora.quantize == "nf4" and session.device_kind == "cpu":
        raise BadConfigError(
            "evaluation.every: on CPU, weights held in 4 bits cannot be trained any more after an evaluation "
            "(bitsandbytes repacks them); set this to null"
        )
    accumulation(config.optimiser, session.world_size)
    stage = zero_stage(config.devices.deepspeed)
    name, length = str(config.model.name), config.sequence_length
    session.first(lambda: model_config(config.model, base=None, positions=length))
    marked = _marked(session, config)
    check_adapter(config.lora, marked, stage)
    manifest = session.first(lambda: store.prepare(config, marked, show))
    base = session.first(lambda: vocabulary.base_of(config, marked))
    hf_config = model_config(config.model, base=base, positions=length)
    vocabulary.check_rows(hf_config.vocab_size, marked, name)
    windows = _windows(config, marked, "train", config.seed)
    held_out = None
    if config.evaluation.every is not None:
        aside = _windows(config, marked, "held_out", None)
        held_out = First(aside, min(len(aside), config.evaluation.windows))
        if not len(held_out):
            raise BadConfigError("evaluation.every: no dialogue was held out; raise data.held_out")
    steps = total(config.optimiser, len(windows))
    optimiser = warmed_up(config.optimiser, steps)
    known = _record(config, session, stage, marked, hf_config)
    return Material(marked, base, manifest, windows, held_out, optimiser, steps, known)


def warmed_up(optimiser: OptimiserSettings, steps: int) -> OptimiserSettings:
    """The settings of the optimiser with a warm-up that suits the steps, unless one was set."""
    if "warmup_steps" in optimiser.model_fields_set:
        return optimiser
    return optimiser.model_copy(update={"warmup_steps": math.ceil(WARMUP * steps)})


def _marked(session: Session, config: ChatConfig) -> Marked:
    """The tokenizer, in each process its own: fetched and checked by the first while the others wait."""
    own: list[Marked] = []

    def load() -> None:
        own.append(
            vocabulary.coder_with_marks(
                str(config.model.name), config.template, revision=config.model.revision
            )
        )

    session.first(load)
    if not own:
        load()
    return own[0]


def _windows(config: ChatConfig, marked: Marked, split: str, seed: int | None) -> Windows:
    dialogues = Dialogues(config.dialogues, split)
    return Windows(dialogues, config.sequence_length, seed, marked.coder.specials.pad)


def _record(config: ChatConfig, session: Session, stage: int, marked: Marked, hf_config: Any) -> Record:
    """What every checkpoint of this run will say."""
    passing = ("_name_or_path", "transformers_version", "dtype", "use_cache")
    shape = {name: value for name, value in hf_config.to_dict().items() if name not in passing}
    data = {
        "dialogues": hashlib.sha256((config.dialogues / MANIFEST).read_bytes()).hexdigest(),
        "tokenizer": marked.coder.sha256,
        "model": _digest([getattr(hf_config, "_commit_hash", None), shape]),
    }
    settings = config.model_dump(mode="json")
    return Record(
        data=data,
        config={name: value for name, value in settings.items() if name not in TELLING},
        seed=config.seed,
        zero_stage=stage,
        world_size=session.world_size,
        versions=record.versions(),
        corpus=", ".join(config.data.paths),
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
