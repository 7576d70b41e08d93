"""A model with a head for classification, new or trained.

    model = load_head(config, answers, encoder, base=None)        for training: new weights in the head
    trained = load_trained(Path("runs/classify/final"), "cpu")    for prediction

StarCoder and StarCoder2 are causal: a token is judged by what stands before it, and a text by its last token.
Encoders see both sides. The head's answers are fp32 whatever the model computes in. Heavy imports are
inside functions.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import BadConfigError, BadInputError
from training.classify.encoding import Encoder, check_length, load_encoder
from training.classify.examples import Answers, Target
from training.classify.settings import ClassifyConfig

ABOUT = "classify.json"
"""File beside a trained model that says what its outputs mean and how texts are cut for it."""
WINDOW, OVERLAP = 512, 64
"""Tokens of a window, and of two neighbours, for models that were trained elsewhere (StarPII: 512)."""


class Trained(NamedTuple):
    """A trained model, ready to answer."""

    model: Any
    encoder: Encoder
    answers: Answers
    sequence_length: int
    overlap: int


def load_head(config: ClassifyConfig, answers: Answers, encoder: Encoder, *, base: Path | None) -> Any:
    """A model whose head is new.

    Args:
        config: Which model, and how it is held.
        answers: What the head can say.
        encoder: The model's tokenizer.
        base: Folder of the model that was made for this run, if one was.

    Raises:
        BadInputError: If there is no such model, or other weights than the head's are missing.
        BadConfigError: If windows are longer than it takes.
    """
    import torch

    torch.manual_seed(config.seed)
    name = str(base or config.model.name)
    revision = config.model.revision or "main"
    names = dict(enumerate(answers.names))
    settings = _configuration(
        name,
        revision,
        num_labels=len(names),
        id2label=names,
        label2id={name: number for number, name in names.items()},
        pad_token_id=encoder.pad,
        use_cache=False,
        problem_type={"number": "regression", "classes": "single_label_classification"}.get(answers.target),
    )
    check_length(config.data.sequence_length, settings)
    if encoder.size > settings.vocab_size:
        raise BadInputError(
            f"{name}: the tokenizer has {encoder.size} ids, the model only {settings.vocab_size} embeddings; "
            "expected the model's own tokenizer"
        )
    half = config.devices.deepspeed is not None and config.devices.precision != "fp32"
    dtype = (
        {"bf16": torch.bfloat16, "fp16": torch.float16}[config.devices.precision] if half else torch.float32
    )
    model = _load(
        name,
        "token" if answers.target == "token" else "sequence",
        revision=revision,
        config=settings,
        dtype=dtype,
        attn_implementation=config.model.attention,
    )
    model.accepts_loss_kwargs = False  # or the Trainer takes the loss for one over all accumulated batches
    answer_in_fp32(model)
    return model


def load_trained(folder: str | Path, device: str) -> Trained:
    """A trained model and its tokenizer; also one that was trained elsewhere, such as bigcode/starpii.

    Args:
        folder: Folder, or hub id.
        device: cpu, or cuda: there in bf16.

    Raises:
        BadInputError: If it is no model with a head.
    """
    import torch
    from transformers.integrations.deepspeed import unset_hf_deepspeed_config

    unset_hf_deepspeed_config()  # after training under ZeRO-3 the weights would be split over the processes
    name = str(folder)
    settings = _configuration(name, "main")
    kind = str((settings.architectures or [""])[0])
    if not kind.endswith(("ForTokenClassification", "ForSequenceClassification")):
        raise BadInputError(
            f"{name}: a model of kind {kind or '(none)'}; expected one with a head for classification, such "
            "as the folder `final` of a run of `training classify train`"
        )
    task = "token" if kind.endswith("ForTokenClassification") else "sequence"
    model = _load(
        name, task, config=settings, dtype=torch.float32 if device == "cpu" else torch.bfloat16, trained=True
    )
    answer_in_fp32(model)
    names = tuple(model.config.id2label[number] for number in range(model.config.num_labels))
    target: Target = "token" if task == "token" else "number" if len(names) == 1 else "classes"
    length, overlap = _about(Path(name), settings)
    return Trained(model.to(device).eval(), load_encoder(name), Answers(target, names), length, overlap)


def write_about(folder: Path, config: ClassifyConfig, answers: Answers) -> None:
    """Say beside a trained model what its outputs mean."""
    about = {
        "target": answers.target,
        "names": answers.names,
        "sequence_length": config.data.sequence_length,
        "overlap": config.data.overlap,
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def answer_in_fp32(model: Any) -> None:
    """Let the head's last layer give fp32, so that losses and probabilities are not rounded to bf16."""
    head = [
        module
        for name, module in model.named_children()
        if name != model.base_model_prefix and next(module.parameters(), None) is not None
    ]
    head[-1].register_forward_hook(lambda _module, _inputs, output: output.float())


def _configuration(name: str, revision: str, **changes: Any) -> Any:
    """The configuration of a model.

    Raises:
        BadInputError: If there is no such model.
    """
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(name, revision=revision, trust_remote_code=False, **changes)
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{name}: expected a model on the hub or a folder with config.json, saw: {error}"
        ) from error


def _load(name: str, task: str, *, trained: bool = False, **arguments: Any) -> Any:
    """A model with weights, of which only the head's may be missing, and none if it is trained.

    Raises:
        BadInputError: If it cannot be loaded, or weights are missing.
        BadConfigError: If it does not know the attention that is asked for.
    """
    import transformers

    kinds = {
        "token": transformers.AutoModelForTokenClassification,
        "sequence": transformers.AutoModelForSequenceClassification,
    }
    logs, before = transformers.logging, transformers.logging.get_verbosity()
    bars = logs.is_progress_bar_enabled()
    logs.set_verbosity_error()  # that the head is new is no warning here
    logs.disable_progress_bar()
    try:
        model, info = kinds[task].from_pretrained(
            name, output_loading_info=True, ignore_mismatched_sizes=True, trust_remote_code=False, **arguments
        )
    except (OSError, KeyError) as error:
        raise BadInputError(f"{name}: expected the weights of a model, saw: {error}") from error
    except ValueError as error:
        raise BadConfigError(f"model: {name} cannot be loaded as the settings want: {error}") from error
    finally:
        logs.set_verbosity(before)
        if bars:
            logs.enable_progress_bar()
    new = {str(key) for key in info["missing_keys"]} | {str(key[0]) for key in info["mismatched_keys"]}
    under = f"{model.base_model_prefix}."
    wrong = sorted(key for key in new if trained or (key.startswith(under) and ".pooler." not in key))
    if wrong:
        raise BadInputError(f"{name}: the weights lack {', '.join(wrong[:3])}, so answers would be random")
    return model


def _about(folder: Path, settings: Any) -> tuple[int, int]:
    """Tokens of a window and of the overlap of two."""
    path = folder / ABOUT
    if path.exists():
        about = json.loads(path.read_text(encoding="utf-8"))
        return int(about["sequence_length"]), int(about["overlap"])
    try:
        check_length(WINDOW, settings)
    except BadConfigError:
        return int(settings.max_position_embeddings) // 2, OVERLAP // 8
    return WINDOW, OVERLAP
