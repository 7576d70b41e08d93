"""`training plan`: memory, steps, time and disk of a run before any device is used.

    training plan configs/train/starcoder-python.yaml --devices 64 --memory-gb 80
    training plan --list

Parses and prints; what is predicted is in `training.plan.memory` and `training.plan.steps`.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from curation.errors import BadConfigError
from training.options import AsJson, Overrides

OptionalConfig = Annotated[Path | None, typer.Argument(help="YAML configuration.", show_default=False)]


def plan(
    config: OptionalConfig = None,
    overrides: Overrides = None,
    devices: Annotated[
        int | None,
        typer.Option(min=1, help="GPUs that train together; 8 by default, 1 process on a CPU."),
    ] = None,
    memory_gb: Annotated[float, typer.Option(min=0.1, help="Memory of one, in 10^9 bytes.")] = 80.0,
    sequence_length: Annotated[
        list[int] | None,
        typer.Option(min=32, help="Tokens of a window to show in the table; may be given several times."),
    ] = None,
    teraflops: Annotated[
        float, typer.Option(min=0.1, help="What one can do in the run's precision; 989 is an H100.")
    ] = 989.0,
    utilisation: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Share of that which is reached.")
    ] = 0.4,
    list_shapes: Annotated[bool, typer.Option("--list", help="List the published shapes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Predict memory, steps, time and disk, and say what to change where it does not fit."""
    from rich.console import Console

    from training.plan import table

    if list_shapes:
        if as_json:
            shapes = {
                name: {**asdict(one), "parameters": one.parameters} for name, one in table.published().items()
            }
            typer.echo(json.dumps(shapes, indent=2))
        else:
            Console().print(table.shapes_table())
        return
    from training.config import load
    from training.plan.make import make_plan
    from training.plan.steps import Speed

    settings = load(_given(config), overrides or [])
    speed = Speed(teraflops, utilisation)
    found = make_plan(settings, devices, int(memory_gb * 1e9), sequence_length or (), speed)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        Console().print(table.show(found), soft_wrap=True)


def _given(config: Path | None) -> Path:
    """The configuration, which only --list does without.

    Raises:
        BadConfigError: If there is none.
    """
    if config is None:
        raise BadConfigError(
            "training plan: expected a configuration, such as configs/train/lora.yaml, or --list"
        )
    return config
