"""A merged model says what the model with its adapter says, and nothing is written that would not load."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from curation.errors import BadConfigError, BadInputError
from curation.shards import sha256_of
from training.checkpoints.merge import merge
from training.errors import BadTokenizerError
from training.model.make import make_model
from training.model.settings import Shape

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Model has `tie_word_embeddings=True`:UserWarning"),
    pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`:UserWarning"),
]
"""peft asks by an old name, and warns of a head that it sets free and of embeddings that it saves."""
IDS = torch.tensor([[5, 6, 7, 300, *range(100, 160)]])
MakeAdapter = Callable[..., Path]


def load(folder: Path, dtype: torch.dtype | None = None) -> Any:
    """A model, with nothing missing and nothing left over."""
    from transformers import AutoModelForCausalLM

    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype or "auto", output_loading_info=True
    )
    assert not any(info.values()), info
    return model.eval()


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(IDS).logits
    return found


def difference(folder: Path, other: Any) -> float:
    """Largest difference between logits, as a share of the largest logit, or of 1 if that is smaller."""
    expected = logits(other)
    return float((logits(load(folder)) - expected).abs().max() / max(1.0, float(expected.abs().max())))


def unmerged(base: Path, adapter: Path) -> Any:
    """The base in fp32 with the adapter on it, as peft computes it."""
    from peft import PeftModel

    return PeftModel.from_pretrained(load(base, torch.float32), str(adapter)).eval()


def changed(folder: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    """An adapter with its configuration or weights changed."""
    config = json.loads((folder / "adapter_config.json").read_text())
    weights = load_file(folder / "adapter_model.safetensors")
    change(config, weights)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    save_file(weights, folder / "adapter_model.safetensors")
    return folder


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_a_merged_model_says_the_same(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path, family: str
) -> None:
    """Logits of both families are equal to 1e-6 in fp32, and far from the base's."""
    adapter = make_adapter(tmp_path / "adapter", family)
    done = merge(adapter, tmp_path / "out")
    assert (done.dtype, done.changed) == ("fp32", 8 if family == "starcoder" else 12)
    assert difference(tmp_path / "out", unmerged(models / family, adapter)) <= 1e-6
    assert difference(tmp_path / "out", load(models / family)) > 0.01


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("starcoder2", {"use_rslora": True}),
        (
            "starcoder2",
            {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"layers.1.mlp.c_fc": 20, "k_proj": 1}},
        ),
        ("starcoder", {"target_modules": ["c_attn"]}),
        ("starcoder", {"trainable_token_indices": [7, 300]}),
        ("starcoder2", {"trainable_token_indices": {"embed_tokens": [5, 6]}}),
        ("starcoder2", {"modules_to_save": ["input_layernorm"]}),
        ("starcoder2", {"modules_to_save": ["lm_head"]}),
        ("starcoder2", {"modules_to_save": ["embed_tokens"]}),
        ("starcoder2", {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True}),
        ("starcoder2", {"target_modules": ["q_proj", "lm_head"]}),
    ],
    ids=[
        "rslora",
        "patterns",
        "one target",
        "rows",
        "rows by name",
        "whole layer",
        "head",
        "embedding",
        "both",
        "target",
    ],
)
def test_what_peft_can_train_is_merged_as_peft_computes_it(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path, family: str, settings: dict[str, Any]
) -> None:
    """Ranks and scales by layer, trained rows of tied embeddings, layers trained whole, a head set free."""
    adapter = make_adapter(tmp_path / "adapter", family, **settings)
    merge(adapter, tmp_path / "out")
    assert difference(tmp_path / "out", unmerged(models / family, adapter)) <= 1e-6


