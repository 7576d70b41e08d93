"""Talking to a chat model at a terminal: answers appear while they are written.

    talk(chat, Decoding(), system=None)          reads questions from standard input until it ends

What a model writes may hold control characters, which could rewrite the screen: they are shown as marks.
Knows nothing of how an answer comes about: see `training.chat.chat`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from curation.errors import BadInputError
from training.chat import chat as chats
from training.chat.answer import Decoding
from training.chat.chat import Chat, Streamer, Talk

HELP = (
    "Write a question; end a line with \\ to go on in the next. /new begins anew, /system TEXT sets what the "
    "system says, /quit or Ctrl-D ends."
)
CONTROL = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
"""Control characters, and what is shown for them."""


def talk(chat: Chat, decoding: Decoding, system: str | None) -> None:
    """Read questions and answer them until there are no more.

    Args:
        chat: Who answers.
        decoding: How tokens are chosen; each answer has draws of its own.
        system: What the system says; None for what the template has.
    """
    _tell(HELP)
    going = Talk(chat, system)
    for number, text in enumerate(questions()):
        command, _, rest = text.partition(" ")
        if command == "/quit":
            return
        if command == "/new":
            going = Talk(chat, going.system)
        elif command == "/system":
            going = Talk(chat, rest.strip() or None)
        else:
            try:
                going.ask(text, decoding._replace(seed=decoding.seed + number), streamer=_streamer(chat))
            except BadInputError as error:
                _tell(str(error))
            typer.echo("")


def answer_once(chat: Chat, prompt: str, decoding: Decoding, system: str | None, *, as_json: bool) -> None:
    """Answer one question.

    Args:
        chat: Who answers.
        prompt: What a user says.
        decoding: How tokens are chosen.
        system: What the system says; None for what the template has.
        as_json: Whether the whole dialogue is printed for machines.
    """
    going = Talk(chat, system)
    going.ask(prompt, decoding, streamer=None if as_json else _streamer(chat))
    if as_json:
        messages = chats.with_system(system, going.turns)
        typer.echo(json.dumps({"messages": [one._asdict() for one in messages]}, ensure_ascii=False))
    else:
        typer.echo("")


def answer_file(chat: Chat, path: Path, out: Path, decoding: Decoding, system: str | None) -> None:
    """Answer the dialogues of a file, with a bar on standard error."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("answers", total=None)
        number = chats.answer_file(
            chat, path, out, decoding, system=system, show=lambda done: progress.update(bar, completed=done)
        )
    typer.echo(f"{out}: {number:,} answers")


def questions() -> Iterator[str]:
    """What is asked at the terminal, one text each; empty ones are passed over."""
    parts: list[str] = []
    while True:
        _prompt("... " if parts else "> ")
        line = sys.stdin.readline()
        if not line:
            return
        line = line.rstrip("\n")
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        text = "\n".join([*parts, line]).strip()
        parts = []
        if text:
            yield text


def printable(text: str) -> str:
    """A text without characters that command a terminal."""
    return text.translate(CONTROL)


def _streamer(chat: Chat) -> Streamer:
    return Streamer(chat.marked, lambda text: typer.echo(printable(text), nl=False))


def _prompt(text: str) -> None:
    if sys.stdin.isatty():
        typer.echo(text, nl=False)


def _tell(text: str) -> None:
    typer.echo(text, err=True)
