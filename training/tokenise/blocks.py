"""The blocks that tokenise one shard: read it, choose languages, write ids; datatrove runs them.

    data/python/python-00000-of-00003.parquet
        ->  TOKENS/python-00000-of-00003/{train,held_out}.{ds,ds.index,ds.metadata,parquet}, record.json

One task is one shard, in the order of its rows, so the same bytes come of it whoever runs it. The text of a
document never becomes a special token; in rendered texts those of the layout do, and nothing else. Importing
this module imports datatrove: import it inside functions. A process needs 160 MB and ten times the largest
text: 630 MB for a repository of 34 MB.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.tokens.tokenizer import TokenizedFile
from numpy.typing import NDArray

from curation.errors import BadInputError
from curation.shards import ParquetFile, sha256_of, write_atomically
from training.tokenise.corpus import Corpus, Shard
from training.tokenise.counts import Counts
from training.tokenise.progress import OnProgress, unheard
from training.tokenise.settings import CorpusSettings
from training.tokenise.store import RECORD, ROWS, SPLITS, SUMS
from training.tokenise.texts import Text, held_out, texts_of
from training.tokenise.whole import whole_folder
from training.tokenizer.coder import Coder

Documents = Iterator[Document]
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "kind", "language", "repo_name")),
        ("tokens", pa.int64()),
        ("copies", pa.int64()),
    ]
)
"""What is kept about documents; `tokens` are without the end of the document."""


class ReadShard(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """The texts of one shard, once it is known to be the one that the run has recorded."""

    name, type = "📖 shard", "📖 - READER"

    def __init__(self, corpus: Corpus, form: str, counts: Counts) -> None:
        super().__init__()
        self.corpus = corpus
        self.form = form
        self.counts = counts

    def run(self, _data: Any, rank: int = 0, _world_size: int = 1) -> Documents:
        """Yield the texts of shard number `rank`.

        Raises:
            BadInputError: If it is not the shard that the run has recorded.
        """
        shard = self.corpus.shards[rank]
        path = self.corpus.run / shard.path
        seen = sha256_of(path)
        if seen != shard.sha256:
            raise BadInputError(
                f"{path}: its SHA-256 is {seen[:12]}..., the run has recorded {shard.sha256[:12]}...: "
                "the file was changed; `curation verify` says what else is"
            )
        for text in texts_of(path, self.form):
            self.counts.read += 1
            self.counts.bytes += text.bytes
            self.counts.languages[text.language] += 1
            self.counts.mended["not_utf8"] += text.mended
            yield Document(text.text, text.id, metadata={"row": text})
        if self.counts.read != shard.rows:
            raise BadInputError(f"{path}: {self.counts.read} rows, the run has recorded {shard.rows}")


class Choose(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Is it in one of the languages, and is there anything to learn from? Drops what is not."""

    name, type = "🔍 languages", "🔻 - FILTER"

    def __init__(self, languages: Sequence[str], counts: Counts) -> None:
        super().__init__()
        self.languages = frozenset(languages)
        self.counts = counts

    def run(self, data: Documents, _rank: int = 0, _world_size: int = 1) -> Documents:
        """Pass on what is wanted."""
        for doc in data:
            reason = self._reason(doc.metadata["row"])
            if reason:
                self.counts.dropped[reason] += 1
            else:
                yield doc

    def _reason(self, row: Text) -> str:
        if self.languages and row.language not in self.languages:
            return "language"
        return "empty" if not row.text else "not_drawn" if row.copies < 1 else ""


class WriteTokens(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Texts -> ids, on the side of their repository; commits the folder of the shard."""

    name, type = "💾 tokens", "🔢 - TOKENIZER"

    def __init__(
        self, folder: Path, corpus: Corpus, settings: CorpusSettings, seed: int, coder: Coder, counts: Counts
    ) -> None:
        super().__init__()
        self.folder = folder
        self.shards = corpus.shards
        self.layout = settings.form == "text"
        self.share = settings.held_out
        self.seed = seed
        self.coder = coder
        self.counts = counts
        self.on_progress: OnProgress = unheard

    def run(self, data: Documents, rank: int = 0, _world_size: int = 1) -> Documents:
        """Consume every document; yields none."""
        shard = self.shards[rank]
        with whole_folder(self.folder / shard.name) as folder:
            sides = {str(split): _Side(folder, split, self.coder) for split in SPLITS}
            tokens = 0
            for doc in data:
                text: Text = doc.metadata["row"]
                split = "held_out" if held_out(text, self.seed, self.share) else "train"
                ids = self._encode(doc.text)
                sides[split].write(text, ids)
                self.counts.kept[split] += 1
                tokens += len(ids)
                self.on_progress(self.counts.read, self.counts.bytes, tokens)
            self._commit(folder, shard, {split: side.close() for split, side in sides.items()})
            self.on_progress(self.counts.read, self.counts.bytes, tokens)
        yield from ()

    def _encode(self, text: str) -> NDArray[np.unsignedinteger]:
        """Ids of a text and its end."""
        parts = self.coder.parts_of_layout(text) if self.layout else [self.coder.encode(text)]
        kind = token_type(self.coder)
        end = np.array([self.coder.specials.end], kind)
        return np.concatenate([*(np.array(part, kind) for part in parts), end])

    def _commit(self, folder: Path, shard: Shard, splits: dict[str, dict[str, Any]]) -> None:
        """Write the record of a shard, which makes it complete."""
        self.counts.check(shard.path)
        files = [
            {"path": f"{shard.name}/{path.name}", "bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in sorted(folder.iterdir())
        ]
        for split, side in splits.items():
            side["path"] = f"{shard.name}/{split}.ds"
        record = {"shard": shard.path, "counts": self.counts.as_json(), "splits": splits, "files": files}
        write_atomically(folder / RECORD, json.dumps(record, indent=1).encode())


class _Side:
    """One side of the split of a shard, while it is written."""

    def __init__(self, folder: Path, split: str, coder: Coder) -> None:
        self._tokens = TokenizedFile(
            str(folder),
            f"{split}.ds",
            tokenizer_name_or_path=f"sha256:{coder.sha256[:16]}",
            save_final_metadata=True,
            token_size=np.dtype(token_type(coder)).itemsize,
        )
        self._about = ParquetFile(folder / f"{split}.parquet", SCHEMA)
        self._about.__enter__()
        self._rows: list[tuple[Any, ...]] = []
        self._sums = dict.fromkeys(SUMS, 0)

    def write(self, text: Text, ids: NDArray[np.unsignedinteger]) -> None:
        """Add a document, its end included."""
        self._tokens.write_bytes(ids.tobytes())
        size = len(ids)
        self._rows.append((text.id, text.kind, text.language, text.repo_name, size - 1, text.copies))
        own = (text.copies, size * text.copies, 1, size, text.bytes)
        for name, value in zip(SUMS, own, strict=True):
            self._sums[name] += value
        if len(self._rows) == ROWS:
            self._flush()

    def close(self) -> dict[str, Any]:
        """End the files; returns what is in them."""
        self._flush()
        self._tokens.close()
        self._about.__exit__(None, None, None)
        return dict(self._sums)

    def _flush(self) -> None:
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(SCHEMA)
        self._about.write(dict(zip(SCHEMA.names, map(list, columns), strict=True)))
        self._rows.clear()


def token_type(coder: Coder) -> str:
    """16 bits for each id where that is enough, as datatrove has it, otherwise 32."""
    return "<u2" if coder.size <= 1 << 16 else "<u4"
