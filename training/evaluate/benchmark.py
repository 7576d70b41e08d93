"""Problems -> completions -> how many are right, told by the problems' own tests.

    attempts = attempt(model, coder, problems, settings)
    judge(attempts, settings)               -> the same with verdicts: each program run in the sandbox
    summary(attempts, settings.seed)        -> {"problems": 164, "pass@1": 0.31, "states": {...}, ...}

Where programs are not run, fillings are compared with what stood there, and nothing is said about passing.
Completions of functions end where something new begins at the left margin, as in the harnesses of HumanEval.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from training.evaluate.intervals import interval, pass_at
from training.evaluate.problems import Problem, begun, program
from training.evaluate.sandbox import Verdict, run_program
from training.evaluate.settings import EvaluateSettings
from training.evaluate.similarity import similarity
from training.generate.complete import Completion, complete
from training.generate.load import positions
from training.generate.prompts import build
from training.generate.settings import Sampling
from training.tokenizer.coder import Coder

STOPS = ("\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\n```", "\nassert", "\nimport", "\nfrom")
"""A function has ended before these; the first seven as in bigcode-evaluation-harness."""
ATTEMPTS_COUNTED = (1, 10, 100)
"""Values of k for pass@k, where there are as many attempts."""


class Attempt(NamedTuple):
    """What a model wrote for a problem."""

    problem: Problem
    completion: Completion
    cut: bool
    """Whether the prompt was cut to what the model sees."""
    verdict: Verdict | None = None
    """None if it was not run."""


def attempt(
    model: Any,
    coder: Coder,
    problems: Sequence[Problem],
    settings: EvaluateSettings,
    show: Callable[[int], None] | None = None,
) -> list[Attempt]:
    """Let a model write what the problems ask for.

    Args:
        model: As `load_for_generation` gives it.
        coder: Its tokenizer.
        problems: What is asked.
        settings: Samples, temperature, tokens.
        show: Is told how many completions have been made since.

    Returns:
        As many attempts at each problem as there are samples, problems in order.
    """
    new = min(settings.benchmark_tokens, positions(model) // 2)
    made: list[Attempt] = []
    for gaps in (False, True):
        asked = [one for one in problems if (one.suffix is not None) == gaps]
        room = positions(model) - new
        prompts = [build(coder, begun(one), one.suffix, room, order=settings.order) for one in asked]
        sampling = Sampling(
            max_new_tokens=new,
            temperature=settings.temperature,
            top_p=settings.top_p,
            samples=settings.samples,
            seed=settings.seed,
            batch=settings.batch,
            stops=() if gaps else STOPS,
        )
        ids, keys = [prompt.ids for prompt in prompts], [one.id for one in asked]
        answers = complete(model, coder, ids, sampling, keys=keys, show=show)
        for one, prompt, samples in zip(asked, prompts, answers, strict=True):
            made += [Attempt(one, sample, bool(prompt.losses)) for sample in samples]
    return made


def judge(
    attempts: Sequence[Attempt], settings: EvaluateSettings, show: Callable[[int], None] | None = None
) -> list[Attempt]:
    """Run each attempt with its problem's tests.

    Args:
        attempts: What a model wrote; equal programs are run once.
        settings: Limits, and programs at the same time.
        show: Is told how many attempts have been judged since.
    """
    programs = [program(one.problem, one.completion.text) for one in attempts]
    each = Counter(programs)

    def run(text: str) -> Verdict:
        verdict = run_program(text, settings.limits)
        if show:
            show(each[text])
        return verdict

    with ThreadPoolExecutor(settings.workers) as pool:
        verdicts = dict(zip(each, pool.map(run, each), strict=True))
    return [one._replace(verdict=verdicts[text]) for one, text in zip(attempts, programs, strict=True)]


def summary(attempts: Sequence[Attempt], seed: int) -> dict[str, Any]:
    """Shares that are right.

    Args:
        attempts: With verdicts or without.
        seed: Of the intervals.
    """
    names = list(dict.fromkeys(one.problem.id for one in attempts))
    told: dict[str, Any] = {
        "problems": len(names),
        "attempts": len(attempts),
        "cut": sum(one.cut for one in attempts),
    }
    filled = [one for one in attempts if one.problem.suffix is not None]
    if filled:
        pairs = [(one.completion.text.strip(), one.problem.solution.strip()) for one in filled]
        told["exact_match"] = float(np.mean([text == solution for text, solution in pairs]))
        told["edit_similarity"] = float(np.mean([similarity(*pair) for pair in pairs]))
    verdicts = [one.verdict for one in attempts if one.verdict is not None]
    if verdicts:
        told["states"] = dict(sorted(Counter(one.state for one in verdicts).items()))
        told["isolation"] = dict(sorted(Counter(one.isolation for one in verdicts).items()))
        told |= _passed(attempts, names, seed)
    return told


def _passed(attempts: Sequence[Attempt], names: Sequence[str], seed: int) -> dict[str, Any]:
    """pass@k, and the interval of pass@1."""
    made = Counter(one.problem.id for one in attempts)
    right = Counter(one.problem.id for one in attempts if one.verdict and one.verdict.state == "passed")
    tries, solved = [made[name] for name in names], [right[name] for name in names]
    shares = np.array(solved) / np.array(tries)
    found = {f"pass@{k}": pass_at(k, tries, solved) for k in ATTEMPTS_COUNTED}
    known = {name: value for name, value in found.items() if value is not None}
    return {**known, "pass@1_interval": interval(shares, seed)}
