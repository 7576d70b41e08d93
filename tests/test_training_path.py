"""From source files to generated code, on a CPU: curate, train under DeepSpeed, adapt, merge, infill."""

import json
from pathlib import Path

import pytest
from trained import EXTENSIONS, STEPS, Trained, trained, training

GAP = "import sys\n\n\ndef first(values):\n    <FILL>\n\n\ndef last(values):\n    return values[-1]\n"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The whole path, up to the merged model."""
    return trained(tmp_path_factory)


def rows(run: Path) -> list[dict[str, float]]:
    """What a run has logged."""
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_loss_falls_on_training_and_held_out_documents(done: Trained) -> None:
    """Thirty steps from random weights are enough to see it."""
    losses = [row["loss"] for row in rows(done.full) if "loss" in row]
    held_out = [row["evaluation_loss"] for row in rows(done.full) if "evaluation_loss" in row]
    assert len(losses) == STEPS
    assert losses[-1] < losses[0] - 1
    assert held_out[-1] < held_out[0]


@pytest.mark.slow
def test_no_compiler_is_needed(done: Trained) -> None:
    """DeepSpeed's operations are neither built nor missed: there was none on the path."""
    assert not (done.full.parent / EXTENSIONS).exists()


@pytest.mark.slow
def test_gaps_are_cut_and_little_is_padding(done: Trained) -> None:
    """About half of the pieces have a gap, and nearly all tokens are learnt from."""
    steps = [row for row in rows(done.full) if "loss" in row]
    share = sum(row["fim_share"] for row in steps) / len(steps)
    assert 0.35 < share < 0.65
    assert max(row["padding_share"] for row in steps) < 0.2


@pytest.mark.slow
def test_the_adapter_lowers_the_loss_further_and_is_merged(done: Trained) -> None:
    """It starts from the trained model, not from random weights; the merged model stands alone."""
    before, after = rows(done.full), rows(done.adapter)
    assert after[0]["loss"] < before[0]["loss"] - 1
    assert (done.adapter / "final" / "adapter_model.safetensors").exists()
    names = {path.name for path in done.merged.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "record.json"} <= names


@pytest.mark.slow
def test_the_merged_model_fills_a_gap(done: Trained, tmp_path: Path) -> None:
    """What stands around it comes back as it was."""
    (tmp_path / "gap.py").write_text(GAP)
    told = training(
        "generate", done.merged, "--file", "gap.py", "--max-new-tokens", 24, "--json", cwd=tmp_path
    )
    answer = json.loads(told.stdout)
    assert len(answer["completions"]) == 1
    assert isinstance(answer["completions"][0]["text"], str)
    assert 0 < answer["prompt_tokens"] < 200


@pytest.mark.slow
def test_training_made_the_model_better_than_it_was(done: Trained, tmp_path: Path) -> None:
    """On held-out documents: lower loss in every order, and fillings nearer to what stood there."""
    out = tmp_path / "evaluation.json"
    training(
        *("evaluate", done.full / "final", "--against", done.full / "base"),
        *("--tokens", done.full / "tokens", "--limit", 12, "--max-new-tokens", 16, "--out", out),
        cwd=tmp_path,
    )
    after, before = json.loads(out.read_text())["models"]
    for mode in ("plain", "psm", "spm"):
        assert after["loss"][mode]["all"]["loss"] < before["loss"][mode]["all"]["loss"] - 0.5
        assert after["loss"][mode]["all"]["accuracy"] > before["loss"][mode]["all"]["accuracy"]
    filled, unfilled = (model["infilling"]["random-span"]["all"] for model in (after, before))
    assert filled["gaps"] == unfilled["gaps"] > 0
    assert filled["edit_similarity"] > unfilled["edit_similarity"]


@pytest.mark.slow
def test_a_finished_run_is_not_run_again(done: Trained, tmp_path: Path) -> None:
    """The same command says so and changes nothing; with another corpus it is refused."""
    before = (done.full / "metrics.jsonl").read_bytes()
    training("run", done.full.parent / "full.yaml", cwd=tmp_path)
    assert (done.full / "metrics.jsonl").read_bytes() == before
    changed = training("run", done.full.parent / "full.yaml", "--set", "seed=8", cwd=tmp_path, check=False)
    assert changed.returncode == 4
    assert "Traceback" not in changed.stderr
