"""Adapters sit on all linear layers of the blocks, and nothing else is trained."""

from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError
from training.model.families import Architecture, targets_of
from training.model.load import load_model
from training.model.lora import attach, counts
from training.model.settings import LoraSettings, ModelSettings
from training.train.settings import DeviceSettings

CPU = DeviceSettings(device="cpu")


def adapted(models: Path, family: str, *, again: bool = False, **values: Any) -> Any:
    settings = LoraSettings(enabled=True, rank=4, **values)
    model = load_model(ModelSettings(name=str(models / family)), settings, CPU, base=None, positions=64)
    return attach(model, settings, gradient_checkpointing=again)


def tokens() -> Any:
    import torch

    return torch.arange(32).reshape(1, 32) + 40


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_every_linear_layer_gets_an_adapter(models: Path, family: Architecture) -> None:
    """Of both blocks, by the names of the family; all that is trained is theirs."""
    model = adapted(models, family)
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert all("lora_" in name for name in trained)
    layers = {name.partition(".lora_")[0].rpartition(".")[2] for name in trained}
    assert layers == set(targets_of(family))
    owners = {name.partition(".lora_")[0] for name in trained}
    per_block = {"starcoder": 4, "starcoder2": 6}[family]
    assert len(owners) == 2 * per_block


def test_layers_can_be_named(models: Path) -> None:
    """Only these then get adapters."""
    model = adapted(models, "starcoder2", targets=("q_proj", "v_proj"))
    trained = {
        name.partition(".lora_")[0].rpartition(".")[2]
        for name, p in model.named_parameters()
        if p.requires_grad
    }
    assert trained == {"q_proj", "v_proj"}


@pytest.mark.parametrize(
    ("family", "known"), [("starcoder", "c_attn, c_proj, c_fc"), ("starcoder2", "q_proj, k_proj")]
)
def test_a_layer_that_is_not_there_is_refused(models: Path, family: str, known: str) -> None:
    """As q_attn, which the published script names; those that are there are said."""
    with pytest.raises(BadConfigError, match=f"no layers named q_attn, gate; leave it empty for {known}"):
        adapted(models, family, targets=("q_attn", "c_proj", "gate"))


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
@pytest.mark.parametrize("quantize", ["none", "8bit", "nf4"])
def test_adapters_learn_on_weights_in_every_form(models: Path, family: str, quantize: str) -> None:
    """Also where activations are computed again."""
    model = adapted(models, family, again=True, quantize=quantize)
    model.activation_checkpointing_enable({"use_reentrant": False})
    model.train()
    ids = tokens()
    model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
    gradients = [p.grad for name, p in model.named_parameters() if "lora_B" in name]
    assert gradients
    assert all(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients)


@pytest.mark.parametrize("again", [True, False])
def test_the_first_block_gets_a_gradient_if_it_is_computed_again(models: Path, again: bool) -> None:
    """Frozen embeddings have none by themselves, and re-entrant checkpointing would then train nothing."""
    model = adapted(models, "starcoder2", again=again)
    assert model.get_input_embeddings()(tokens()).requires_grad is again


def test_parameters_are_counted_whole(models: Path) -> None:
    """Trained and all; held in four bits they are as many, and split by ZeRO-3 as before that."""
    model = adapted(models, "starcoder2")
    trained, total = counts(model)
    assert trained == sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert total == sum(p.numel() for p in model.parameters())
    assert counts(adapted(models, "starcoder2", quantize="nf4")) == (trained, total)
    first = next(model.parameters())
    first.ds_numel = first.numel() + 1000
    assert counts(model) == (trained, total + 1000)
