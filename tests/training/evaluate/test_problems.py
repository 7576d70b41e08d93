"""Benchmarks are read in their published form, whole or not at all."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadInputError
from training.evaluate.problems import Problem, begun, program, read_problems

ROW = {
    "task_id": "T/0",
    "prompt": 'def one(x):\n    """Add one."""\n',
    "canonical_solution": "    return x + 1\n",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n",
    "entry_point": "one",
}
GAP = ROW | {"task_id": "G/0", "suffix": "    return y\n", "canonical_solution": "    y = x + 1\n"}


def write(path: Path, rows: list[Any]) -> str:
    """Rows as JSONL, compressed if the name says so."""
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return str(path)


@pytest.mark.parametrize("name", ["h.jsonl", "h.jsonl.gz"])
def test_files_are_read(tmp_path: Path, name: str) -> None:
    """Plain and compressed; a limit takes the first."""
    source = write(tmp_path / name, [ROW, GAP])
    first, second = read_problems(source, None)
    assert first == Problem("T/0", ROW["prompt"], None, ROW["canonical_solution"], ROW["test"], "one")
    assert second.suffix == GAP["suffix"]
    assert read_problems(source, 1) == [first]


def test_a_right_completion_makes_a_program_that_ends() -> None:
    """Prompt, completion, suffix, tests and their call stand in order; a wrong one does not end quietly."""
    for row in (ROW, GAP):
        suffix = row.get("suffix")
        problem = Problem("x", row["prompt"], suffix, row["canonical_solution"], row["test"], "one")
        lead = "\n" if suffix is None else ""
        exec(program(problem, lead + problem.solution), {})  # noqa: S102 - our own text
        with pytest.raises(AssertionError):
            exec(program(problem, lead + problem.solution.replace("+ 1", "+ 2")), {})  # noqa: S102 - as above


def test_a_function_is_shown_without_its_last_line_break() -> None:
    """The break and the indentation behind it are one token, which the model has to write itself."""
    problem = Problem("x", ROW["prompt"], None, "", "", "one")
    assert begun(problem) == ROW["prompt"].rstrip()
    assert begun(problem._replace(suffix="s")) == ROW["prompt"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "expected problems, saw none"),
        ([ROW, {"task_id": "x"}], "row 2: expected texts .*, saw none for prompt, canonical_solution, test"),
        ([[]], "row 1: expected texts"),
        ([ROW | {"prompt": 5}], "saw none for prompt$"),
        (
            [ROW | {"entry_point": "f(); evil"}],
            r"row 1: entry_point: expected a function's name, saw 'f\(\); evil'",
        ),
        ([GAP | {"suffix": 3}], "row 1: suffix: expected a text, saw 3"),
    ],
)
def test_what_is_no_problem_is_refused(tmp_path: Path, rows: list[Any], message: str) -> None:
    """Nothing is left out silently: a benchmark with fewer problems would give other numbers."""
    with pytest.raises(BadInputError, match=message):
        read_problems(write(tmp_path / "h.jsonl", rows), None)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("h.jsonl", b"{}\n{", "row 1: expected texts"),
        ("h.jsonl", b"{\n", "line 1: expected JSON"),
        ("h.jsonl", b"\xff\xfe\n", "line 1: expected JSON"),
        ("h.jsonl.gz", b"not compressed", "expected a .jsonl or .jsonl.gz file"),
        ("h.jsonl.gz", gzip.compress(b"x" * 999, mtime=0)[:-9], "expected a .jsonl or .jsonl.gz file"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """The message names file and line."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=message):
        read_problems(str(tmp_path / name), None)


def test_the_hub_is_asked_for_what_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id, with its configuration if one is named, gives the split `test`; its absence is told."""
    import datasets

    asked: list[tuple[Any, ...]] = []

    def load(name: str, configuration: str | None, *, split: str) -> list[dict[str, str]]:
        asked.append((name, configuration, split))
        if name == "no/such":
            raise datasets.exceptions.DatasetNotFoundError("not there")
        return [ROW]

    monkeypatch.setattr(datasets, "load_dataset", load)
    assert [one.id for one in read_problems("owner/name", None)] == ["T/0"]
    assert [one.id for one in read_problems("owner/name:lines", None)] == ["T/0"]
    with pytest.raises(BadInputError, match=r"no/such: expected a .* file, or a data set on the hub"):
        read_problems("no/such", None)
    assert asked == [("owner/name", None, "test"), ("owner/name", "lines", "test"), ("no/such", None, "test")]
