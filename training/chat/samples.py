"""A trained model -> its answers to the prompts of the settings, as samples.md and samples.jsonl.

    sample(session, model, marked, config)   -> runs/train/chat/samples.md; None on other ranks than the first

Called by all processes, with the same prompts and draws, because under ZeRO-3 every step of an answer gathers
weights from all: a process that waited for another here would wait for ever. Comes after the model is saved,
so that nothing that goes wrong here can lose it. Judges no answer.
"""

import json
from pathlib import Path
from typing import Any

from curation.shards import write_atomically
from training.chat.answer import Decoding, Where, answer
from training.chat.config import ChatConfig
from training.chat.dialogue import Message
from training.chat.vocabulary import Marked
from training.train.session import Session

PAGE = "samples.md"
LINES = "samples.jsonl"


def sample(session: Session, model: Any, marked: Marked, config: ChatConfig, *, steps: int) -> Path | None:
    """Let a trained model answer, and write what it says.

    Args:
        session: This process among those of the run.
        model: As training left it.
        marked: Its tokenizer.
        config: What is asked, and how it answers.
        steps: Optimiser steps behind the model.

    Returns:
        The page, on the first rank.
    """
    settings = config.samples
    if not settings.prompts:
        return None
    decoding = Decoding(
        settings.max_new_tokens, settings.temperature, settings.top_p, config.seed % (1 << 32)
    )
    device = "cpu" if session.device_kind == "cpu" else f"cuda:{session.local_rank}"
    where = Where(device, synced=session.world_size > 1)
    training = model.training
    model.eval()
    answers = [
        answer(
            model,
            marked,
            config.template,
            [Message("user", prompt)],
            decoding,
            where=where,
        )
        for prompt in settings.prompts
    ]
    model.train(training)
    return write(config, answers, steps) if session.main else None


def write(config: ChatConfig, answers: list[str], steps: int) -> Path:
    """Write answers for people and for machines.

    Args:
        config: What was asked, and where it goes.
        answers: One for each prompt.
        steps: Optimiser steps behind the model.
    """
    settings = config.samples
    how = f"{steps:,} steps, temperature {settings.temperature}, top-p {settings.top_p}, seed {config.seed}"
    page = [f"# Samples of {config.output.name}\n\n{how}\n"]
    lines = []
    for prompt, text in zip(settings.prompts, answers, strict=True):
        page.append(
            f"## {prompt.splitlines()[0]}\n\n{_quoted('user', prompt)}\n\n{_quoted('assistant', text)}\n"
        )
        messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": text}]
        lines.append(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")
    config.output.mkdir(parents=True, exist_ok=True)
    write_atomically(config.output / LINES, "".join(lines).encode())
    write_atomically(config.output / PAGE, "\n".join(page).encode())
    return config.output / PAGE


def _quoted(role: str, text: str) -> str:
    """A turn as a quotation, so that no Markdown in it can end it."""
    lines = text.splitlines() or [""]
    return f"**{role}**\n\n" + "\n".join(f"> {line}".rstrip() for line in lines)
