"""Hostile content passes every block of the clean pass in bounded time and is decided as any other."""

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
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


class Clock:
    """The processor time that each document has taken since the one before."""

    def __init__(self) -> None:
        self.slowest: tuple[float, str] = (0.0, "")

    def watch(self, documents: Any) -> Iterator[Any]:
        """Pass documents on, timing what is done between them."""
        begun = time.process_time()
        for doc in documents:
            yield doc
            self.slowest = max(self.slowest, (time.process_time() - begun, doc.metadata["path"]))
            begun = time.process_time()


def test_no_document_takes_a_second(hostile: Path, tmp_path: Path) -> None:
    """Language, licence, all signals and all filters of the widest profile: at most 1 s for 64 kB."""
    values = settings(hostile, tmp_path / "run", filters={"profile": "opencoder"})
    values["sources"][0]["unit_bytes"] = 1 << 30
    checked = config.check(values, "hostile")
    planned = workspace.make_plan(checked)
    (tmp_path / "run").mkdir()
    manifests.write_units(tmp_path / "run" / "units.jsonl", planned.units)
    units = manifests.open_units(tmp_path / "run" / "units.jsonl", planned.sources)
    clock = Clock()
    for warm in (True, False):
        reader, *blocks = pipeline.clean(checked, units, tmp_path / "run" / str(warm))
        data = clock.watch(reader.run(None, 0, 1))
        for block in blocks:
            data = block.run(data, 0, 1)
        if warm:
            deque(data, maxlen=0)
            clock.slowest = (0.0, "")
    deque(data, maxlen=0)
    counts = reader.store.counts
    assert counts.read == len(PIECES) * len(NAMES)
    assert counts.read == counts.kept + counts.dropped.total()
    assert clock.slowest[0] < 1.0, clock.slowest
