"""Tiny models, and chat fine-tunings of them that several tests look at: made once in a test session.

One launch of two processes trains them all: ZeRO-3 with all weights of StarCoder2 and of StarCoder, the first
gone on with after a kill, and ZeRO-2 with adapters.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chat_runs import launch, settings, sums, write_config, write_rows
from once import once
from tiny import tiny_model

from training.chat.dialogue import named
from training.chat.vocabulary import Marked, coder_with_marks

ROOT = Path(__file__).parents[3]


POSITIONS = 512
"""Tokens that the scripted model can see."""


class Scripted:
    """A model that writes what it is told to, and remembers how it was asked."""

    def __init__(self, answers: Sequence[str], marked: Marked) -> None:
        self.config = SimpleNamespace(max_position_embeddings=POSITIONS)
        self.asked: list[dict[str, Any]] = []
        self.training = True
        self._answers = iter(answers)
        self._marked = marked

    def parameters(self) -> Iterator[Any]:
        import torch

        yield torch.zeros(1)

    def eval(self) -> None:
        self.training = False

    def train(self, mode: bool) -> None:
        self.training = mode

    def generate(self, **how: Any) -> Any:
        import torch

        self.asked.append(how)
        answer = torch.tensor([ids_of(next(self._answers), self._marked)])
        if how.get("streamer"):
            how["streamer"].put(how["input_ids"])
            for number in answer[0]:
                how["streamer"].put(number.reshape(1))
            how["streamer"].end()
        return torch.cat([how["input_ids"], answer], 1)


def ids_of(text: str, marked: Marked) -> list[int]:
    """Ids of a text in which marks are marks, and <|endoftext|> and <fim_pad> are themselves."""
    special = {
        **marked.marks,
        "<|endoftext|>": marked.coder.specials.end,
        "<fim_pad>": marked.coder.specials.pad,
    }
    ids: list[int] = []
    for piece in re.split("(" + "|".join(map(re.escape, special)) + ")", text):
        ids += [special[piece]] if piece in special else marked.coder.encode(piece)
    return ids


@pytest.fixture(scope="session")
def models(place: Path) -> Path:
    """Folder with a tiny model of each family."""

    def make(folder: Path) -> None:
        for family in ("starcoder", "starcoder2"):
            tiny_model(family, folder / family)

    return once(place / "chat-models", make)


@pytest.fixture(scope="session")
def marked(models: Path) -> Marked:
    """A tokenizer with the marks of the default template."""
    return coder_with_marks(str(models / "starcoder2"), named("default"))


@pytest.fixture
def scripted(marked: Marked) -> Callable[..., Scripted]:
    """A model that gives these answers, one after the other; marks in them are marks."""
    return lambda *answers: Scripted(answers, marked)


@pytest.fixture(scope="session")
def runs(place: Path, models: Path) -> Path:
    """Folder with the runs zero3, resumed, starcoder and adapters; what they printed is in printed.txt."""

    def make(folder: Path) -> None:
        def configure(name: str, family: str, stage: int, **more: Any) -> Path:
            devices = {"deepspeed": str(ROOT / f"configs/deepspeed/zero{stage}.json")}
            values = settings(models / family, folder / "sums.jsonl", folder / name, devices=devices, **more)
            return write_config(folder / f"{name}.yaml", values)

        write_rows(folder / "sums.jsonl", sums(40))
        held_out = {"evaluation": {"every": 3, "windows": 2}, "data": {"held_out": 0.2}}
        plan = [
            configure("zero3", "starcoder2", 3, **held_out),
            configure("resumed", "starcoder2", 3, **held_out),
            configure("starcoder", "starcoder", 3, multiple_of=64, samples={"prompts": []}),
            configure("adapters", "starcoder", 2, lora={"enabled": True, "rank": 4}),
        ]
        (folder / "resumed.yaml.from").write_text(str(folder / "zero3"))
        result = launch(plan, folder, 2)
        assert result.returncode == 0, result.stdout + result.stderr
        (folder / "printed.txt").write_text(result.stdout)

    return once(place / "chat-runs", make)
