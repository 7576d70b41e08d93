"""The `training chat` commands: parse, call the package, show the result. They hold no logic.

    training chat preview configs/train/chat.yaml --samples 3
    training chat train configs/train/chat.yaml --processes 8
    training chat generate runs/train/chat --prompt "Reverse a list in Python."

Heavy modules are imported by the command that needs them, so that `--help` answers at once.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from curation.errors import BadConfigError
from training.options import AsJson, ConfigFile, Overrides

Processes = Annotated[
    int, typer.Option("--processes", min=1, help="Processes on this machine, one for each GPU.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, load no model for training.")]
NoResume = Annotated[bool, typer.Option("--no-resume", help="Refuse to go on from a checkpoint.")]
LocalRank = Annotated[int | None, typer.Option("--local_rank", "--local-rank", hidden=True)]
ModelName = Annotated[
    str, typer.Argument(help="Hub id, or folder of a chat model, adapter or run.", show_default=False)
]
Precision = Annotated[Literal["auto", "bf16", "fp16", "fp32"], typer.Option(help="Precision of the weights.")]
Bits = Annotated[Literal["none", "8bit", "nf4"], typer.Option(help="Hold the large weights in fewer bits.")]


def train(
    config: ConfigFile,
    overrides: Overrides = None,
    processes: Processes = 1,
    dry_run: DryRun = False,
    no_resume: NoResume = False,
    local_rank: LocalRank = None,
) -> None:
    """Fine-tune on dialogues, and go on where an earlier run stopped."""
    from training.chat.config import load

    settings = load(config, overrides or ())
    if processes > 1 and "RANK" not in os.environ:
        from training.launch.local import run_processes

        sys.exit(run_processes(sys.argv[1:], processes))
    if local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(local_rank))
    from training.chat.train import train as run

    outcome = run(settings, resume=not no_resume, dry_run=dry_run, show=typer.echo)
    if outcome is not None and outcome.signal is not None:
        sys.exit(128 + outcome.signal)  # as a shell counts it


def preview(
    config: ConfigFile,
    overrides: Overrides = None,
    samples: Annotated[int, typer.Option("--samples", min=1, help="Rows to show.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Show dialogues as the model will see them: what is learnt in green, what is masked dimmed."""
    from rich.console import Console

    from training.chat import preview as previews
    from training.chat.config import load
    from training.chat.vocabulary import coder_with_marks

    settings = load(config, overrides or ())
    marked = coder_with_marks(str(settings.model.name), settings.template, revision=settings.model.revision)
    shown = previews.preview(settings, marked, samples)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in shown], ensure_ascii=False, indent=2))
        return
    console = Console()
    for one in shown:
        console.print(previews.render(one))


def generate(
    model: ModelName,
    prompt: Annotated[str | None, typer.Option(help="What a user says, once.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="JSONL: `prompt`, or `messages`.")] = None,
    out: Annotated[Path | None, typer.Option(help="JSONL that --prompts writes.")] = None,
    system: Annotated[str | None, typer.Option(help="What the system says.")] = None,
    template: Annotated[str | None, typer.Option(help="Template in place of the model's own.")] = None,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Tokens of an answer, at most.")] = 512,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0 for the likeliest token.")] = 0.2,
    top_p: Annotated[float, typer.Option(min=0.01, max=1, help="Share of probability drawn from.")] = 0.95,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 32) - 1, help="Of the draws.")] = 0,
    adapter: Annotated[str | None, typer.Option(help="Adapter to put on the model.")] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit on the hub.")] = None,
    dtype: Precision = "auto",
    quantize: Bits = "none",
    device_map: Annotated[str, typer.Option(help="auto, or one device, such as cpu or cuda:1.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Ask a chat model: one question, a file of them, or a talk at the terminal."""
    from training.chat import terminal
    from training.chat.answer import Decoding
    from training.chat.chat import open_chat

    _check_question(prompt, prompts, out)
    how: dict[str, Any] = {"dtype": dtype, "quantize": quantize, "device_map": device_map}
    chat = open_chat(model, template=template, revision=revision, adapter=adapter, **how)
    decoding = Decoding(max_new_tokens, temperature, top_p, seed)
    if prompts is not None and out is not None:
        terminal.answer_file(chat, prompts, out, decoding, system)
    elif prompt is not None:
        terminal.answer_once(chat, prompt, decoding, system, as_json=as_json)
    else:
        terminal.talk(chat, decoding, system)


def _check_question(prompt: str | None, prompts: Path | None, out: Path | None) -> None:
    """Refuse options that ask for two things, or for half of one.

    Raises:
        BadConfigError: If they do.
    """
    if (prompts is None) != (out is None) or (prompt is not None and prompts is not None):
        raise BadConfigError(
            "chat generate: expected --prompt TEXT, or --prompts FILE with --out FILE, or none, to talk"
        )
