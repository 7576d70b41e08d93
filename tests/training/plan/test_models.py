"""Both families, with what a setting adds or takes away."""

from dataclasses import replace
from typing import Literal

import pytest

from training.model.settings import Shape
from training.plan.attention import MASK
from training.plan.models import Step, build, forward
from training.plan.operations import LOGITS, Math
from training.plan.sizes import Sizes, plain_config, sizes_of
from training.plan.tape import Tape, leaf

STEP = Step(length=64, batch=2, weights=2, cuda=True, checkpointing=False)
ROWS = 128
FORGOTTEN = leaf(lambda _gradients, _kept: [])


def sizes(family: Literal["starcoder", "starcoder2"] = "starcoder2", **more: object) -> Sizes:
    """Sizes of a small model."""
    values = {"family": family, "layers": 3, "kv_heads": 1 if family == "starcoder" else 2, "positions": 64}
    return sizes_of(plain_config(Shape.model_validate({**values, **more}), 100))


def kept(of: Sizes, step: Step) -> dict[str, int]:
    """Bytes by kind that a forward pass keeps."""
    tape = Tape()
    model = build(Math(tape, cuda=step.cuda, autocast=step.autocast), of, step)
    for weight in model.parameters():
        if weight.trainable:
            weight.node = FORGOTTEN
    loss = forward(model)
    model.math.casts.clear()
    found = {kind: size for kind, size in tape.live.items() if size}
    assert loss.elements == 1
    return found


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_every_weight_of_the_model_is_there(family: Literal["starcoder", "starcoder2"]) -> None:
    """Their elements are the parameters of the model; an output layer of its own counts as well."""
    for tied in (True, False):
        of = replace(sizes(family), tied=tied)
        model = build(Math(Tape(), cuda=True), of, STEP)
        assert sum(weight.elements for weight in model.parameters()) == of.parameters
        assert all(weight.trainable for weight in model.parameters())


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_with_adapters_only_they_are_trained(family: Literal["starcoder", "starcoder2"]) -> None:
    """Rank 4 on one kind of layer."""
    of = sizes(family)
    step = replace(STEP, adapters=4, rank=4, targets=("c_fc",))
    trained = [one for one in build(Math(Tape(), cuda=True), of, step).parameters() if one.trainable]
    assert sum(one.elements for one in trained) == of.adapters(4, ("c_fc",))
    assert {one.width for one in trained} == {4}


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_checkpointing_keeps_a_block_s_input_and_no_more(family: Literal["starcoder", "starcoder2"]) -> None:
    """A layer more costs its input: rows times hidden size, two bytes each."""
    step = replace(STEP, checkpointing=True)
    three, four = (kept(replace(sizes(family), layers=layers), step) for layers in (3, 4))
    assert four["activations"] - three["activations"] == ROWS * 64 * 2
    assert four[MASK] == three[MASK] == ROWS * 64


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_without_checkpointing_each_layer_keeps_a_mask(family: Literal["starcoder", "starcoder2"]) -> None:
    """Of the precision of the computation; the one of all layers is gone after the pass."""
    assert kept(sizes(family), STEP)[MASK] == 3 * ROWS * 64 * 2


def test_there_is_no_mask_where_a_window_is_one_document() -> None:
    """Unless attention looks back less far than the window is long."""
    step = replace(STEP, isolate=False)
    assert MASK not in kept(sizes(), step)
    assert MASK not in kept(sizes(sliding_window=64), step)
    assert MASK in kept(sizes(sliding_window=32), step)
    assert MASK not in kept(sizes(), replace(STEP, attention="flash_attention_2"))


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_the_logits_are_kept_once_in_fp32(family: Literal["starcoder", "starcoder2"]) -> None:
    """For each token and entry of the vocabulary, and the loss itself."""
    assert kept(sizes(family), STEP)[LOGITS] == ROWS * 100 * 4


def test_frozen_weights_keep_less_than_trained_ones() -> None:
    """Inputs of frozen layers are kept for their adapters only."""
    step = replace(STEP, adapters=2, rank=4, targets=("q_proj",))
    assert kept(sizes(), step)["activations"] < kept(sizes(), STEP)["activations"]
