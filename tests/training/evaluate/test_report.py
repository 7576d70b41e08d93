"""Reports become tables that can be read, alone or side by side."""

import io
from typing import Any

import pytest
from rich.console import Console

from training.evaluate.report import notes, tables

LOSS = {
    "documents": 3, "tokens": 1234, "loss": 1.5, "perplexity": 4.5, "accuracy": 0.625,
    "bits_per_byte": 0.6, "middle_loss": None, "middle_accuracy": None,
}  # fmt: skip
GAPS = {
    "gaps": 40, "cut": 2, "exact_match": 0.25, "exact_match_interval": [0.1, 0.4],
    "edit_similarity": 0.5, "edit_similarity_interval": [0.45, 0.55],
}  # fmt: skip
RUN = {"problems": 164, "attempts": 328, "cut": 0, "pass@1": 0.3, "pass@1_interval": [0.2, 0.4]}
MODEL: dict[str, Any] = {
    "name": "first/model",
    "loss": {
        "plain": {"all": LOSS, "Java": LOSS, "Python": LOSS},
        "psm": {"all": LOSS | {"middle_loss": 1.25}},
        "spm": {},
    },
    "infilling": {
        "single-line": {"all": GAPS, "Python": GAPS},
        "random-span": {"all": GAPS | {"cut": 0}},
    },
    "humaneval": RUN | {"states": {"passed": 98, "failed": 230}, "isolation": {"hook": 328}},
}


def printed(report: dict[str, Any], width: int = 200) -> str:
    """The tables as text."""
    console = Console(file=io.StringIO(), width=width)
    for table in tables(report):
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_one_model_has_a_table_for_each_task() -> None:
    """Figures stand with their intervals; what was not measured is a dash, or no column."""
    told = printed({"models": [MODEL]})
    assert [name in told for name in ("held-out loss", "gaps filled", "humaneval")] == [True] * 3
    assert "25.0% (10%-40%)" in told
    assert "1,234" in told
    assert "1.250" in told
    assert "30.0% (20%-40%)" in told
    assert "pass@10" not in told


def test_two_models_stand_below_each_other() -> None:
    """Each group has a row for each model, which the caption names; a missing group is a dash."""
    better = {"single-line": {"all": GAPS | {"exact_match": 0.75}}, "random-span": {}}
    told = printed({"models": [MODEL, MODEL | {"name": "second/model", "infilling": better}]})
    assert "(1) first/model; (2) second/model" in told
    lines = told.splitlines()
    [place] = [number for number, line in enumerate(lines) if "single-line" in line]
    assert "25.0%" in lines[place]
    assert "75.0%" in lines[place + 1]
    [place] = [number for number, line in enumerate(lines) if "random-span" in line]
    assert [cell.strip() for cell in lines[place + 1].split("│")[3:7]] == ["(2)", "-", "-", "-"]


def test_a_table_fits_a_narrow_terminal() -> None:
    """Nothing is cut off at 80 characters, and a language that is all there is has no row of its own."""
    told = printed({"models": [MODEL, MODEL]}, width=80)
    assert "…" not in told
    gaps = told.partition("gaps filled")[2]
    assert "Python" not in gaps.split("humaneval")[0]
    assert "Java" in told
    assert "Python" in told


def test_notes_say_what_a_reader_must_know() -> None:
    """Cut prompts, what became of programs, how they were held back, and differences."""
    difference = {
        "infilling": {
            "single-line": {
                "gaps": 40, "exact_match": 0.1, "exact_match_interval": [-0.05, 0.25],
                "edit_similarity": 0.2, "edit_similarity_interval": [0.1, 0.3],
            }
        }
    }  # fmt: skip
    told = notes({"models": [MODEL], "difference": difference})
    assert told == [
        "first/model: 2 single-line prompts were cut to what the model sees",
        "first/model, humaneval: 98 passed, 230 failed",
        "humaneval: the kernel refused namespaces; a hook in Python held programs back, less tightly",
        "single-line, exact match: second less first +10.0% (-5.0% to +25.0%)",
        "single-line, edit similarity: second less first +20.0% (+10.0% to +30.0%)",
    ]


def test_programs_that_were_not_run_are_said() -> None:
    """Silence about passing is explained."""
    [told] = notes({"models": [{"name": "m", "humaneval-infilling": {"problems": 1, "attempts": 1}}]})
    assert told == "humaneval-infilling: programs were not run (--execute-code), so what passes is not known"


@pytest.mark.parametrize("report", [{"models": [{"name": "m"}]}])
def test_nothing_measured_is_no_table(report: dict[str, Any]) -> None:
    """No empty tables."""
    assert tables(report) == []
    assert notes(report) == []
