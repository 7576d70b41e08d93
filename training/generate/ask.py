"""A model that is ready, and how it is asked: for one prompt, or for a file of them.

    loaded = load("runs/train/smoke/final", quantize="none")
    way = Way(Sampling(max_new_tokens=64), "psm", Where())
    ask_once(loaded, way, "def f(x):", None, Console(stderr=True), as_json=False)       -> printed
    ask_all(loaded, way, Path("in.jsonl"), Path("out.jsonl"), {}, Console(stderr=True)) -> written

What a model says goes to stdout or the file, all about it to the console that is given.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import Progress

from curation.errors import BadConfigError
from training.generate.batch import Request, count_lines, run_batch
from training.generate.complete import Completion, complete
from training.generate.load import (
    check_vocabulary,
    coder_for,
    footprint,
    load_for_generation,
    locate,
    positions,
)
from training.generate.prompts import Prompt, Where, build
from training.generate.settings import Order, Sampling
from training.generate.show import show, size
from training.tokenizer.coder import Coder

CHUNK = 8
"""Batches that are answered and written at a time."""


class Loaded(NamedTuple):
    """A model that is ready to be asked."""

    name: str
    model: Any
    coder: Coder
    held: str
    """Precision, or how the large weights are held."""

    @property
    def told(self) -> str:
        """What it takes, and where."""
        return f"{self.name}: {size(footprint(self.model))} of weights ({self.held}) on {self.model.device}"


class Way(NamedTuple):
    """How a model is asked."""

    sampling: Sampling
    order: Order
    where: Where

    def prompt(self, loaded: Loaded, prefix: str, suffix: str | None, where: Where | None = None) -> Prompt:
        """The ids of a prompt, cut to what the model can see.

        Raises:
            BadConfigError: If the tokens to be generated leave no room.
        """
        seen = positions(loaded.model)
        room = seen - self.sampling.max_new_tokens
        if room < 1:
            raise BadConfigError(
                f"--max-new-tokens {self.sampling.max_new_tokens}: expected fewer than the {seen} tokens "
                "that the model sees, prompt and completion together"
            )
        return build(loaded.coder, prefix, suffix, room, where=where or self.where, order=self.order)


def load(name: str, **how: Any) -> Loaded:
    """A model and its tokenizer, checked to belong together.

    Args:
        name: Hub id, folder of a model or adapter, or folder of a run.
        **how: As `load_for_generation` takes it.

    Raises:
        BadTokenizerError: If the tokenizer has more entries than the model.
    """
    model = load_for_generation(name, **how)
    coder = coder_for(locate(name, revision=how.get("revision"), adapter=how.get("adapter")))
    check_vocabulary(model, coder, name)
    held = str(model.dtype).removeprefix("torch.")
    return Loaded(name, model, coder, f"{held}, {how['quantize']}" if how["quantize"] != "none" else held)


def ask_once(
    loaded: Loaded, way: Way, prefix: str, suffix: str | None, console: Console, *, as_json: bool
) -> None:
    """Complete one prompt and print it.

    Args:
        loaded: Who is asked.
        way: How.
        prefix: Text before the gap, or all there is.
        suffix: Text after the gap; None to continue the prefix.
        console: Is told what was cut.
        as_json: Whether to print JSON for machines.
    """
    prompt = way.prompt(loaded, prefix, suffix)
    if prompt.losses:
        seen = positions(loaded.model)
        console.print(
            f"the model sees {seen:,} tokens; left out: {prompt.losses}", style="yellow", soft_wrap=True
        )
    [made] = complete(loaded.model, loaded.coder, [prompt.ids], way.sampling)
    if as_json:
        told = {
            "completions": [one._asdict() for one in made],
            "prompt_tokens": len(prompt.ids),
            "lost": {"before": prompt.lost_before, "after": prompt.lost_after, "files": prompt.lost_files},
            "footprint_bytes": footprint(loaded.model),
        }
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
        return
    show(Console(), prefix, [one.text for one in made], suffix)


def ask_all(
    loaded: Loaded, way: Way, source: Path, target: Path, about: dict[str, Any], console: Console
) -> None:
    """Complete a file of prompts, and say what became of its lines.

    Args:
        loaded: Who is asked.
        way: How.
        source: JSONL of prompts, see `training.generate.batch`.
        target: JSONL that is written, or continued.
        about: What else decides the answers, as JSON values.
        console: Is told.
    """
    sampling = way.sampling.model_dump(mode="json", exclude={"batch"})
    # through JSON, so that what is compared with an earlier start has the types that it was read with
    told = json.loads(json.dumps({**about, **sampling, "order": way.order, "where": way.where}))
    cut: list[int] = []
    with Progress(console=console) as progress:
        task = progress.add_task("completing", total=count_lines(source) if source.is_file() else None)
        answer = _answers(loaded, way, cut, lambda number: progress.advance(task, number))
        outcome = run_batch(source, target, told, answer, CHUNK * way.sampling.batch)
        progress.update(task, completed=progress.tasks[task].total)
    console.print(
        f"{target}: {outcome.made:,} made, {outcome.there:,} were there; {len(cut):,} prompts were cut to "
        f"what the model sees",
        highlight=False,
        soft_wrap=True,
    )
    for reason, number in sorted(outcome.bad.items()):
        console.print(f"{number:,} left out: {reason}", style="yellow", highlight=False, soft_wrap=True)


def _answers(
    loaded: Loaded, way: Way, cut: list[int], advance: Callable[[int], None]
) -> Callable[[Sequence[Request]], list[list[Completion]]]:
    """How requests are answered; lines whose prompt was cut are noted."""

    def answer(requests: Sequence[Request]) -> list[list[Completion]]:
        prompts = []
        for one in requests:
            told: dict[str, Any] = {key: one.row[key] for key in ("path", "repository") if key in one.row}
            prompts.append(way.prompt(loaded, one.prefix, one.suffix, way.where._replace(**told)))
        cut.extend(one.line for one, prompt in zip(requests, prompts, strict=True) if prompt.losses)
        keys = [str(one.line) for one in requests]
        made = complete(loaded.model, loaded.coder, [one.ids for one in prompts], way.sampling, keys=keys)
        advance(len(requests))
        return made

    return answer
