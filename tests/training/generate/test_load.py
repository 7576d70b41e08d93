"""Models are loaded whole or as adapter on their base, or not at all."""

import importlib.util
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError, BadInputError
from curation.sentinels import Family
from training.errors import BadTokenizerError
from training.generate.load import (
    Quantize,
    check_vocabulary,
    coder_for,
    footprint,
    load_for_generation,
    locate,
    positions,
)
from training.tokenizer.coder import Coder


def logits(model: Any, coder: Coder) -> Any:
    """What a model says about a short text."""
    import torch

    with torch.inference_mode():
        ids = torch.tensor([coder.encode("def f(x):\n    return x")])
        return model(input_ids=ids, use_cache=False).logits.float()


@pytest.fixture
def damaged(lively: dict[Family, Path], tmp_path: Path) -> Path:
    """A copy of a model that a test may change."""
    return shutil.copytree(lively["starcoder2"], tmp_path / "damaged")


def change_weights(folder: Path, name: str, change: Any) -> None:
    """Write the weights of a folder anew, changed."""
    from safetensors.torch import load_file, save_file

    weights = {key: weight.clone() for key, weight in load_file(folder / name).items()}
    change(weights)
    save_file(weights, folder / name, metadata={"format": "pt"})


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_a_model_is_ready_to_generate(models: dict[Family, Any], family: Family) -> None:
    """It is in eval mode, frozen, and knows how much it sees and takes."""
    model = models[family]
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert positions(model) == 256
    assert footprint(model) >= 4 * sum(parameter.numel() for parameter in model.parameters())


def test_the_precision_is_the_one_asked_for(lively: dict[Family, Path], models: dict[Family, Any]) -> None:
    """bf16 halves the footprint of fp32; auto keeps what the checkpoint has."""
    halved = load_for_generation(lively["starcoder2"], dtype="bf16")
    assert footprint(halved) == pytest.approx(footprint(models["starcoder2"]) / 2, rel=0.01)
    assert str(models["starcoder2"].dtype) == "torch.float32"


def test_an_adapters_folder_is_its_base_with_the_adapter(
    lively: dict[Family, Path], models: dict[Family, Any], coders: dict[Family, Coder], adapter: Path
) -> None:
    """A folder with an adapter is never taken for a whole model: base and adapter speak together."""
    import torch

    coder = coders["starcoder2"]
    alone = load_for_generation(adapter)
    beside = load_for_generation(lively["starcoder2"], adapter=adapter)
    assert torch.equal(logits(alone, coder), logits(beside, coder))
    assert (logits(alone, coder) - logits(models["starcoder2"], coder)).abs().max() > 0.01
    assert coder_for(locate(adapter)).sha256 == coder.sha256
    assert footprint(alone) > footprint(models["starcoder2"])


def test_an_adapter_on_an_adapter_is_refused(adapter: Path) -> None:
    """Two adapters are one too many."""
    with pytest.raises(BadConfigError, match="is an adapter itself; name its base"):
        load_for_generation(adapter, adapter=adapter)


def test_an_adapter_whose_base_is_gone_is_refused(adapter: Path, tmp_path: Path) -> None:
    """The message names the base and says how to name another."""
    moved = shutil.copytree(adapter, tmp_path / "moved")
    path = moved / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"base_model_name_or_path": "/gone/base"}))
    with pytest.raises(BadInputError, match=r"an adapter on /gone/base, which is not there: name the base"):
        locate(moved)


def test_an_adapter_for_another_model_is_refused(lively: dict[Family, Path], adapter: Path) -> None:
    """Weights that find no place are named."""
    with pytest.raises(
        BadInputError, match=r"that the model has no place for: .*q_proj.*is it an adapter for"
    ):
        load_for_generation(lively["starcoder"], adapter=adapter)


def test_an_adapter_with_holes_is_refused(adapter: Path, tmp_path: Path) -> None:
    """A missing weight of an adapter is an error, not a random one."""
    holed = shutil.copytree(adapter, tmp_path / "holed")
    name = "adapter_model.safetensors"
    change_weights(holed, name, lambda weights: weights.pop(next(iter(weights))))
    with pytest.raises(BadInputError, match=r"expected exactly the model's weights, saw 1 missing: "):
        load_for_generation(holed)


