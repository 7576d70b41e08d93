"""Losses are those of each document alone, of known models, and in the layouts of training."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.errors import OutOfDeviceMemoryError
from training.evaluate.documents import Held, held_out
from training.evaluate.losses import Loss, losses, token_losses
from training.evaluate.settings import EvaluateSettings
from training.generate.ask import Loaded, load

PIECES = EvaluateSettings(length=100)


@pytest.fixture(scope="module")
def documents(store: Path, loaded: Loaded) -> list[Held]:
    """What is held out."""
    return held_out(store, loaded.coder, limit=None, seed=0)


def alone(model: Any, ids: list[int]) -> Any:
    """-ln p of each token but the first, of one sequence without any company."""
    import torch

    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
        return torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="none").numpy()


@pytest.mark.parametrize("batch_tokens", [1, 64, 10_000])
def test_a_sequence_is_measured_as_alone(loaded: Loaded, batch_tokens: int) -> None:
    """Neither its neighbours in a batch nor what fills it up change its losses; they come back in order."""
    generator = np.random.default_rng(0)
    sequences = [generator.integers(0, loaded.coder.size, length).tolist() for length in (5, 90, 2, 33, 60)]
    found = token_losses(loaded.model, sequences, loaded.coder, batch_tokens)
    for ids, table in zip(sequences, found, strict=True):
        np.testing.assert_allclose(table.nats, alone(loaded.model, ids), atol=1e-4)
        assert len(table.hits) == len(ids) - 1


def test_a_model_that_knows_nothing_is_as_good_as_a_die(loaded: Loaded, documents: list[Held]) -> None:
    """With random weights the loss is about ln(vocabulary), whatever the order."""
    for groups in losses(loaded.model, loaded.coder, documents, EvaluateSettings()).values():
        assert groups["all"].loss == pytest.approx(math.log(loaded.coder.size), abs=0.1)
        assert groups["all"].perplexity == pytest.approx(math.exp(groups["all"].loss))
        assert groups["all"].accuracy < 0.05


def test_groups_add_up(loaded: Loaded, documents: list[Held]) -> None:
    """All is the sum of the languages; every token but the first of a piece counts, and the end."""
    plain = losses(loaded.model, loaded.coder, documents, EvaluateSettings())["plain"]
    assert list(plain) == ["all", "Java", "Python"]
    assert plain["all"].documents == len(documents)
    assert plain["all"].tokens == sum(len(held.ids) for held in documents)
    summed = sum(plain[group].loss * plain[group].tokens for group in ("Java", "Python"))
    assert plain["all"].loss == pytest.approx(summed / plain["all"].tokens)


def test_bits_per_byte_count_text_only(loaded: Loaded) -> None:
    """Neither the end of the document nor special tokens have bytes, and their bits are left out."""
    coder = loaded.coder
    text = "class Order:\n    price = 'é😀'\n"
    ids = coder.encode_layout("<file_sep>" + text)
    held = Held("1", "x", np.array(ids), text)
    found = losses(loaded.model, coder, [held], EvaluateSettings())["plain"]["all"]
    nats = alone(loaded.model, [*ids, coder.specials.end])
    assert found.bits_per_byte == pytest.approx(
        float(nats[:-1].sum()) / math.log(2) / len(text.encode()), rel=1e-4
    )
    assert found.loss == pytest.approx(float(nats.mean()), rel=1e-4)


def test_the_likeliest_tokens_are_counted(loaded: Loaded) -> None:
    """A text that a model writes itself is all hits; of another few are."""
    import torch

    ids = [loaded.coder.specials.end]
    with torch.inference_mode():
        while len(ids) < 30:
            told = loaded.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]
            ids.append(int(told.argmax()))
    own, other = token_losses(loaded.model, [ids, list(range(50, 80))], loaded.coder, 1000)
    assert own.hits.all()
    assert other.hits.mean() < 0.2
    held = Held("1", "x", np.array(ids), "")
    found = losses(loaded.model, loaded.coder, [held], EvaluateSettings())["plain"]["all"]
    assert found.accuracy == pytest.approx(29 / 30, abs=0.04)


@pytest.mark.parametrize("mode", ["psm", "spm"])
def test_gaps_are_those_of_training(
    schooled: Path, documents: list[Held], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each document becomes prefix, suffix and middle; the middle's loss is of the middle and its end."""
    seen: list[list[list[int]]] = []
    model = load(str(schooled), quantize="none")
    coder = model.coder

    def spy(model: Any, sequences: Any, *rest: Any) -> Any:
        seen.append([list(ids) for ids in sequences])
        return token_losses(model, sequences, *rest)

    monkeypatch.setattr("training.evaluate.losses.token_losses", spy)
    found = losses(model.model, coder, documents, EvaluateSettings())
    _, psm, spm = seen
    specials = coder.specials
    middle_nats = middle_tokens = 0.0
    for held, ids in zip(documents, psm if mode == "psm" else spm, strict=True):
        assert ids[0] == specials.prefix
        assert ids[-1] == specials.end
        before, after = ids.index(specials.suffix), ids.index(specials.middle)
        assert (before == 1) == (mode == "spm")
        if mode == "psm":
            parts = [ids[1:before], ids[after + 1 : -1], ids[before + 1 : after]]
            nats = alone(model.model, ids)[after:]
            middle_nats, middle_tokens = middle_nats + float(nats.sum()), middle_tokens + len(nats)
        else:
            parts = [ids[after + 1 : -1], ids[2:after]]
        assert "".join(map(coder.decode, parts)) == held.text
    if mode == "psm":
        assert found["psm"]["all"].middle_loss == pytest.approx(middle_nats / middle_tokens, rel=1e-4)
        assert 0.3 < (found["psm"]["all"].middle_accuracy or 0) < 1
    assert found["plain"]["all"].middle_loss is None


