"""A checkpoint of any kind becomes a folder that any tool loads, with the exact weights of the training."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from curation.errors import BadConfigError, BadInputError
from training.checkpoints.export import export, saved_name
from training.checkpoints.merge import merge
from training.checkpoints.zero import open_zero

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning"),
    pytest.mark.timeout(1200),
]
"""peft asks transformers by the old name; the first test that asks for trainings waits for all of them."""
FAMILIES = {"zero2-model": "starcoder", "zero3-model": "starcoder2"}


@pytest.fixture
def checkpoint(models: Path, tmp_path: Path) -> Path:
    """A checkpoint without DeepSpeed: model, tokenizer and record."""
    folder = shutil.copytree(models / "starcoder2", tmp_path / "run" / "checkpoint-7")
    (folder / "record.json").write_text(json.dumps({"step": 7, "data": {"tokens": "abc"}}))
    return folder


def load(folder: Path) -> Any:
    """A model, with nothing missing and nothing left over."""
    from transformers import AutoModelForCausalLM

    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values()), info
    return model.eval()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zero2-model", "zero3-model"])
def test_weights_of_zero_are_written_exactly(by_two: Path, tmp_path: Path, kind: str) -> None:
    """In fp32 they are DeepSpeed's own copies to the last bit; the model loads whole, its head tied."""
    source = by_two / f"{kind}-two" / "checkpoint-3"
    done = export(source, tmp_path / "out", "fp32")
    assert (done.kind, done.stage, done.dtype) == ("model", int(kind[4]), "fp32")
    state = open_zero(source)
    written = load_file(tmp_path / "out" / "model.safetensors")
    assert written.keys() == state.shapes.keys()
    assert "lm_head.weight" not in written
    assert all(torch.equal(value, state.tensor(name)) for name, value in written.items())
    model = load(tmp_path / "out")
    assert model.dtype == torch.float32
    assert model.lm_head.weight is model.get_input_embeddings().weight


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zero2-model", "zero3-model"])
def test_rounded_they_are_what_was_trained_with(by_two: Path, tmp_path: Path, kind: str) -> None:
    """The configuration says bf16; so written they are the weights that the Trainer saved beside."""
    source = by_two / f"{kind}-two" / "checkpoint-3"
    assert export(source, tmp_path / "out").dtype == "bf16"
    written = load_file(tmp_path / "out" / "model.safetensors")
    beside = load_file(source / "model.safetensors")
    assert all(torch.equal(value, beside[name]) for name, value in written.items())
    assert beside.keys() - written.keys() <= {"lm_head.weight"}  # ZeRO-2 stores a tied head twice


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zero2-adapter", "zero3-adapter"])
def test_an_adapter_of_zero_is_written_as_peft_does(by_two: Path, tmp_path: Path, kind: str) -> None:
    """The names are those of the file beside, the values the exact ones; it loads, and it merges."""
    source = by_two / f"{kind}-two" / "checkpoint-3"
    done = export(source, tmp_path / "adapter")
    assert (done.kind, done.stage, done.dtype) == ("adapter", int(kind[4]), "fp32")
    written = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    beside = load_file(source / "adapter_model.safetensors")
    assert written.keys() == beside.keys()
    assert all(torch.equal(value.to(beside[name].dtype), beside[name]) for name, value in written.items())
    merge(tmp_path / "adapter", tmp_path / "merged")
    load(tmp_path / "merged")
    names = {path.name for path in (tmp_path / "adapter").iterdir()}
    assert {"adapter_config.json", "tokenizer.json", "tokenizer_config.json", "README.md"} <= names


@pytest.mark.parametrize("dtype", ["auto", "fp32", "bf16"])
def test_a_checkpoint_without_deepspeed_is_exported_too(checkpoint: Path, tmp_path: Path, dtype: str) -> None:
    """Its weights are taken as they are, and rounded if asked for; the configuration says which."""
    done = export(checkpoint, tmp_path / "out", dtype)
    assert (done.stage, done.dtype) == (0, "bf16" if dtype == "bf16" else "fp32")
    model = load(tmp_path / "out")
    before = load_file(checkpoint / "model.safetensors")
    assert model.dtype == (torch.bfloat16 if dtype == "bf16" else torch.float32)
    after = load_file(tmp_path / "out" / "model.safetensors")
    assert all(torch.equal(before[name].to(value.dtype), value) for name, value in after.items())


