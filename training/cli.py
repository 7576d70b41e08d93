"""The `training` command: parses, calls the package, shows the result. Holds no logic of its own.

    training preview configs/train/smoke.yaml
    training run configs/train/smoke.yaml --set optimiser.steps=10

Exit codes: 0 done; 1 a run is broken, diverged or out of memory; 2 wrong usage or configuration; 3 an input
cannot be read; 4 the output folder holds another run. Heavy modules are imported by the command that needs
them, so that `--help` answers at once.
"""

import sys
from typing import Annotated

import typer

from curation.errors import BadConfigError, BadInputError, BrokenRunError, ChangedRunError, CurationError
from training import __version__
from training.chat import commands as chat
from training.checkpoints import commands as checkpoints
from training.classify import commands as classify
from training.evaluate import commands as evaluate
from training.generate import commands as generate
from training.launch import commands as launch
from training.plan import commands as plan
from training.preview import commands as preview
from training.tokenise import commands as tokenise
from training.train import commands as train

EXIT_CODES = {BrokenRunError: 1, BadConfigError: 2, BadInputError: 3, ChangedRunError: 4}
AFTER_OS_ERROR = "make room or mend it, and run the same command again: what is finished is kept"
EPILOG = (
    "Exit codes: 0 done, 1 a run is broken, diverged or out of memory, 2 wrong usage or configuration, "
    "3 an input cannot be read, 4 the output folder holds another run."
)

app = typer.Typer(
    help="Specialise StarCoder on curated shards.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
chat_app = typer.Typer(help="Fine-tune on dialogues, and talk to the result.", no_args_is_help=True)
classify_app = typer.Typer(help="Train taggers and quality scores, and use them.", no_args_is_help=True)
app.add_typer(chat_app, name="chat")
app.add_typer(classify_app, name="classify")

SMOKE = "configs/train/smoke.yaml"


def _example(*lines: str) -> str:
    """The last lines of a command's help."""
    return "Example: " + "   ".join(f"[cyan]training {line}[/]" for line in lines)


app.command(epilog=_example(f"tokenise {SMOKE}"))(tokenise.tokenise)
app.command(epilog=_example(f"preview {SMOKE} --samples 3 --html preview.html"))(preview.preview)
app.command(epilog=_example("plan configs/train/starcoder-python.yaml --devices 8 --memory-gb 80"))(plan.plan)
app.command(epilog=_example(f"run {SMOKE}", "run my.yaml --processes 8"))(train.run)
app.command(epilog=_example("launch my.yaml --nodes 4 --slurm job.sbatch"))(launch.launch)
app.command(epilog=_example("merge runs/train/lora/final --out runs/merged"))(checkpoints.merge)
app.command(epilog=_example("export runs/train/smoke/checkpoint-30 --out runs/exported"))(checkpoints.export)
app.command(epilog=_example("generate runs/train/smoke/final --file gap.py"))(generate.generate)
app.command(epilog=_example(f"evaluate runs/train/smoke/final --config {SMOKE}"))(evaluate.evaluate)
chat_app.command("train", epilog=_example("chat train configs/train/chat.yaml"))(chat.train)
chat_app.command("preview", epilog=_example("chat preview configs/train/chat.yaml"))(chat.preview)
chat_app.command("generate", epilog=_example("chat generate runs/train/chat/final"))(chat.generate)
classify_app.command("train", epilog=_example("classify train configs/train/classify.yaml"))(classify.train)
classify_app.command(
    "predict", epilog=_example("classify predict runs/train/tagger/final --data in.jsonl --out out.jsonl")
)(classify.predict)


def main() -> None:
    """Run the command line; an expected error becomes a message and an exit code."""
    try:
        app()
    except CurationError as error:
        typer.echo(f"training: {error}", err=True)
        sys.exit(next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind)))
    except OSError as error:
        typer.echo(f"training: {type(error).__name__}: {error}; {AFTER_OS_ERROR}", err=True)
        sys.exit(1)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Specialise StarCoder on curated shards."""
