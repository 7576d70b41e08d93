"""Models are measured on the same things, and two are compared gap by gap."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError, BadInputError
from training.evaluate.run import Ask, check, evaluate
from training.evaluate.settings import EvaluateSettings, Limits

HOW: dict[str, Any] = {"quantize": "none"}
SMALL = EvaluateSettings(limit=12, max_new_tokens=24, gaps=("single-line",))
ROW = {
    "task_id": "T/0",
    "prompt": "def one(x):\n",
    "canonical_solution": "    y = x + 1\n",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n",
    "entry_point": "one",
}


@pytest.fixture
def benchmark(tmp_path: Path) -> str:
    """A gap to be filled."""
    path = tmp_path / "gaps.jsonl"
    path.write_text(json.dumps(ROW | {"suffix": "    return y\n"}))
    return str(path)


@pytest.fixture(scope="module")
def report(store: Path, ignorant: Path, schooled: Path) -> dict[str, Any]:
    """Both models, measured on held-out documents."""
    asks = [Ask(str(ignorant), HOW), Ask(str(schooled), HOW)]
    return evaluate(asks, SMALL, tokens=store)


def test_training_shows_in_every_figure(report: dict[str, Any]) -> None:
    """Loss falls in each order and in the middles, and more gaps are filled, beyond chance."""
    before, after = report["models"]
    for mode in ("plain", "psm", "spm"):
        assert after["loss"][mode]["all"]["loss"] < before["loss"][mode]["all"]["loss"] - 2
        assert report["difference"]["loss"][mode]["bits_per_byte"] < -0.5
        assert report["difference"]["loss"][mode]["accuracy"] > 0.3
    assert after["loss"]["psm"]["all"]["middle_loss"] < before["loss"]["psm"]["all"]["middle_loss"] - 2
    gaps = report["difference"]["infilling"]["single-line"]
    assert gaps["gaps"] == after["infilling"]["single-line"]["all"]["gaps"]
    assert gaps["edit_similarity_interval"][0] > 0.1
    assert gaps["exact_match"] > 0


def test_a_report_knows_what_was_measured(report: dict[str, Any], store: Path) -> None:
    """Settings, tokens and models are in it, as JSON values."""
    assert json.loads(json.dumps(report))["models"][0]["loss"] == report["models"][0]["loss"]
    assert report["tokens"]["folder"] == str(store)
    assert report["settings"]["limit"] == 12
    assert {"name", "held", "device", "footprint_bytes", "tokenizer_sha256"} <= report["models"][0].keys()
    assert report["models"][0]["tokenizer_sha256"] == report["tokens"]["tokenizer"]["sha256"]


def test_the_same_again(store: Path, ignorant: Path, report: dict[str, Any]) -> None:
    """One model alone gets the figures that it got in company; each completion is written."""
    samples = io.StringIO()
    alone = evaluate([Ask(str(ignorant), HOW)], SMALL, tokens=store, samples=samples)
    assert alone["models"] == report["models"][:1]
    assert "difference" not in alone
    rows = [json.loads(line) for line in samples.getvalue().splitlines()]
    assert len(rows) == alone["models"][0]["infilling"]["single-line"]["all"]["gaps"]
    assert {"model", "task", "document", "expected", "completion", "exact"} <= rows[0].keys()


def test_a_benchmark_is_run_if_asked(ignorant: Path, benchmark: str) -> None:
    """Programs are run only then; progress and completions are told."""
    told: list[str] = []

    def show(what: str, total: int) -> Any:
        told.append(f"{what} {total}")
        return lambda _: None

    settings = EvaluateSettings(tasks=("humaneval-infilling",), benchmark_tokens=4, limits=Limits(seconds=60))
    [model] = evaluate([Ask(str(ignorant), HOW)], settings, data=benchmark, show=show)["models"]
    assert "states" not in model["humaneval-infilling"]
    samples = io.StringIO()
    settings = settings.model_copy(update={"execute": True})
    [model] = evaluate([Ask(str(ignorant), HOW)], settings, data=benchmark, samples=samples, show=show)[
        "models"
    ]
    assert sum(model["humaneval-infilling"]["states"].values()) == 1
    assert json.loads(samples.getvalue())["state"] in {"failed", "error"}
    assert told[-1] == "humaneval-infilling programs 1"


def test_the_wrong_benchmark_is_refused(ignorant: Path, benchmark: str) -> None:
    """A gap is no function to be continued."""
    with pytest.raises(
        BadConfigError, match=r"is humaneval-infilling \(with suffix\), but --tasks says humaneval"
    ):
        evaluate([Ask(str(ignorant), HOW)], EvaluateSettings(tasks=("humaneval",)), data=benchmark)


@pytest.mark.parametrize(
    ("tasks", "given", "message"),
    [
        ((), {}, "--tasks: expected loss, infilling, humaneval or humaneval-infilling; saw none"),
        (("loss",), {}, "--tasks loss need held-out documents: give --tokens or --config"),
        (("humaneval",), {"tokens": Path("t")}, "--tasks humaneval need --data: a .jsonl or .jsonl.gz file"),
        (("humaneval", "humaneval-infilling"), {"data": "d"}, "one benchmark at a time"),
    ],
)
def test_tasks_need_what_they_measure_with(tasks: Any, given: dict[str, Any], message: str) -> None:
    """Said before a model is loaded."""
    asked: dict[str, Any] = {"tokens": None, "data": None, **given}
    with pytest.raises(BadConfigError, match=message):
        check(EvaluateSettings(tasks=tasks), **asked)


def test_tokens_that_are_not_there_are_refused(ignorant: Path, tmp_path: Path) -> None:
    """The message says how to make them."""
    with pytest.raises(BadInputError, match="run `training tokenise CONFIG`"):
        evaluate([Ask(str(ignorant), HOW)], SMALL, tokens=tmp_path)
