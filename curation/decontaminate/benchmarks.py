r"""Benchmarks -> the texts that documents must not hold.

    load(BenchmarkSettings(name="humaneval"))
    -> Text("humaneval", "HumanEval/0", "docstring", "text", "Check if in given list ..."), ...

Files (JSONL, parquet; also compressed, globs and URLs) are read as every other table; folders of data sets
and hub ids are read by the `datasets` library with its own login, and no code of a data set is run. Every
benchmark must give texts, or it is refused: what is not looked for is not found.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.decontaminate.presets import resolved
from curation.decontaminate.settings import BenchmarkSettings
from curation.errors import BadInputError
from curation.sources import containers
from curation.sources.inputs import MIB, Reading, container_of, describe, find, is_url, local_path
from curation.sources.rows import NO_COLUMN, lookup, strings, text
from curation.sources.wanted import Wanted, require

QUOTES = ('"""', "'''")
MARKERS = ("BEGIN SOLUTION", "SOLUTION START")
"""What follows is the answer, in DS-1000's prompts."""

LONGEST_LINE = 1024 * MIB
"""Bytes; test cases, which are not looked for, make long lines."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that documents must not hold."""

    benchmark: str
    item: str
    """Id of the item, or its number."""
    field: str
    kind: str
    """text or code."""
    text: str
    """Without white space around it."""


def load(benchmark: BenchmarkSettings) -> list[Text]:
    """All texts of a benchmark, in order.

    Args:
        benchmark: A preset by name, or one with its columns.

    Raises:
        BadConfigError: If it is no preset and has no path or fields.
        BadInputError: If it cannot be read, lacks a column or gives no text.
    """
    whole = resolved(benchmark)
    found = [one for number, row in enumerate(_rows(whole)) for one in _texts(row, number, whole)]
    if not found:
        raise BadInputError(
            f"benchmark {whole.name}: no text in {whole.path}, split {whole.split}, columns "
            f"{', '.join(field.column for field in whole.fields)}"
            f"{f', ids {whole.ids[0]} to {whole.ids[1]}' if whole.ids else ''}. Nothing would be found; "
            f"look at the columns, or leave the benchmark out"
        )
    return found


def files_of(benchmark: BenchmarkSettings) -> list[Path]:
    """The local files of a benchmark, in order; none if it is on the hub.

    Raises:
        BadConfigError: If it is no preset and has no path or fields.
        BadInputError: If a file is not there.
    """
    whole = resolved(benchmark)
    place = Path(local_path(whole.path))
    if is_url(whole.path):
        return []
    if place.is_dir():
        return sorted(path for path in place.rglob("*") if path.is_file())
    return [Path(one.uri) for one in find(whole.path, {})] if _is_table(whole.path) else []


def docstring(prompt: str) -> str:
    """What stands between triple quotes, of several blocks the last; all of it where there are none."""
    for quotes in QUOTES:
        pieces = prompt.split(quotes)
        if len(pieces) > 2:
            return pieces[(len(pieces) - 1) // 2 * 2 - 1]
    return prompt


def before_solution(prompt: str) -> str:
    """What stands before the first marker of a solution."""
    ends = [prompt.find(marker) for marker in MARKERS if marker in prompt]
    return prompt[: min(ends)] if ends else prompt


def whole(value: str) -> str:
    """The value as it is."""
    return value


RULES: dict[str, Callable[[str], str]] = {
    "whole": whole,
    "docstring": docstring,
    "before_solution": before_solution,
}


def _texts(row: Mapping[str, Any], number: int, benchmark: BenchmarkSettings) -> Iterator[Text]:
    """The texts of one item; none if its id is not wanted."""
    named = lookup(row, benchmark.id) if benchmark.id else None
    item = str(number) if named in (None, NO_COLUMN) else text(named)
    if benchmark.ids:
        first, last = benchmark.ids
        if not (item.isdecimal() and first <= int(item) <= last):
            return
    for field in benchmark.fields:
        value = lookup(row, field.column)
        for one in () if value is NO_COLUMN else strings(value):
            if wanted := RULES[field.rule](one).strip():
                yield Text(benchmark.name, item, field.name or field.column, field.kind, wanted)


def _rows(benchmark: BenchmarkSettings) -> Iterator[Mapping[str, Any]]:
    if _is_table(benchmark.path):
        return _rows_of_files(benchmark)
    return _rows_of_data_set(benchmark)


def _is_table(path: str) -> bool:
    """Whether a path names files, not the folder or hub id of a data set."""
    return is_url(path) or container_of(path) is not None


def _columns(benchmark: BenchmarkSettings) -> tuple[str, ...]:
    named = [field.column for field in benchmark.fields]
    return tuple(dict.fromkeys([*named, *([benchmark.id] if benchmark.id else [])]))


def _rows_of_files(benchmark: BenchmarkSettings) -> Iterator[Mapping[str, Any]]:
    """Rows of JSONL and parquet files.

    Raises:
        BadInputError: If a file is not there, a column is missing or a row cannot be read.
    """
    place = containers.Place(benchmark.path, reading=Reading(max_line_bytes=LONGEST_LINE))
    wanted = Wanted(_columns(benchmark), _columns(benchmark), content="")
    for unit in containers.plan("benchmark", place, wanted):
        for row in containers.rows(unit, place, wanted):
            if row.problem:
                raise BadInputError(
                    f"benchmark {benchmark.name}: row {row.number} of {row.source_file} cannot be read: "
                    f"{row.problem.reason} {row.problem.detail}. Mend the file: an item that is not read is "
                    f"not looked for"
                )
            yield row.values


def _rows_of_data_set(benchmark: BenchmarkSettings) -> Iterator[Mapping[str, Any]]:
    """Rows of a data set of the hub, or in a local folder."""
    with _named(benchmark):
        data = import_module("datasets").load_dataset(
            benchmark.path, benchmark.config, split=benchmark.split, revision=benchmark.revision
        )
        tops = [name.split(".")[0] for name in _columns(benchmark)]
        require(f"benchmark {benchmark.name}", list(data.column_names), tops)
        yield from data


@contextmanager
def _named(benchmark: BenchmarkSettings) -> Iterator[None]:
    """Whatever `datasets` says against a data set, said with its name.

    Raises:
        BadInputError: If it cannot be opened or read.
    """
    library = import_module("datasets").exceptions.DatasetsError
    answered = import_module("huggingface_hub.errors").HfHubHTTPError
    network = next(base for base in answered.__mro__ if base.__name__ in {"HTTPError", "Exception"})
    try:
        yield
    except BadInputError:
        raise
    except (OSError, ValueError, RuntimeError, LookupError, pa.ArrowException, library, network) as error:
        raise BadInputError(
            f"benchmark {benchmark.name}: data set {benchmark.path} (configuration "
            f"{benchmark.config or 'default'}, split {benchmark.split}) cannot be read: {describe(error)}. "
            f"Check path, config, split and revision, or set path to a file of it that is here; a gated data "
            f"set needs a login (`hf auth login`), and HF_HUB_OFFLINE=1 allows only what is local"
        ) from error


def load_all(benchmarks: Iterable[BenchmarkSettings]) -> list[Text]:
    """All texts of all benchmarks, in order.

    Raises:
        BadConfigError: If one is no preset and has no path or fields.
        BadInputError: If one cannot be read, lacks a column or gives no text.
    """
    return [one for benchmark in benchmarks for one in load(benchmark)]
