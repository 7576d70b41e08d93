"""`training launch`: prints lines, writes a batch file once."""

from pathlib import Path

from typer.testing import CliRunner

from training.cli import app

CONFIG = "output: runs/out\nmodel: {shape: starcoder2-3b}\ncorpus: {run: runs/demo}\n"


def launch(folder: Path, *arguments: str) -> str:
    """What is printed."""
    path = folder / "c.yaml"
    path.write_text(CONFIG)
    result = CliRunner().invoke(app, ["launch", str(path), *arguments])
    return f"{result.output}{result.exception or ''}"


def test_lines_are_printed_with_how_the_batch_is_made(tmp_path: Path) -> None:
    """Devices, micro-batch and accumulation first."""
    told = launch(tmp_path, "--nodes", "8")
    assert "# 64 devices x micro-batch 1 x 8 accumulation = 512 windows a step" in told
    assert "torchrun --nnodes=8" in told


def test_a_batch_file_is_not_written_over(tmp_path: Path) -> None:
    """Unless it is asked for."""
    path = tmp_path / "job.sbatch"
    assert "start it with: sbatch" in launch(tmp_path, "--slurm", str(path))
    path.write_text("mine")
    assert "exists: take another name, or --force" in launch(tmp_path, "--slurm", str(path))
    assert path.read_text() == "mine"
    launch(tmp_path, "--slurm", str(path), "--force")
    assert "#SBATCH --nodes=1" in path.read_text()
