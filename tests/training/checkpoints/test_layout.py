"""What a model's class expects is known without weights, and what does not fit it is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from curation.errors import BadInputError
from training.checkpoints.layout import Layout, check_names, layout_of, read_config
from training.model.settings import Shape
from training.model.shapes import config_of

SOURCES = {"starcoder": "transformer.wte.weight", "starcoder2": "model.embed_tokens.weight"}


def config(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = config_of(Shape(), 300).to_dict()
    return {**values, "architectures": ["Starcoder2ForCausalLM"], **changes}


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_a_layout_is_what_transformers_saves(models: Path, family: str) -> None:
    """Names and sizes are those in the file of a saved model; the head is tied to the embedding."""
    layout = layout_of(read_config(models / family))
    with safe_open(models / family / "model.safetensors", framework="pt") as stored:
        names = stored.keys()
        assert layout.shapes == {name: tuple(stored.get_slice(name).get_shape()) for name in names}
    assert layout.tied == {"lm_head.weight": SOURCES[family]}


def test_a_model_whose_head_is_its_own_stores_it() -> None:
    """As StarCoder2-15B does."""
    layout = layout_of(config(tie_word_embeddings=False))
    assert layout.tied == {}
    assert layout.shapes["lm_head.weight"] == (300, 64)


def test_no_memory_is_taken() -> None:
    """A layer of 2^40 weights is described, not made."""
    layout = layout_of(config(intermediate_size=1 << 34))
    assert layout.shapes["model.layers.0.mlp.c_fc.weight"] == (1 << 34, 64)


def test_quantization_of_a_configuration_is_passed_over() -> None:
    """What the weights would be held in does not change what they are."""
    quantized = config(quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True})
    assert layout_of(quantized).shapes == layout_of(config()).shapes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architectures": ["StarCoder9"]}, "architectures names StarCoder9, which transformers .* lacks"),
        ({"architectures": None}, "architectures names nothing"),
        ({"model_type": "starcoder9"}, "no Starcoder2ForCausalLM can be made from it"),
        ({"hidden_size": -1}, "no Starcoder2ForCausalLM can be made from it"),
    ],
)
def test_a_configuration_of_no_model_is_refused(changes: dict[str, Any], message: str) -> None:
    """Unknown classes and impossible sizes."""
    with pytest.raises(BadInputError, match=message):
        layout_of(config(**changes))


LAYOUT = Layout({"a": (2,), "b": (3,)}, {"head": "a"}, (r"\.masked_bias$",))


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        ({"a": (2,)}, r"x: expected the 2 weights .* missing 1 \(b\), unknown none"),
        ({"a": (2,), "b": (3,), "c": (1,), "d": (1,)}, r"missing none, unknown 2 \(c, ...\)"),
        ({"a": (2,), "b": (4,)}, r"x: b is \(4,\), config.json says \(3,\)"),
    ],
)
def test_weights_of_another_model_are_refused(seen: dict[str, tuple[int, ...]], message: str) -> None:
    """Missing, unknown and of other sizes, with the first name of each."""
    with pytest.raises(BadInputError, match=message):
        check_names(LAYOUT, seen, "x")


def test_tied_and_obsolete_weights_are_unwanted() -> None:
    """Old files have them; they are left out."""
    names = ["a", "head", "h.0.masked_bias"]
    assert [name for name in names if LAYOUT.unwanted(name)] == ["head", "h.0.masked_bias"]
    check_names(LAYOUT, {"a": (2,), "b": (3,)}, "x")


@pytest.mark.parametrize(("content", "message"), [(None, "saw:"), ("{", "saw:"), ("[]", "saw list")])
def test_a_configuration_that_is_none_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    """Missing, no JSON, and no object."""
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(BadInputError, match=f"config.json: expected a JSON .*{message}"):
        read_config(tmp_path)


def test_a_configuration_is_read(tmp_path: Path) -> None:
    """Another name may be asked for."""
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 4}))
    assert read_config(tmp_path, "adapter_config.json") == {"r": 4}