def test_rounding_happens_once(models: Path, make_adapter: MakeAdapter, tmp_path: Path) -> None:
    """Written as bf16, every weight is what was added up in fp32, rounded to the nearest."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder2")
    for dtype in ("fp32", "bf16"):
        assert merge(adapter, tmp_path / dtype, dtype=dtype).dtype == dtype
    exact, rounded = (load_file(tmp_path / dtype / "model.safetensors") for dtype in ("fp32", "bf16"))
    assert all(torch.equal(value.bfloat16(), rounded[name]) for name, value in exact.items())
    assert load(tmp_path / "bf16").dtype == torch.bfloat16


def test_a_base_in_bf16_is_added_to_in_fp32(models: Path, make_adapter: MakeAdapter, tmp_path: Path) -> None:
    """Nothing is rounded before the sum, and the result is written as the base is, unless asked otherwise."""
    base = tmp_path / "base"
    load(models / "starcoder2").to(torch.bfloat16).save_pretrained(base)
    adapter = make_adapter(tmp_path / "adapter", "starcoder2")
    assert merge(adapter, tmp_path / "auto", base=str(base)).dtype == "bf16"
    merge(adapter, tmp_path / "fp32", base=str(base), dtype="fp32")
    assert difference(tmp_path / "fp32", unmerged(base, adapter)) <= 1e-6


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_tied_weights_are_stored_once(make_adapter: MakeAdapter, tmp_path: Path, family: str) -> None:
    """The head is the embedding: the file has no second copy, and the loaded model one weight."""
    merge(make_adapter(tmp_path / "adapter", family), tmp_path / "out")
    assert "lm_head.weight" not in load_file(tmp_path / "out" / "model.safetensors")
    model = load(tmp_path / "out")
    assert model.lm_head.weight is model.get_input_embeddings().weight


def test_a_tied_head_in_the_bases_file_is_left_out(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    """Files that other tools wrote hold it twice."""
    base = shutil.copytree(models / "starcoder2", tmp_path / "base")
    weights = load_file(base / "model.safetensors")
    twice = {**weights, "lm_head.weight": weights["model.embed_tokens.weight"].clone()}
    save_file(twice, base / "model.safetensors")
    merge(make_adapter(tmp_path / "adapter", "starcoder2"), tmp_path / "out", base=str(base))
    assert load_file(tmp_path / "out" / "model.safetensors").keys() == weights.keys()


def test_more_rows_than_the_base_has_are_kept(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    """An embedding that was resized comes whole with the adapter; config.json tells its rows."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder2", modules_to_save=["embed_tokens"])

    def grow(config: dict[str, Any], weights: dict[str, Any]) -> None:
        key = "base_model.model.model.embed_tokens.weight"
        weights[key] = torch.cat([weights[key], torch.ones(3, 64)])

    merge(changed(adapter, grow), tmp_path / "out")
    model = load(tmp_path / "out")
    assert model.config.vocab_size == model.get_input_embeddings().weight.shape[0] == 2048 + 3
    assert model.lm_head.weight is model.get_input_embeddings().weight


