"""Marks in the tokenizer, and their rows in the model."""

import json
from pathlib import Path
from typing import Any

import pytest
from chat_runs import settings, sums, write_rows

from curation.errors import BadInputError, ChangedRunError
from curation.settings_file import check_settings
from training.chat.config import ChatConfig
from training.chat.dialogue import DialogueTemplate, named
from training.chat.vocabulary import MADE, Marked, add_rows, base_of, check_rows, coder_with_marks
from training.errors import BadTokenizerError

FAMILIES = ("starcoder", "starcoder2")


def configured(models: Path, tmp_path: Path, family: str = "starcoder2", **more: Any) -> ChatConfig:
    data = write_rows(tmp_path / "sums.jsonl", sums(3))
    return check_settings(ChatConfig, settings(models / family, data, tmp_path / "run", **more), "test")


def model_of(folder: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


@pytest.mark.parametrize("family", FAMILIES)
def test_missing_marks_become_special_tokens_behind_all_others(models: Path, family: str) -> None:
    """One id each, counted on from the last; the tokenizer has the template, and survives a folder."""
    marked = coder_with_marks(str(models / family), named("default"))
    size = marked.coder.size
    assert list(marked.marks.items()) == [
        ("<|system|>", size),
        ("<|user|>", size + 1),
        ("<|assistant|>", size + 2),
        ("<|end|>", size + 3),
    ]
    assert marked.added == tuple(marked.marks)
    assert marked.size == size + 4
    assert marked.coder.hf.chat_template == named("default").jinja()


def test_marks_that_are_there_are_used(marked: Marked, tmp_path: Path) -> None:
    """A chat model that is fine-tuned on keeps its ids; text still becomes no mark."""
    marked.coder.hf.save_pretrained(tmp_path)
    again = coder_with_marks(str(tmp_path), named("default"))
    assert (again.marks, again.added, again.size) == (marked.marks, (), marked.size)
    assert again.coder.encode("<|user|>") == marked.coder.encode("<|user|>")
    assert again.marks["<|user|>"] not in again.coder.encode("<|user|>")


def test_an_end_that_the_model_has_is_no_new_token(models: Path) -> None:
    """Such as the end of a document."""
    template = DialogueTemplate(system="x").model_copy(update={"end_token": "<|endoftext|>"})
    marked = coder_with_marks(str(models / "starcoder2"), template)
    assert marked.marks["<|endoftext|>"] == marked.coder.specials.end
    assert marked.added == ("<|system|>", "<|user|>", "<|assistant|>")


@pytest.mark.parametrize("family", FAMILIES)
def test_new_rows_are_the_mean_of_the_old_ones(models: Path, tmp_path: Path, family: str) -> None:
    """In the folder that training starts from; old rows are untouched, input and output stay one."""
    import torch

    config = configured(models, tmp_path, family)
    marked = coder_with_marks(str(config.model.name), config.template)
    base = base_of(config, marked)
    assert base == config.base
    before, after = model_of(models / family), model_of(base)
    old, new = before.get_input_embeddings().weight, after.get_input_embeddings().weight
    assert after.config.vocab_size == len(new) == marked.size == len(old) + 4
    assert torch.equal(new[: len(old)], old)
    torch.testing.assert_close(new[len(old) :], old.mean(0).expand(4, -1))
    assert after.get_output_embeddings().weight is new
    check_rows(after.config.vocab_size, marked, "base")


def test_rows_can_be_made_a_multiple(models: Path, tmp_path: Path) -> None:
    """The rows that fill it up are means, too."""
    import torch

    config = configured(models, tmp_path, multiple_of=64)
    base = base_of(config, coder_with_marks(str(config.model.name), config.template))
    assert base is not None
    rows = model_of(base).get_input_embeddings().weight
    assert len(rows) == 2112
    assert torch.equal(rows[2048:], rows[2048].expand(64, -1))


def test_an_output_embedding_of_its_own_gets_rows_of_its_own() -> None:
    """As in StarCoder2-15B, where input and output are not tied."""
    import torch
    from transformers import AutoModelForCausalLM

    from training.model.settings import Shape
    from training.model.shapes import config_of

    model = AutoModelForCausalLM.from_config(config_of(Shape(tied=False), 100))
    old = [layer.weight.detach().clone() for layer in (model.model.embed_tokens, model.lm_head)]
    add_rows(model, 100, 103)
    for layer, weight in zip((model.model.embed_tokens, model.lm_head), old, strict=True):
        torch.testing.assert_close(layer.weight[100:], weight.mean(0).expand(3, -1))
    assert not torch.equal(model.model.embed_tokens.weight[100], model.lm_head.weight[100])


def test_rows_that_are_spare_are_taken_before_new_ones(models: Path) -> None:
    """A model with more rows than its tokenizer has entries is not resized; the rows are set all the same."""
    import torch

    model = model_of(models / "starcoder2")
    add_rows(model, 2000, 2004, 64)
    rows = model.get_input_embeddings().weight
    assert len(rows) == 2048
    torch.testing.assert_close(rows[2000], rows[:2000].mean(0))


def test_a_model_that_has_the_marks_is_not_copied(models: Path, tmp_path: Path) -> None:
    """Nothing is written."""
    first = configured(models, tmp_path)
    base = base_of(first, coder_with_marks(str(first.model.name), first.template))
    again = configured(models, tmp_path, output=str(tmp_path / "second"), model={"name": str(base)})
    assert base_of(again, coder_with_marks(str(base), again.template)) is None
    assert not again.output.exists()


def test_a_base_is_made_once_and_only_for_the_same_model(models: Path, tmp_path: Path) -> None:
    """What a killed run left is made anew; what was made of another model is refused."""
    config = configured(models, tmp_path)
    marked = coder_with_marks(str(config.model.name), config.template)
    (config.output / ".base").mkdir(parents=True)
    (config.output / ".base" / "half").touch()
    base = base_of(config, marked)
    assert base is not None
    assert not (base / "half").exists()
    written = (base / "config.json").stat().st_mtime_ns
    assert base_of(config, marked) == base
    assert (base / "config.json").stat().st_mtime_ns == written
    made = json.loads((base / MADE).read_text())
    (base / MADE).write_text(json.dumps({**made, "model": "another"}))
    with pytest.raises(ChangedRunError, match=r"made of .*another"):
        base_of(config, marked)


def test_a_tokenizer_with_more_entries_than_rows_is_refused(models: Path, tmp_path: Path) -> None:
    """It is not that of the model."""
    from training.model.make import make_model
    from training.model.settings import Shape

    small = tmp_path / "small"
    make_model(Shape(), 1000, 1, small)
    coder_with_marks(str(models / "starcoder2"), named("default")).coder.hf.save_pretrained(small)
    config = configured(models, tmp_path, model={"name": str(small)}, template={"end_token": "<|stop|>"})
    marked = coder_with_marks(str(small), config.template)
    with pytest.raises(BadTokenizerError, match="2052 entries, the model 1000 rows"):
        base_of(config, marked)
    with pytest.raises(BadTokenizerError, match="2053 entries, the model 2052 rows"):
        check_rows(2052, marked, "it")


def test_a_folder_without_a_model_is_refused(models: Path, tmp_path: Path) -> None:
    """With what was expected of it."""
    coder_with_marks(str(models / "starcoder2"), named("default")).coder.hf.save_pretrained(tmp_path / "bare")
    config = configured(models, tmp_path, model={"name": str(tmp_path / "bare")}, template="alpaca")
    with pytest.raises(BadInputError, match="bare: expected a model on the hub or a folder"):
        base_of(config, coder_with_marks(str(tmp_path / "bare"), config.template))
