"""A small corpus so regular that a tiny model learns to fill its gaps within seconds, and that model.

texts(40)                          -> classes that differ in names only
school(folder, texts, steps=120)   -> the model in the folder, trained on them with gaps; written back
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.generate.prompts import build
from training.generate.settings import Order
from training.model.make import make_model
from training.model.settings import Shape
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder
from training.tokenizer.made import make_tokenizer

NOUNS = ("Order", "Invoice", "Person", "Parcel", "Ticket", "Account", "Basket", "Letter")
FIELDS = ("name", "price", "count", "owner", "state", "label")
SHAPE = Shape(family="starcoder2", hidden=64, layers=2, positions=256, tied=False, rope_theta=1000.0)


def texts(number: int) -> list[str]:
    """As many classes, each another choice of names."""
    generator = np.random.default_rng(5)
    found = []
    for _ in range(number):
        noun, (first, second) = generator.choice(NOUNS), generator.choice(FIELDS, 2, replace=False)
        found.append(
            f"class {noun}:\n"
            f"    def __init__(self, {first}, {second}):\n"
            f"        self.{first} = {first}\n"
            f"        self.{second} = {second}\n"
            "\n"
            "    def is_empty(self):\n"
            f"        return self.{first} is None\n"
            "\n"
            "    def describe(self):\n"
            f"        return f'{noun} {{self.{first}}} {{self.{second}}}'\n"
        )
    return found


def unschooled(folder: Path, corpus: Sequence[str]) -> Path:
    """A model with random weights and a tokenizer for these texts."""
    make_tokenizer(corpus, 400, "starcoder2", folder)
    coder = load_coder(folder)
    make_model(SHAPE, coder.size, 1, folder, coder.specials.end)
    return folder


def school(source: Path, target: Path, corpus: Sequence[str], steps: int) -> Path:
    """Train the model of a folder on texts, half of them with gaps, and write it to another folder."""
    import torch  # noqa: PLC0415 - takes seconds
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 - as above

    coder = load_coder(source)
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, total_steps=steps, pct_start=0.1)
    generator = np.random.default_rng(1)
    for _ in range(steps):
        rows = [_example(coder, corpus, generator) for _ in range(8)]
        width = max(map(len, rows))
        ids = torch.tensor([row + [coder.specials.pad] * (width - len(row)) for row in rows])
        labels = torch.tensor([row + [-100] * (width - len(row)) for row in rows])
        model(input_ids=ids, labels=labels, use_cache=False).loss.backward()
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
    model.save_pretrained(target)
    coder.hf.save_pretrained(target)
    return target


def _example(coder: Coder, corpus: Sequence[str], generator: Any) -> list[int]:
    text = corpus[generator.integers(len(corpus))]
    if generator.random() < 0.2:
        return [*coder.encode(text), coder.specials.end]
    starts = [0, *(place + 1 for place, character in enumerate(text) if character == "\n")]
    if generator.random() < 0.5:
        number = generator.integers(len(starts) - 1)
        first, last = starts[number], starts[number + 1]
    else:
        first = int(generator.integers(len(text)))
        last = int(min(len(text), first + 1 + generator.integers(60)))
    order: Order = "psm" if generator.random() < 0.8 else "spm"
    prompt = build(coder, text[:first], text[last:], 1000, order=order)
    return [*prompt.ids, *coder.encode(text[first:last]), coder.specials.end]
