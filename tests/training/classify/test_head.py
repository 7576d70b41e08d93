"""Heads on both families and an encoder: what is new, what is refused, and that padding changes nothing."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curation.errors import BadConfigError, BadInputError
from curation.pii.detectors.ner import Ner
from curation.pii.settings import NerSettings
from curation.settings_file import check_settings
from training.classify.encoding import load_encoder
from training.classify.examples import Answers, Collator
from training.classify.head import load_head, load_trained, write_about
from training.classify.settings import ClassifyConfig

BIO = Answers("token", ("O", "B-EMAIL", "I-EMAIL"))
SCORE = Answers("number", ("score",))


def config(model: Path | str, **more: Any) -> ClassifyConfig:
    values = {
        "output": "out",
        "model": {"name": str(model)},
        "data": {"files": ["a.jsonl"], "sequence_length": 48, "overlap": 8},
        **more,
    }
    return check_settings(ClassifyConfig, values, "test")


def new_head(folder: Path, answers: Answers, **more: Any) -> Any:
    return load_head(config(folder, **more), answers, load_encoder(folder), base=None).eval()


@pytest.mark.parametrize("answers", [SCORE, Answers("classes", ("a", "b")), BIO])
@pytest.mark.parametrize("name", ["starcoder", "starcoder2", "encoder"])
def test_what_stands_beside_a_text_in_a_batch_changes_nothing(
    models: Path, name: str, answers: Answers
) -> None:
    """A short text padded to the length of a long one is judged as alone: by its own last token."""
    import torch

    model, encoder = new_head(models / name, answers), load_encoder(models / name)
    short, long = (
        encoder.framed(encoder.encode(text).ids) for text in ("x = 1", "def f(x):\n    return x\n" * 3)
    )
    together, alone = (
        Collator(encoder.pad)([{"input_ids": ids, "labels": 0} for ids in texts])
        for texts in ([short, long], [short])
    )
    with torch.inference_mode():
        with_others, exact = (
            model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[0]
            for batch in (
                together,
                {key: value[:, : len(short)] for key, value in alone.items() if key != "labels"},
            )
        )
    seen = with_others[: len(short)] if answers.target == "token" else with_others
    assert np.abs(seen.numpy() - exact.numpy()).max() < 1e-5


@pytest.mark.parametrize("name", ["starcoder", "starcoder2", "encoder"])
def test_only_the_head_is_new_and_the_seed_decides_on_it(models: Path, name: str) -> None:
    """Two loadings are equal, another seed has another head on the same model."""
    one, other, third = (new_head(models / name, BIO, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(bool((one[key] == other[key]).all()) for key in one)
    differing = {key for key in one if not bool((one[key] == third[key]).all())}
    assert differing
    assert all(key.startswith(("score", "classifier")) for key in differing)


def test_answers_are_fp32_where_the_model_is_not(models: Path) -> None:
    """A loss in bf16 would have three digits."""
    import torch

    model = new_head(models / "starcoder2", SCORE).to(torch.bfloat16)
    assert model(input_ids=torch.ones((1, 4), dtype=torch.long)).logits.dtype == torch.float32


def test_windows_longer_than_the_model_takes_are_refused(models: Path) -> None:
    """Before any weight is loaded."""
    data = {"files": ["a"], "sequence_length": 65, "overlap": 8}
    with pytest.raises(BadConfigError, match=r"data\.sequence_length: 65 tokens.*has 64 positions"):
        new_head(models / "encoder", BIO, data=data)


def test_a_tokenizer_with_more_ids_than_the_model_is_refused(models: Path) -> None:
    """It is not the model's."""
    with pytest.raises(BadInputError, match="ids, the model only 400 embeddings"):
        load_head(config(models / "encoder"), BIO, load_encoder(models / "starcoder"), base=None)


@pytest.mark.parametrize("load", [lambda path: new_head(path, BIO), lambda path: load_trained(path, "cpu")])
def test_what_is_no_model_is_refused(models: Path, tmp_path: Path, load: Any) -> None:
    """A folder with a tokenizer only."""
    for path in models.joinpath("encoder").glob("tokenizer*"):
        shutil.copy(path, tmp_path)
    with pytest.raises(BadInputError, match=r"expected a model on the hub or a folder with config\.json"):
        load(tmp_path)


def test_a_model_without_a_head_cannot_answer(models: Path) -> None:
    """It says which kind it is, and where one is to be had."""
    with pytest.raises(
        BadInputError, match="a model of kind Starcoder2ForCausalLM; expected one with a head"
    ):
        load_trained(models / "starcoder2", "cpu")


def test_missing_weights_are_no_head(models: Path, tmp_path: Path) -> None:
    """A model with more layers than weights would answer at random."""
    shutil.copytree(models / "encoder", tmp_path / "deep")
    path = tmp_path / "deep" / "config.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"num_hidden_layers": 2', '"num_hidden_layers": 3')
    )
    with pytest.raises(BadInputError, match=r"the weights lack roberta\.encoder\.layer\.2.*would be random"):
        new_head(tmp_path / "deep", BIO)


def test_a_head_that_is_saved_is_loaded_with_its_meaning(models: Path, tmp_path: Path) -> None:
    """Names of the outputs, and windows as in training; without a note, windows that the model takes."""
    folder, settings = models / "starcoder2", config(models / "starcoder2")
    encoder = load_encoder(folder)
    load_head(settings, BIO, encoder, base=None).save_pretrained(tmp_path)
    encoder.hf.save_pretrained(tmp_path)
    unknown = load_trained(tmp_path, "cpu")
    assert (unknown.answers, unknown.sequence_length, unknown.overlap) == (BIO, 512, 64)
    write_about(tmp_path, settings, BIO)
    trained = load_trained(tmp_path, "cpu")
    assert (trained.answers, trained.sequence_length, trained.overlap) == (BIO, 48, 8)
    assert json.loads((tmp_path / "classify.json").read_text(encoding="utf-8"))["target"] == "token"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tagger", "encoder"])
def test_a_tagger_serves_as_the_model_of_pii_names_in_curation(heads: Path, name: str) -> None:
    """It is loaded as any other, its labels are the tags, and it finds what it has learnt."""
    ner = Ner(NerSettings(model=str(heads / name / "final"), window=48, overlap=8, device="cpu"))
    text = "return value mail ida.kim@corp.org' \nimport os\n"
    assert [(text[span.start : span.end], span.tag) for span in ner.find_many([text])[0]] == [
        ("ida.kim@corp.org", "EMAIL")
    ]
