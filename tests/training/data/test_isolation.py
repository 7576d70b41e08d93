"""A document in a window sees only itself: logits are those of the document alone.

Traps are tested, too: calls that look alike and leak. They say what must never be done, and when a new
version of transformers closes one of them.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from made_tokens import MadeSplit
from tiny import SHAPES, texts, tiny_model

from curation.sentinels import Family
from training.data.collator import Collator
from training.data.dataset import Windows
from training.data.settings import PackingSettings
from training.fim.settings import FimSettings
from training.model.settings import Attention
from training.tokenizer.load import load_coder

LENGTH = 256
CLOSE = 1e-5
"""Difference of logits that comes from the order of sums; measured: 3e-7."""
LEAK = 1e-2
"""Difference of logits that comes from seeing another document; measured: 0.3 and more."""
FAMILIES = sorted(SHAPES)
LOOKED_BACK = 64
"""Tokens that StarCoder2's attention looks back here; documents are longer."""


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of a family."""
    assert request.param in get_args(Family)
    return tiny_model(request.param, tmp_path_factory.getbasetemp() / f"tokenizer-{request.param}")


def opened(folder: Path, attention: str) -> Any:
    """The model, for looking at logits."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention, dtype=torch.float32)
    return model.eval()


@pytest.fixture(scope="module")
def windows(folder: Path) -> Windows:
    """Windows with several documents each, some longer than the model looks back, with gaps and padding."""
    coder = load_coder(folder)
    split = MadeSplit([coder.encode(text[: 150 + 40 * number]) for number, text in enumerate(texts(16))])
    return Windows(split, coder, FimSettings(), PackingSettings(sequence_length=LENGTH), 7)


def alone(model: Any, windows: Windows, number: int) -> Iterator[tuple[slice, Any]]:
    """Where each document of a window is, and its logits when the model sees nothing else."""
    import torch

    window = windows.window(number)
    for segment in window.segments:
        ids = torch.from_numpy(window.ids[segment.start : segment.end])[None]
        with torch.no_grad():
            yield slice(segment.start, segment.end), model(ids, use_cache=False).logits[0]


def furthest(model: Any, windows: Windows, numbers: list[int], logits: Any) -> float:
    """The largest difference between logits of windows, row by row, and those of their documents alone."""
    return max(
        float((logits[row, place] - expected).abs().max())
        for row, number in enumerate(numbers)
        for place, expected in alone(model, windows, number)
    )


def called(model: Any, batch: dict[str, Any], **more: Any) -> Any:
    """Logits of a batch."""
    import torch

    inputs = {name: value for name, value in batch.items() if name != "labels"}
    with torch.no_grad():
        return model(**{**inputs, "use_cache": False, **more}).logits


def test_the_windows_are_hard_enough(windows: Windows) -> None:
    """What is compared has several documents in a window, some longer than the model looks back, and gaps."""
    segments = [s for number in (0, 1) for s in windows.window(number).segments]
    assert len(segments) >= 4
    assert max(s.end - s.start for s in segments) > LOOKED_BACK
    assert any(s.gaps for s in segments)
    assert SHAPES["starcoder2"].sliding_window == LOOKED_BACK


@pytest.mark.parametrize("numbers", [[0], [0, 1]])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_documents_see_only_themselves(
    folder: Path, windows: Windows, attention: Attention, numbers: list[int]
) -> None:
    """Logits of a batch are those of its documents alone, in both kernels, with one row and with two."""
    model = opened(folder, attention)
    batch = Collator(isolate=True, attention=attention)([windows[number] for number in numbers])
    assert furthest(model, windows, numbers, called(model, batch)) < CLOSE


@pytest.mark.parametrize("trap", ["cache", "mask", "no positions"])
def test_calls_that_leak(folder: Path, windows: Windows, trap: str) -> None:
    """With a cache, with a mask of ones, or without positions, documents see what is before them."""
    import torch

    model = opened(folder, "sdpa")
    batch = Collator(isolate=True, attention="sdpa")([windows[0]])
    more: dict[str, Any] = {
        "cache": {"use_cache": True},
        "mask": {"attention_mask": torch.ones_like(batch["input_ids"])},
        "no positions": {"position_ids": None},
    }[trap]
    assert furthest(model, windows, [0], called(model, batch)) < CLOSE
    assert furthest(model, windows, [0], called(model, batch, **more)) > LEAK


