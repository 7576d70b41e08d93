"""Dialogues as tokens, written once into the folder of the run, from where every process reads them.

    manifest = prepare(config, marked)       -> {"train": {"rows": 900, "used": 880, "dropped": {...}}, ...}
    train = Dialogues(config.dialogues, "train")
    train.count, train.ids(0), train.targets(0)     -> 880, array of ids, array of booleans

    dialogues/manifest.json         what they were made of, and counts: rows = used + dropped by reason
    dialogues/left_out.jsonl        one line for each row that was dropped or shortened, and why
    dialogues/{train,held_out}/     ids.bin (uint32), targets.bin (bool), ends.npy (int64), rows.npy (int64)

Written beside and renamed when whole; memory is bounded by one dialogue. Knows no windows.
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from curation.draw import uniform
from curation.errors import BadInputError, ChangedRunError
from training.chat import mask
from training.chat.config import ChatConfig
from training.chat.dialogue import Message
from training.chat.mask import Encoded
from training.chat.messages import MEANING, Dialogue, Reason, dialogue_of
from training.chat.rows import Row, fingerprint, rows
from training.chat.vocabulary import Marked

MANIFEST = "manifest.json"
LEFT_OUT = "left_out.jsonl"
SPLITS = ("train", "held_out")
VERSION = 1
"""Of what is written; a change makes dialogues anew."""


class Dialogues:
    """The dialogues of one split, memory-mapped."""

    def __init__(self, folder: Path, split: str) -> None:
        self._ends = np.concatenate([np.zeros(1, np.int64), np.load(folder / split / "ends.npy")])
        self.rows: Any = np.load(folder / split / "rows.npy")
        """For each dialogue, the number of its row in the sources, from 0."""
        tokens = int(self._ends[-1])
        self._ids = _mapped(folder / split / "ids.bin", np.uint32, tokens)
        self._targets = _mapped(folder / split / "targets.bin", np.bool_, tokens)

    @property
    def count(self) -> int:
        """Number of dialogues."""
        return len(self.rows)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each dialogue."""
        return np.diff(self._ends)

    def ids(self, dialogue: int) -> npt.NDArray[np.int64]:
        """The ids of a dialogue."""
        first, last = self._ends[dialogue : dialogue + 2]
        ids: npt.NDArray[np.int64] = self._ids[first:last].astype(np.int64)
        return ids

    def targets(self, dialogue: int) -> npt.NDArray[np.bool_]:
        """For each id of a dialogue, whether the model learns to write it."""
        first, last = self._ends[dialogue : dialogue + 2]
        return np.array(self._targets[first:last])


