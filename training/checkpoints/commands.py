"""`training merge` and `training export`: what comes out of a run, as one folder of safetensors.

    training merge runs/train/lora/final --out models/merged --dtype bf16
    training export runs/train/smoke/checkpoint-500 --out models/at-500

Parse and print; what is done is in `training.checkpoints.merge` and `training.checkpoints.export`.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from training.checkpoints.weights import Dtype
from training.options import AsJson

AdapterFolder = Annotated[Path, typer.Argument(help="Folder of a LoRA adapter.", show_default=False)]
CheckpointFolder = Annotated[
    Path, typer.Argument(help="Folder checkpoint-N of a run.", show_default=False, metavar="CHECKPOINT")
]
Out = Annotated[Path, typer.Option("--out", help="Folder that is written; new or empty.", show_default=False)]
OfDtype = Annotated[
    Dtype, typer.Option("--dtype", help="What weights are written as; auto: as the model has them.")
]
BaseModel = Annotated[
    str | None,
    typer.Option("--base", help="Hub id or folder of the full-precision base; by default the adapter's own."),
]
Revision = Annotated[
    str | None, typer.Option("--revision", help="Branch, tag or commit of the base on the hub.")
]


def merge(
    adapter: AdapterFolder,
    out: Out,
    base: BaseModel = None,
    dtype: OfDtype = "auto",
    revision: Revision = None,
    as_json: AsJson = False,
) -> None:
    """Merge a LoRA adapter into its base, in fp32, and write one model. Sends nothing anywhere."""
    from training.checkpoints.merge import merge as merged_into

    done = merged_into(adapter, out, base=base, dtype=dtype, revision=revision)
    told = {
        "out": str(done.out),
        "base": done.base,
        "dtype": done.dtype,
        "changed": done.changed,
        "bytes": done.bytes,
    }
    _show(
        told,
        f"{done.changed} weights of {done.base} changed by the adapter\n"
        f"{done.bytes / 1e9:.2f} GB as {done.dtype} in {done.out}",
        as_json,
    )


def export(checkpoint: CheckpointFolder, out: Out, dtype: OfDtype = "auto", as_json: AsJson = False) -> None:
    """Write a checkpoint, under ZeRO or not, as safetensors that any tool loads."""
    from training.checkpoints.export import export as exported_from

    done = exported_from(checkpoint, out, dtype)
    told = {
        "out": str(done.out),
        "kind": done.kind,
        "zero_stage": done.stage,
        "dtype": done.dtype,
        "weights": done.weights,
        "bytes": done.bytes,
    }
    origin = f"fp32 weights of ZeRO-{done.stage}" if done.stage else "weights as they are"
    _show(
        told,
        f"{done.kind} from {origin}: {done.weights} weights, {done.bytes / 1e9:.2f} GB as {done.dtype} "
        f"in {done.out}",
        as_json,
    )


def _show(values: dict[str, Any], text: str, as_json: bool) -> None:
    typer.echo(json.dumps(values) if as_json else text)
