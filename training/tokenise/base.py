"""What training starts from: the tokenizer of a run, and a model with random weights where none is continued.

    coder_of(config)   -> Coder: of `tokenizer.name`, else of `model.name`, else trained from the corpus
    base_of(config)    -> OUTPUT/base, with config.json, model.safetensors and the tokenizer

    OUTPUT/tokenizer/   trained from the corpus; made.json says from what
    OUTPUT/base/        tokenizer and random weights; made.json says which

Both are made once, whole or not at all, and are the same for the same settings and corpus. What is there
already but was made otherwise is refused. A model that is continued (`model.name`) has no base here.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from curation.errors import BadConfigError, ChangedRunError
from curation.sentinels import Family
from curation.shards import sha256_of
from training.config import TrainConfig
from training.model.make import make_model
from training.model.settings import Shape
from training.model.shapes import shape_named
from training.tokenise.changes import changes
from training.tokenise.corpus import corpus_of, is_there
from training.tokenise.sample import SAMPLE_BYTES, sample
from training.tokenise.whole import whole_folder
from training.tokenizer.coder import Coder
from training.tokenizer.load import FILE, load_coder
from training.tokenizer.made import make_tokenizer

MADE = "made.json"
TOKENIZER, BASE = "tokenizer", "base"
"""Folders of the run."""


def coder_of(config: TrainConfig) -> Coder:
    """The tokenizer of a run.

    Raises:
        BadTokenizerError: If it cannot be loaded, or lacks special tokens.
        BadInputError: If it must be trained and the corpus cannot be read.
        ChangedRunError: If it was trained from something else.
    """
    wanted, model = config.tokenizer, config.model
    if wanted.name is None and model.name is not None:
        name, revision = model.name, model.revision
    else:
        name, revision = wanted.name or str(_tokenizer(config)), wanted.revision
    file = Path(name) / FILE
    stamp = file.stat().st_mtime_ns if file.is_file() else 0
    return _loaded(name, revision, wanted.family, wanted.fast, stamp)


@lru_cache(maxsize=2)
def _loaded(name: str, revision: str | None, family: Family | None, fast: bool, stamp: int) -> Coder:
    """A tokenizer, loaded once by a process; `stamp` tells when its file was written."""
    del stamp
    return load_coder(name, revision=revision, family=family, fast=fast)


def base_of(config: TrainConfig) -> Path:
    """The folder of the model with random weights that `model.shape` describes, with its tokenizer.

    Raises:
        BadConfigError: If the run continues a model.
        BadInputError: If a tokenizer must be trained and the corpus cannot be read.
        BadTokenizerError: If the tokenizer cannot be loaded, or lacks special tokens.
        ChangedRunError: If the folder was made otherwise.
    """
    shape = _shape(config)
    coder = coder_of(config)
    folder = config.output / BASE
    made = {
        "shape": shape.model_dump(mode="json"),
        "seed": config.seed,
        "tokenizer": {"sha256": coder.sha256, "size": coder.size},
    }
    if not _is_made(folder, made):
        with whole_folder(folder) as fresh:
            coder.hf.save_pretrained(fresh)
            make_model(shape, coder.size, config.seed, fresh, coder.specials.end)
            _sign(fresh, made)
    return folder


def _shape(config: TrainConfig) -> Shape:
    """The sizes of the model.

    Raises:
        BadConfigError: If none are given.
    """
    shape = config.model.shape
    if shape is None:
        raise BadConfigError(
            f"model.name is {config.model.name}, which is continued: expected model.shape for a base with "
            "random weights"
        )
    return shape_named(shape) if isinstance(shape, str) else shape


def _tokenizer(config: TrainConfig) -> Path:
    """The folder of a tokenizer that is trained from the corpus.

    Raises:
        ChangedRunError: If it was trained from something else.
    """
    family = config.tokenizer.family or _shape(config).family
    folder = config.output / TOKENIZER
    corpus = None if folder.exists() and not is_there(config.corpus.run) else corpus_of(config.corpus)
    made = {
        "vocabulary": config.tokenizer.vocabulary,
        "family": family,
        "seed": config.seed,
        "sample_bytes": SAMPLE_BYTES,
        "corpus": {
            "manifest_sha256": corpus and corpus.manifest_sha256,
            **config.corpus.model_dump(mode="json", include={"form", "folders", "languages", "held_out"}),
        },
    }
    if not _is_made(folder, made, frozenset() if corpus else frozenset({"corpus.manifest_sha256"})):
        assert corpus is not None
        with whole_folder(folder) as fresh:
            texts = sample(corpus, config.corpus, config.seed)
            make_tokenizer(texts, config.tokenizer.vocabulary, family, fresh)
            _sign(fresh, made)
    return folder


def _is_made(folder: Path, made: Mapping[str, Any], ignore: frozenset[str] = frozenset()) -> bool:
    """Whether a folder is there.

    Raises:
        ChangedRunError: If it was made from something else.
    """
    if not folder.exists():
        return False
    path = folder / MADE
    before = json.loads(path.read_bytes())["made"] if path.is_file() else {}
    found = changes(before, made, ignore)
    if found:
        raise ChangedRunError(
            f"{folder} was made otherwise:\n" + "\n".join(f"  {line}" for line in found) + "\n"
            "take these settings back, or set another `output`"
        )
    return True


def _sign(folder: Path, made: Mapping[str, Any]) -> None:
    files = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
    (folder / MADE).write_text(json.dumps({"made": made, "files": files}, indent=1), encoding="utf-8")
