"""A curation run of real files, a model trained on it, an adapter, and both as one: as a person makes them.

    trained(factory).final     -> folder of the trained model

Every step is the command line in a process of its own. Made once in a test session.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from once import once, shared
from support import SITE, Command

PACKAGES = ("rich", "typer", "yaml", "click", "pydantic")
"""Installed packages whose Python files are the corpus; one repository each."""
STEPS = 30
EXTENSIONS = "extensions"
"""Folder where torch would compile operations."""
SHAPE = {"layers": 2, "hidden": 64, "heads": 4, "kv_heads": 2, "feed_forward": 256, "positions": 512}


class Trained(NamedTuple):
    """Folders."""

    curated: Path
    full: Path
    """Run that trained all weights."""
    adapter: Path
    """Run that trained an adapter for the result."""
    merged: Path


def training(*arguments: object, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The `training` command, as a person starts it, on CPU, without the hub, and without a compiler."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "160"}
    environment |= {"PATH": str(Path(sys.executable).parent), "TORCH_EXTENSIONS_DIR": str(cwd / EXTENSIONS)}
    result = subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert not check or result.returncode == 0, f"{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
    return result


def configure(path: Path, **values: Any) -> Path:
    """Write a configuration; what is not given is small and on CPU."""
    smallest = {
        "model": {"shape": SHAPE, "gradient_checkpointing": False},
        "corpus": {"run": str(path.parent / "curated"), "held_out": 0.2, "workers": 1},
        "tokenizer": {"vocabulary": 1024},
        "packing": {"sequence_length": 256, "loader_workers": 0},
        "optimiser": {
            "learning_rate": 3e-3,
            "min_learning_rate": 3e-4,
            "warmup_steps": 3,
            "steps": STEPS,
            "batch": 8,
            "micro_batch": 8,
        },
        "devices": {"device": "cpu", "precision": "fp32", "deepspeed": str(path.parent / "zero2.json")},
        "checkpoints": {"every": 15},
        "evaluation": {"every": 15, "windows": 8},
        "logs": {"every": 1},
        "seed": 7,  # draws one of the five repositories as held out
    }
    path.write_text(yaml.safe_dump(smallest | values))
    return path


def trained(factory: pytest.TempPathFactory) -> Trained:
    """The same for all tests; not to be changed."""
    folder = once(shared(factory) / "trained", _make)
    return Trained(folder / "curated", folder / "full", folder / "adapter", folder / "merged")


def _make(folder: Path) -> None:
    curate(folder)
    zero2 = Path(__file__).parents[2] / "configs" / "deepspeed" / "zero2.json"
    (folder / "zero2.json").write_bytes(zero2.read_bytes())
    training("run", configure(folder / "full.yaml", output=str(folder / "full")), cwd=folder)
    tokens = {"run": str(folder / "curated"), "held_out": 0.2, "tokens": str(folder / "full" / "tokens")}
    optimiser = {"learning_rate": 1e-3, "min_learning_rate": 1e-4, "warmup_steps": 1}
    adapter = configure(
        folder / "adapter.yaml",
        output=str(folder / "adapter"),
        model={"name": str(folder / "full" / "final")},
        lora={"enabled": True, "rank": 4, "alpha": 8},
        corpus=tokens,
        optimiser=optimiser | {"steps": 4, "batch": 8, "micro_batch": 8},
    )
    training("run", adapter, cwd=folder)
    training("merge", folder / "adapter" / "final", "--out", folder / "merged", cwd=folder)


def curate(folder: Path) -> None:
    """A complete curation run of the packages, in `curated`."""
    source = folder / "code"
    source.mkdir()
    for package in PACKAGES:
        for path in sorted((SITE / package).rglob("*.py"))[:40]:
            target = source / package / path.relative_to(SITE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    command = Command(folder)
    values = {
        "output": str(folder / "curated"),
        "sources": [{"kind": "folder", "path": str(source), "repository_depth": 1}],
        "workers": 1,
        "pii": {"enabled": False},
    }
    result = command("run", command.configure("curate", values))
    assert result.returncode == 0, result.stderr
