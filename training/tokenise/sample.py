"""A bounded sample of the corpus, to train a tokenizer from where none can be had.

    texts = sample(corpus, config.corpus, config.seed)   -> at most 16 MB of text, always the same

Shards and their row groups are drawn by their names and the seed; held-out documents, and languages that are
not asked for, are left out, and so are the special tokens of rendered texts. It reads a few row groups,
however large the corpus is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from curation.draw import uniform
from curation.errors import BadInputError
from curation.sentinels import SENTINELS
from training.tokenise.corpus import Corpus, Shard
from training.tokenise.settings import CorpusSettings
from training.tokenise.texts import held_out, texts_of

SAMPLE_BYTES = 16_000_000
"""UTF-8 bytes of text that a tokenizer is trained from, at most; a vocabulary of 4,096 takes ten seconds of
these."""
SHARDS = 16
"""Shards that are read, at most; each gives its share of the bytes."""
PURPOSE = "tokenizer"
"""What shards and row groups are drawn for."""
_SENTINEL = re.compile("|".join(re.escape(one.text) for one in SENTINELS))


def sample(corpus: Corpus, settings: CorpusSettings, seed: int, limit: int = SAMPLE_BYTES) -> Iterator[str]:
    """Texts that are trained on, up to a limit of bytes.

    Args:
        corpus: Its shards.
        settings: What of it is tokenised.
        seed: Of the run.
        limit: Bytes.

    Raises:
        BadInputError: If there are none.
    """
    drawn = sorted(corpus.shards, key=lambda shard: uniform(seed, shard.path, PURPOSE))[:SHARDS]
    size = sum(shard.bytes for shard in drawn)
    found = False
    for shard in drawn:
        for text in _of_shard(corpus.run, shard, settings, seed, limit * shard.bytes // size):
            found = True
            yield text
    if not found:
        raise BadInputError(
            f"{corpus.run}: no document in {', '.join(shard.path for shard in drawn[:3])} is trained on, so "
            "no tokenizer can be trained; look at corpus.languages and corpus.held_out, or give "
            "tokenizer.name"
        )


def _of_shard(run: Path, shard: Shard, settings: CorpusSettings, seed: int, limit: int) -> Iterator[str]:
    import pyarrow.parquet as pq

    path = run / shard.path
    groups = range(pq.read_metadata(path).num_row_groups)
    order = sorted(groups, key=lambda group: uniform(seed, f"{shard.path} {group}", PURPOSE))
    left = limit
    for group in order:
        for text in texts_of(path, settings.form, groups=[group]):
            foreign = settings.languages and text.language not in settings.languages
            if foreign or not text.text or held_out(text, seed, settings.held_out):
                continue
            yield from filter(None, _SENTINEL.split(text.text) if settings.form == "text" else [text.text])
            left -= len(text.text.encode())
            if left <= 0:
                return
