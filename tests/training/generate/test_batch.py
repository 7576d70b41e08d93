"""A file of prompts is answered line by line, once, and continued where it was stopped."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadInputError, ChangedRunError
from training.generate.batch import Outcome, Request, run_batch
from training.generate.complete import Completion

ROWS = [
    {"prompt": "one", "id": 7},
    {"prefix": "a", "suffix": "c", "path": "x.py"},
    {"prompt": "three"},
    {"prefix": "", "suffix": ""},
    {"prompt": "five"},
]
ABOUT = {"model": "m", "seed": 0}


def write(path: Path, rows: Sequence[Any]) -> Path:
    """Rows as JSONL; bytes are written as they are."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def echo(seen: list[int], *, samples: int = 1, stop_at: int | None = None) -> Callable[..., Any]:
    """Answers with the prompt itself; fails at a line, as if killed there."""

    def answer(requests: Sequence[Request]) -> list[list[Completion]]:
        seen.extend(one.line for one in requests)
        if stop_at in seen:
            raise KeyboardInterrupt
        return [
            [Completion(f"{one.prefix}|{one.suffix}|{number}", 1, "end") for number in range(samples)]
            for one in requests
        ]

    return answer


def read(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_line_gets_its_completion(tmp_path: Path) -> None:
    """Rows come back in order, with all they had."""
    source = write(tmp_path / "in.jsonl", ROWS)
    outcome = run_batch(source, tmp_path / "out.jsonl", ABOUT, echo([]), 2)
    rows = read(tmp_path / "out.jsonl")
    assert outcome == Outcome(5, 0, {})
    assert rows[0] == {"prompt": "one", "id": 7, "input_line": 1, "completion": "one|None|0", "ended": "end"}
    assert [row["completion"] for row in rows] == [
        "one|None|0",
        "a|c|0",
        "three|None|0",
        "||0",
        "five|None|0",
    ]


def test_several_samples_are_a_list(tmp_path: Path) -> None:
    """Each has its end beside it."""
    source = write(tmp_path / "in.jsonl", ROWS[:1])
    run_batch(source, tmp_path / "out.jsonl", ABOUT, echo([], samples=2), 2)
    [row] = read(tmp_path / "out.jsonl")
    assert (row["completions"], row["ended"]) == (["one|None|0", "one|None|1"], ["end", "end"])


@pytest.mark.parametrize("torn", [b"", b'{"prompt": "thr', b'{"prompt": "three", "input_line": 3}'])
def test_a_stopped_file_is_continued(tmp_path: Path, torn: bytes) -> None:
    """What was written whole stays, what was half written is cut off, and the result is that of one go."""
    source, target = write(tmp_path / "in.jsonl", ROWS), tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run_batch(source, target, ABOUT, echo([], stop_at=3), 2)
    with target.open("ab") as stream:
        stream.write(torn)
    seen: list[int] = []
    assert run_batch(source, target, ABOUT, echo(seen), 2) == Outcome(3, 2, {})
    assert seen == [3, 4, 5]
    run_batch(source, tmp_path / "whole.jsonl", ABOUT, echo([]), 99)
    assert target.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    again: list[int] = []
    assert run_batch(source, target, ABOUT, echo(again), 2) == Outcome(0, 5, {})
    assert again == []


def test_bad_lines_are_counted_with_their_reasons(tmp_path: Path) -> None:
    """They are left out; the others keep their line numbers."""
    bad: list[Any] = [
        b"{",
        b"\xff",
        [1],
        {"prefix": "only"},
        {"prompt": 5},
        {"prompt": "x", "path": 1},
        {"prompt": "\ud800"},
        b"  ",
        b'{"a":' * 100_000,
    ]
    outcome = run_batch(
        write(tmp_path / "in", [*bad, {"prompt": "good"}]), tmp_path / "out", ABOUT, echo([]), 2
    )
    assert outcome.bad == {
        "not JSON in UTF-8": 3,
        "no JSON object": 1,
        "neither `prompt` nor `prefix` and `suffix`": 1,
        "a prompt, path or repository that is no text": 2,
        "a lone surrogate": 1,
    }
    assert [row["input_line"] for row in read(tmp_path / "out")] == [10]


def test_another_model_or_input_does_not_continue_a_file(tmp_path: Path) -> None:
    """What differs is named; the file stays as it is."""
    source, target = write(tmp_path / "in.jsonl", ROWS[:2]), tmp_path / "out.jsonl"
    run_batch(source, target, ABOUT, echo([]), 2)
    before = target.read_bytes()
    with pytest.raises(
        ChangedRunError, match="begun with something else: seed was 0, is 1; write to another"
    ):
        run_batch(source, target, ABOUT | {"seed": 1}, echo([]), 2)
    write(source, ROWS)
    with pytest.raises(ChangedRunError, match="input_sha256 was"):
        run_batch(source, target, ABOUT, echo([]), 2)
    assert target.read_bytes() == before


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """Neither a file without its record, nor one with other lines in it, is written to."""
    source, target = write(tmp_path / "in.jsonl", ROWS[:2]), tmp_path / "out.jsonl"
    target.write_text("precious\n")
    with pytest.raises(ChangedRunError, match="exists and was not begun here"):
        run_batch(source, target, ABOUT, echo([]), 2)
    assert target.read_text() == "precious\n"
    run_batch(source, tmp_path / "own.jsonl", ABOUT, echo([]), 2)
    (tmp_path / "own.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(BadInputError, match="line 1: expected a line with `input_line`"):
        run_batch(source, tmp_path / "own.jsonl", ABOUT, echo([]), 2)


def test_an_input_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Nothing is written for it."""
    with pytest.raises(BadInputError, match="expected a JSONL file of prompts, saw none"):
        run_batch(tmp_path / "none", tmp_path / "out", ABOUT, echo([]), 2)
    assert list(tmp_path.iterdir()) == []