def test_what_stands_beside_is_carried_over(checkpoint: Path, tmp_path: Path) -> None:
    """Tokenizer, settings of generation and record; training's own files are not."""
    (checkpoint / "trainer_state.json").write_text("{}")
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps(config | {"use_cache": False}))
    export(checkpoint, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "README.md",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "record.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert json.loads((tmp_path / "out" / "record.json").read_text()) == {
        "step": 7,
        "data": {"tokens": "abc"},
    }
    assert json.loads((tmp_path / "out" / "config.json").read_text())["use_cache"] is True
    assert "Exported from checkpoint-7" in (tmp_path / "out" / "README.md").read_text()


def test_an_adapter_without_deepspeed_is_exported_too(
    make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    """Its file is taken as it is, in fp32 unless asked otherwise."""
    source = make_adapter(tmp_path / "checkpoint-1", "starcoder")
    assert export(source, tmp_path / "out").kind == "adapter"
    assert "library_name: peft\n" in (tmp_path / "out" / "README.md").read_text()
    one, other = (load_file(folder / "adapter_model.safetensors") for folder in (source, tmp_path / "out"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], value) for name, value in other.items())
    assert export(source, tmp_path / "small", "bf16").bytes * 2 == export(source, tmp_path / "again").bytes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("m.layers.0.q.lora_A.default.weight", "m.layers.0.q.lora_A.weight"),
        (
            "m.embed.token_adapter.trainable_tokens_delta.default",
            "m.embed.token_adapter.trainable_tokens_delta",
        ),
        ("m.lm_head.modules_to_save.default.weight", "m.lm_head.weight"),
    ],
)
def test_the_name_of_the_adapter_is_left_out(name: str, expected: str) -> None:
    """Of all that peft trains."""
    assert saved_name(name) == expected


@pytest.mark.slow
def test_an_adapter_of_two_runs_is_refused(by_two: Path, tmp_path: Path) -> None:
    """The state of DeepSpeed and the file beside it must hold the same weights."""
    source = shutil.copytree(by_two / "zero3-adapter-two" / "checkpoint-3", tmp_path / "checkpoint-3")
    save_file({"other": torch.ones(1)}, source / "adapter_model.safetensors")
    with pytest.raises(BadInputError, match=r"hold other weights \(.*, \d+ such\); .* of two runs"):
        export(source, tmp_path / "out")


@pytest.mark.slow
def test_a_configuration_of_another_model_is_refused(by_two: Path, models: Path, tmp_path: Path) -> None:
    """It would load with random weights."""
    source = shutil.copytree(by_two / "zero3-model-two" / "checkpoint-3", tmp_path / "checkpoint-3")
    shutil.copyfile(models / "starcoder" / "config.json", source / "config.json")
    with pytest.raises(BadInputError, match=r"missing 28 .*: weights and config"):
        export(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_folder_of_a_run_is_refused_by_name(checkpoint: Path, tmp_path: Path) -> None:
    """The newest checkpoint in it is named."""
    (checkpoint.parent / "checkpoint-30").mkdir()
    with pytest.raises(BadInputError, match=r"saw none; name one in it, such as .*checkpoint-30"):
        export(checkpoint.parent, tmp_path / "out")
    with pytest.raises(BadInputError, match="expected the folder of a checkpoint, saw none"):
        export(tmp_path / "nothing", tmp_path / "out")


def test_nothing_is_left_of_a_failure(checkpoint: Path, tmp_path: Path) -> None:
    """A weight that is no number is found while the output is written."""
    weights = load_file(checkpoint / "model.safetensors")
    weights["model.norm.bias"][3] = float("nan")
    save_file(weights, checkpoint / "model.safetensors")
    with pytest.raises(BadInputError, match=r"model\.norm\.bias: NaN or infinite values"):
        export(checkpoint, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_output_that_holds_anything_is_refused(checkpoint: Path) -> None:
    """Also if it is the checkpoint itself."""
    with pytest.raises(BadConfigError, match="saw files in it"):
        export(checkpoint, checkpoint)
