r"""Rows of a shard -> texts that can be tokenised, with what is wrong with them told.

    for text in texts_of(run / shard.path, "content"): ...
        -> Text(id="000000-00000004", text="import os\n", kind="code", language="Python",
           repo_name="octo/hello", copies=1, bytes=10, mended=False)

Bytes that are no UTF-8, such as lone surrogates, become U+FFFD, and the text is marked as mended. One row
group is read at a time, so memory is that of a row group. Drops nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from curation.draw import uniform
from curation.errors import BadInputError

FACTS = ("id", "kind", "language", "repo_name")
"""Columns that both forms have."""
COPIES = "copies"
"""Column of rendered texts: how often the mix of the corpus wants the text to be seen. The text itself is
there once."""
BATCH = 256
"""Rows that are decoded together."""
PURPOSE = "held out"
"""What is drawn for a repository."""


class Text(NamedTuple):
    """A row."""

    id: str
    text: str
    kind: str
    language: str
    repo_name: str
    copies: int
    bytes: int
    """Of the text in UTF-8."""
    mended: bool
    """Whether bytes that are no UTF-8 were replaced."""


def texts_of(path: Path, form: str, *, groups: list[int] | None = None) -> Iterator[Text]:
    """The rows of a shard, in order.

    Args:
        path: Of the shard.
        form: Column that is read: content or text.
        groups: Row groups that are read; None for all.

    Raises:
        BadInputError: If it is no parquet file, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = _columns(path, file.schema_arrow.names, form)
            for group in range(file.num_row_groups) if groups is None else groups:
                for batch in file.iter_batches(BATCH, row_groups=[group], columns=columns):
                    yield from _rows(batch, form)
    except pa.ArrowInvalid as error:
        raise BadInputError(f"{path}: expected a parquet file, saw: {error}") from error


def held_out(text: Text, seed: int, share: float) -> bool:
    """Whether a text is never trained on; the same for all of a repository, in every folder of the corpus.

    Args:
        text: A text; one of no repository is drawn by itself.
        seed: Of the run.
        share: Of repositories that are held out.
    """
    return uniform(seed, text.repo_name or text.id, PURPOSE) < share


def _columns(path: Path, there: list[str], form: str) -> list[str]:
    """Columns that are read.

    Raises:
        BadInputError: If one is missing.
    """
    wanted = [form, *FACTS]
    missing = [name for name in wanted if name not in there]
    if missing:
        raise BadInputError(
            f"{path}: expected the columns {', '.join(wanted)}, saw no {', '.join(missing)}; "
            "corpus.run must be a curation run"
        )
    return [*wanted, *([COPIES] if COPIES in there else [])]


def _rows(batch: Any, form: str) -> Iterator[Text]:
    import pyarrow as pa

    values = {name: batch.column(name).to_pylist() for name in batch.schema.names if name != form}
    contents = batch.column(form).cast(pa.large_binary())
    for row in range(batch.num_rows):
        content: bytes = contents[row].as_py() or b""
        text, mended = _decoded(content)
        facts = {name: values[name][row] or "" for name in FACTS}
        copies = values[COPIES][row] if COPIES in values else 1
        size = len(text.encode()) if mended else len(content)
        yield Text(**facts, text=text, copies=copies, bytes=size, mended=mended)


def _decoded(content: bytes) -> tuple[str, bool]:
    try:
        return content.decode(), False
    except UnicodeDecodeError:
        return content.decode("utf-8", "replace"), True
