"""`training classify`: train a head on labelled texts, and let it answer others.

    training classify train configs/train/classify.yaml --processes 2
    training classify predict runs/train/classify/final --data new.jsonl --out answered.jsonl

Parses and prints; what is done is in `training.classify.run` and `training.classify.predict`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from training.options import AsJson, ConfigFile, Overrides

Processes = Annotated[
    int, typer.Option("--processes", min=1, help="Processes on this machine, one for each GPU.")
]
LocalRank = Annotated[int | None, typer.Option("--local_rank", "--local-rank", hidden=True)]
Model = Annotated[
    str, typer.Argument(help="Folder `final` of a run, or hub id of a model with a head.", show_default=False)
]
Data = Annotated[
    list[Path],
    typer.Option("--data", help="JSONL, parquet, or folder of shards; may be given several times."),
]
Out = Annotated[Path, typer.Option("--out", help="JSONL to write; it appears when it is whole.")]


def train(
    config: ConfigFile,
    overrides: Overrides = None,
    processes: Processes = 1,
    as_json: AsJson = False,
    local_rank: LocalRank = None,
) -> None:
    """Train a head for spans (a PII tagger) or for whole texts (a quality score), and measure it.

    Run again, it goes on where it stopped. At the end, texts that were held out are answered and measured;
    the figures stand in evaluation.json too.
    """
    from training.classify.settings import load

    settings = load(config, overrides or [])
    if processes > 1 and "RANK" not in os.environ:
        from training.launch.local import run_processes

        _leave(run_processes(sys.argv[1:], processes))
    if local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(local_rank))
    from training.classify.run import train as run

    result = run(settings, show=_to_stderr if as_json else typer.echo)
    if result.signal is not None and os.environ.get("RANK", "0") == "0":  # the others have nothing to say
        _leave(128 + result.signal)  # as a shell counts it
    if result.evaluation:
        _show(result.evaluation, as_json=as_json)


def predict(
    model: Model,
    data: Data,
    out: Out,
    text: Annotated[str, typer.Option(help="Column of the text; `content` in shards of a run.")] = "text",
    batch: Annotated[int, typer.Option(min=1, help="Windows in one forward pass.")] = 16,
    device: Annotated[
        Literal["auto", "cpu"], typer.Option(help="auto: a GPU if there is one, in bf16.")
    ] = "auto",
) -> None:
    """Let a trained head answer texts: spans in characters with tags, or a label or score for each.

    Each row is written as it came, with the answers in `spans`, or in `label` and `score`; what stood there
    before is kept under known_spans and so on. So answers can be trained on (pseudo-labels).
    """
    from training.classify.answered import answer_files
    from training.train.session import device_kind
    from training.train.settings import DeviceSettings

    where = device_kind(DeviceSettings(device=device))
    count = answer_files(model, data, out, column=text, batch=batch, device=where)
    typer.echo(f"wrote {out}: {count:,} texts answered")


def _leave(code: int) -> NoReturn:
    raise typer.Exit(code)


def _to_stderr(line: str) -> None:
    typer.echo(line, err=True)


def _show(evaluation: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(evaluation, indent=2))
        return
    from rich.console import Console

    from training.classify.tables import tables

    for table in tables(evaluation):
        Console().print(table)
