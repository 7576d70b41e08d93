"""The command `training evaluate`: losses, filled gaps and benchmarks of one model or two."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from curation.errors import BadConfigError
from curation.settings_file import check_settings
from training.config import load as load_config
from training.evaluate.settings import EvaluateSettings
from training.generate.commands import Adapter, Bits, Device, Model, Precision, Revision
from training.generate.settings import Order
from training.options import AsJson

Tasks = Annotated[str, typer.Option(help="Of loss, infilling, humaneval, humaneval-infilling; with commas.")]
Gaps = Annotated[str, typer.Option(help="Of single-line, multi-line, random-span; with commas.")]


def evaluate(
    model: Model,
    tokens: Annotated[Path | None, typer.Option(help="Folder of tokens, with what is held out.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Configuration of the run: its tokens and length.")
    ] = None,
    against: Annotated[str | None, typer.Option(help="Another model, measured on the same.")] = None,
    tasks: Tasks = "loss,infilling",
    data: Annotated[str | None, typer.Option(help="Benchmark: .jsonl[.gz] file, or id on the hub.")] = None,
    execute_code: Annotated[bool, typer.Option("--execute-code", help="Run what the model wrote.")] = False,
    limit: Annotated[int, typer.Option(help="Documents or problems at most; 0 for all.")] = 200,
    gaps: Gaps = "single-line,random-span",
    order: Annotated[Order, typer.Option(help="Of a gap: prefix first, or suffix first.")] = "psm",
    length: Annotated[int | None, typer.Option(help="Tokens that the model is shown at once.")] = None,
    max_new_tokens: Annotated[int, typer.Option(help="Tokens of a filled gap at most.")] = 128,
    samples: Annotated[int, typer.Option(help="Attempts at each problem.")] = 1,
    temperature: Annotated[float, typer.Option(help="Of these; 0 for the likeliest token.")] = 0.0,
    timeout: Annotated[float, typer.Option(help="Seconds of each program.")] = 10.0,
    workers: Annotated[int, typer.Option(help="Programs that run at the same time.")] = 2,
    seed: Annotated[int, typer.Option(help="Of documents, gaps, samples and intervals.")] = 0,
    batch_size: Annotated[int, typer.Option(help="Completions made at the same time.")] = 8,
    adapter: Adapter = None,
    revision: Revision = None,
    dtype: Precision = "auto",
    quantize: Bits = "none",
    device_map: Device = "auto",
    out: Annotated[Path | None, typer.Option(help="JSON to write; completions beside it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a model on held-out documents, or on a benchmark."""
    from training.evaluate.report import notes, tables
    from training.evaluate.run import Ask, check

    place, seen = _named(tokens, config, length)
    values: dict[str, Any] = {"order": order, "length": seen, "samples": samples, "seed": seed}
    values |= {"tasks": _names(tasks), "gaps": _names(gaps), "limit": limit or None, "workers": workers}
    values |= {"max_new_tokens": max_new_tokens, "temperature": temperature, "batch": batch_size}
    values |= {"execute": execute_code, "limits": {"seconds": timeout}}
    settings = check_settings(EvaluateSettings, values, "evaluate")
    check(settings, tokens=place, data=data)
    how = {"dtype": dtype, "quantize": quantize, "device_map": device_map}
    asks = [Ask(model, {**how, "adapter": adapter, "revision": revision})]
    asks += [Ask(against, how)] if against is not None else []
    report = _measure(asks, settings, place, data, out)
    if as_json:
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
        return
    console = Console()
    for table in tables(report):
        console.print(table)
    for note in notes(report):
        console.print(note, highlight=False, soft_wrap=True)
    if out is not None:
        console.print(f"{out}, {_samples(out)}", highlight=False, soft_wrap=True)


def _named(tokens: Path | None, config: Path | None, length: int | None) -> tuple[Path | None, int | None]:
    """Folder of the tokens, if one is named, and the length; that of training where a run is named.

    Raises:
        BadConfigError: If two are named.
    """
    if tokens is not None and config is not None:
        raise BadConfigError("--tokens and --config both name tokens; give one")
    if config is None:
        return tokens, length
    run = load_config(config)
    return run.tokens, length or run.packing.sequence_length


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _samples(out: Path) -> Path:
    return out.with_name(f"{out.stem}.samples.jsonl")


def _measure(
    asks: list[Any], settings: EvaluateSettings, tokens: Path | None, data: str | None, out: Path | None
) -> dict[str, Any]:
    """Measure, with bars of progress, and write the report if it is to be kept."""
    from curation.shards import temporary_name, write_atomically
    from training.evaluate.run import evaluate as measure

    with Progress(console=Console(stderr=True)) as progress:

        def show(what: str, total: int) -> Any:
            task = progress.add_task(what, total=total)
            return lambda done: progress.advance(task, done)

        if out is None:
            return measure(asks, settings, tokens=tokens, data=data, show=show)
        out.parent.mkdir(parents=True, exist_ok=True)
        begun = temporary_name(_samples(out))
        with begun.open("w", encoding="utf-8") as stream:
            report = measure(asks, settings, tokens=tokens, data=data, samples=stream, show=show)
        begun.replace(_samples(out))
    write_atomically(out, json.dumps(report, indent=1).encode())
    return report
