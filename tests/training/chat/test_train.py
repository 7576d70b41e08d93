"""Chat fine-tuning from end to end: two processes, ZeRO-3, bf16; what it leaves, and how it goes on."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from chat_runs import STEPS

from training.chat.answer import Decoding, answer
from training.chat.dialogue import Message, load, named
from training.chat.samples import LINES, PAGE
from training.chat.vocabulary import coder_with_marks


def rows_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def losses(run: Path) -> dict[int, Any]:
    """Step -> loss, norm of the gradient and rate, bit by bit."""
    return {
        row["step"]: (row["loss"], row["grad_norm"], row["learning_rate"])
        for row in rows_of(run)
        if "loss" in row
    }


@pytest.mark.parametrize("name", ["zero3", "starcoder", "adapters"])
def test_the_loss_falls(runs: Path, name: str) -> None:
    """Of both families, with all weights under ZeRO-3 and with adapters under ZeRO-2."""
    found = losses(runs / name)
    assert list(found) == list(range(1, STEPS + 1))
    assert found[STEPS][0] < found[1][0] - 0.1


def test_the_first_loss_is_that_of_answers_alone(runs: Path) -> None:
    """As computed here from the untrained model: a loss over all tokens would be another number."""
    import torch
    from transformers import AutoModelForCausalLM

    from training.chat.config import load as load_config
    from training.chat.store import Dialogues
    from training.chat.windows import Windows

    config = load_config(runs / "zero3.yaml")
    model = AutoModelForCausalLM.from_pretrained(runs / "zero3/base", dtype=torch.float32)
    dialogues = Dialogues(config.dialogues, "train")
    windows = Windows(dialogues, config.sequence_length, config.seed, 4)
    total, count = 0.0, 0
    for number in range(config.optimiser.batch):
        for dialogue in windows.dialogues(number):  # each alone: in its window it must see nothing else
            ids = torch.from_numpy(dialogues.ids(dialogue))[None]
            with torch.inference_mode():
                scores = model(input_ids=ids, use_cache=False).logits[0, :-1].log_softmax(-1)
            wanted = torch.from_numpy(dialogues.targets(dialogue))[1:]
            total -= float(scores[wanted, ids[0, 1:][wanted]].sum())
            count += int(wanted.sum())
    assert losses(runs / "zero3")[1][0] == pytest.approx(total / count, rel=3e-3)


def test_a_run_that_was_killed_goes_on_bit_by_bit(runs: Path) -> None:
    """Steps 4 to 6 after a kill are those of the run that was not killed."""
    assert losses(runs / "resumed") == losses(runs / "zero3")
    assert (runs / "resumed/final/model.safetensors").read_bytes() == (
        runs / "zero3/final/model.safetensors"
    ).read_bytes()


def test_dialogues_that_were_held_out_are_evaluated(runs: Path) -> None:
    """Every few steps, as a finite loss that falls."""
    found = {
        row["step"]: row["evaluation_loss"] for row in rows_of(runs / "zero3") if "evaluation_loss" in row
    }
    assert list(found) == [3, 6]
    assert math.inf > found[3] > found[6]


def test_padding_is_told(runs: Path) -> None:
    """A share of all tokens, in each row."""
    shares = [row["padding_share"] for row in rows_of(runs / "zero3") if "loss" in row]
    assert all(0 < share < 0.5 for share in shares)


def test_every_process_sampled_and_the_model_was_saved_first(runs: Path) -> None:
    """Generating with split weights ended on both processes, after the model was there."""
    page, final = runs / "zero3" / PAGE, runs / "zero3/final/record.json"
    assert final.stat().st_mtime_ns < page.stat().st_mtime_ns
    lines = [json.loads(line) for line in (runs / "zero3" / LINES).read_text().splitlines()]
    assert [line["messages"][0]["content"] for line in lines] == ["What is 1 + 2?", "Hi"]
    assert all(line["messages"][1]["role"] == "assistant" for line in lines)
    assert not (runs / "starcoder" / PAGE).exists()
    printed = (runs / "printed.txt").read_text()
    assert f"{page} holds its answers to 2 prompts" in printed


@pytest.mark.parametrize(("name", "rows"), [("zero3", 2052), ("starcoder", 2112)])
def test_rows_of_marks_are_in_the_saved_model(runs: Path, name: str, rows: int) -> None:
    """All rows, gathered from both processes; the marks' have moved apart from where they began."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(runs / name / "final", dtype=torch.float32)
    base = AutoModelForCausalLM.from_pretrained(runs / name / "base", dtype=torch.float32)
    saved, begun = (one.get_input_embeddings().weight for one in (model, base))
    assert saved.shape == begun.shape == (rows, 64)
    assert torch.equal(begun[2048], begun[2051])
    assert not torch.equal(saved[2048], saved[2051])
    assert saved.isfinite().all()


def test_what_is_saved_says_how_to_talk_to_it(runs: Path) -> None:
    """The template twice, for us and for servers; and where an answer ends, which servers read, too."""
    from transformers import AutoTokenizer, GenerationConfig

    final = runs / "zero3/final"
    assert load(final) == named("default")
    hf = AutoTokenizer.from_pretrained(final)
    assert hf.chat_template == named("default").jinja()
    end = hf.convert_tokens_to_ids("<|end|>")
    config = GenerationConfig.from_pretrained(final)
    assert config.eos_token_id == [end, hf.eos_token_id]
    record = json.loads((final / "record.json").read_text())
    assert record["step"] == STEPS
    assert record["config"]["template"] == named("default").model_dump()
    assert len(record["data"]["dialogues"]) == 64


def test_a_saved_model_answers_as_it_did_when_it_was_trained(runs: Path) -> None:
    """The greedy sample of the run is what the saved weights give in one process."""
    from training.generate.load import load_for_generation

    final = runs / "zero3/final"
    marked = coder_with_marks(str(final), load(final))
    model = load_for_generation(final, dtype="bf16", device_map="cpu")
    sample = json.loads((runs / "zero3" / LINES).read_text().splitlines()[0])["messages"]
    said = answer(
        model, marked, load(final), [Message("user", sample[0]["content"])], Decoding(8, 0.2, 0.95, 1234)
    )
    assert said == sample[1]["content"]


def test_adapters_carry_the_rows_of_new_marks(runs: Path) -> None:
    """They are loaded on the model with rows for them, and merge into one that answers alike."""
    import torch

    from training.generate.load import load_for_generation, locate

    final = runs / "adapters/final"
    assert locate(final).base == str(runs / "adapters/base")
    model = load_for_generation(final, dtype="fp32", device_map="cpu")
    ids = torch.tensor([list(range(2040, 2052))])
    with torch.inference_mode():
        apart = model(input_ids=ids).logits
        together = model.merge_and_unload()(input_ids=ids).logits
    torch.testing.assert_close(apart, together, atol=1e-5, rtol=1e-5)
    assert not torch.equal(apart[0, :, 2048], apart[0, :, 2051])
