r"""Problems of HumanEval and HumanEval-Infilling, from a file in their published form or from the hub.

    read_problems("HumanEval.jsonl.gz", limit=None)      -> [Problem("HumanEval/0", "def f(...", None, ...)]
    read_problems("openai/openai_humaneval", limit=20)   -> the first 20, through `datasets`
    program(problem, "\n    return x")                   -> prompt, completion, suffix, tests, and their call

A row has task_id, prompt, canonical_solution, test and entry_point, and suffix where a gap is to be filled
(Chen et al. 2021, openai/human-eval; Bavarian et al. 2022, openai/human-eval-infilling). Runs nothing: see
`training.evaluate.benchmark`.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import BadInputError

KEYS = ("task_id", "prompt", "canonical_solution", "test", "entry_point")


class Problem(NamedTuple):
    """A function to be written, or the rest of one."""

    id: str
    prompt: str
    """What stands before what is to be written."""
    suffix: str | None
    """What stands behind it; None where the function is to be continued."""
    solution: str
    """What stood there."""
    test: str
    """Defines check(candidate), which asserts."""
    entry_point: str
    """Name of the function."""


def read_problems(source: str, limit: int | None) -> list[Problem]:
    """Read a benchmark.

    Args:
        source: A .jsonl or .jsonl.gz file; or an id on the hub, as owner/name or owner/name:configuration,
            whose split `test` is taken.
        limit: Problems at most; None for all.

    Raises:
        BadInputError: If there is none, or a row is not of this form.
    """
    rows = _lines(Path(source)) if Path(source).is_file() else _hub(source)
    found = [_problem(row, number, source) for number, row in enumerate(islice(rows, limit), 1)]
    if not found:
        raise BadInputError(f"{source}: expected problems, saw none")
    return found


def begun(problem: Problem) -> str:
    """What a model continues.

    A function that is to be continued is shown without the line break and spaces at its end: byte-level
    tokenizers join them with what follows, so that a model has never seen text go on behind them.

    Args:
        problem: What is asked.
    """
    return problem.prompt.rstrip() if problem.suffix is None else problem.prompt


def program(problem: Problem, completion: str) -> str:
    """A program that ends quietly if the completion is right.

    Args:
        problem: With its tests.
        completion: What a model wrote.
    """
    function = begun(problem) + completion + (problem.suffix or "")
    return f"{function}\n\n{problem.test}\n\ncheck({problem.entry_point})\n"


def _lines(path: Path) -> Iterator[Any]:
    """Rows of a file.

    Raises:
        BadInputError: If it is no JSONL.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    try:
                        yield json.loads(line)
                    except ValueError as error:
                        raise BadInputError(f"{path}, line {number}: expected JSON, saw: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadInputError(f"{path}: expected a .jsonl or .jsonl.gz file, saw: {error}") from error


def _hub(source: str) -> Iterable[Any]:
    """Rows of a data set on the hub.

    Raises:
        BadInputError: If it cannot be had.
    """
    from datasets import load_dataset

    name, _, configuration = source.partition(":")
    try:
        rows: Iterable[Any] = load_dataset(name, configuration or None, split="test")
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{source}: expected a .jsonl or .jsonl.gz file, or a data set on the hub with a split `test`, "
            f"saw: {error}"
        ) from error
    return rows


def _problem(row: Any, number: int, source: str) -> Problem:
    """A row as problem.

    Raises:
        BadInputError: If it is none.
    """
    where = f"{source}, row {number}"
    missing = [key for key in KEYS if not isinstance(row, dict) or not isinstance(row.get(key), str)]
    if missing:
        raise BadInputError(f"{where}: expected texts {', '.join(KEYS)}, saw none for {', '.join(missing)}")
    if not row["entry_point"].isidentifier():
        raise BadInputError(f"{where}: entry_point: expected a function's name, saw {row['entry_point']!r}")
    suffix = row.get("suffix")
    if not isinstance(suffix, str | None):
        raise BadInputError(f"{where}: suffix: expected a text, saw {suffix!r}")
    prompt, solution, test, name = (row[key] for key in KEYS[1:])
    return Problem(row["task_id"], prompt, suffix, solution, test, name)
