"""Dialogues as the model will see them: marks in colour, what is learnt bright, what is masked dim.

    for shown in preview(config, 3): console.print(render(shown))

Shows tokens, not texts: what stands there has been encoded and decoded again, so that a mask that is wrong
can be seen. Trains nothing, needs no device and writes nothing into the run's folder.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from training.chat.config import ChatConfig
from training.chat.mask import Encoded
from training.chat.messages import dialogue_of
from training.chat.rows import rows
from training.chat.store import encoded
from training.chat.vocabulary import Marked

Kind = Literal["mark", "masked", "learnt", "learnt mark"]
STYLES: dict[Kind, str] = {
    "mark": "blue",
    "masked": "dim",
    "learnt": "bold green",
    "learnt mark": "bold magenta",
}
"""Of a run of tokens, as rich names them."""


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens of one kind that follow each other."""

    kind: Kind
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the data, as it will be seen."""

    where: str
    """Source and number of the row."""
    reason: str
    """Why it is not used; empty if it is."""
    runs: tuple[Run, ...]

    @property
    def tokens(self) -> int:
        """Tokens of the dialogue."""
        return sum(run.tokens for run in self.runs)

    @property
    def learnt(self) -> int:
        """Tokens that the model learns to write."""
        return sum(run.tokens for run in self.runs if run.kind.startswith("learnt"))

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        runs = [{"kind": run.kind, "text": run.text, "tokens": run.tokens} for run in self.runs]
        counts = {"tokens": self.tokens, "learnt": self.learnt}
        return {"where": self.where, "dropped": self.reason, **counts, "runs": runs}


def preview(config: ChatConfig, marked: Marked, samples: int) -> list[Shown]:
    """The first rows of the data.

    Args:
        config: Where dialogues are, and what becomes of them.
        marked: The tokenizer with the marks of turns.
        samples: Rows to show.

    Raises:
        BadInputError: If a source cannot be read.
    """
    limited = config.data.model_copy(update={"limit": min(samples, config.data.limit or samples)})
    shown = []
    for row in rows(limited, config.data.split):
        dialogue = dialogue_of(row.values)
        if isinstance(dialogue, str):
            shown.append(Shown(row.where, dialogue, ()))
            continue
        ids = encoded(config, marked, dialogue.messages)
        if ids is None:
            shown.append(Shown(row.where, "too_long", ()))
        else:
            shown.append(Shown(row.where, "", _runs(ids, marked)))
    return shown


def render(shown: Shown) -> Any:
    """A row as text with colours, for rich."""
    from rich.text import Text

    if shown.reason:
        return Text.assemble((shown.where, "bold"), f"  not used: {shown.reason}\n")
    counts = f"  {shown.tokens:,} tokens, {shown.learnt:,} learnt ({shown.learnt / shown.tokens:.0%})\n"
    parts = [(run.text, STYLES[run.kind]) for run in shown.runs]
    return Text.assemble((shown.where, "bold"), counts, *parts)


def _runs(whole: Encoded, marked: Marked) -> tuple[Run, ...]:
    texts = {number: text for text, number in marked.marks.items()}

    def kind(token: tuple[int, bool]) -> Kind:
        if token[0] in texts:
            return "learnt mark" if token[1] else "mark"
        return "learnt" if token[1] else "masked"

    runs = []
    for one, group in groupby(zip(whole.ids, whole.targets, strict=True), key=kind):
        ids = [id_ for id_, _ in group]
        said = "".join(texts[id_] for id_ in ids) if one.endswith("mark") else marked.coder.decode(ids)
        runs.append(Run(one, said, len(ids)))
    return tuple(runs)
