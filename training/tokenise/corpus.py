"""Which shards of a curation run are tokenised, taken from what the run says of itself.

    corpus_of(CorpusSettings(run=Path("runs/demo")))
        -> Corpus(run=..., manifest_sha256="9f...", shards=(Shard("data/python/python-00000-of-00001.parquet",
                  sha256=..., rows=21662, bytes=53_000_000),))

A run that is not complete is refused, and so is a shard that is missing. No folder is listed: what the
manifest does not name is not there. Reads no shard.
"""

import difflib
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import BadInputError
from training.tokenise.settings import CorpusSettings

PLACES = {"content": ("data", "shard"), "text": ("train", "train")}
"""Form -> folder of the run, and role of its files in the manifest."""
EVERY = "*"
MANIFEST = "manifest.json"
"""Of a curation run."""


class Shard(NamedTuple):
    """A parquet file of the run."""

    path: str
    """Relative to the run."""
    sha256: str
    """In hexadecimal digits, as the run has recorded it."""
    rows: int
    bytes: int
    """Of the file."""

    @property
    def name(self) -> str:
        """Of what becomes of it; no two shards have the same."""
        return Path(self.path).stem


class Corpus(NamedTuple):
    """The shards that are tokenised."""

    run: Path
    manifest_sha256: str
    """Of the run's manifest.json, which names every input, setting and output of the run."""
    shards: tuple[Shard, ...]
    """In order of path; at least one."""


def corpus_of(settings: CorpusSettings) -> Corpus:
    """Find the shards that the settings ask for.

    Raises:
        BadInputError: If there is no complete run, it has no such folder, or a shard is missing.
    """
    content, manifest = _manifest(settings.run)
    place, role = PLACES[settings.form]
    files = [file for file in manifest["files"] if file["role"] == role]
    if not files:
        raise BadInputError(
            f"{settings.run / place}: the run has none of these; set corpus.form to "
            + ("content, or render.enabled in the curation run" if place == "train" else "text")
        )
    wanted = _wanted(settings, {Path(file["path"]).parent.name for file in files}, place)
    found = sorted(
        Shard(file["path"], file["sha256"], file["rows"], file["bytes"])
        for file in files
        if Path(file["path"]).parent.name in wanted
    )
    for shard in found:
        check_size(settings.run / shard.path, shard.bytes)
    return Corpus(settings.run, hashlib.sha256(content).hexdigest(), tuple(found))


def is_there(run: Path) -> bool:
    """Whether a curation run is there at all: tokens can be trained on where their corpus is not."""
    return (run / MANIFEST).is_file()


def check_size(path: Path, expected: int) -> None:
    """Whether a shard is there and whole, as far as its size says.

    Raises:
        BadInputError: If not.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size != expected:
        seen = f"{size:,} bytes" if path.is_file() else "no file"
        raise BadInputError(
            f"{path}: expected the {expected:,} bytes that the run has recorded, saw {seen}; "
            "`curation verify` says what else is damaged"
        )


def _manifest(run: Path) -> tuple[bytes, dict[str, Any]]:
    """Bytes and content of the manifest of a complete run.

    Raises:
        BadInputError: If there is none.
    """
    path = run / MANIFEST
    if not path.is_file():
        raise BadInputError(f"{path}: no such file: corpus.run must be the folder of a curation run")
    content = path.read_bytes()
    try:
        manifest = json.loads(content)
    except ValueError as error:
        raise BadInputError(f"{path}: expected JSON, saw: {error}") from error
    state = manifest.get("state") if isinstance(manifest, dict) else None
    if state != "complete":
        raise BadInputError(
            f"{path}: expected a curation run in state complete, saw {state!r}; end it with `curation run`"
        )
    return content, manifest


def _wanted(settings: CorpusSettings, there: set[str], place: str) -> set[str]:
    """The folders that are asked for.

    Raises:
        BadInputError: If the run lacks one of them.
    """
    if EVERY in settings.folders:
        return there
    for folder in settings.folders:
        if folder not in there:
            near = difflib.get_close_matches(folder, there, n=1)
            hint = f"did you mean {near[0]!r}? There" if near else "there"
            raise BadInputError(
                f"{settings.run / place / folder}: the run has no such folder; {hint} are "
                f"{', '.join(sorted(there))}"
            )
    if not settings.folders:
        raise BadInputError(f"corpus.folders: expected at least one of {', '.join(sorted(there))}")
    return set(settings.folders)
