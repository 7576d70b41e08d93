"""Completions do not depend on what else is in the batch, and end where they should."""

from typing import Any

import pytest

from curation.sentinels import Family
from training.errors import OutOfDeviceMemoryError
from training.generate.complete import complete
from training.generate.prompts import build
from training.generate.settings import Sampling
from training.generate.stops import stop_ids
from training.tokenizer.coder import Coder

SOURCE = "def total(values):\n    result = 0\n    for value in values:\n        result += value\n"


def prompts(coder: Coder) -> list[list[int]]:
    """Prompts of very different lengths, so that they need padding; one is longer than the sliding window."""
    return [
        build(coder, SOURCE[:length], suffix, 200).ids
        for length, suffix in (
            (3, None),
            (40, "\n    return result\n"),
            (len(SOURCE), None),
            (20, "x"),
            (90, ""),
        )
    ] + [build(coder, SOURCE * 3, "\n", 150).ids]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_a_batch_is_completed_as_one_by_one(
    models: dict[Family, Any], coders: dict[Family, Coder], family: Family, temperature: float
) -> None:
    """Padding on the left changes neither positions nor what is seen, and draws belong to the prompt."""
    model, coder = models[family], coders[family]
    asked = prompts(coder)
    many = Sampling(max_new_tokens=14, temperature=temperature, batch=4)
    one = many.model_copy(update={"batch": 1})
    together = complete(model, coder, asked, many)
    assert together == complete(model, coder, asked, one)
    assert len({sample.text for [sample] in together}) > 3


def test_a_prompt_alone_gets_what_it_gets_in_company(
    models: dict[Family, Any], coders: dict[Family, Coder]
) -> None:
    """Its key decides its draws, not its place: a file of prompts can be continued where it was stopped."""
    model, coder = models["starcoder2"], coders["starcoder2"]
    asked = prompts(coder)
    sampling = Sampling(max_new_tokens=12, temperature=1.0, top_p=0.9, samples=2, seed=7)
    together = complete(model, coder, asked, sampling)
    alone = complete(model, coder, asked[3:4], sampling, keys=["3"])
    assert together[3] == alone[0]
    assert together[3][0] != together[3][1]
    assert complete(model, coder, asked[3:4], sampling, keys=["4"])[0] != alone[0]
    other_seed = sampling.model_copy(update={"seed": 8})
    assert complete(model, coder, asked, other_seed) != together


def test_draws_follow_the_probabilities(models: dict[Family, Any], coders: dict[Family, Coder]) -> None:
    """Over many samples the first token comes as often as the model says; top-p leaves out the unlikely."""
    import torch

    model, coder = models["starcoder"], coders["starcoder"]
    ids = coder.encode("import ")
    with torch.inference_mode():
        told = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].float()
    ways = ((heat / 10, (told * 10 / heat).softmax(-1)) for heat in range(1, 100))
    temperature, likely = min(ways, key=lambda way: abs(float(way[1].max()) - 0.5))
    favourite = int(likely.argmax())
    assert float(likely[favourite]) == pytest.approx(0.5, abs=0.1), "the test needs some doubt"
    sampling = Sampling(max_new_tokens=1, temperature=temperature, samples=400, batch=400)
    [made] = complete(model, coder, [ids], sampling)
    name = "" if favourite in stop_ids(coder.specials) else coder.decode([favourite])
    share = sum(one.text == name for one in made) / len(made)
    assert share == pytest.approx(float(likely[favourite]), abs=0.1)
    narrow = sampling.model_copy(update={"top_p": float(likely[favourite]) / 2})
    assert {one.text for one in complete(model, coder, [ids], narrow)[0]} == {name}


def test_a_users_text_ends_a_completion_exactly(
    models: dict[Family, Any], coders: dict[Family, Coder]
) -> None:
    """What was written before the text is what is written without it, up to there."""
    model, coder = models["starcoder2"], coders["starcoder2"]
    asked = prompts(coder)
    plain = Sampling(max_new_tokens=24, temperature=1.0)
    free = complete(model, coder, asked, plain)
    stops = tuple(sorted({sample.text[5:7] for [sample] in free if len(sample.text) > 8}))[:3]
    stopped = complete(model, coder, asked, plain.model_copy(update={"stops": stops}))
    assert sum(sample.ended == "stop" for [sample] in stopped) >= 2
    for [before], [after] in zip(free, stopped, strict=True):
        places = [before.text.find(stop) for stop in stops if stop in before.text]
        assert after.text == (before.text[: min(places)] if places else before.text)
        assert (after.ended == "stop") == bool(places)
        assert after.tokens <= before.tokens


def test_a_token_of_the_model_ends_a_completion(
    models: dict[Family, Any], coders: dict[Family, Coder]
) -> None:
    """Nothing behind <file_sep> is told, and <file_sep> itself is not."""
    import torch

    model, coder = models["starcoder2"], coders["starcoder2"]
    file_sep = coder.specials.file_sep
    said = [*coder.encode("done"), file_sep, *coder.encode("next.py")]
    asked: list[Any] = []

    class Parrot:
        """Says one thing, whatever it is asked."""

        device = torch.device("cpu")

        def generate(self, input_ids: Any, generation_config: Any, **_: Any) -> Any:
            """The prompt, and what it says."""
            asked.append(generation_config.eos_token_id)
            return torch.cat([input_ids, torch.tensor([said])], 1)

    assert model is not None
    [[made]] = complete(Parrot(), coder, [[5, 6]], Sampling(max_new_tokens=9))
    assert (made.text, made.ended, made.tokens) == ("done", "end", len(coder.encode("done")) + 1)
    assert asked == [list(stop_ids(coder.specials))]  # so that a model says nothing more


def test_half_a_character_at_the_end_is_left_out(coders: dict[Family, Coder]) -> None:
    """Where the number of tokens cuts a character in two, no sign of it is told."""
    import torch

    coder = coders["starcoder"]
    cut = coder.encode("x" + chr(0x1F9FF))[:-1]

    class Parrot:
        """Says one thing, whatever it is asked."""

        device = torch.device("cpu")

        def generate(self, input_ids: Any, **_: Any) -> Any:
            """The prompt, and what it says."""
            return torch.cat([input_ids, torch.tensor([cut])], 1)

    [[made]] = complete(Parrot(), coder, [[5]], Sampling(max_new_tokens=9))
    assert (made.text, made.ended) == ("x", "length")


def test_too_little_memory_is_said_with_what_helps(coders: dict[Family, Coder]) -> None:
    """An error of the device becomes one that a person can act on."""
    import torch

    class Large:
        """Does not fit."""

        device = torch.device("cpu")

        def generate(self, **_: Any) -> Any:
            """Fail as torch does."""
            raise torch.OutOfMemoryError("tried to allocate")

    with pytest.raises(
        OutOfDeviceMemoryError, match=r"1 completions of up to 9 tokens .*--batch-size.*--quantize"
    ):
        complete(Large(), coders["starcoder"], [[5]], Sampling(max_new_tokens=9))


def test_progress_counts_every_completion(models: dict[Family, Any], coders: dict[Family, Coder]) -> None:
    """The listener hears of as many completions as are made."""
    told: list[int] = []
    sampling = Sampling(max_new_tokens=2, temperature=1.0, samples=3, batch=4)
    complete(models["starcoder"], coders["starcoder"], [[5], [6, 7]], sampling, show=told.append)
    assert told == [4, 2]
