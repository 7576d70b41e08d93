"""`training tokenise`: shards of a curation run -> token files.

    training tokenise configs/train/smoke.yaml --set corpus.workers=8

Parses and prints; what is done is in `training.tokenise.run`. `training run` does the same before it trains.
"""

import json
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from training.config import load
from training.options import AsJson, ConfigFile, Overrides

SIDES = {"train": "to train on", "held_out": "held out"}


def tokenise(config: ConfigFile, overrides: Overrides = None, as_json: AsJson = False) -> None:
    """Turn the shards of a curation run into token files, before training or apart from it.

    Runs one process per core, goes on where an earlier attempt ended, and returns at once when all is there.
    """
    from training.tokenise.progress import bar
    from training.tokenise.run import tokenise as run

    settings = load(config, overrides or [])
    console = Console(stderr=True)
    with bar() as watch:
        manifest = run(settings, show=lambda line: console.print(line, markup=False), watch=watch)
    if as_json:
        typer.echo(json.dumps(manifest))
    else:
        show(manifest, settings.tokens)


def show(manifest: dict[str, Any], folder: Path) -> None:
    """Print what tokens there are."""
    table = Table("", "documents", "tokens", "bytes a token", box=None, header_style="bold")
    for side, name in SIDES.items():
        totals = manifest["totals"][side]
        size = totals["stored_bytes"] / max(totals["stored_tokens"], 1)
        table.add_row(name, f"{totals['documents']:,}", f"{totals['tokens']:,}", f"{size:.2f}")
    for column in table.columns[1:]:
        column.justify = "right"
    console = Console()
    console.print(table)
    for what in ("dropped", "mended"):
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in manifest[what].items())
        if reasons:
            console.print(f"{what}: {reasons} of {manifest['read']:,} documents", highlight=False)
    tokenizer = manifest["tokenizer"]
    console.print(
        f"tokenizer {tokenizer['name']} ({tokenizer['size']:,} tokens, {tokenizer['sha256'][:12]})\n"
        f"written to {folder}",
        highlight=False,
        markup=False,
    )