def test_without_isolation_what_is_before_is_seen(folder: Path, windows: Windows) -> None:
    """A window that is not isolated is one text for the model."""
    import torch

    model = opened(folder, "sdpa")
    ids = windows.window(0).ids
    sample = {**windows[0], "position_ids": torch.arange(LENGTH)}
    logits = called(model, Collator(isolate=False, attention="sdpa")([sample]))
    with torch.no_grad():
        plain = model(torch.from_numpy(ids)[None], use_cache=False).logits
    assert float((logits - plain).abs().max()) < CLOSE
    assert furthest(model, windows, [0], logits) > LEAK


def test_losses_do_not_depend_on_neighbours(folder: Path, windows: Windows) -> None:
    """The loss of a window is the mean over its documents' own targets, each seen alone."""
    import torch
    from torch.nn.functional import cross_entropy

    model = opened(folder, "sdpa")
    batch = Collator(isolate=True, attention="sdpa")([windows[0]])
    with torch.no_grad():
        loss = float(model(**batch, use_cache=False).loss)
    window = windows.window(0)
    losses = [
        cross_entropy(logits[:-1], torch.from_numpy(window.ids[place][1:]), reduction="none")
        for place, logits in alone(model, windows, 0)
    ]
    assert loss == pytest.approx(float(torch.cat(losses).mean()), abs=CLOSE)


SEEN: list[dict[str, Any]] = []
"""What the stand-in for flash attention was told, call by call."""


def stand_in(module: Any, query: Any, key: Any, value: Any, mask: Any, **told: Any) -> tuple[Any, None]:
    """Attention of each stretch that it is told of, by plain sums: what flash attention does on a GPU."""
    import torch

    SEEN.append({"mask": mask, **told})
    groups = query.shape[1] // key.shape[1]
    key, value = (one.repeat_interleave(groups, 1) for one in (key, value))
    edges = told.get("cu_seq_lens_q")
    edges = [0, query.shape[2]] if edges is None else edges.tolist()
    out = torch.zeros_like(query)
    for first, last in itertools.pairwise(edges):
        scores = query[:, :, first:last] @ key[:, :, first:last].transpose(2, 3) * told["scaling"]
        steps = torch.arange(last - first)
        back = steps[:, None] - steps[None, :]
        hidden = (back < 0) | (back >= (told.get("sliding_window") or LENGTH))
        weights = scores.masked_fill(hidden, float("-inf")).softmax(-1)
        out[:, :, first:last] = weights @ value[:, :, first:last]
    return out.transpose(1, 2), None


@pytest.fixture
def flash(folder: Path) -> Any:
    """A model whose attention is the stand-in, called as flash attention is."""
    from transformers import AttentionInterface
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, AttentionMaskInterface

    AttentionInterface.register("stand_in", stand_in)
    AttentionMaskInterface.register("stand_in", ALL_MASK_ATTENTION_FUNCTIONS["flash_attention_2"])
    SEEN.clear()
    return opened(folder, "stand_in")


def test_flash_attention_is_told_where_documents_are(flash: Any, windows: Windows) -> None:
    """In both families the kernel gets the edges of documents, their greatest length, and no mask."""
    batch = Collator(isolate=True, attention="flash_attention_2")([windows[0], windows[1]])
    called(flash, batch)
    assert len(SEEN) == 2, "a call for each layer"
    for told in SEEN:
        assert told["mask"] is None
        for name in ("cu_seq_lens_q", "cu_seq_lens_k"):
            assert told[name].tolist() == batch[name].tolist()
        assert (told["max_length_q"], told["max_length_k"]) == (batch["max_length_q"], batch["max_length_k"])


def test_with_edges_documents_see_only_themselves(flash: Any, windows: Windows, folder: Path) -> None:
    """A kernel that keeps to the edges gives the logits of documents alone, for two windows in a row."""
    batch = Collator(isolate=True, attention="flash_attention_2")([windows[0], windows[1]])
    logits = called(flash, batch).reshape(2, LENGTH, -1)
    assert furthest(opened(folder, "sdpa"), windows, [0, 1], logits) < CLOSE


def test_positions_alone_do_not_tell_flash_attention(flash: Any, folder: Path, windows: Windows) -> None:
    """StarCoder's attention is not handed positions, so that edges must be told; StarCoder2's is."""
    batch = Collator(isolate=True, attention="sdpa")([windows[0]])
    called(flash, batch)
    handed = all(told.get("position_ids") is not None for told in SEEN)
    assert handed == folder.name.endswith("starcoder2")