def test_an_adapter_of_a_quantized_base_goes_into_the_exact_one(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    """A base held in 4 bits is refused by name; the full-precision one is named instead."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder2")
    base = shutil.copytree(models / "starcoder2", tmp_path / "base")
    config = json.loads((base / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (base / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInputError, match="held in 8 or 4 bits; name the full-precision model by --base"):
        merge(adapter, tmp_path / "out", base=str(base))
    merge(adapter, tmp_path / "out", base=str(models / "starcoder2"))


def test_tokenizer_record_and_readme_stand_beside(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    """The adapter's tokenizer, or the base's; the record of the training with fingerprints; no local path."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder2")
    (adapter / "record.json").write_text(json.dumps({"seed": 7, "data": {"tokens": "abc"}}))
    out = tmp_path / "out"
    merge(adapter, out)
    names = {path.name for path in out.iterdir()}
    assert names == {
        "README.md",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "record.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    record = json.loads((out / "record.json").read_text())
    assert (record["seed"], record["data"]["tokens"]) == (7, "abc")
    assert record["data"]["adapter"] == sha256_of(adapter / "adapter_model.safetensors")
    assert record["data"]["base weights"] == sha256_of(models / "starcoder2" / "model.safetensors")
    assert str(tmp_path) not in (out / "README.md").read_text()
    assert "# out" in (out / "README.md").read_text().splitlines()
    own = json.loads((models / "starcoder2" / "tokenizer_config.json").read_text())
    (adapter / "tokenizer_config.json").write_text(json.dumps(own | {"model_max_length": 99}))
    shutil.copyfile(models / "starcoder2" / "tokenizer.json", adapter / "tokenizer.json")
    merge(adapter, tmp_path / "second")
    assert json.loads((tmp_path / "second" / "tokenizer_config.json").read_text())["model_max_length"] == 99


def nan(config: dict[str, Any], weights: dict[str, Any]) -> None:
    weights["base_model.model.model.layers.0.mlp.c_fc.lora_B.weight"][3, 1] = float("nan")


def infinite(config: dict[str, Any], weights: dict[str, Any]) -> None:
    weights["base_model.model.model.layers.0.mlp.c_fc.lora_A.weight"][0, 0] = float("inf")


def no_base(config: dict[str, Any], weights: dict[str, Any]) -> None:
    config["base_model_name_or_path"] = None


def no_such_base(config: dict[str, Any], weights: dict[str, Any]) -> None:
    config["base_model_name_or_path"] = "nobody/nothing-here"


def unknown_layer(config: dict[str, Any], weights: dict[str, Any]) -> None:
    weights["base_model.model.model.other.weight"] = torch.ones(2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (nan, r"c_fc.lora_B.weight holds NaN or infinite values; the training diverged"),
        (infinite, r"c_fc.lora_A.weight holds NaN or infinite values; the training diverged"),
        (no_base, "the adapter names no base; name it by --base"),
        (no_such_base, "nobody/nothing-here: expected a folder or a model on the hub, saw neither"),
        (unknown_layer, r"unknown 1 \(model.other.weight\): weights and config.json are of different models"),
    ],
)
def test_a_bad_adapter_is_refused(
    make_adapter: MakeAdapter,
    tmp_path: Path,
    change: Callable[[dict[str, Any], dict[str, Any]], None],
    message: str,
) -> None:
    """With what is wrong in it; nothing is left behind."""
    adapter = changed(make_adapter(tmp_path / "adapter", "starcoder2"), change)
    with pytest.raises(BadInputError, match=message):
        merge(adapter, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_an_adapter_of_another_family_is_refused(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    """It names a layer that the base lacks."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder")
    with pytest.raises(
        BadInputError, match=r"changes transformer.h.0.attn.c_attn.weight \(8 such\), which .* \(starcoder2\)"
    ):
        merge(adapter, tmp_path / "out", base=str(models / "starcoder2"))


def test_an_adapter_of_another_size_is_refused(make_adapter: MakeAdapter, tmp_path: Path) -> None:
    """Its sizes and the base's are told."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder2")
    make_model(Shape(hidden=32, positions=512), 2048, 1, tmp_path / "small")
    message = (
        r"is \(256, 64\) in the adapter, \(256, 32\) in .*small; it was trained on a model of another size"
    )
    with pytest.raises(BadInputError, match=message):
        merge(adapter, tmp_path / "out", base=str(tmp_path / "small"))


def test_rows_that_the_base_lacks_are_refused(make_adapter: MakeAdapter, tmp_path: Path) -> None:
    """Marks of a chat need the base that has rows for them."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder2", trainable_token_indices=[5, 6])

    def beyond(config: dict[str, Any], weights: dict[str, Any]) -> None:
        config["trainable_token_indices"] = [5, 2048]

    with pytest.raises(BadInputError, match=r"changes row 2048 of model.embed_tokens.weight, .* has 2048;"):
        merge(changed(adapter, beyond), tmp_path / "out")


def test_a_tokenizer_with_more_ids_than_rows_is_refused(
    models: Path, make_adapter: MakeAdapter, tmp_path: Path
) -> None:
    """A model that cannot embed its tokens is not written."""
    adapter = make_adapter(tmp_path / "adapter", "starcoder2")
    shutil.copyfile(models / "starcoder2" / "tokenizer_config.json", adapter / "tokenizer_config.json")
    values = json.loads((models / "starcoder2" / "tokenizer.json").read_text())
    values["added_tokens"].append({**values["added_tokens"][0], "id": 2048, "content": "<|new|>"})
    (adapter / "tokenizer.json").write_text(json.dumps(values))
    with pytest.raises(BadTokenizerError, match="the tokenizer has 2049 ids, the model rows for 2048"):
        merge(adapter, tmp_path / "out")


def test_an_output_that_holds_anything_is_refused_at_once(tmp_path: Path) -> None:
    """Before the adapter is looked at."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadConfigError, match="saw files in it"):
        merge(Path("nowhere"), tmp_path)
