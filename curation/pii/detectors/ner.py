"""People's names, and what else a token-classification model was trained to see, anywhere in a text.

    Ner(NerSettings(model="bigcode/starpii")).find_many(["# ask Ann Lee first"])
        ->  [[Span(6, 13, "NAME", "ner", 0.98)]]

Many texts are run together: each is tokenised once, cut into overlapping windows, and windows of like length
from all texts share a forward pass (`ner_windows`); tags of tokens become spans (`ner_spans`). Time is linear
in the length of the texts; of its output only one batch is held. On a CPU scores differ by less than 1e-6
with the composition of a batch, so a token as near as that to its threshold may fall on either side.

It fails closed: whatever goes wrong in the model is raised, and a score that is no number is an error. No
code of a model's repository is run, and with HF_HUB_OFFLINE=1 nothing is downloaded.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curation.errors import BadConfigError, CurationError
from curation.pii.detectors.ner_spans import Labels, Tokens, read_labels, spans_of
from curation.pii.detectors.ner_windows import Window, batches, blocks, windows
from curation.pii.settings import NerSettings
from curation.pii.spans import TAGS, Span

_OFFSET_POSITIONS = ("roberta", "camembert", "longformer", "xlm-roberta", "xlm-roberta-xl", "mpnet", "ibert")
"""Kinds of models that count positions from after their padding token."""


class BrokenModelError(CurationError, ValueError):
    """A model answers with something that is no probability."""


class Ner:
    """A model, loaded on first use; a copy sent to another process loads its own."""

    def __init__(self, settings: NerSettings) -> None:
        """Prepare to look with a model.

        Args:
            settings: Which model, which of its labels count, and how it is run.

        Raises:
            BadConfigError: If no model is named.
        """
        if not settings.model:
            raise BadConfigError(
                "pii.names is ner, but pii.ner.model names no model; give a local folder or a hub id such as"
                " bigcode/starpii, or set pii.names to rules"
            )
        self.settings = settings
        self._loaded: _Loaded | None = None

    def __reduce__(self) -> Any:
        return Ner, (self.settings,)

    def load(self) -> None:
        """Load the model now, so that a wrong setting is told before any data is read.

        Raises:
            BadConfigError: If the model cannot be loaded or does not fit the settings.
        """
        if self._loaded is None:
            self._loaded = _load(self.settings)

    def find_many(self, texts: Sequence[str]) -> list[list[Span]]:
        """Spans of each text, sorted; whatever goes wrong is raised.

        Args:
            texts: Whole documents; together they should fit in memory ten times over.

        Raises:
            BadConfigError: If the model cannot be loaded or does not fit the settings.
            BrokenModelError: If the model answers with something that is no probability.
        """
        self.load()
        loaded = self._loaded
        assert loaded is not None
        documents = [_tokenise(loaded, text) for text in texts]
        work = [
            (number, window)
            for number, (ids, _) in enumerate(documents)
            for window in windows(len(ids), loaded.size, self.settings.overlap)
        ]
        for batch in batches([window.end - window.start for _, window in work], self.settings.batch):
            _run(loaded, documents, [work[place] for place in batch])
        return [spans_of(text, tokens) for text, (_, tokens) in zip(texts, documents, strict=True)]


class _Loaded(NamedTuple):
    torch: Any
    tokenizer: Any
    model: Any
    labels: Labels
    size: int
    """Tokens of a text that a window holds."""
    before: list[int]
    """Tokens that the model wants before each window, such as [CLS]."""
    after: list[int]
    summing: Any
    """Outputs x tags and none: which probabilities belong together."""


_Document = tuple[npt.NDArray[np.int32], Tokens]
"""Ids of the tokens of a text, and what is known of them."""


def _load(settings: NerSettings) -> _Loaded:
    """The model and all that is needed to run it.

    Raises:
        BadConfigError: If the model cannot be loaded or does not fit the settings.
    """
    torch, transformers = _libraries()
    device = _device(settings, torch)
    try:
        tokenizer, model, info = _fetch(
            settings, transformers, torch.bfloat16 if device == "cuda" else torch.float32
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = str(error).strip().split("\n")[0]
        raise BadConfigError(
            f"the model {settings.model} of pii.ner cannot be loaded: {reason}; give a local folder with"
            " config.json, the weights and tokenizer.json, or a hub id: accept its terms there, log in and"
            " unset HF_HUB_OFFLINE; or set pii.names to rules"
        ) from error
    _check(settings, tokenizer, info)
    before, after = _specials(tokenizer)
    labels = read_labels({int(key): value for key, value in model.config.id2label.items()}, settings)
    size = min(settings.window, _positions(tokenizer, model.config)) - len(before) - len(after)
    if size < 2 or settings.overlap > size // 2:
        raise BadConfigError(
            f"pii.ner.overlap is {settings.overlap} tokens, more than half of the {size} that a window of"
            f" {settings.model} holds; set it to {max(size // 8, 0)}"
        )
    summing = _summing(labels, torch, device)
    return _Loaded(torch, tokenizer, model.to(device).eval(), labels, size, before, after, summing)


def _fetch(settings: NerSettings, transformers: Any, dtype: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Tokeniser, model, and what was missing of its weights.

    Raises:
        FileNotFoundError: If the model is a path, and there is no such folder.
    """
    local = Path(settings.model).expanduser()
    if not local.is_dir() and (
        local.is_absolute() or settings.model[0] in "~." or settings.model.count("/") > 1
    ):
        raise FileNotFoundError("there is no such folder")
    name = str(local) if local.is_dir() else settings.model
    bars = transformers.logging.is_progress_bar_enabled()
    transformers.logging.disable_progress_bar()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, trust_remote_code=False, use_fast=True)
        model, info = transformers.AutoModelForTokenClassification.from_pretrained(
            name, trust_remote_code=False, dtype=dtype, output_loading_info=True
        )
    finally:
        if bars:
            transformers.logging.enable_progress_bar()
    return tokenizer, model, info