def test_an_adapter_may_bring_new_rows_of_the_embedding(
    lively: dict[Family, Path], coders: dict[Family, Coder], adapter: Path, tmp_path: Path
) -> None:
    """A vocabulary that grew in training is there again: the base gets as many rows as were saved."""
    import torch

    rows = coders["starcoder2"].size + 4
    grown = shutil.copytree(adapter, tmp_path / "grown")

    def add(weights: dict[str, Any]) -> None:
        weights["base_model.model.model.embed_tokens.weight"] = torch.full((rows, 64), 0.5)
        weights["base_model.model.lm_head.weight"] = torch.zeros(rows, 64)

    change_weights(grown, "adapter_model.safetensors", add)
    model = load_for_generation(grown)
    assert model.get_input_embeddings().weight.shape == (rows, 64)
    assert float(model.get_input_embeddings().weight.mean()) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("model.norm.weight"), "saw 1 missing: model.norm.weight"),
        (lambda w: w.update(odd=w["model.norm.bias"].clone()), "saw 1 that the model has no place for: odd"),
        (
            lambda w: w.update({"model.norm.bias": w["model.norm.bias"][:5].clone()}),
            "1 of another shape: model.norm",
        ),
    ],
)
def test_weights_that_are_not_whole_are_refused(damaged: Path, change: Any, message: str) -> None:
    """Missing, spare and misshapen weights are named; none is left to chance."""
    change_weights(damaged, "model.safetensors", change)
    with pytest.raises(BadInputError, match=message):
        load_for_generation(damaged)


@pytest.mark.parametrize("content", [None, b"", b"no weights at all, but longer than a header"])
def test_a_folder_without_weights_is_refused(damaged: Path, content: bytes | None) -> None:
    """A folder whose weights are missing or unreadable says what was expected."""
    (damaged / "model.safetensors").unlink()
    if content is not None:
        (damaged / "model.safetensors").write_bytes(content)
    with pytest.raises(BadInputError, match="expected a model or adapter on the hub, or a folder"):
        load_for_generation(damaged)


@pytest.mark.parametrize("name", ["nobody/no-such-model", "/no/such/folder"])
def test_a_model_that_is_nowhere_is_refused(name: str) -> None:
    """So is a name that is no model."""
    with pytest.raises(BadInputError, match=f"{name}: expected a model or adapter"):
        load_for_generation(name)


def test_the_folder_of_a_run_means_its_final_model(lively: dict[Family, Path], tmp_path: Path) -> None:
    """A training run is named by its folder; a folder that only has a `final` in it is not one."""
    final = shutil.copytree(lively["starcoder"], tmp_path / "run" / "final")
    assert locate(tmp_path / "run").base == str(tmp_path / "run")
    (tmp_path / "run" / "record.json").write_text("{}")
    assert locate(tmp_path / "run").base == str(final)


def test_a_vocabulary_that_is_too_large_is_refused(
    models: dict[Family, Any], coders: dict[Family, Coder], lively: dict[Family, Path]
) -> None:
    """A tokenizer whose ids have no rows does not fit the model."""
    model, coder = models["starcoder2"], coders["starcoder2"]
    check_vocabulary(model, coder, "m")
    larger = coder_for(locate(lively["starcoder2"]))
    larger.size = coder.size + 1
    with pytest.raises(
        BadTokenizerError, match=rf"has {coder.size + 1} entries, the model {coder.size} rows"
    ):
        check_vocabulary(model, larger, "m")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"dtype": "fp16"}, "--dtype fp16 needs a GPU"),
        ({"device_map": "cuda:0"}, "--device-map cuda:0: torch sees no GPU here"),
    ],
)
def test_what_needs_a_gpu_says_so(
    lively: dict[Family, Path], how: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A precision or device that is not here is refused before anything is loaded."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadConfigError, match=message):
        load_for_generation(lively["starcoder2"], **how)


def test_missing_bitsandbytes_is_said_with_its_installation(
    lively: dict[Family, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the package, the message has the line that installs it."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "bitsandbytes" else find(name, *rest)
    )
    with pytest.raises(BadConfigError, match=r'pip install "starcoder-curation\[quant\]"'):
        load_for_generation(lively["starcoder2"], quantize="nf4")


def test_quantized_models_are_smaller_and_quiet(
    lively: dict[Family, Path],
    models: dict[Family, Any],
    coders: dict[Family, Coder],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """8 and 4 bits take less, still answer nearly alike, and write no line for every matrix product."""
    import torch

    caplog.set_level(logging.INFO)
    coder, whole = coders["starcoder2"], models["starcoder2"]
    expected = logits(whole, coder).flatten()
    sizes = [footprint(whole)]
    ways: tuple[tuple[Quantize, float], ...] = (("8bit", 0.99), ("nf4", 0.8))
    for quantize, alike in ways:
        model = load_for_generation(lively["starcoder2"], dtype="fp32", quantize=quantize)
        sizes.append(footprint(model))
        assert torch.cosine_similarity(logits(model, coder).flatten(), expected, dim=0) > alike
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3
    assert [record for record in caplog.records if record.name.startswith("bitsandbytes")] == []
