"""What a run trains on and from, found and checked before any device is used.

    check(config, session)                  -> refuses what needs no data to be refused
    material = prepare(config, session, show=print)
    material.windows[0], material.steps, material.record.data["packing plan"]

Tokens, tokenizer and a model with random weights are made where they are not there, on the first process
while the others wait; each is checked against the others. Loads no weights.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import BadConfigError
from training import record
from training.config import TrainConfig
from training.errors import BadTokenizerError
from training.record import Record
from training.train.session import Session
from training.train.steps import total

Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Material:
    """What a run trains on and from, before any device is used."""

    coder: Any
    base: Path | None
    """Folder of the model that was made for this run, if one was."""
    model_config: Any
    windows: Any
    held_out: Any
    """Samples that are not trained on; None if nothing is evaluated."""
    steps: int
    record: Record


def check(config: TrainConfig, session: Session) -> None:
    """Refuse what cannot work, before anything slow is done.

    Raises:
        BadConfigError: If the settings do not fit the devices or each other.
    """
    from training.model.load import check_support
    from training.train.arguments import accumulation, zero_stage

    check_support(config.model, config.lora, config.devices)
    accumulation(config.optimiser, session.world_size)
    zero_stage(config.devices.deepspeed)
    if config.evaluation.every is None:
        return
    if config.lora.quantize == "nf4" and session.device_kind == "cpu":
        raise BadConfigError(
            "evaluation.every: on CPU, weights held in 4 bits cannot be trained any more after an evaluation "
            "(bitsandbytes repacks them); set this to null"
        )
    if config.corpus.held_out == 0:
        raise BadConfigError("evaluation.every: nothing is held out; set corpus.held_out, or this to null")


def prepare(config: TrainConfig, session: Session, *, show: Show) -> Material:
    """Tokens, tokenizer, packed windows and the model's configuration, checked against each other.

    Args:
        config: Checked settings.
        session: This process among those of the run.
        show: Where lines go.

    Raises:
        BadTokenizerError: If the tokenizer has more ids than the model.
        BadConfigError: If windows are longer than the model takes, or nothing is held out.
        BadInputError: If there is nothing to train on.
    """
    from training.model.load import model_config
    from training.tokenise.run import base_of, coder_of, tokenise
    from training.tokenise.store import open_tokens

    made = config.model.shape is not None
    base = session.first(lambda: base_of(config)) if made else None
    length = config.packing.sequence_length
    hf_config = session.first(lambda: model_config(config.model, base=base, positions=length))
    coder = coder_of(config)
    if coder.size > hf_config.vocab_size:
        raise BadTokenizerError(
            f"the tokenizer has ids up to {coder.size - 1:,}, the model {base or config.model.name} only "
            f"{hf_config.vocab_size:,} rows: take the model's own tokenizer (tokenizer.name: null)"
        )
    manifest = session.first(lambda: tokenise(config, show=show))
    windows = _windows(config, coder, open_tokens(config.tokens, "train"))
    held_out = None
    if config.evaluation.every is not None:
        split = open_tokens(config.tokens, "held_out")
        if split.documents == 0:
            raise BadConfigError(
                "evaluation.every: no document of the corpus was held out; raise corpus.held_out and "
                "tokenise into another folder, or set this to null"
            )
        aside = _windows(config, coder, split)
        held_out = aside.stretch(min(config.evaluation.windows, len(aside)))
    steps = total(config.optimiser, len(windows))
    made_of = _record(config, session, manifest, windows, hf_config)
    return Material(coder, base, hf_config, windows, held_out, steps, made_of)


def _windows(config: TrainConfig, coder: Any, split: Any) -> Any:
    from training.data.dataset import Windows

    return Windows(split, coder, config.fim, config.packing, config.seed, plans=config.tokens / "plans")


def _record(config: TrainConfig, session: Session, manifest: Any, windows: Any, hf_config: Any) -> Record:
    """What every checkpoint of this run will say."""
    from training.train.arguments import zero_stage

    corpus = manifest["corpus"]
    data = {
        "corpus manifest": corpus["manifest_sha256"],
        "tokens": _digest([manifest["settings"], manifest["files"]]),
        "tokenizer": manifest["tokenizer"]["sha256"],
        "packing plan": windows.plan_sha256,
        "model": _digest([getattr(hf_config, "_commit_hash", None), _shape_of(hf_config)]),
    }
    return Record(
        data=data,
        config=config.model_dump(mode="json"),
        seed=config.seed,
        zero_stage=zero_stage(config.devices.deepspeed),
        world_size=session.world_size,
        versions=record.versions(),
        corpus=str(config.corpus.run),
    )


def _shape_of(hf_config: Any) -> dict[str, Any]:
    """The configuration of a model without what depends on where and by what it was read."""
    passing = ("_name_or_path", "transformers_version", "dtype", "use_cache")
    return {name: value for name, value in hf_config.to_dict().items() if name not in passing}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
