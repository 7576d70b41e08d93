"""Hostile content passes every block of the clean pass and is decided as any other."""

from collections import deque
from pathlib import Path
from typing import Any

import pytest
from patience import ends_soon
from support import settings

from curation import config, pipeline, workspace
from curation import manifest as manifests

SIZE = 64 << 10
PIECES = {
    "quotes": b"'\"`",
    "comments": b"/*",
    "tags": b"<div>",
    "entities": b"&#x41",
    "declarations": b"<![[[",
    "brackets": b"([{",
    "dots": b"a.a.",
    "hex": b"0xff, ",
    "escapes": b"\\u00e9",
    "base64": b"QUJD",
    "markers": b"vim: set ",
    "spdx": b"SPDX-License-Identifier: ",
    "licence": b"copyright (c) permission is hereby granted ",
    "carriage": b"\r",
    "spaces": b" \t",
    "astral": "\U0001d4b3".encode(),
    "combining": "e\u0301".encode(),
    "hash": b"#!",
}
NAMES = ("a.py", "a.html", "a.h", "a.sql", "README", "a.pl", "LICENSE", "a.js", "a.m", "a.json")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with 64 kB of every piece under every name."""
    root = tmp_path_factory.mktemp("hostile") / "o" / "r"
    for piece, content in PIECES.items():
        for name in NAMES:
            path = root / piece / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((content * (SIZE // len(content) + 1))[:SIZE])
    return root.parents[1]


def clean(checked: config.Config, units: Any, folder: Path) -> Any:
    """Run the blocks of the clean pass; return their first one."""
    reader, *blocks = pipeline.clean(checked, units, folder)
    data = reader.run(None, 0, 1)
    for block in blocks:
        data = block.run(data, 0, 1)
    deque(data, maxlen=0)
    return reader


def test_every_document_is_read_to_its_end(hostile: Path, tmp_path: Path) -> None:
    """Language, licence, all signals and all filters of the widest profile take none for ever."""
    values = settings(hostile, tmp_path / "run", filters={"profile": "opencoder"})
    values["sources"][0]["unit_bytes"] = 1 << 30
    checked = config.check(values, "hostile")
    planned = workspace.make_plan(checked)
    (tmp_path / "run").mkdir()
    manifests.write_units(tmp_path / "run" / "units.jsonl", planned.units)
    units = manifests.open_units(tmp_path / "run" / "units.jsonl", planned.sources)
    clean(checked, units, tmp_path / "run" / "compiles")
    with ends_soon("the clean pass over hostile files"):
        reader = clean(checked, units, tmp_path / "run" / "runs")
    counts = reader.store.counts
    assert counts.read == len(PIECES) * len(NAMES)
    assert counts.read == counts.kept + counts.dropped.total()
