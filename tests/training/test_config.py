"""Settings of a training run: read by the same reader as those of curation, checked whole."""

from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError
from training.config import TrainConfig, check, load

SMALLEST: dict[str, Any] = {
    "output": "runs/t",
    "model": {"shape": "starcoder2-3b"},
    "corpus": {"run": "runs/demo"},
}


def with_(**changes: Any) -> dict[str, Any]:
    """The smallest configuration with some settings changed."""
    return {**SMALLEST, **changes}


def test_the_defaults_are_those_of_the_python_stage() -> None:
    """Nothing but model and corpus: learning rate, steps, batch and sequence as published."""
    config = check(SMALLEST, "t.yaml")
    rates = (config.optimiser.learning_rate, config.optimiser.min_learning_rate)
    assert rates == (5e-5, 5e-6)
    assert (config.optimiser.steps, config.optimiser.batch, config.packing.sequence_length) == (
        8500,
        512,
        8192,
    )
    assert (config.fim.rate, config.fim.spm_rate) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {}}, "expected either `name` or `shape`"),
        ({"model": {"name": "x", "shape": "starcoder2-3b"}}, "expected either `name` or `shape`"),
        ({"optimiser": {"steps": 1, "epochs": 1}}, "expected either `steps` or `epochs`"),
        ({"optimiser": {}}, "expected either `steps` or `epochs`"),
        ({"lora": {"quantize": "nf4"}}, "quantized weights cannot be trained; set lora.enabled too"),
        (
            {"optimiser": {"steps": 1, "learning_rate": 1e-6}},
            "optimiser.min_learning_rate: 5e-06 is above learning_rate, 1e-06",
        ),
        ({"optimizer": {}}, "optimizer: there is no such setting; did you mean 'optimiser'?"),
        ({"fim": {"rat": 0.5}}, "fim.rat: there is no such setting; did you mean 'rate'?"),
        ({"seed": -1}, "seed: Input should be greater than or equal to 0, saw -1"),
    ],
)
def test_wrong_settings_are_refused_with_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    """Contradictions, unknown names and values out of range."""
    with pytest.raises(BadConfigError) as refused:
        check(with_(**changes), "t.yaml")
    assert message in str(refused.value)


def test_a_file_is_read_with_overrides(tmp_path: Path) -> None:
    """Values given beside the file count."""
    path = tmp_path / "t.yaml"
    path.write_text("output: runs/t\nmodel: {shape: starcoder2-3b}\ncorpus: {run: runs/demo}\n")
    config = load(path, ["optimiser.steps=7", "corpus.tokens=runs/tokens"])
    assert isinstance(config, TrainConfig)
    assert config.optimiser.steps == 7
    assert config.tokens == Path("runs/tokens")
    assert load(path).tokens == Path("runs/t/tokens")
