"""`training launch`: the lines that start a run on several machines; with --slurm, a file for sbatch.

    training launch configs/train/starcoder-python.yaml --nodes 8 --gpus-per-node 8 --slurm python.sbatch

Parses and prints; starts nothing. What the lines are is in `training.launch.lines`.
"""

from pathlib import Path
from typing import Annotated

import typer

from curation.errors import BadInputError
from training.config import load
from training.launch.lines import Cluster, Job, batch_file
from training.options import ConfigFile, Overrides


def launch(
    config: ConfigFile,
    overrides: Overrides = None,
    nodes: Annotated[int, typer.Option(min=1, help="Machines.")] = 1,
    gpus_per_node: Annotated[int, typer.Option(min=1, help="GPUs of each.")] = 8,
    slurm: Annotated[Path | None, typer.Option(help="File for sbatch to write.")] = None,
    time: Annotated[str, typer.Option(help="Longest time of the job, as Slurm writes it.")] = "24:00:00",
    partition: Annotated[str | None, typer.Option(help="Of the job.")] = None,
    account: Annotated[str | None, typer.Option(help="Of the job.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Print what starts a run on several machines, or write the batch file for Slurm."""
    settings = load(config, overrides or [])
    cluster = Cluster(nodes, gpus_per_node)
    accumulation = cluster.check(settings.optimiser.batch, settings.optimiser.micro_batch)
    changes = tuple(overrides or ())
    typer.echo(
        f"# {cluster.devices} devices x micro-batch {settings.optimiser.micro_batch} x {accumulation} "
        f"accumulation = {settings.optimiser.batch} windows a step"
    )
    if slurm is None:
        for name, line in cluster.lines(str(config), changes).items():
            typer.echo(f"\n# {name}\n{line}")
        return
    if not force:
        _check_free(slurm)
    job = Job(settings.output.name, time, partition, account)
    slurm.write_text(batch_file(cluster, job, str(settings.output), str(config), changes), encoding="utf-8")
    typer.echo(f"wrote {slurm}; start it with: sbatch {slurm}")


def _check_free(path: Path) -> None:
    """Refuse to write over a file.

    Raises:
        BadInputError: If it exists.
    """
    if path.exists():
        raise BadInputError(f"{path} exists: take another name, or --force to write over it")
