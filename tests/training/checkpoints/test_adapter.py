"""An adapter is read as what it is, and every other kind is refused by name."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from curation.errors import BadInputError
from training.checkpoints.adapter import read_adapter

STEM = "base_model.model.model.layers.0.mlp.c_fc"
NAME = "model.layers.0.mlp.c_fc.weight"
DOWN, UP = torch.arange(8.0).reshape(2, 4), torch.arange(6.0).reshape(3, 2) - 2


def write(folder: Path, weights: dict[str, torch.Tensor] | None = None, **config: Any) -> Path:
    values = {f"{STEM}.lora_A.weight": DOWN, f"{STEM}.lora_B.weight": UP} if weights is None else weights
    plain = {"peft_type": "LORA", "r": 2, "lora_alpha": 8, "base_model_name_or_path": "some/base"}
    save_file(values, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(plain | config))
    return folder


@pytest.mark.parametrize(
    ("config", "scale"),
    [
        ({}, 4.0),
        ({"use_rslora": True}, 8 / math.sqrt(2)),
        ({"alpha_pattern": {"c_fc": 6}}, 3.0),
        ({"alpha_pattern": {"layers.0.mlp.c_fc": 6, "c_fc": 2}}, 3.0),
        ({"alpha_pattern": {"fc": 6, "layers.1.mlp.c_fc": 6}}, 4.0),
        ({"r": 99}, 4.0),
    ],
)
def test_what_it_adds_is_scaled(tmp_path: Path, config: dict[str, Any], scale: float) -> None:
    """By alpha over the rank it has, or its root; by the alpha of the layer, if there is a pattern for it."""
    adapter = read_adapter(write(tmp_path, **config))
    weight = torch.ones(3, 4, dtype=torch.bfloat16)
    assert torch.allclose(adapter.applied(NAME, weight), 1 + scale * (UP @ DOWN))
    assert adapter.sizes(NAME) == (3, 4)
    assert adapter.base == "some/base"
    assert torch.equal(weight, torch.ones(3, 4, dtype=torch.bfloat16))


def test_whole_layers_and_rows_replace_those_of_the_base(tmp_path: Path) -> None:
    """Rows are set, not added; the base's own weight is not touched."""
    key = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"
    weights = {"base_model.model.lm_head.weight": torch.full((3, 2), 7.0), key: torch.full((2, 2), 5.0)}
    adapter = read_adapter(write(tmp_path, weights, trainable_token_indices={"embed_tokens": [2, 0]}))
    assert adapter.touched == {"lm_head.weight", "model.embed_tokens.weight"}
    base = torch.zeros(3, 2)
    assert adapter.applied("model.embed_tokens.weight", base).tolist() == [[5, 5], [0, 0], [5, 5]]
    assert not base.any()
    assert torch.equal(adapter.applied("lm_head.weight", None), torch.full((3, 2), 7.0))


@pytest.mark.parametrize("indices", [None, [1], {"other": [1, 2]}, {"embed_tokens": [1, 2, 3]}])
def test_rows_without_their_numbers_are_refused(tmp_path: Path, indices: Any) -> None:
    """The configuration has to say which they are, and as many."""
    key = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"
    adapter = read_adapter(write(tmp_path, {key: torch.zeros(2, 2)}, trainable_token_indices=indices))
    with pytest.raises(BadInputError, match="holds 2 rows, trainable_token_indices names"):
        adapter.row_numbers("model.embed_tokens.weight")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"peft_type": "IA3"}, "expected an adapter of LoRA, saw IA3"),
        ({"peft_type": None}, "expected an adapter of LoRA, saw None"),
        ({"use_dora": True}, "expected plain LoRA, saw use_dora; merge it with peft"),
        ({"bias": "lora_only", "lora_bias": True}, "saw lora_bias, bias=lora_only"),
        ({"init_lora_weights": "pissa"}, "saw init_lora_weights=pissa"),
        ({"fan_in_fan_out": True}, "saw fan_in_fan_out"),
    ],
)
def test_other_kinds_are_refused(tmp_path: Path, config: dict[str, Any], message: str) -> None:
    """What would be added up wrongly is not added up."""
    with pytest.raises(BadInputError, match=message):
        read_adapter(write(tmp_path, **config))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({}, "the adapter holds no weights"),
        ({f"{STEM}.lora_A.weight": DOWN}, r"lacks .*c_fc\.lora_B\.weight; the adapter is damaged"),
        ({f"{STEM}.lora_embedding_A": DOWN}, r"expected LoRA on linear layers \(lora_A, lora_B\)"),
        ({f"{STEM}.lora_magnitude_vector": DOWN}, r"expected LoRA on linear layers \(lora_A, lora_B\)"),
    ],
)
def test_weights_of_other_kinds_are_refused(
    tmp_path: Path, weights: dict[str, torch.Tensor], message: str
) -> None:
    """None at all, half an adapter, and adapters of embeddings."""
    with pytest.raises(BadInputError, match=message):
        read_adapter(write(tmp_path, weights))


def test_halves_of_different_ranks_are_refused(tmp_path: Path) -> None:
    """They cannot be multiplied."""
    halves = {f"{STEM}.lora_A.weight": DOWN, f"{STEM}.lora_B.weight": torch.ones(3, 5)}
    with pytest.raises(BadInputError, match="whose ranks differ; the adapter is damaged"):
        read_adapter(write(tmp_path, halves)).sizes(NAME)


def test_a_folder_without_an_adapter_is_refused(tmp_path: Path) -> None:
    """A whole model is none; of a run, the adapter in it is named."""
    with pytest.raises(BadInputError, match=r"saw no adapter_config\.json; a whole model needs no merging"):
        read_adapter(tmp_path)
    (tmp_path / "run" / "final").mkdir(parents=True)
    write(tmp_path / "run" / "final")
    with pytest.raises(BadInputError, match=r"name one in it, such as .*run/final"):
        read_adapter(tmp_path / "run")
