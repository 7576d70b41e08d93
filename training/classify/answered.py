"""Files of texts -> the same rows with what a trained head says of them.

    answer_files("runs/train/tagger/final", [Path("new.jsonl")], Path("answered.jsonl"), device="cpu")

    {"id": 7, "text": "mail ann@x.org"}
        -> {"id": 7, "text": ..., "spans": [{"start": 5, "end": 14, "tag": "EMAIL", "score": 0.98}]}

Rows are streamed; a file of any length can be answered. Values of parquet that JSON does not know, such as
dates, are written as text.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.errors import BadInputError
from curation.shards import flush_to_disk, temporary_name
from training.classify.head import Trained, load_trained
from training.classify.labelled import records
from training.classify.predict import as_json, predict


def answer_files(
    model: str,
    files: Sequence[Path],
    out: Path,
    *,
    column: str = "text",
    batch: int = 16,
    device: str = "cpu",
) -> int:
    """Answer all texts of files; how many there were.

    Args:
        model: Folder or hub id.
        files: JSONL, parquet, or folders of parquet.
        out: JSONL that is written; it appears when it is whole.
        column: Where the text stands.
        batch: Windows in one forward pass.
        device: cpu or cuda.

    Raises:
        BadInputError: If a file, a row or the model cannot be read as such.
        BrokenRunError: If the model says something that is no number.
    """
    for path in files:
        if not path.exists():
            raise BadInputError(f"{path}: there is no such file or folder")
    trained = load_trained(model, device)
    temporary = temporary_name(out)
    count = 0
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            for row in answered(trained, files, column, batch=batch):
                stream.write(json.dumps(row, default=str) + "\n")
                count += 1
        flush_to_disk(temporary)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def answered(
    trained: Trained, files: Sequence[Path], column: str, *, batch: int = 16
) -> Iterator[dict[str, Any]]:
    """Rows with answers, in order.

    Args:
        trained: A model.
        files: JSONL, parquet, or folders of parquet.
        column: Where the text stands.
        batch: Windows in one forward pass.

    Raises:
        BadInputError: If a row has no text.
        BrokenRunError: If the model says something that is no number.
    """
    waiting: deque[Mapping[str, Any]] = deque()

    def texts() -> Iterator[str]:
        for place, record in records(files):
            text = record.get(column)
            if not isinstance(text, str):
                known = ", ".join(list(record)[:12])
                raise BadInputError(
                    f"{place}: expected a text in {column!r}, saw {text!r:.40}; columns: {known}"
                )
            waiting.append(record)
            yield text

    for answer in predict(trained, texts(), batch=batch):
        record = waiting.popleft()
        fields = as_json(answer, trained.answers)
        known = {f"known_{name}": record[name] for name in fields if name in record}
        yield {name: value for name, value in record.items() if name not in fields} | known | fields
