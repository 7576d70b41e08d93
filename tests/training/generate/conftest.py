"""Small models of both families, made once, and what is made of them."""

from pathlib import Path
from typing import Any

import pytest
from lively import lively_model

from curation.sentinels import Family
from training.generate.load import coder_for, load_for_generation, locate
from training.tokenizer.coder import Coder

FAMILIES: tuple[Family, ...] = ("starcoder", "starcoder2")


@pytest.fixture(scope="session")
def lively(tmp_path_factory: pytest.TempPathFactory) -> dict[Family, Path]:
    """Folders of models with a tokenizer; not to be changed."""
    import torch

    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("lively")
    return {family: lively_model(family, root / family) for family in FAMILIES}


@pytest.fixture(scope="session")
def coders(lively: dict[Family, Path]) -> dict[Family, Coder]:
    """Their tokenizers."""
    return {family: coder_for(locate(folder)) for family, folder in lively.items()}


@pytest.fixture(scope="session")
def models(lively: dict[Family, Path]) -> dict[Family, Any]:
    """They themselves, loaded."""
    return {family: load_for_generation(folder) for family, folder in lively.items()}


@pytest.fixture(scope="session")
def adapter(lively: dict[Family, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter on the model of StarCoder2 that changes what it says."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("adapter")
    base = AutoModelForCausalLM.from_pretrained(lively["starcoder2"], dtype=torch.float32)
    with pytest.warns(FutureWarning, match="is_gradient_checkpointing"):  # peft asks it of transformers
        model = get_peft_model(
            base, LoraConfig(r=4, target_modules=["q_proj", "c_fc"], task_type="CAUSAL_LM")
        )
    generator = torch.Generator().manual_seed(1)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(0, 0.2, generator=generator)
    model.save_pretrained(folder)
    return folder