def _libraries() -> tuple[Any, Any]:
    """The modules torch and transformers, which are heavy and needed only here.

    Raises:
        BadConfigError: If one is not installed.
    """
    try:
        return import_module("torch"), import_module("transformers")
    except ImportError as error:
        raise BadConfigError(
            f"pii.names is ner, which needs {error.name}; install starcoder-curation[ner], or set pii.names"
            " to rules"
        ) from error


def _device(settings: NerSettings, torch: Any) -> str:
    """Where the model runs.

    Raises:
        BadConfigError: If a GPU is asked for and there is none.
    """
    available = torch.cuda.is_available()
    if settings.device == "cuda" and not available:
        raise BadConfigError("pii.ner.device is cuda, but torch sees no GPU; set it to auto or cpu")
    return "cuda" if available and settings.device != "cpu" else "cpu"


def _check(settings: NerSettings, tokenizer: Any, info: dict[str, Any]) -> None:
    """Refuse a model that would run, but guess.

    Raises:
        BadConfigError: If tokens have no places, or weights are missing.
    """
    if not tokenizer.is_fast:
        raise BadConfigError(
            f"the tokeniser of {settings.model} knows no character offsets; give a model that has a"
            " tokenizer.json"
        )
    if info["missing_keys"] or info.get("mismatched_keys"):
        missing = ", ".join(sorted(map(str, [*info["missing_keys"], *info.get("mismatched_keys", ())]))[:3])
        raise BadConfigError(
            f"the weights of {settings.model} lack {missing}, so its answers would be random; give a model"
            " that was trained for token classification"
        )


