"""A model is loaded in the form that the run needs, or what it lacks is said before."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError, BadInputError
from training.model import load
from training.model.load import check_support, load_model, model_config
from training.model.settings import LoraSettings, ModelSettings
from training.train.settings import DeviceSettings

NO_LORA, LORA = LoraSettings(), LoraSettings(enabled=True)


def devices(**values: Any) -> DeviceSettings:
    return DeviceSettings.model_validate({"device": "cpu", **values})


@pytest.mark.parametrize(
    ("lora", "deepspeed", "precision", "dtype"),
    [
        (NO_LORA, None, "bf16", "float32"),
        (NO_LORA, "configs/deepspeed/zero2.json", "bf16", "bfloat16"),
        (NO_LORA, "configs/deepspeed/zero2.json", "fp32", "float32"),
        (LORA, None, "bf16", "bfloat16"),
        (LORA, None, "fp32", "float32"),
        (LORA, None, "fp16", "float16"),
    ],
)
def test_weights_are_held_as_the_optimiser_needs_them(
    models: Path, lora: LoraSettings, deepspeed: str | None, precision: str, dtype: str
) -> None:
    """fp32 where the optimiser works on them, less where they are frozen or DeepSpeed keeps the fp32 copy."""
    import torch

    model = load_model(
        ModelSettings(name=str(models / "starcoder2")),
        lora,
        devices(deepspeed=deepspeed, precision=precision),
        base=None,
        positions=64,
    )
    assert model.dtype == getattr(torch, dtype)
    assert model.config.use_cache is False


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_the_attention_is_the_one_asked_for(models: Path, family: str, attention: str) -> None:
    """In both families."""
    settings = ModelSettings.model_validate({"name": str(models / family), "attention": attention})
    model = load_model(settings, NO_LORA, devices(), base=None, positions=64)
    assert model.config._attn_implementation == attention


def test_a_made_base_comes_before_a_name(models: Path) -> None:
    """A run with random weights names no model."""
    settings = ModelSettings(shape="starcoder2-3b")
    config = model_config(settings, base=models / "starcoder", positions=64)
    assert config.model_type == "gpt_bigcode"


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_windows_longer_than_the_model_takes_are_refused(models: Path, family: str) -> None:
    """Both numbers are named."""
    settings = ModelSettings(name=str(models / family))
    assert model_config(settings, base=None, positions=512).vocab_size > 0
    with pytest.raises(BadConfigError, match=r"sequence_length: windows of 513 tokens, but .* at most 512"):
        model_config(settings, base=None, positions=513)


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The name and what was seen are named."""
    settings = ModelSettings(name=str(tmp_path / "nothing"))
    with pytest.raises(
        BadInputError, match=r"nothing: expected a model on the hub or a folder with config\.json"
    ):
        model_config(settings, base=None, positions=64)


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    """Before its weights are loaded."""
    from transformers import GPT2Config

    GPT2Config().save_pretrained(tmp_path)
    with pytest.raises(BadInputError, match="a model of type 'gpt2'"):
        model_config(ModelSettings(name=str(tmp_path)), base=None, positions=64)


@pytest.mark.parametrize(
    ("kind", "package", "precision", "message"),
    [
        ("cpu", True, "bf16", "flash_attention_2 needs a GPU; take sdpa"),
        ("cuda", False, "bf16", "flash_attention_2 needs flash-attn: install the extra `gpu`"),
        ("cuda", True, "fp32", "flash_attention_2 computes in bf16 or fp16, not in fp32"),
    ],
)
def test_flash_attention_needs_its_device_package_and_precision(
    monkeypatch: pytest.MonkeyPatch, kind: str, package: bool, precision: str, message: str
) -> None:
    """Each lack is said before anything is loaded."""
    monkeypatch.setattr(load, "device_kind", lambda _: kind)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if package else None)
    settings = ModelSettings(name="x", attention="flash_attention_2")
    with pytest.raises(BadConfigError, match=f"model.attention: {message}"):
        check_support(settings, NO_LORA, devices(precision=precision))


def test_flash_attention_is_taken_where_it_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU, with its package, in bf16."""
    monkeypatch.setattr(load, "device_kind", lambda _: "cuda")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    check_support(ModelSettings(name="x", attention="flash_attention_2"), NO_LORA, devices())


QUANTIZED = LoraSettings(enabled=True, quantize="nf4")


def test_quantized_weights_need_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """bitsandbytes is an extra."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BadConfigError, match="nf4 needs bitsandbytes: install the extra `quant`"):
        check_support(ModelSettings(name="x"), QUANTIZED, devices())


def test_deepspeed_does_not_take_quantized_weights() -> None:
    """It would cast or split what is no number any more."""
    with pytest.raises(BadConfigError, match="quantized weights cannot be split or cast by DeepSpeed"):
        check_support(ModelSettings(name="x"), QUANTIZED, devices(deepspeed="zero2.json"))
