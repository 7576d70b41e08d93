"""A real run over files of which near-duplicates at known similarities were planted, and hostile ones.

    near_run(tmp_path)  ->  the folder of a complete run, with originals and copies at 0.95 to 0.65

The copies are made by `curation.dedup.audit.plant`, whose similarities are exact and tested by themselves.
"""

from pathlib import Path
from typing import Any

import pytest
from once import once, shared
from support import SITE

from curation.config import Config
from curation.dedup.audit.plant import plant
from curation.dedup.near import NearSettings
from curation.run import run

LEVELS = (0.95, 0.85, 0.75, 0.65)
"""Similarities of the copies; the last one is below the threshold."""
ORIGINALS = 24
HOSTILE_PATH = '"><img src=x onerror=alert(1)>.py'
HOSTILE_LINE = "# </pre><script>alert(1)</script> \x1b[31m \u202egnp\n"
BODY = "".join(f"value_{n} = compute_{n}(argument_{n})\n" for n in range(120))
HOSTILE = 7
"""Files of the largest cluster, each with one hostile line more."""
STUB = "def handler_{0}(request, response):\n    return response.render(request, name='page_{0}')\n"
"""Short files that differ in a number only."""
STUBS = 6


def originals() -> list[str]:
    """Texts of real files, none too short to be brought to a given similarity."""
    found = []
    for package in ("rich", "click", "typer", "jinja2"):
        for path in sorted((SITE / package).glob("*.py")):
            text = path.read_text(encoding="utf-8")
            if 3_000 < len(text) < 20_000 and max(map(len, text.split("\n"))) < 500:
                found.append(text)
    return found[:ORIGINALS]


def write_corpus(root: Path) -> Path:
    """The files, as owner/repository/path."""
    texts = originals()
    planted = plant(texts, LEVELS, NearSettings(), seed=7)
    files = {f"acme/originals/src/module_{n:02d}.py": text for n, text in enumerate(texts)}
    for text, level, copy in zip(planted.text.tolist(), planted.level.tolist(), planted.copies, strict=True):
        files[f"fork/at{LEVELS[level] * 100:.0f}/src/module_{text:02d}.py"] = copy
    files |= {f"evil/fork{n}/src/{HOSTILE_PATH}": HOSTILE_LINE * n + BODY for n in range(1, HOSTILE + 1)}
    files |= {
        "acme/copies/src/module_01.py": texts[1],
        "acme/originals/src/short.py": "import os\n",
    }
    files |= {f"acme/stubs/handler_{n}.py": STUB.format(n) for n in range(STUBS)}
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def near_run(folder: Path, corpus: Path | None = None, **near: Any) -> Path:
    """Curate the corpus, with these settings of near-dedup.

    Args:
        folder: Where the run (and, unless it is given, the corpus) is written.
        corpus: From `write_corpus`.
        near: Fields of NearSettings.
    """
    root = corpus or write_corpus(folder / "code")
    source = {"kind": "folder", "path": str(root), "repository_depth": 2, "unit_bytes": 300_000}
    values = {
        "output": str(folder / "run"),
        "sources": [source],
        "workers": 1,
        "shards": {"row_group_bytes": 100_000},
        "dedup": {"near": near},
    }
    return run(Config.model_validate(values))


def shared_run(factory: pytest.TempPathFactory, *, enabled: bool = True) -> Path:
    """The same run for all tests, with near-dedup or without; not to be changed."""
    corpus = once(shared(factory) / "near-code", lambda folder: write_corpus(folder / "code")) / "code"
    name = "near" if enabled else "exact"
    return once(shared(factory) / name, lambda folder: near_run(folder, corpus, enabled=enabled)) / "run"