def _specials(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Tokens that the model's tokeniser puts before and after every text."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a", add_special_tokens=True)["input_ids"]
    before = next((n for n in range(len(whole)) if whole[n : n + len(bare)] == bare), 0)
    return list(whole[:before]), list(whole[before + len(bare) :])


def _positions(tokenizer: Any, config: Any) -> int:
    """Tokens that the model can take at once, special ones included."""
    limit = int(getattr(config, "max_position_embeddings", None) or 1 << 20)
    if limit <= 0:
        limit = 1 << 20  # some kinds say -1 for relative positions
    if config.model_type in _OFFSET_POSITIONS:
        limit -= int(config.pad_token_id or 0) + 1
    return min(limit, int(min(tokenizer.model_max_length, 1 << 20)))


def _summing(labels: Labels, torch: Any, device: str) -> Any:
    """A matrix that adds the probabilities of the parts of each tag; the last column is for none."""
    matrix = torch.zeros(len(labels.tags), len(TAGS) + 1)
    for output, tag in enumerate(labels.tags):
        matrix[output, tag] = 1.0  # -1 is the last column
    return matrix.to(device)


def _tokenise(loaded: _Loaded, text: str) -> _Document:
    """Ids and places of the tokens of a text, not yet tagged."""
    ids: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32)]
    places: list[npt.NDArray[np.int64]] = [np.zeros((0, 2), np.int64)]
    for start, block in blocks(text):
        encoded = loaded.tokenizer(
            block.encode("utf-8", "replace").decode(),  # lone surrogates become "?", one for one
            add_special_tokens=False,
            return_offsets_mapping=True,
            return_attention_mask=False,
            verbose=False,
        )
        ids.append(np.array(encoded["input_ids"], np.int32))
        places.append(np.array(encoded["offset_mapping"], np.int64).reshape(-1, 2) + start)
    joined = np.concatenate(places)
    count = len(joined)
    tags, parts, scores = np.full(count, -1, np.int8), np.zeros(count, np.int8), np.zeros(count, np.float32)
    return np.concatenate(ids), Tokens(joined[:, 0], joined[:, 1], tags, parts, scores)


def _run(loaded: _Loaded, documents: Sequence[_Document], work: Sequence[tuple[int, Window]]) -> None:
    """One forward pass: tag the tokens that the windows own.

    Raises:
        BrokenModelError: If a score is no number.
    """
    torch, model = loaded.torch, loaded.model
    rows = [
        [*loaded.before, *documents[number][0][window.start : window.end].tolist(), *loaded.after]
        for number, window in work
    ]
    width = max(map(len, rows))
    pad = loaded.tokenizer.pad_token_id or 0
    ids = torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows], device=model.device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
    with torch.inference_mode():
        logits = model(input_ids=ids, attention_mask=mask).logits.float()
        if not bool(torch.isfinite(logits[mask.bool()]).all()):
            raise BrokenModelError(
                f"{model.config.model_type} model of pii.ner answered with scores that are no numbers; try"
                " pii.ner.device cpu, or another model"
            )
        probabilities = logits.softmax(-1)
        scores, tags = (probabilities @ loaded.summing)[..., :-1].max(-1)
        outputs = _best_part(loaded, probabilities, tags)
    scores, tags, outputs = scores.cpu().numpy(), tags.cpu().numpy(), outputs.cpu().numpy()
    thresholds = np.array(loaded.labels.thresholds, np.float32)
    parts = np.array(loaded.labels.parts, np.int8)
    for row, (number, window) in enumerate(work):
        first = len(loaded.before) + window.own_start - window.start
        own = slice(first, first + window.own_end - window.own_start)
        tokens, mine = documents[number][1], slice(window.own_start, window.own_end)
        counts = scores[row, own] >= thresholds[tags[row, own]]
        tokens.tags[mine] = np.where(counts, tags[row, own], -1)
        tokens.scores[mine] = scores[row, own]
        tokens.parts[mine] = parts[outputs[row, own]]


def _best_part(loaded: _Loaded, probabilities: Any, tags: Any) -> Any:
    """For each token the likeliest output of those that mean its tag."""
    return (probabilities * loaded.summing.T[tags] + loaded.summing.T[tags]).argmax(-1)
