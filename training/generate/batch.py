r"""Prompts as lines of a JSONL file -> the same lines with completions, resumed where it was stopped.

    {"prefix": "def f(x):\n", "suffix": "\n    return y"}
        -> {"prefix": ..., "suffix": ..., "input_line": 1, "completion": "    y = x", "ended": "end"}
    {"prompt": "import "}   -> {..., "completions": ["os", "sys"], "ended": ["length", "stop"]}    (2 samples)

Lines are appended whole, in the order of the input; what a kill left half written is cut off at the next
start, and lines that are there are not made again. Beside the file lies what it was made with, so that it is
never continued with another model or seed. A line that is no prompt is counted with its reason and left out.
Knows no model: the caller answers.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import BadInputError, ChangedRunError
from curation.shards import write_atomically
from training.generate.complete import Completion

BLOCK = 1 << 20
"""Bytes read at a time when the input is hashed."""
NAMES = ("path", "repository")
"""Optional keys of a line: which file it is of."""


class Request(NamedTuple):
    """A line that asks for completions."""

    line: int
    """Of the input, from 1."""
    row: dict[str, Any]
    """As it was read."""
    prefix: str
    suffix: str | None
    """None to continue the prefix."""


class Outcome(NamedTuple):
    """What became of the lines."""

    made: int
    there: int
    """That an earlier start had made."""
    bad: dict[str, int]
    """Reason -> lines that were left out."""


Answer = Callable[[Sequence[Request]], Sequence[Sequence[Completion]]]


def run_batch(source: Path, target: Path, about: dict[str, Any], answer: Answer, chunk: int) -> Outcome:
    """Answer every line of a file that has no answer yet.

    Args:
        source: JSONL with `prompt`, or `prefix` and `suffix`, and what else the caller likes.
        target: JSONL that is written, or continued.
        about: What decides the answers, as JSON values: model, sampling.
        answer: Makes the completions of some requests.
        chunk: Requests that are answered and written at a time.

    Raises:
        BadInputError: If the input cannot be read.
        ChangedRunError: If the output was begun with something else.
    """
    if not source.is_file():
        raise BadInputError(f"{source}: expected a JSONL file of prompts, saw none")
    _check_about(target, {**about, "input_sha256": _sha256(source)})
    done = _recover(target)
    bad: Counter[str] = Counter()
    made = 0
    requests = (one for one in read_requests(source, bad) if one.line not in done)
    with target.open("ab", buffering=0) as out:
        while part := list(islice(requests, chunk)):
            lines = [_line(one, samples) for one, samples in zip(part, answer(part), strict=True)]
            out.write("".join(lines).encode())
            os.fsync(out.fileno())
            made += len(part)
    return Outcome(made, len(done), dict(bad))


def read_requests(source: Path, bad: Counter[str]) -> Iterator[Request]:
    """The lines of a file that are prompts.

    Args:
        source: JSONL.
        bad: Counts the reasons of those that are none.
    """
    with source.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            found = _request(number, line)
            if isinstance(found, str):
                bad[found] += 1
            else:
                yield found


def count_lines(source: Path) -> int:
    """Lines that are not blank."""
    with source.open("rb") as stream:
        return sum(bool(line.strip()) for line in stream)


def _request(number: int, line: bytes) -> Request | str:
    """A line as request, or why it is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON in UTF-8"
    if not isinstance(row, dict):
        return "no JSON object"
    if "prompt" in row:
        prefix, suffix = row["prompt"], None
    elif "prefix" in row and "suffix" in row:
        prefix, suffix = row["prefix"], row["suffix"]
    else:
        return "neither `prompt` nor `prefix` and `suffix`"
    texts = [prefix, *([] if "prompt" in row else [suffix]), *(row[key] for key in NAMES if key in row)]
    if not all(isinstance(text, str) for text in texts):
        return "a prompt, path or repository that is no text"
    if not all(map(_is_unicode, texts)):
        return "a lone surrogate"
    return Request(number, row, prefix, suffix)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _line(request: Request, samples: Sequence[Completion]) -> str:
    """A line of the output."""
    if len(samples) == 1:
        told: dict[str, Any] = {"completion": samples[0].text, "ended": samples[0].ended}
    else:
        told = {"completions": [one.text for one in samples], "ended": [one.ended for one in samples]}
    return json.dumps({**request.row, "input_line": request.line, **told}) + "\n"


def _check_about(target: Path, about: dict[str, Any]) -> None:
    """Write what the output is made with, or compare it.

    Raises:
        ChangedRunError: If it differs.
    """
    beside = target.with_name(f"{target.name}.about.json")
    if target.exists() and beside.exists():
        before = json.loads(beside.read_bytes())
        changed = sorted(key for key in before.keys() | about.keys() if before.get(key) != about.get(key))
        if changed:
            told = "; ".join(f"{key} was {before.get(key)!r}, is {about.get(key)!r}" for key in changed)
            raise ChangedRunError(f"{target} was begun with something else: {told}; write to another file")
    elif target.exists():
        raise ChangedRunError(
            f"{target} exists and was not begun here ({beside.name} is missing); write to another file"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(beside, json.dumps(about, indent=1, sort_keys=True).encode())


def _recover(target: Path) -> set[int]:
    """Cut off a line that was not written to its end; the input lines of those that were.

    Raises:
        BadInputError: If a whole line is not one of ours.
    """
    if not target.exists():
        return set()
    done, whole = set(), 0
    with target.open("r+b") as stream:
        for number, line in enumerate(stream, 1):
            if not line.endswith(b"\n"):
                break
            try:
                done.add(int(json.loads(line)["input_line"]))
            except (ValueError, KeyError, TypeError) as error:
                raise BadInputError(
                    f"{target}, line {number}: expected a line with `input_line`, saw {error!r}"
                ) from error
            whole += len(line)
        stream.truncate(whole)
    return done


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
