"""Models, a token store and benchmarks -> one report, as JSON values.

    evaluate([Ask("runs/train/smoke/final", {})], EvaluateSettings(), tokens=Path("runs/train/smoke/tokens"))
        -> {"models": [{"name": ..., "loss": {...}, "infilling": {...}}], "settings": {...}, ...}

Models are loaded one after the other and see the same documents, gaps and problems, so that two can be
compared gap by gap. Writes what each model wrote to a JSONL file if it is given one.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np

from curation.errors import BadConfigError
from training.evaluate import benchmark
from training.evaluate.documents import held_out
from training.evaluate.infilling import Filled, draw_gaps, fill
from training.evaluate.infilling import summary as gaps_summary
from training.evaluate.intervals import interval
from training.evaluate.losses import MODES, losses
from training.evaluate.problems import Problem, read_problems
from training.evaluate.settings import EvaluateSettings
from training.generate.ask import Loaded, load
from training.generate.load import footprint
from training.tokenise.store import read_manifest

Show = Callable[[str, int], Callable[[int], None]]
"""Is told what begins and how much of it there is; what it returns is told how much has been done since."""
HELD_OUT = {"loss", "infilling"}
"""Tasks that need a token store; the others need a benchmark."""


class Ask(NamedTuple):
    """A model to measure."""

    name: str
    """Hub id, or folder of a model, adapter or run."""
    how: dict[str, Any]
    """As `load_for_generation` takes it: revision, dtype, quantize, device_map, adapter."""


def evaluate(
    models: Sequence[Ask],
    settings: EvaluateSettings,
    *,
    tokens: Path | None = None,
    data: str | None = None,
    samples: TextIO | None = None,
    show: Show = lambda _what, _total: lambda _done: None,
) -> dict[str, Any]:
    """Measure one model, or two on the same things.

    Args:
        models: Which; loaded one after the other.
        settings: What is measured, on how much.
        tokens: Folder of the token store, for loss and infilling.
        data: File or hub id of a benchmark.
        samples: Where each completion is written, a line of JSON each.
        show: Is told of progress.

    Returns:
        `models`, in their order, each with what was measured; `settings`, `tokens`, `data`; and, for two
        models, their `difference`.

    Raises:
        BadConfigError: If something that a task needs was not given.
    """
    benchmarks = [task for task in settings.tasks if task not in HELD_OUT]
    check(settings, tokens=tokens, data=data)
    problems = _problems(benchmarks, data, settings.limit)
    report: dict[str, Any] = {"models": [], "settings": settings.model_dump(mode="json")}
    report |= {"tokens": None if tokens is None else _about(tokens), "data": data}
    filled: list[list[Filled]] = []
    for ask in models:
        loaded = load(ask.name, **ask.how)
        told: dict[str, Any] = {"name": ask.name, "held": loaded.held, "device": str(loaded.model.device)}
        told |= {"footprint_bytes": footprint(loaded.model), "tokenizer_sha256": loaded.coder.sha256}
        if tokens is not None and HELD_OUT & set(settings.tasks):
            filled.append(_held_out(loaded, tokens, settings, told, samples, show))
        for name in benchmarks:
            told[name] = _benchmark(loaded, problems, settings, (name, samples, show))
        report["models"].append(told)
        del loaded
    if len(models) == 2:
        report["difference"] = _difference(report["models"], filled, settings.seed)
    return report


def check(settings: EvaluateSettings, *, tokens: Path | None, data: str | None) -> None:
    """Refuse tasks without what they measure with.

    Args:
        settings: Which tasks.
        tokens: Folder of the token store.
        data: File or hub id of a benchmark.

    Raises:
        BadConfigError: If something is missing, or not clear.
    """
    held = [task for task in settings.tasks if task in HELD_OUT]
    benchmarks = [task for task in settings.tasks if task not in HELD_OUT]
    if not settings.tasks:
        raise BadConfigError("--tasks: expected loss, infilling, humaneval or humaneval-infilling; saw none")
    if held and tokens is None:
        raise BadConfigError(f"--tasks {','.join(held)} need held-out documents: give --tokens or --config")
    if benchmarks and data is None:
        raise BadConfigError(
            f"--tasks {','.join(benchmarks)} need --data: a .jsonl or .jsonl.gz file, or an id on the hub, "
            "such as openai/openai_humaneval"
        )
    if len(benchmarks) > 1:
        raise BadConfigError(f"--tasks {','.join(benchmarks)}: one benchmark at a time, there is one --data")


def _about(tokens: Path) -> dict[str, Any]:
    manifest = read_manifest(tokens)
    return {
        "folder": str(tokens),
        "tokenizer": manifest["tokenizer"],
        "held_out": manifest["totals"]["held_out"],
    }


def _problems(benchmarks: Sequence[str], data: str | None, limit: int | None) -> list[Problem]:
    """The benchmark, checked to be the one that is asked for.

    Raises:
        BadConfigError: If it is the other.
    """
    if not benchmarks or data is None:
        return []
    problems = read_problems(data, limit)
    gaps = all(one.suffix is not None for one in problems)
    if gaps != (benchmarks[0] == "humaneval-infilling"):
        found = "humaneval-infilling (with suffix)" if gaps else "humaneval (without suffix)"
        raise BadConfigError(f"{data} is {found}, but --tasks says {benchmarks[0]}")
    return problems


def _held_out(
    loaded: Loaded,
    tokens: Path,
    settings: EvaluateSettings,
    told: dict[str, Any],
    samples: TextIO | None,
    show: Show,
) -> list[Filled]:
    """Loss and infilling of one model, put into what is told of it; the filled gaps."""
    documents = held_out(tokens, loaded.coder, limit=settings.limit, seed=settings.seed)
    if "loss" in settings.tasks:
        advance = show("loss", len(MODES) * len(documents))
        found = losses(loaded.model, loaded.coder, documents, settings, advance)
        told["loss"] = {
            mode: {group: loss._asdict() for group, loss in groups.items()} for mode, groups in found.items()
        }
    if "infilling" not in settings.tasks:
        return []
    gaps = draw_gaps(documents, settings.gaps, settings.seed)
    filled = fill(loaded.model, loaded.coder, gaps, settings, show("infilling", len(gaps)))
    told["infilling"] = gaps_summary(filled, settings.seed)
    for one in filled:
        row = {"gap": one.gap.kind, "document": one.gap.document, "expected": one.gap.middle}
        told_here = {"completion": one.completion.text, "ended": one.completion.ended, **one.score._asdict()}
        _write(samples, {"model": loaded.name, "task": "infilling", **row, **told_here})
    return filled


def _benchmark(
    loaded: Loaded,
    problems: Sequence[Problem],
    settings: EvaluateSettings,
    where: tuple[str, TextIO | None, Show],
) -> dict[str, Any]:
    """A benchmark of one model."""
    name, samples, show = where
    total = len(problems) * settings.samples
    attempts = benchmark.attempt(loaded.model, loaded.coder, problems, settings, show(name, total))
    if settings.execute:
        attempts = benchmark.judge(attempts, settings, show(f"{name} programs", total))
    for one in attempts:
        verdict = {} if one.verdict is None else one.verdict._asdict()
        row = {"task": name, "problem": one.problem.id, "completion": one.completion.text}
        _write(samples, {"model": loaded.name, **row, "ended": one.completion.ended, **verdict})
    return benchmark.summary(attempts, settings.seed)


def _difference(
    models: Sequence[dict[str, Any]], filled: Sequence[list[Filled]], seed: int
) -> dict[str, Any]:
    """The second model less the first: losses of all documents, and shares of gaps with paired intervals."""
    found: dict[str, Any] = {}
    if all("loss" in model for model in models):
        found["loss"] = {
            mode: {
                figure: _less(models[1]["loss"][mode]["all"][figure], first["all"][figure])
                for figure in ("loss", "bits_per_byte", "accuracy", "middle_loss", "middle_accuracy")
            }
            for mode, first in models[0]["loss"].items()
            if first and models[1]["loss"][mode]
        }
    if len(filled) == 2 and all(filled):
        found["infilling"] = _paired(filled[0], filled[1], seed)
    return found


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _paired(first: Sequence[Filled], second: Sequence[Filled], seed: int) -> dict[str, dict[str, Any]]:
    """Differences gap by gap, whose intervals are far narrower than those of the two means."""
    kinds = dict.fromkeys(one.gap.kind for one in first)
    found: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        pairs = [
            (one.score, other.score) for one, other in zip(first, second, strict=True) if one.gap.kind == kind
        ]
        exact = np.array([float(b.exact) - float(a.exact) for a, b in pairs])
        alike = np.array([b.similarity - a.similarity for a, b in pairs])
        found[kind] = {"gaps": len(pairs)}
        for figure, values in (("exact_match", exact), ("edit_similarity", alike)):
            found[kind] |= {figure: float(values.mean()), f"{figure}_interval": interval(values, seed)}
    return found


def _write(samples: TextIO | None, row: dict[str, Any]) -> None:
    if samples is not None:
        samples.write(json.dumps(row) + "\n")
