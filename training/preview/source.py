"""What a preview looks at: the token files of a run, or a few documents where there are none yet.

    with opened(config) as source: source.windows.window(0), source.about(3), source.sampled

Where the corpus is not tokenised, some documents are read as `training tokenise` would read them, from row
groups that are drawn by the seed, and encoded in memory; a tokenizer that must be trained is
trained in a temporary folder, and is the one that the run will have. Nothing is written into the run's
folders but the plan of windows beside existing tokens, which the run uses too. Imports no torch.
"""

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from curation.draw import uniform
from curation.errors import BadInputError
from training.config import TrainConfig
from training.data.dataset import Windows
from training.fim.vocabulary import Ints
from training.tokenise.base import TOKENIZER, coder_of
from training.tokenise.corpus import corpus_of
from training.tokenise.progress import quiet
from training.tokenise.store import MANIFEST, Document, open_tokens
from training.tokenise.texts import Text, held_out, texts_of
from training.tokenizer.coder import Coder

DOCUMENTS = 400
"""Documents that are wanted where there are no tokens."""
ROWS = 32
"""Documents that are read of a row group, its first ones, as what stands together is alike; more where there
are few groups."""
BYTES = 8_000_000
"""UTF-8 bytes that are read, about."""
GROUPS = 16
"""Row groups that share them, if there are so many."""
LONGEST = 250_000
"""Characters of a document that are read."""
PURPOSE = "preview"
"""What row groups are drawn for."""


class Documents(Protocol):
    """What is asked about documents."""

    lengths: Ints

    def about(self, document: int) -> Document:
        """What is known about a document."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Windows, and what they are made of."""

    windows: Windows
    documents: Documents
    coder: Coder
    sampled: "Sampled | None"
    """How few documents were read, if there are no tokens."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A few documents in the place of a corpus."""

    read: int
    """Documents that were read."""
    kept: int
    """Documents of them that would be trained on."""
    rows: int
    """Documents of the corpus."""
    cut: int
    """Documents of which only the beginning was read."""
    scale: float
    """Bytes of the corpus for a byte that was read, copies counted."""

    @property
    def sentence(self) -> str:
        """What figures about the corpus rest on."""
        return (
            f"There are no token files yet: {self.read:,} of {self.rows:,} documents were read, "
            f"{self.kept:,} of them would be trained on"
            + (f", and {self.cut:,} were cut after {LONGEST:,} characters" if self.cut else "")
            + "; what concerns an epoch is estimated from these, and windows of a whole corpus are filled "
            "better."
        )


class SampledSplit:
    """Documents in memory, with the face of `training.tokenise.store.TokenSplit`."""

    def __init__(self, texts: list[Text], coder: Coder, form: str) -> None:
        encode = coder.encode_layout if form == "text" else coder.encode
        self._ids = [np.array(encode(text.text), np.uint32) for text in texts]
        self._texts = texts
        self.lengths: Ints = np.array([len(ids) for ids in self._ids], np.int64)
        self.manifest: Mapping[str, Any] = {"settings": {"form": form}}

    def tokens(self, document: int, first: int = 0, last: int | None = None) -> npt.NDArray[Any]:
        """Ids of a document, or of a part of it."""
        return self._ids[document][first:last]

    def about(self, document: int) -> Document:
        """What is known about a document."""
        text = self._texts[document]
        return Document(text.id, text.kind, text.language, text.repo_name)


@contextmanager
def opened(config: TrainConfig, *, show: Callable[[str], None] = quiet) -> Iterator[Source]:
    """Open what a configuration would train on.

    Args:
        config: Of a training run.
        show: Given lines about what takes a while.

    Raises:
        BadInputError: If there is no corpus, or none of what was read would be trained on.
        BadTokenizerError: If the tokenizer cannot be used.
        ChangedRunError: If the run's tokenizer was made from something else.
    """
    if (config.tokens / MANIFEST).is_file():
        coder = coder_of(config)
        split = open_tokens(config.tokens, "train", coder)
        plans = config.tokens / "plans" if os.access(config.tokens, os.W_OK) else None
        windows = Windows(split, coder, config.fim, config.packing, config.seed, plans=plans)
        yield Source(windows, split, coder, None)
        return
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        made = (config.output / TOKENIZER).exists()
        if not made and config.tokenizer.name is None and config.model.name is None:
            show("training the tokenizer that the run will have, for this preview only")
        coder = coder_of(config if made else config.model_copy(update={"output": Path(folder)}))
        texts, sampled = _sample(config)
        few = SampledSplit(texts, coder, config.corpus.form)
        windows = Windows(few, coder, config.fim, config.packing, config.seed)
        yield Source(windows, few, coder, sampled)


def _sample(config: TrainConfig) -> tuple[list[Text], Sampled]:
    """Some documents that would be trained on.

    Raises:
        BadInputError: If there is none.
    """
    corpus = corpus_of(config.corpus)
    groups = _groups(corpus.run, [shard.path for shard in corpus.shards], config.corpus.form, config.seed)
    kept: list[Text] = []
    read = cut = size = copies = 0
    for text in _read(groups, config.corpus.form):
        read += 1
        cut += len(text.text) > LONGEST
        begun = text._replace(text=text.text[:LONGEST])
        length = len(begun.text.encode())
        size += length
        copies += length * text.copies
        kept += [begun] if _is_wanted(text, config) else []
        if len(kept) >= DOCUMENTS or (kept and size >= BYTES):
            break
    if not kept:
        raise BadInputError(
            f"{corpus.run}: none of {read:,} documents would be trained on; look at corpus.folders, "
            "corpus.languages and corpus.held_out"
        )
    rows = sum(shard.rows for shard in corpus.shards)
    bigger = sum(group.size for group in groups) / max(size, 1) if cut or read < rows else 1.0
    return kept, Sampled(read, len(kept), rows, cut, max(bigger, 1.0) * copies / max(size, 1))


def _is_wanted(text: Text, config: TrainConfig) -> bool:
    """Whether a document would be trained on."""
    settings = config.corpus
    if settings.languages and text.language not in settings.languages:
        return False
    return bool(text.text) and text.copies > 0 and not held_out(text, config.seed, settings.held_out)


def _read(groups: Sequence["_Group"], form: str) -> Iterator[Text]:
    """The first documents of each row group, a share of the bytes of each."""
    each = max(ROWS, 2 * DOCUMENTS // max(len(groups), 1))
    share = BYTES // max(min(GROUPS, len(groups)), 1)
    for group in groups:
        size = 0
        for text in itertools.islice(texts_of(group.path, form, groups=[group.number]), each):
            yield text
            size += min(len(text.text), LONGEST)
            if size >= share:
                break


class _Group(NamedTuple):
    """A row group of a shard."""

    path: Path
    number: int
    size: int
    """Bytes of its texts, about: of the column before it was compressed."""


def _groups(run: Path, shards: list[str], form: str, seed: int) -> list[_Group]:
    """Row groups of shards, in drawn order."""
    import pyarrow.parquet as pq

    drawn = []
    for shard in shards:
        about = pq.read_metadata(run / shard)
        place = about.schema.names.index(form) if form in about.schema.names else 0
        for number in range(about.num_row_groups):
            size = about.row_group(number).column(place).total_uncompressed_size
            group = _Group(run / shard, number, size)
            drawn.append((uniform(seed, f"{shard} {number}", PURPOSE), group))
    return [group for _, group in sorted(drawn)]
