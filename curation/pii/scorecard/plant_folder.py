"""A folder of real files -> labelled texts: the clean ones among them, with known secrets planted.

    documents(Path("src"), find, count=1000)  ->  {"text": ..., "spans": [{"start": 8, ...}], ...}, ...

Files in which the detectors find anything are passed over, as nobody has labelled what is in them. So a file
of this kind tells recall and leaks; its precision is that of files which were clean to begin with.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from curation.decode import decode
from curation.errors import BadInputError
from curation.language.identify import identify
from curation.pii.context import Context
from curation.pii.engine import DetectorError
from curation.pii.scorecard.judge import Find
from curation.pii.scorecard.plant import languages, plant
from curation.sources.base import Problem
from curation.sources.folder import walk
from curation.sources.local import opened_folder, read_file

MAX_BYTES = 64 << 10
"""Bytes of a file that secrets are planted in, at most."""


def documents(
    folder: Path, find: Find, *, count: int, secrets: int = 3, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Labelled texts; a file is used again with other secrets if there are fewer files than asked for.

    Args:
        folder: Where the files are.
        find: Finds spans, to pass over files that are not clean.
        count: Texts.
        secrets: Planted in each text.
        seed: Of the files drawn, and of the secrets and their places.

    Raises:
        BadInputError: If there is no such folder, or no file in it that secrets can be planted in.
    """
    rng = Random(seed)  # noqa: S311 -- a sample that can be repeated, no secret
    if not folder.is_dir():
        raise BadInputError(f"{folder}: no such folder; expected one of files in {', '.join(languages())}")
    names = [found.path for found in walk(str(folder), MAX_BYTES) if found.problem is None]
    made = 0
    while True:
        rng.shuffle(names)
        before = made
        for name, language, text in _clean_files(folder, names, find):
            if made == count:
                return
            planted = plant(text, language, rng, count=secrets)
            made += 1
            yield {
                "id": f"planted-{made:06d}",
                "text": planted.text,
                "spans": [label._asdict() for label in planted.spans],
                "label": planted.spans[0].tag if planted.spans else "",
                "tier": "planted",
                "source": f"planted:{name}",
                "language": language,
                "positions": planted.positions,
            }
        if made == before:
            raise BadInputError(
                f"{folder}: no file to plant secrets in; expected clean files of at most {MAX_BYTES:,} bytes "
                f"in {', '.join(languages())}"
            )


def _clean_files(folder: Path, names: Iterable[str], find: Find) -> Iterator[tuple[str, str, str]]:
    """Name, language and text of files in which nothing is found."""
    known = set(languages())
    with opened_folder(folder) as opened:
        for name in names:
            content = read_file(opened, name, MAX_BYTES)
            if isinstance(content, Problem):
                continue
            language = identify(name, content, use_magika=False).language
            decoded = decode(content) if language in known else None
            if decoded is None or isinstance(decoded, Problem):
                continue
            try:
                spans = find(decoded.text, Context(language, name))
            except DetectorError:
                continue
            if not spans:
                yield name, language, decoded.text


def write(rows: Iterable[dict[str, Any]], out: Path) -> int:
    """Write labelled texts, one JSON object per line; how many there are.

    Args:
        rows: From `documents`.
        out: Where to; compressed if the name ends with .gz. It appears when it is whole.
    """
    part = out.with_name(f".{out.name}.part")
    count = 0
    with part.open("wb") as raw:
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) if out.suffix == ".gz" else raw
        for row in rows:
            packed.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            count += 1
        if packed is not raw:
            packed.close()
    part.replace(out)
    return count
