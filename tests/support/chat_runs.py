"""Chat fine-tunings of tiny models, several in one process group, because importing DeepSpeed costs more.

torchrun --nproc-per-node 2 tests/support/chat_runs.py plan.json

plan.json is a list of names of configurations; where `NAME.from` stands beside one, it holds the folder of a
run whose checkpoint-3 is gone on from.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from training.chat.config import load
from training.chat.train import train

LENGTH = 128
"""Tokens of a window."""
STEPS = 6
BATCH = 4
PATIENCE = 280
"""Seconds after which processes that wait for each other are killed."""


def sums(count: int) -> list[dict[str, Any]]:
    """Dialogues of one or two turns that can be learnt."""
    rows = []
    for number in range(count):
        one, other = number % 10, number // 10 % 10
        turns = [("user", f"What is {one} + {other}?"), ("assistant", f"It is {one + other}.")]
        if number % 3 == 0:
            turns += [("user", "And twice that?"), ("assistant", f"It is {2 * (one + other)}.")]
        rows.append({"messages": [{"role": role, "content": content} for role, content in turns]})
    return rows


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Rows as lines of JSON."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def settings(model: Path, data: Path, output: Path, /, **more: Any) -> dict[str, Any]:
    """A configuration of a few steps on CPU."""
    values: dict[str, Any] = {
        "output": str(output),
        "model": {"name": str(model), "gradient_checkpointing": False},
        "data": {"paths": [str(data)]},
        "sequence_length": LENGTH,
        "optimiser": {"learning_rate": 1e-2, "steps": STEPS, "batch": BATCH, "micro_batch": 2},
        "devices": {"device": "cpu", "precision": "bf16"},
        "checkpoints": {"every": 3},
        "logs": {"every": 1},
        "samples": {"prompts": ["What is 1 + 2?", "Hi"], "max_new_tokens": 8},
    }
    for key, value in more.items():
        values[key] = {**values[key], **value} if isinstance(values.get(key), dict) else value
    return values


def write_config(path: Path, values: Mapping[str, Any]) -> Path:
    """A configuration as a file."""
    path.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    return path


def go_on_from(source: Path, output: Path) -> None:
    """What is left of a run that was killed between its checkpoints."""
    shutil.copytree(source, output, ignore=shutil.ignore_patterns("checkpoint-6", "final", "samples.*"))


def launch(plan: Sequence[Path], folder: Path, processes: int) -> "subprocess.CompletedProcess[str]":
    """Train one configuration after the other in processes of their own."""
    path = folder / "plan.json"
    path.write_text(json.dumps([str(one) for one in plan]), encoding="utf-8")
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(torchrun if processes > 1 else []), __file__, str(path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the ranks, too: they wait for each other
            out, err = process.communicate()
            err += f"\nno end after {PATIENCE} seconds"
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def main(plan: Path) -> None:
    """Train as the plan says."""
    for name in json.loads(plan.read_text(encoding="utf-8")):
        config, source = load(Path(name)), Path(f"{name}.from")
        if source.exists() and os.environ.get("RANK", "0") == "0":
            go_on_from(Path(source.read_text(encoding="utf-8")), config.output)
        train(config)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