def test_long_documents_are_cut_into_pieces(loaded: Loaded, documents: list[Held]) -> None:
    """No piece is longer than asked for, with its gap and its end; one end per document."""
    long = Held("long", "x", np.concatenate([held.ids for held in documents[:4]]), "")
    assert len(long.ids) > 200
    plain = losses(loaded.model, loaded.coder, [long], PIECES)["plain"]["all"]
    pieces = math.ceil(len(long.ids) / (100 - 32))
    assert (plain.documents, plain.tokens) == (1, len(long.ids) - pieces + 1)


def test_a_document_without_room_for_a_gap_is_measured_plain_only(loaded: Loaded) -> None:
    """What is too short to be cut is left out where gaps are."""
    held = Held("1", "x", np.array(loaded.coder.encode("a = 1")), "a = 1")
    found = losses(loaded.model, loaded.coder, [held], EvaluateSettings())
    assert (list(found["plain"]), found["psm"], found["spm"]) == (["all", "x"], {}, {})


def test_many_documents_are_measured_in_parts(
    loaded: Loaded, documents: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures are those of all at once, and progress counts every document in every order."""
    whole = losses(loaded.model, loaded.coder, documents, PIECES)
    monkeypatch.setattr("training.evaluate.losses.AT_A_TIME", 3)
    told: list[int] = []
    parts = losses(loaded.model, loaded.coder, documents, PIECES, told.append)
    assert sum(told) == 3 * len(documents)
    for mode, groups in whole.items():
        assert list(groups) == list(parts[mode])
        for name, loss in groups.items():
            assert parts[mode][name] == pytest.approx(loss, nan_ok=True)


def test_the_same_again(loaded: Loaded, documents: list[Held]) -> None:
    """Same seed, same gaps; another seed, others."""
    first, again, other = (
        losses(loaded.model, loaded.coder, documents, EvaluateSettings(seed=seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert first["psm"] != other["psm"]
    assert first["plain"] == other["plain"]
    assert isinstance(first["plain"]["all"], Loss)


def test_too_little_memory_is_said_with_what_helps(loaded: Loaded) -> None:
    """An error of the device becomes one that a person can act on."""
    import torch

    class Large:
        """Does not fit."""

        device = torch.device("cpu")

        def __call__(self, **_: Any) -> Any:
            raise torch.OutOfMemoryError("tried to allocate")

    with pytest.raises(
        OutOfDeviceMemoryError, match=r"1 pieces of 3 tokens do not fit .*--length.*--quantize"
    ):
        token_losses(Large(), [[1, 2, 3]], loaded.coder, 10)
