"""Attempts at problems are made, run and counted."""

from typing import Any

import pytest

from training.evaluate import benchmark
from training.evaluate.benchmark import Attempt, attempt, judge, summary
from training.evaluate.problems import Problem
from training.evaluate.sandbox import State, Verdict
from training.evaluate.settings import EvaluateSettings, Limits
from training.generate.ask import Loaded
from training.generate.complete import Completion

TEST = "def check(candidate):\n    assert candidate(1) == 2\n"
FUNCTION = Problem("F/0", "def one(x):\n", None, "    return x + 1\n", TEST, "one")
GAP = Problem("G/0", "def one(x):\n", "    return y\n", "    y = x + 1\n", TEST, "one")
AMPLE = EvaluateSettings(execute=True, limits=Limits(seconds=60))


def wrote(problem: Problem, text: str, state: State | None = None) -> Attempt:
    """An attempt, judged or not."""
    verdict = None if state is None else Verdict(state, "", "", "namespaces")
    return Attempt(problem, Completion(text, 1, "end"), cut=False, verdict=verdict)


def test_a_model_makes_its_attempts(loaded: Loaded) -> None:
    """As many as asked for at each problem, the same again, and another model's draws for another problem."""
    settings = EvaluateSettings(benchmark_tokens=6, samples=3, temperature=1.0)
    told: list[int] = []
    problems = [FUNCTION, GAP, FUNCTION._replace(id="F/1", prompt="x = 1\n" * 400)]
    made = attempt(loaded.model, loaded.coder, problems, settings, told.append)
    assert [one.problem.id for one in made] == ["F/0"] * 3 + ["F/1"] * 3 + ["G/0"] * 3
    assert [one.cut for one in made] == [False] * 3 + [True] * 3 + [False] * 3
    assert len({one.completion.text for one in made}) > 3
    assert sum(told) == 9
    assert attempt(loaded.model, loaded.coder, problems[2:], settings) == made[3:6]


def test_functions_end_at_the_margin_and_gaps_do_not(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """What begins anew ends a function; in a gap it may stand."""
    seen: list[tuple[str, ...]] = []
    asked: list[str] = []

    def spy(*arguments: Any, **_: Any) -> list[list[Completion]]:
        seen.append(arguments[3].stops)
        asked.extend(loaded.coder.decode(ids) for ids in arguments[2])
        return [[Completion("", 0, "end")] for _ in arguments[2]]

    monkeypatch.setattr(benchmark, "complete", spy)
    attempt(loaded.model, loaded.coder, [FUNCTION, GAP], EvaluateSettings())
    assert "\ndef" in seen[0]
    assert seen[1] == ()
    assert asked == ["def one(x):", "<fim_prefix>def one(x):\n<fim_suffix>    return y\n<fim_middle>"]


def test_right_and_wrong_programs_are_told_apart() -> None:
    """Each is run with the tests of its problem; equal ones once."""
    told: list[int] = []
    attempts = [
        wrote(FUNCTION, "\n    return x + 1"),
        wrote(FUNCTION, "\n    return x + 2"),
        wrote(FUNCTION, "\n    return x + 1"),
        wrote(GAP, "    y = x + 1\n"),
        wrote(GAP, "    y = (\n"),
        wrote(GAP, "    import os; os._exit(0)\n"),
    ]
    judged = judge(attempts, AMPLE, told.append)
    states = [one.verdict.state for one in judged if one.verdict]
    assert states == ["passed", "failed", "passed", "passed", "error", "failed"]
    assert sorted(told) == [1, 1, 1, 1, 2]
    found = summary(judged, 0)
    assert (found["problems"], found["attempts"]) == (2, 6)
    assert found["states"] == {"error": 1, "failed": 2, "passed": 3}
    assert found["pass@1"] == pytest.approx((2 / 3 + 1 / 3) / 2)
    low, high = found["pass@1_interval"]
    assert low <= found["pass@1"] <= high
    assert "pass@10" not in found
    assert set(found["isolation"]) <= {"namespaces", "hook"}


def test_without_running_only_texts_are_compared() -> None:
    """Gaps have exact match and similarity, functions nothing; of passing nothing is said."""
    found = summary([wrote(GAP, "    y = x + 1"), wrote(GAP, "    y = x + 2\n")], 0)
    assert found["exact_match"] == 0.5
    assert found["edit_similarity"] == pytest.approx((1 + 8 / 9) / 2)
    assert not {"states", "pass@1"} & found.keys()
    assert summary([wrote(FUNCTION, "x")], 0) == {"problems": 1, "attempts": 1, "cut": 0}


def test_pass_at_ten_needs_ten_attempts() -> None:
    """Then it is told beside pass@1."""
    attempts = [wrote(FUNCTION, "x", "passed" if number == 0 else "failed") for number in range(10)]
    found = summary(attempts, 0)
    assert (found["pass@1"], found["pass@10"]) == (pytest.approx(0.1), 1.0)
    assert "pass@100" not in found
