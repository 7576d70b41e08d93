"""Heads that several tests look at: trained once in a test session, in two launches."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import labelled_texts
import pytest
from once import once
from tiny import tiny_model

if TYPE_CHECKING:
    from classify_runs import Training

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "tests" / "support" / "classify_runs.py"
TEXTS = 320
MERGES = 400
"""Entries of the encoder's tokenizer."""


def launch(plan: "list[Training]", folder: Path, processes: int = 1) -> None:
    """Train in processes of their own, as a person would."""
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(torchrun if processes > 1 else []), str(PROGRAM), str(path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (folder / "told.txt").write_text(ended.stdout, encoding="utf-8")


def config_of(output: Path, texts: Path, **more: dict[str, Any]) -> dict[str, Any]:
    """Settings of a run that takes seconds, with some of the groups changed."""
    settings: dict[str, dict[str, Any]] = {
        "head": {},
        "data": {"files": [str(texts)], "sequence_length": 48, "overlap": 8, "held_out_by": "source"},
        "optimiser": {"steps": 40, "batch": 16, "micro_batch": 16, "learning_rate": 5e-3, "warmup_steps": 4},
        "devices": {"device": "cpu", "precision": "fp32"},
        "checkpoints": {"every": 20},
        "logs": {"every": 5},
        "model": {"gradient_checkpointing": False},
    }
    changed = {group: {**values, **more.get(group, {})} for group, values in settings.items()}
    return {
        "output": str(output),
        **{group: more[group] for group in more.keys() - changed.keys()},
        **changed,
    }


def make_encoder(folder: Path) -> None:
    """A tiny RoBERTa with random weights, whose tokenizer leaves spaces out of offsets."""
    tokenizers, transformers, torch = (
        import_module(name) for name in ("tokenizers", "transformers", "torch")
    )
    pieces = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend = tokenizers.Tokenizer(tokenizers.models.BPE())
    backend.pre_tokenizer, backend.decoder = pieces, tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=MERGES,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=sorted(pieces.alphabet()),
        show_progress=False,
    )
    backend.train_from_iterator((row["text"] for row in labelled_texts.rows(200)), trainer)
    backend.post_processor = tokenizers.processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {"bos": "<s>", "eos": "</s>", "pad": "<pad>", "unk": "<unk>", "cls": "<s>", "sep": "</s>"}
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, **{f"{name}_token": text for name, text in names.items()}
    ).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        transformers.RobertaForMaskedLM(
            transformers.RobertaConfig(
                vocab_size=MERGES,
                hidden_size=48,
                num_hidden_layers=2,
                num_attention_heads=4,
                intermediate_size=96,
                max_position_embeddings=66,
                pad_token_id=1,
                bos_token_id=0,
                eos_token_id=2,
            )
        ).save_pretrained(folder)


@pytest.fixture(scope="session")
def models(place: Path) -> Path:
    """Folders starcoder, starcoder2 and encoder with tiny models that have no head yet."""

    def make(folder: Path) -> None:
        for family in ("starcoder", "starcoder2"):
            tiny_model(family, folder / family)
        make_encoder(folder / "encoder")

    return once(place / "classify-models", make)


@pytest.fixture(scope="session")
def heads(place: Path, models: Path) -> Path:
    """Runs of one process: tagger, tagger-again (from step 20), classes, encoder, whole, halves."""

    def make(folder: Path) -> None:
        texts = labelled_texts.write(folder / "texts.jsonl", labelled_texts.rows(TEXTS))
        model = {"name": str(models / "starcoder2")}
        one_step = {"steps": 1, "warmup_steps": 0}

        def run(name: str, **more: Any) -> "Training":
            return {"config": config_of(folder / name, texts, **{"model": model, **more})}

        tagger = run("tagger")
        plan: list[Training] = [
            tagger,
            {**run("tagger-again"), "goes_on_from": str(folder / "tagger" / "checkpoint-20")},
            run(
                "classes",
                model={"name": str(models / "starcoder"), "gradient_checkpointing": True},
                head={"task": "sequence"},
                optimiser={"steps": 30},
            ),
            run(
                "encoder",
                model={"name": str(models / "encoder")},
                head={"scheme": "tag"},
                evaluation={"every": 20, "windows": 10},
            ),
            run("whole", optimiser=one_step, logs={"every": 1}),
            run("halves", optimiser={**one_step, "micro_batch": 4}, logs={"every": 1}),
            {**tagger, "config": {**tagger["config"], "seed": 5}, "refused": str(folder / "refused.txt")},
            tagger,
        ]
        launch(plan, folder)

    return once(place / "classify-heads", make)


@pytest.fixture(scope="session")
def spread(place: Path) -> Path:
    """Runs of two processes under ZeRO-3 in bf16: number, whose model and tokenizer are made."""

    def make(folder: Path) -> None:
        texts = labelled_texts.write(folder / "texts.jsonl", labelled_texts.rows(TEXTS))
        config = config_of(
            folder / "number",
            texts,
            model={"shape": {"layers": 2, "hidden": 64}},
            tokenizer={"vocabulary": 400},
            head={"task": "sequence"},
            data={"label": "score"},
            optimiser={"steps": 20, "micro_batch": 4},
            devices={"precision": "bf16", "deepspeed": str(ROOT / "configs/deepspeed/zero3.json")},
        )
        launch([{"config": config}], folder, processes=2)

    return once(place / "classify-spread", make)
