"""`training run`: from a configuration to a trained model, on this machine or as one of many processes.

    training run configs/train/smoke.yaml --processes 2

Parses and prints; what is done is in `training.train.run`.
"""

import os
import sys
from typing import Annotated, NoReturn

import typer

from training.config import load
from training.options import ConfigFile, Overrides

Processes = Annotated[
    int, typer.Option("--processes", min=1, help="Processes on this machine, one for each GPU.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, load no model.")]
NoResume = Annotated[bool, typer.Option("--no-resume", help="Refuse to go on from a checkpoint.")]
LocalRank = Annotated[int | None, typer.Option("--local_rank", "--local-rank", hidden=True)]


def run(
    config: ConfigFile,
    overrides: Overrides = None,
    processes: Processes = 1,
    dry_run: DryRun = False,
    no_resume: NoResume = False,
    local_rank: LocalRank = None,
) -> None:
    """Tokenise if needed, train, and go on where an earlier run stopped.

    A signal (SIGTERM, or Ctrl-C) saves a checkpoint after the step at hand; run the same command again to go
    on. Several machines: see `training launch`.
    """
    settings = load(config, overrides or [])
    if processes > 1 and "RANK" not in os.environ:
        from training.launch.local import run_processes

        _leave(run_processes(sys.argv[1:], processes))
    if local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(local_rank))
    from training.train.run import run as train

    outcome = train(settings, resume=not no_resume, dry_run=dry_run, show=typer.echo)
    first = os.environ.get("RANK", "0") == "0"  # the others have nothing to say
    if outcome is not None and outcome.signal is not None and first:
        _leave(128 + outcome.signal)  # as a shell counts it


def _leave(code: int) -> NoReturn:
    raise typer.Exit(code)
