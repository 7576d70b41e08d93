"""Token files as one long list of documents, read where they lie.

    split = open_tokens(Path("runs/train/smoke/tokens"), "train")
    split.documents, split.lengths[0]    -> 21662, 341
    split.tokens(0)                      -> array([  57, 1204, ...], dtype=uint16): the ids of document 0
    split.tokens(0, 10, 20)              -> ten of them
    split.about(0)                       -> Document(id="000000-00000004", kind="code", language=...)

    TOKENS/manifest.json                        what was tokenised with what; written last
    TOKENS/plan.json                            the same without results; written first
    TOKENS/python-00000-of-00001/train.ds       ids of all documents of a shard, one end after each
                                 train.ds.index       where each ends, as 64-bit numbers
                                 train.ds.metadata    datatrove's own
                                 train.parquet        id, kind, language, repository, tokens, copies
                                 held_out.*           the same for what is never trained on
                                 record.json          counts and files of the shard

Files are mapped, not read: memory is 16 bytes per document, whatever the corpus has in tokens. A document
that the mix wants to be seen several times stands in the files once and in the list as often as it is wanted,
all first times before all second ones. Changes nothing, and checks sizes only: `curation.shards.sha256_of`
tells whether the bytes are those of the manifest.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation.errors import BadInputError
from training.errors import BadTokenizerError
from training.tokenizer.coder import Coder

MANIFEST, PLAN, RECORD = "manifest.json", "plan.json", "record.json"
VERSION = 1
"""Of this layout."""
Split = Literal["train", "held_out"]
SPLITS: tuple[Split, ...] = ("train", "held_out")
SUMS = ("documents", "tokens", "stored", "stored_tokens", "stored_bytes")
"""What is counted of a side: documents and tokens as they are to be seen, and those that the files hold, with
the bytes of their texts."""
INDEX = "<u8"
"""Type of the numbers in an index."""
OPEN_FILES = 128
"""Token files that a process holds open at most; a system allows 1,024 files and more."""
TABLES = 16
"""Row groups about documents that a process keeps at most."""


class Document(NamedTuple):
    """What is known about a document."""

    id: str
    kind: str
    """code, issues, ..."""
    language: str
    """As in the corpus, such as Python; "" if it has none."""
    repo_name: str
    """Its repository; "" if it has none."""


class TokenSplit:
    """The documents of one side of the split.

    Attributes:
        documents: How many there are, each counted as often as it is to be seen.
        lengths: Tokens of each, without the end of the document; 64-bit.
        manifest: All that is known about the tokens, see `read_manifest`.
    """

    def __init__(self, folder: Path, split: Split, manifest: dict[str, Any]) -> None:
        """Open the files of one side.

        Args:
            folder: Of the tokens.
            split: Which side.
            manifest: Of the tokens.

        Raises:
            BadInputError: If a file is missing or has another size than was written.
        """
        self.manifest = manifest
        self._folder = folder
        self._type = np.dtype(manifest["token_type"])
        self._parts = [part for part in manifest["splits"][split] if part["stored"]]
        stored = [part["stored"] for part in self._parts]
        self._first = np.concatenate([[0], np.cumsum(stored)]).astype(np.int64)
        self._ends = np.empty(self._first[-1], np.int64)
        lengths = np.empty(self._first[-1], np.int64)
        for part, start, end in zip(self._parts, self._first[:-1], self._first[1:], strict=True):
            ends = _ends(folder, part, self._type.itemsize)
            self._ends[start:end] = ends
            lengths[start:end] = np.diff(ends, prepend=0) - 1
        self._order = self._by_use()
        self.lengths: NDArray[np.int64] = lengths if self._order is None else lengths[self._order]
        self.documents = len(self.lengths)

    def tokens(self, document: int, first: int = 0, last: int | None = None) -> NDArray[Any]:
        """Ids of a document, or of a part of it, without its end; read-only, 16 or 32 bits each.

        Args:
            document: From 0 to `documents` - 1.
            first: Of its tokens.
            last: Behind the last of its tokens, as in a slice; None for all.

        Raises:
            IndexError: If there is no such document.
        """
        path, place, _ = self._find(document)
        length = int(self.lengths[document])
        begin = int(self._ends[place]) - 1 - length
        start, stop, _ = slice(first, last).indices(length)
        return _mapped(path, self._type.str)[begin + start : begin + stop]

    def about(self, document: int) -> Document:
        """What is known about a document.

        Raises:
            IndexError: If there is no such document.
        """
        path, place, first = self._find(document)
        group, row = divmod(place - first, ROWS)
        columns = _table(path.with_suffix(".parquet"), group)
        return Document(*(columns[name][row] for name in Document._fields))

    def _find(self, document: int) -> tuple[Path, int, int]:
        """The file of a document, its place among all that are stored, and that of the file's first.

        Raises:
            IndexError: If there is no such document.
        """
        if not 0 <= document < self.documents:
            raise IndexError(f"document {document} of {self.documents}")
        place = document if self._order is None else int(self._order[document])
        part = int(np.searchsorted(self._first, place, side="right")) - 1
        return self._folder / self._parts[part]["path"], place, int(self._first[part])

    def _by_use(self) -> NDArray[np.int64] | None:
        """Places of the documents as they are to be seen; None if each is seen once."""
        if all(part["documents"] == part["stored"] for part in self._parts):
            return None
        copies = np.concatenate([_copies(self._folder, part) for part in self._parts])
        return np.concatenate([np.flatnonzero(copies > turn) for turn in range(copies.max())])


ROWS = 8192
"""Rows of a row group about documents."""


def open_tokens(folder: Path, split: Split, coder: Coder | None = None) -> TokenSplit:
    """Open the documents of one side of the split.

    Args:
        folder: Of the tokens.
        split: "train" or "held_out".
        coder: The tokenizer that the model knows; None not to compare.

    Raises:
        BadInputError: If there are no whole tokens, or files are missing or cut off.
        BadTokenizerError: If they were made with another tokenizer.
    """
    manifest = read_manifest(folder)
    if coder is not None:
        check_tokenizer(manifest, coder, folder)
    return TokenSplit(folder, split, manifest)


def check_tokenizer(manifest: Mapping[str, Any], coder: Coder, folder: Path) -> None:
    """Whether tokens were made with a tokenizer.

    Raises:
        BadTokenizerError: If they were made with another one.
    """
    made = manifest["tokenizer"]
    if made["sha256"] != coder.sha256:
        raise BadTokenizerError(
            f"{folder}: tokens were made with the tokenizer {made['name']} ({made['sha256'][:12]}), but the "
            f"model has another ({coder.sha256[:12]}): tokenise again into another folder, or take that model"
        )


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the tokens of a folder are.

    Returns:
        tokenizer {name, sha256, size, family, end}; corpus {run, manifest_sha256, shards: [{path, sha256,
        rows}]}; settings {form, folders, languages, held_out, seed}; totals: for each side {documents,
        tokens: in one pass over all of them, one end after each included, stored, stored_tokens,
        stored_bytes: what is in the files}; read, kept, dropped and mended documents, by reason; languages
        of what was read; token_type; splits and files with their checksums.

    Raises:
        BadInputError: If there is none, because tokenising was not begun or has not ended.
    """
    path = folder / MANIFEST
    if not path.is_file():
        seen = "tokenising has not ended" if (folder / PLAN).is_file() else "there are no tokens"
        raise BadInputError(f"{path}: {seen}; run `training tokenise CONFIG`")
    try:
        manifest = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadInputError(
            f"{path}: expected JSON, saw: {error}; delete {folder} and tokenise again"
        ) from error
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION:
        raise BadInputError(
            f"{path}: expected tokens in version {VERSION}; tokenise again into another folder"
        )
    return manifest


