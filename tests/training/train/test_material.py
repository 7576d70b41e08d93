"""What a run trains on and from is found, or what is wrong with it is said, before a model is loaded."""

from pathlib import Path

import pytest

from curation.errors import BadConfigError, BadInputError
from training.config import TrainConfig, load
from training.errors import BadTokenizerError
from training.train.material import Material, check, prepare
from training.train.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
ALONE = Session(rank=0, world_size=1, local_rank=0, device_kind="cpu")


def config(folder: Path, *overrides: str) -> TrainConfig:
    return load(folder / "config.yaml", overrides)


def found(settings: TrainConfig) -> Material:
    check(settings, ALONE)
    return prepare(settings, ALONE, show=lambda _: None)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["packing.sequence_length=512"], "windows of 512 tokens, but .*/run/base takes at most 256"),
        (["optimiser.batch=5", "optimiser.micro_batch=2"], "5 windows are not divided by 1 processes"),
        (["corpus.held_out=0"], "nothing is held out; set corpus.held_out, or this to null"),
        (["devices.deepspeed=none.json"], "none.json: expected a JSON file"),
        (["model.attention=flash_attention_2"], "flash_attention_2 needs a GPU"),
        (
            ["devices.deepspeed=null", "lora.enabled=true", "lora.quantize=nf4"],
            "on CPU, weights held in 4 bits cannot be trained any more after an evaluation",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(copy: Path, overrides: list[str], message: str) -> None:
    """Before a model is loaded."""
    with pytest.raises(BadConfigError, match=message):
        found(config(copy, *overrides))


def test_more_ids_than_rows_are_refused(copy: Path) -> None:
    """The tokenizer of another model would address rows that are not there."""
    from tiny import tiny_tokenizer

    large = tiny_tokenizer("starcoder2", copy / "large", 2048)
    overrides = [f"model.name={copy}/run/base", "model.shape=null", f"tokenizer.name={large}"]
    with pytest.raises(BadTokenizerError, match=r"take the model's own tokenizer"):
        found(config(copy, *overrides, f"output={copy}/anew", f"corpus.tokens={copy}/anew/tokens"))


def test_what_is_found_fits_together(whole: Path) -> None:
    """As many windows as the plan has, held-out ones as many as are wanted, and a record of it all."""
    material = found(config(whole))
    assert len(material.windows) == material.windows.plan.windows
    assert len(material.held_out) == 4
    assert material.steps == 4
    assert material.base == whole / "run" / "base"
    assert material.record.data["packing plan"] == material.windows.plan_sha256
    assert (material.record.step, material.record.world_size, material.record.zero_stage) == (0, 1, 2)


def test_the_same_is_found_again(whole: Path, copy: Path) -> None:
    """Wherever it lies: fingerprints know no paths."""
    assert found(config(copy)).record.data == found(config(whole)).record.data


def test_nothing_is_held_out_unless_it_is_evaluated(whole: Path) -> None:
    """Held-out documents are not opened."""
    assert found(config(whole, "evaluation.every=null")).held_out is None


def test_epochs_become_steps(whole: Path) -> None:
    """By the number of windows."""
    material = found(config(whole, "optimiser.steps=null", "optimiser.epochs=2"))
    assert material.steps == -(-2 * len(material.windows) // 4)


def test_nothing_to_train_on_is_refused(copy: Path) -> None:
    """A language that the corpus does not have."""
    with pytest.raises(BadInputError, match=r"corpus\.languages asks for Cobol"):
        found(
            config(copy, f"output={copy}/anew", "corpus.languages=[Cobol]", f"tokenizer.name={copy}/run/base")
        )
