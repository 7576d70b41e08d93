"""Adapters, and the rows of new marks that are trained beside them."""

from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError
from training.chat.adapter import attach, check_support
from training.chat.dialogue import named
from training.chat.vocabulary import Marked, add_rows, coder_with_marks
from training.model.settings import LoraSettings, Shape

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
"""peft asks transformers for a name that it is about to drop."""
ENABLED = LoraSettings(enabled=True, rank=4, dropout=0)


def model_of(family: str, marked: Marked, *, tied: bool = True) -> Any:
    from transformers import AutoModelForCausalLM

    from training.model.shapes import config_of

    kv_heads = 1 if family == "starcoder" else 2
    shape = Shape.model_validate({"family": family, "kv_heads": kv_heads, "tied": tied})
    model = AutoModelForCausalLM.from_config(config_of(shape, marked.coder.size))
    add_rows(model, marked.coder.size, marked.size)
    return model


def rows_trained(model: Any) -> dict[str, tuple[int, ...]]:
    """Shapes of trained parameters that are no adapters of layers."""
    return {
        name: tuple(parameter.shape)
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and "lora_" not in name
    }


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_rows_of_new_marks_are_trained_and_no_others(models: Path, family: str, again: bool) -> None:
    """After a step these rows differ and all others do not; also where activations are computed again."""
    import torch

    marked = coder_with_marks(str(models / family), named("default"))
    model = attach(model_of(family, marked), ENABLED, marked, gradient_checkpointing=again)
    assert list(rows_trained(model).values()) == [(4, 64)]
    ids = torch.tensor([[*marked.marks.values(), 5, 6, 7]])
    before = model.get_input_embeddings()(torch.arange(marked.size)).detach().clone()
    optimiser = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=0.1)
    model.train()
    model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
    optimiser.step()
    moved = (model.get_input_embeddings()(torch.arange(marked.size)) != before).any(1)
    assert moved.nonzero().flatten().tolist() == list(marked.marks.values())


def test_an_output_embedding_of_its_own_has_trained_rows_of_its_own(models: Path) -> None:
    """As in StarCoder2-15B: else the end of a turn could be read but not written."""
    marked = coder_with_marks(str(models / "starcoder2"), named("default"))
    model = attach(model_of("starcoder2", marked, tied=False), ENABLED, marked, gradient_checkpointing=False)
    assert sorted(rows_trained(model).values()) == [(4, 64), (4, 64)]


def test_without_new_marks_only_adapters_are_trained(models: Path, marked: Marked) -> None:
    """A chat model that is fine-tuned on has rows that mean something."""
    known = marked._replace(added=())
    model = attach(model_of("starcoder2", known), ENABLED, known, gradient_checkpointing=False)
    assert rows_trained(model) == {}
    check_support(ENABLED, known, 3)


def test_rows_beside_adapters_are_refused_where_zero_3_splits_them(marked: Marked) -> None:
    """With what to take instead."""
    check_support(ENABLED, marked, 2)
    check_support(LoraSettings(), marked, 3)
    with pytest.raises(BadConfigError, match=r"no <\|system\|>, .*take configs/deepspeed/zero2\.json"):
        check_support(ENABLED, marked, 3)