def prepare(
    config: ChatConfig, marked: Marked, show: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Write the dialogues of a run, or find them written.

    Args:
        config: Where rows are, and what becomes of them.
        marked: The tokenizer with the marks of turns.
        show: Where lines for people go.

    Returns:
        The manifest.

    Raises:
        BadInputError: If a source cannot be read, or no dialogue is left to train on.
        ChangedRunError: If there are dialogues that were made of something else.
    """
    folder = config.dialogues
    made = _made_of(config, marked)
    if (folder / MANIFEST).is_file():
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if changed := [key for key in made if made[key] != manifest["made_of"].get(key)]:
            raise ChangedRunError(
                f"{folder}: holds dialogues of another {', '.join(changed)}; take another `output`, or "
                "delete the folder"
            )
        return manifest
    partial = folder.with_name(f".{folder.name}")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    counts = _write(config, marked, partial)
    manifest = {"made_of": made, **counts}
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    if not counts["train"]["used"]:
        raise BadInputError(
            f"{', '.join(config.data.paths)}: no dialogue is left to train on\n" + summary(manifest)
        )
    partial.rename(folder)
    show(summary(manifest))
    return manifest


def encoded(config: ChatConfig, marked: Marked, messages: Sequence[Message]) -> Encoded | None:
    """A dialogue as ids, shortened if that is wanted; None if it is too long.

    Args:
        config: How long it may be, and what becomes of longer ones.
        marked: The tokenizer with the marks of turns.
        messages: The turns.
    """
    arguments = (config.template, messages, marked.coder, marked.marks)
    if config.data.too_long == "truncate":
        return mask.fit(*arguments, config.sequence_length)
    whole = mask.encode(*arguments)
    return whole if len(whole.ids) <= config.sequence_length else None


def summary(manifest: dict[str, Any]) -> str:
    """Counts for people, one line for each reason."""
    lines = []
    for split in SPLITS:
        counts = manifest[split]
        if not counts["rows"]:
            continue
        share = counts["targets"] / max(counts["tokens"], 1)
        lines.append(
            f"{split}: {counts['used']:,} dialogues of {counts['rows']:,} rows, {counts['tokens']:,} tokens, "
            f"of which {share:.1%} are learnt"
        )
        lines += [f"  {n:,} dropped: {MEANING[reason]}" for reason, n in counts["dropped"].items()]
        changed = {
            "cut": "ended with turns of users, which were cut",
            "truncated": "were truncated from the front",
        }
        lines += [f"  {n:,} {changed[how]}" for how, n in counts["changed"].items()]
    return "\n".join(lines)


class _Writer:
    """The dialogues of one split under construction."""

    def __init__(self, folder: Path, stack: ExitStack, left_out: IO[str]) -> None:
        folder.mkdir()
        self._folder = folder
        self._ids = stack.enter_context((folder / "ids.bin").open("wb"))
        self._targets = stack.enter_context((folder / "targets.bin").open("wb"))
        self._left_out = left_out
        self._ends: list[int] = []
        self._rows: list[int] = []
        self.read = self.tokens = self.learnt = 0
        self.dropped: Counter[Reason] = Counter()
        self.changed: Counter[str] = Counter()

    def drop(self, number: int, row: Row, reason: Reason) -> None:
        """Count a row that is not used."""
        self.read += 1
        self.dropped[reason] += 1
        self._note(number, row, {"dropped": reason})

    def add(self, number: int, row: Row, dialogue: Dialogue, encoded: Encoded) -> None:
        """Write a dialogue."""
        self.read += 1
        self._ids.write(np.asarray(encoded.ids, np.uint32).tobytes())
        self._targets.write(np.asarray(encoded.targets, np.bool_).tobytes())
        self.tokens += len(encoded.ids)
        self.learnt += sum(encoded.targets)
        self._ends.append(self.tokens)
        self._rows.append(number)
        if dialogue.cut:
            self.changed["cut"] += 1
            self._note(number, row, {"cut": dialogue.cut})
        if encoded.left_out:
            self.changed["truncated"] += 1
            self._note(number, row, {"truncated": encoded.left_out})

    def close(self) -> dict[str, Any]:
        """Write what is known at the end, and say what there is."""
        np.save(self._folder / "ends.npy", np.asarray(self._ends, np.int64))
        np.save(self._folder / "rows.npy", np.asarray(self._rows, np.int64))
        assert self.read == len(self._rows) + self.dropped.total()
        return {
            "rows": self.read,
            "used": len(self._rows),
            "dropped": dict(sorted(self.dropped.items())),
            "changed": dict(sorted(self.changed.items())),
            "tokens": self.tokens,
            "targets": self.learnt,
        }

    def _note(self, number: int, row: Row, what: dict[str, Any]) -> None:
        self._left_out.write(json.dumps({"row": number, "where": row.where, **what}) + "\n")


def _write(config: ChatConfig, marked: Marked, folder: Path) -> dict[str, Any]:
    with ExitStack() as stack:
        left_out = stack.enter_context((folder / LEFT_OUT).open("w", encoding="utf-8"))
        writers = {split: _Writer(folder / split, stack, left_out) for split in SPLITS}
        for number, (split, row) in enumerate(_all_rows(config)):
            dialogue = dialogue_of(row.values)
            if isinstance(dialogue, str):
                writers[split or "train"].drop(number, row, dialogue)
                continue
            writer = writers[split or _drawn(config, dialogue)]
            ids = encoded(config, marked, dialogue.messages)
            if ids is None:
                writer.drop(number, row, "too_long")
            else:
                writer.add(number, row, dialogue, ids)
    return {split: writer.close() for split, writer in writers.items()}


def _all_rows(config: ChatConfig) -> Iterator[tuple[str | None, Row]]:
    """Rows of all splits; None for those that are yet to be drawn."""
    drawn = None if config.data.held_out else "train"
    for row in rows(config.data, config.data.split):
        yield drawn, row
    if config.data.held_out_split:
        for row in rows(config.data, config.data.held_out_split):
            yield "held_out", row


def _drawn(config: ChatConfig, dialogue: Dialogue) -> str:
    """Which side a dialogue is on, by what it says."""
    said = json.dumps(dialogue.messages, ensure_ascii=False)
    name = hashlib.sha256(said.encode()).hexdigest()
    return "held_out" if uniform(config.seed, name, "held-out dialogue") < config.data.held_out else "train"


def _made_of(config: ChatConfig, marked: Marked) -> dict[str, Any]:
    """All that decides which dialogues there are, and how they look."""
    return {
        "version": VERSION,
        "sources": fingerprint(config.data),
        "data": config.data.model_dump(mode="json", exclude={"paths", "subset", "revision"}),
        "template": config.template.model_dump(mode="json"),
        "sequence_length": config.sequence_length,
        "seed": config.seed,
        "tokenizer_sha256": marked.coder.sha256,
        "marks": marked.marks,
    }


def _mapped(path: Path, dtype: Any, number: int) -> Any:
    """A file of numbers; an empty one cannot be mapped."""
    return np.memmap(path, dtype, "r", shape=(number,)) if number else np.zeros(0, dtype)
