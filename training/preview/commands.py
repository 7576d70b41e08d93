"""`training preview`: what the model will see, before any device is used.

    training preview configs/train/smoke.yaml --samples 3 --html preview.html

Parses and prints; what is shown is made by `view`, `figures`, `terminal` and `page`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from training.config import TrainConfig, load
from training.options import AsJson, ConfigFile, Overrides

if TYPE_CHECKING:
    from training.preview.view import WindowView

Samples = Annotated[int, typer.Option(min=0, help="Windows to show.")]
First = Annotated[
    int, typer.Option(min=0, help="Number of the first window; step s sees windows s * batch and on.")
]
Html = Annotated[Path | None, typer.Option(help="Write a page here instead of printing windows.")]
Tokens = Annotated[
    int | None, typer.Option(min=0, help="Tokens shown of a window, 0 for all; 400, on a page 2,000.")
]
AT_THE_TERMINAL, ON_A_PAGE = 400, 2000
"""Tokens that are shown of a window."""


def preview(
    config: ConfigFile,
    samples: Samples = 5,
    first: First = 0,
    html: Html = None,
    tokens: Tokens = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Show windows as the model will see them: tokens, gaps, what is masked; and what that comes to.

    Where the corpus is not tokenised yet, some documents are, in memory. No device is used, and no model is
    loaded.
    """
    from training.preview.figures import figures_of
    from training.preview.source import opened
    from training.preview.view import view_of

    settings = load(config, overrides or [])
    limit = tokens if tokens is not None else ON_A_PAGE if html else 0 if as_json else AT_THE_TERMINAL
    with opened(settings, show=_to_stderr) as source:
        figures = figures_of(source, settings)
        views = [
            view_of(
                source,
                index,
                isolate=settings.packing.isolate,
                padding_counts=settings.fim.megatron,
                limit=limit,
            )
            for index in range(first, first + samples)
        ]
        sampled = "" if source.sampled is None else source.sampled.sentence
    if as_json:
        from training.preview.plain import as_values

        typer.echo(json.dumps(as_values(figures, views), indent=2))
    if html is not None:
        from training.preview.page import write_page

        write_page(html, figures, views, name=str(config), facts=_facts(settings), sampled=sampled)
    if not as_json:
        _print(figures, [] if html else views, sampled)
        if html:
            typer.echo(f"wrote {html}")


def _facts(settings: TrainConfig) -> dict[str, str]:
    """What stands at the top of the page."""
    model = settings.model
    shape = "made by model.shape" if model.shape is not None else ""
    return {
        "model": model.name or (model.shape if isinstance(model.shape, str) else shape),
        "tokenizer": settings.tokenizer.name or model.name or "trained from the corpus",
        "corpus": f"{settings.corpus.run} ({', '.join(settings.corpus.folders)}, {settings.corpus.form})",
    }


def _print(figures: Mapping[str, Any], views: "Sequence[WindowView]", sampled: str) -> None:
    from rich.console import Console

    from training.preview.terminal import parts

    console = Console()
    for part in parts(figures, views, sampled=sampled):
        console.print(part)


def _to_stderr(line: str) -> None:
    typer.echo(line, err=True)
