r"""Small curation runs as tokenising reads them: shards of parquet, and a manifest that names them.

    run = made_run(tmp / "run", {"data/python/python-00000-of-00001": [row(1, "x = 1\n", repo_name="a/b")]})
    config = config_of(run, tmp / "out", tokenizer=folder, held_out=0.5)

A real run has more columns and files; `tests/training/tokenise/test_run.py` reads one too.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tiny import texts

from curation.shards import sha256_of
from training.config import TrainConfig, check

Row = dict[str, Any]
FACTS = [("id", pa.string()), ("kind", pa.string()), ("language", pa.string()), ("repo_name", pa.string())]
GROUP = 50
"""Rows of a row group."""


def row(number: int | str, text: str | bytes | None, **facts: Any) -> Row:
    """One document; Python code of no repository unless the facts say otherwise."""
    content = text.encode() if isinstance(text, str) else text
    about = {"kind": "code", "language": "Python", "repo_name": ""} | facts
    return {"id": str(number), "content": content, **about}


def python_rows() -> list[Row]:
    """Real files of 30 repositories, and four rows with trouble."""
    rows = [row(n, text, repo_name=f"octo/{n % 30}") for n, text in enumerate(texts(90))]
    rows[3] = row(3, "", repo_name="octo/3")
    rows[4] = row(4, None, repo_name="octo/4")
    rows[5] = row(5, b"name = '\xff\xed\xa0\x80'\n", repo_name="octo/5")
    rows[6] = row(6, "x <fim_middle> y <|endoftext|>\n", repo_name="")
    rows[7] = row(7, "print 'old'\n", language="Python 2", repo_name="octo/7")
    return rows


def rendered_rows() -> list[Row]:
    """Repositories in StarCoder2's layout, one of which is to be seen three times, one not at all."""
    layout = "<repo_name>octo/{0}<file_sep>a.py\nx = {0}\n<file_sep>b.py\ny = '<NAME>'\n"
    facts = {"language": "", "kind": "code"}
    made = [row(f"r{n}", layout.format(n), repo_name=f"octo/{n}", copies=1, **facts) for n in range(12)]
    return [*made, row("thrice", layout.format(99), copies=3, **facts), row("never", "z", copies=0, **facts)]


def made_run(folder: Path, shards: Mapping[str, Sequence[Row]], *, state: str = "complete") -> Path:
    """A run with these shards; those under train/ have the column text in the place of content.

    Args:
        folder: Of the run.
        shards: Path below it, without .parquet -> rows.
        state: What the manifest says of the run.
    """
    files = []
    for name, rows in shards.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        place = name.split("/")[0]
        pq.write_table(_table(rows, "text" if place == "train" else "content"), path, row_group_size=GROUP)
        files.append(
            {
                "path": f"{name}.parquet",
                "role": "train" if place == "train" else "shard",
                "rows": len(rows),
                "bytes": path.stat().st_size,
                "sha256": sha256_of(path),
            }
        )
    (folder / "manifest.json").write_text(json.dumps({"version": 1, "state": state, "files": files}))
    return folder


def _table(rows: Sequence[Row], name: str) -> pa.Table:
    """Rows as Arrow has them; bytes that are no UTF-8 stay as they are, as in a damaged shard."""
    contents = pa.array([each["content"] for each in rows], pa.binary()).view(pa.string())
    copies = pa.array([each.get("copies", 1) for each in rows], pa.int64())
    facts = {field: pa.array([each[field] for each in rows], kind) for field, kind in FACTS}
    return pa.table({**facts, name: contents, **({"copies": copies} if name == "text" else {})})


def config_of(run: Path, output: Path, *, tokenizer: Path | None, **settings: Any) -> TrainConfig:
    """The settings of a training run on such a run.

    Args:
        run: Folder of the curation run.
        output: Folder of the training run.
        tokenizer: Folder of the tokenizer; None to train one.
        settings: Of `corpus`, and `seed`, `model`, `vocabulary`.
    """
    seed = settings.pop("seed", 7)
    model = settings.pop("model", {"shape": {"layers": 1, "hidden": 16, "heads": 2, "kv_heads": 1}})
    vocabulary = settings.pop("vocabulary", 400)
    return check(
        {
            "output": str(output),
            "model": model,
            "corpus": {"run": str(run), "workers": 1, "held_out": 0.0, **settings},
            "tokenizer": {"name": tokenizer and str(tokenizer), "vocabulary": vocabulary},
            "optimiser": {"steps": 1},
            "seed": seed,
        },
        "test",
    )
