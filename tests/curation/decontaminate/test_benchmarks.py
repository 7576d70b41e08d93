"""Benchmarks as files and data sets: what is looked for, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.decontaminate.benchmarks import before_solution, docstring, files_of, load, load_all
from curation.decontaminate.settings import BenchmarkSettings
from curation.errors import BadConfigError, BadInputError

HUMANEVAL: list[dict[str, Any]] = [
    {
        "task_id": "HumanEval/0",
        "prompt": 'def f(x):\n    """ Double x.\n    """\n',
        "canonical_solution": "    return 2 * x\n",
    },
    {"task_id": "HumanEval/1", "prompt": "def g(x):\n    ''' Halve x. '''\n", "canonical_solution": None},
    {
        "task_id": "HumanEval/2",
        "prompt": 'def help():\n    """Help."""\n\ndef h(x):\n    """Use help.\n    """\n',
        "canonical_solution": "",
    },
]
MBPP: list[dict[str, Any]] = [
    {"task_id": number, "text": f"Write function {number}.", "code": f"def f{number}():\r\n  pass"}
    for number in (10, 11, 510, 511)
]


def jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as a file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def texts(**settings: Any) -> list[tuple[str, str, str]]:
    """Item, field and text of all texts."""
    return [(one.item, one.field, one.text) for one in load(BenchmarkSettings.model_validate(settings))]


def test_a_preset_from_a_file_in_its_own_columns(tmp_path: Path) -> None:
    """HumanEval: docstrings and solutions; null and empty ones are none."""
    path = jsonl(tmp_path / "HumanEval.jsonl", HUMANEVAL)
    assert texts(name="humaneval", path=str(path)) == [
        ("HumanEval/0", "docstring", "Double x."),
        ("HumanEval/0", "solution", "return 2 * x"),
        ("HumanEval/1", "docstring", "Halve x."),
        ("HumanEval/2", "docstring", "Use help."),
    ]


def test_mbpp_is_items_11_to_510(tmp_path: Path) -> None:
    """The five hundred tasks of the test split, also in a file of all."""
    path = jsonl(tmp_path / "mbpp.jsonl", MBPP)
    assert {item for item, *_ in texts(name="mbpp", path=str(path))} == {"11", "510"}
    assert len(texts(name="mbpp", path=str(path), ids=(10, 10))) == 2


def test_a_local_data_set_is_read_as_one_of_the_hub(tmp_path: Path) -> None:
    """The same code, the same splits, nested ids: what `load_dataset` reads, with other splits beside it."""
    (tmp_path / "data").mkdir()
    rows = [{"prompt": f"Do {n}.\nBEGIN SOLUTION\nx", "metadata": {"problem_id": n + 5}} for n in range(3)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "data" / "test-00000-of-00001.parquet")
    pq.write_table(pa.Table.from_pylist(rows[:1]), tmp_path / "data" / "train-00000-of-00001.parquet")
    assert texts(name="ds1000", path=str(tmp_path)) == [(f"{n + 5}", "prompt", f"Do {n}.") for n in range(3)]
    assert len(texts(name="ds1000", path=str(tmp_path), split="train")) == 1
    with pytest.raises(BadInputError, match=r"benchmark ds1000: data set .* split nothing\) cannot be read"):
        texts(name="ds1000", path=str(tmp_path), split="nothing")


def test_a_benchmark_of_ones_own(tmp_path: Path) -> None:
    """Any columns, lists too; items without an id are numbered; parquet as JSONL."""
    rows = [{"q": "One?", "answers": ["a = 1", "b = 2"]}, {"q": "Two?", "answers": []}]
    fields = [{"column": "q"}, {"column": "answers", "kind": "code", "name": "answer"}]
    expected = [("0", "q", "One?"), ("0", "answer", "a = 1"), ("0", "answer", "b = 2"), ("1", "q", "Two?")]
    path = jsonl(tmp_path / "ours.jsonl", rows)
    assert texts(name="ours", path=str(path), fields=fields) == expected
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "ours.parquet")
    assert texts(name="ours", path=str(tmp_path / "ours.parquet"), fields=fields) == expected
    assert [one.kind for one in load_all([BenchmarkSettings(name="sample")])[:2]] == ["text", "code"]


@pytest.mark.parametrize(
    ("rows", "settings", "message"),
    [
        ([{"question": "x"}], {"fields": [{"column": "q"}]}, "no column 'q'.*question"),
        ([{"q": ""}, {"q": None}], {"fields": [{"column": "q"}]}, "benchmark ours: no text in .*columns q"),
        ([{"q": "x", "i": 3}], {"fields": [{"column": "q"}], "id": "i", "ids": (5, 9)}, "ids 5 to 9"),
        ([{"q": "x"}], {"fields": [{"column": "q"}], "id": "task"}, "no column 'task'"),
    ],
)
def test_a_benchmark_without_texts_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], settings: dict[str, Any], message: str
) -> None:
    """A column that is not there, or holds nothing; said with the columns that there are."""
    path = jsonl(tmp_path / "ours.jsonl", rows)
    with pytest.raises(BadInputError, match=message):
        texts(name="ours", path=str(path), **settings)


def test_a_row_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """An item that is not read would not be found."""
    path = tmp_path / "ours.jsonl"
    path.write_bytes(b'{"q": "x"}\n{"q": \n')
    with pytest.raises(BadInputError, match=r"row 1 of .*ours.jsonl cannot be read: bad_json"):
        texts(name="ours", path=str(path), fields=[{"column": "q"}])


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As is a data set that is nowhere; tests cannot reach the hub, so this is how it looks offline."""
    with pytest.raises(BadInputError, match=r"nothing\.jsonl"):
        texts(name="ours", path=str(tmp_path / "nothing.jsonl"), fields=[{"column": "q"}])
    with pytest.raises(BadInputError, match=r"data set openai/gsm8k \(configuration main, split test\)"):
        texts(name="gsm8k")


def test_files_are_those_that_decide(tmp_path: Path) -> None:
    """A file, those of a folder, none of the hub."""
    path = jsonl(tmp_path / "a.jsonl", [{"question": "x"}])
    assert files_of(BenchmarkSettings(name="apps", path=str(path))) == [path]
    assert files_of(BenchmarkSettings(name="apps", path=str(tmp_path))) == [path]
    assert files_of(BenchmarkSettings(name="gsm8k")) == []
    assert files_of(BenchmarkSettings(name="apps")) == []
    with pytest.raises(BadConfigError, match="no preset has this name"):
        files_of(BenchmarkSettings(name="else"))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ('a """b""" c', "b"),
        ('a """b""" c """d""" e', "d"),
        ('a """b""" c """d', "b"),
        ("a '''b''' c", "b"),
        ("no quotes", "no quotes"),
        ('a """b', 'a """b'),
    ],
)
def test_a_docstring_is_the_last_block_between_triple_quotes(prompt: str, expected: str) -> None:
    """Helpers before the function have docstrings too; a block that does not end is none."""
    assert docstring(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [("a\nBEGIN SOLUTION\nb", "a\n"), ("a\n### SOLUTION START\nb", "a\n### "), ("a", "a")],
)
def test_what_follows_the_marker_is_the_answer(prompt: str, expected: str) -> None:
    """DS-1000's prompts end with a marker."""
    assert before_solution(prompt) == expected