def _ends(folder: Path, part: Mapping[str, Any], width: int) -> NDArray[np.uint64]:
    """Where the documents of a file end, once the file has the size that was written.

    Raises:
        BadInputError: If not.
    """
    path = folder / part["path"]
    index = path.with_name(f"{path.name}.index")
    for file, expected in ((path, part["stored_tokens"] * width), (index, part["stored"] * 8)):
        size = file.stat().st_size if file.is_file() else 0
        if size != expected:
            raise BadInputError(
                f"{file}: {size:,} bytes, expected {expected:,}: the file was cut off or changed; delete "
                f"{path.parent} and {folder / MANIFEST}, and tokenise again"
            )
    ends = np.fromfile(index, INDEX)
    if int(ends[-1]) != part["stored_tokens"]:
        raise BadInputError(
            f"{index}: ends at {int(ends[-1]):,}, expected {part['stored_tokens']:,} tokens: the file was "
            f"changed; delete {path.parent} and {folder / MANIFEST}, and tokenise again"
        )
    return ends


@lru_cache(maxsize=OPEN_FILES)
def _mapped(path: Path, kind: str) -> NDArray[Any]:
    return np.memmap(path, np.dtype(kind), "r").view(np.ndarray)


def _copies(folder: Path, part: Mapping[str, Any]) -> NDArray[np.int64]:
    import pyarrow.parquet as pq

    path = (folder / part["path"]).with_suffix(".parquet")
    copies: NDArray[np.int64] = pq.read_table(path, columns=["copies"])["copies"].to_numpy()
    return copies


@lru_cache(maxsize=TABLES)
def _table(path: Path, group: int) -> dict[str, list[str]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        columns: dict[str, list[str]] = file.read_row_group(group, columns=list(Document._fields)).to_pydict()
    return columns
