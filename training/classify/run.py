"""A configuration -> a trained head, measured on texts that it was not trained on.

    train(load(Path("configs/train/classify.yaml"))).evaluation   -> what evaluation.json says

The same processes, DeepSpeed settings, checkpoints and exact resume as in `training run`; run again, it goes
on where it stopped, and refuses other settings or other texts. At the end the first process measures what
was saved (see `measure`).
"""

import gc
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from curation.shards import sha256_of, write_atomically
from training import record
from training.classify.encoding import Encoder, load_encoder
from training.classify.examples import Collator, Fixed, Material, prepare
from training.classify.head import load_head, write_about
from training.classify.labelled import Columns, Row, rows
from training.classify.measure import measure
from training.classify.settings import ClassifyConfig
from training.record import Record
from training.train.fit import FINAL, Manner, fit
from training.train.onward import finished, goes_on_from
from training.train.session import Session, begin
from training.train.steps import total

EVALUATION = "evaluation.json"
"""File of the run that says how good the head is."""
ADVICE = (
    "lower optimiser.micro_batch (the batch stays the same), set model.gradient_checkpointing, shorten "
    "data.sequence_length, or use devices.deepspeed with ZeRO-3"
)
SHOWN = 12
"""Labels whose numbers are told before training."""
Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run trains on and from, before any model is loaded."""

    session: Session
    encoder: Encoder
    material: Material
    base: Path | None
    """Folder of the model that was made for this run, if one was."""
    steps: int
    record: Record


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    evaluation: dict[str, Any]
    """What evaluation.json says; empty on other processes than the first, and of a run that was stopped."""
    signal: int | None = None
    """What stopped it before its end."""


def train(config: ClassifyConfig, *, show: Show = print) -> Result:
    """Train a head and measure it; of a run that is finished already, only read how good it is.

    Args:
        config: What is learnt, from what, and how.
        show: Where lines go, on the first process.

    Raises:
        BadInputError: If texts or the model cannot be read as such.
        BadConfigError: If settings do not fit the model.
        ChangedRunError: If the folder holds a run with other settings or texts.
        BrokenRunError: If the loss is no number any more, or memory runs out.
    """
    session = begin(config.devices)
    tell = show if session.main else _silent
    prepared = _prepared(config, session)
    steps, now = prepared.steps, prepared.record
    resume = session.first(lambda: goes_on_from(config.output, now, steps=steps))
    if finished(config.output, steps=steps) is None:
        _tell(prepared, resume, tell)
        stopped = _fit(config, prepared, resume, tell)
        if stopped is not None:
            return Result({}, stopped)
    return Result(_measured(config, prepared, config.output / FINAL) if session.main else {})


def _prepared(config: ClassifyConfig, session: Session) -> Prepared:
    from training.model.load import check_support
    from training.model.settings import LoraSettings

    check_support(config.model, LoraSettings(), config.devices)
    texts = list(rows(config.data.files, _columns(config), config.head.task))
    base = session.first(lambda: _base(config, texts))
    name = str(config.tokenizer.name or base or config.model.name)
    encoder = load_encoder(name, config.tokenizer.revision or config.model.revision)
    material = prepare(texts, encoder, config)
    steps = total(config.optimiser, len(material.train))
    return Prepared(session, encoder, material, base, steps, _record(config, session, encoder, material))


def _fit(config: ClassifyConfig, prepared: Prepared, resume: Path | None, show: Show) -> int | None:
    """Train; the signal that stopped it, if one did."""
    from training.train.arguments import arguments

    session, encoder, material = prepared.session, prepared.encoder, prepared.material
    args = arguments(
        session,
        config.output,
        config.optimiser,
        config.devices,
        config.checkpoints,
        config.logs,
        config.evaluation,
        steps=prepared.steps,
        seed=config.seed,
        gradient_checkpointing=config.model.gradient_checkpointing,
    )
    outcome = fit(
        session,
        load_head(config, material.answers, encoder, base=prepared.base),
        args,
        material.train.stretch(prepared.steps * config.optimiser.batch),
        Collator(encoder.pad),
        hf_tokenizer=encoder.hf,
        resume=resume,
        note=prepared.record.as_json(),
        evaluation_set=Fixed(material.held_out_pieces[: config.evaluation.windows]),
        manner=Manner(keep=config.checkpoints.keep, advice=lambda: ADVICE, show=show),
    )
    if outcome.signal is not None:
        show(f"stopped by a signal after step {outcome.steps:,}, which is saved; run again to go on")
    return outcome.signal


def _measured(config: ClassifyConfig, prepared: Prepared, final: Path) -> dict[str, Any]:
    """How good what was saved is; measured once."""
    path = config.output / EVALUATION
    if path.exists():
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return read
    gc.collect()  # the model that was trained
    material, device = prepared.material, prepared.session.device_kind
    write_about(final, config, material.answers)
    evaluation = measure(final, material, device, batch=config.optimiser.micro_batch)
    write_atomically(path, (json.dumps(evaluation, indent=2) + "\n").encode())
    return evaluation


def _columns(config: ClassifyConfig) -> Columns:
    data = config.data
    return Columns(data.text, data.spans, data.label, data.held_out_by)


def _base(config: ClassifyConfig, texts: Sequence[Row]) -> Path | None:
    """The folder of a model with random weights and a tokenizer from the texts, made once if wanted."""
    if config.model.shape is None:
        return None
    from training.model.make import make_model
    from training.model.shapes import shape_named
    from training.tokenizer.load import load_coder
    from training.tokenizer.made import make_tokenizer

    folder, partial = config.output / "base", config.output / ".base"
    if folder.exists():
        return folder
    shutil.rmtree(partial, ignore_errors=True)
    shape = config.model.shape if not isinstance(config.model.shape, str) else shape_named(config.model.shape)
    if config.tokenizer.name is None:
        family = config.tokenizer.family or shape.family
        make_tokenizer((row.text for row in texts), config.tokenizer.vocabulary, family, partial)
    coder = load_coder(config.tokenizer.name or partial, revision=config.tokenizer.revision, fast=False)
    make_model(shape, coder.size, config.seed, partial, coder.specials.end)
    partial.rename(folder)
    return folder


def _record(config: ClassifyConfig, session: Session, encoder: Encoder, material: Material) -> Record:
    """What every checkpoint of this run will say."""
    from training.train.arguments import zero_stage

    files = [
        sha256_of(path)
        for given in config.data.files
        for path in (sorted(given.rglob("*.parquet")) if given.is_dir() else [given])
    ]
    settings = config.model_dump(mode="json")
    places = settings["data"].pop("files")  # compared by what they hold, not by where they lie
    return Record(
        data={
            "texts": sha256(" ".join(files).encode()).hexdigest(),
            "tokenizer": encoder.sha256,
            "labels": ", ".join(material.answers.names),
        },
        config=settings,
        seed=config.seed,
        zero_stage=zero_stage(config.devices.deepspeed),
        world_size=session.world_size,
        versions=record.versions(),
        corpus=", ".join(places),
    )


def _tell(prepared: Prepared, resume: Path | None, show: Show) -> None:
    """Say what is about to be done."""
    for side, count in prepared.material.counts.items():
        labels = [f"{name} {number:,}" for name, number in sorted(count.labels.items())]
        more = [f"and {len(labels) - SHOWN:,} more"] if len(labels) > SHOWN else []
        aside = {
            "empty texts set aside": count.empty,
            "spans with other tags passed over": count.passed_over,
            "spans without a token of their own lost": count.lost,
        }
        show(
            f"{side}: {count.texts:,} texts, {count.long:,} of them in several windows, {count.windows:,} "
            f"windows, {count.tokens:,} tokens; labels: {', '.join([*labels[:SHOWN], *more]) or 'none'}"
            + "".join(f"; {number:,} {what}" for what, number in aside.items() if number)
        )
    show(f"{prepared.steps:,} steps" + (f", going on from {resume.name}" if resume else ""))


def _silent(line: str) -> None:
    """Say nothing, on other processes than the first."""
