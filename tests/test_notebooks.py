"""Every notebook runs from top to bottom on a run, shows something, and is committed without outputs."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from kinds_runs import shared_run as kinds_run
from nbclient import NotebookClient
from near_runs import shared_run as near_run
from report_runs import make_run
from trained import trained

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS = 180
AT_LEAST = 5
"""Figures, and tables, that a notebook shows."""


@pytest.fixture(scope="module")
def example_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with real and hostile documents, as the tests of the report make it."""
    return make_run(tmp_path_factory.mktemp("notebooks") / "example", excluded=True, pii=True)


@pytest.fixture(scope="module")
def example_runs(example_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The run that each notebook looks at: near-dedup, kinds and training need real ones."""
    real = {
        "02_one_document_of_each_kind.ipynb": kinds_run(tmp_path_factory),
        "03_the_run.ipynb": trained(tmp_path_factory).full,
        "04_dedup.ipynb": near_run(tmp_path_factory),
    }
    return {path.name: example_run for path in NOTEBOOKS} | real


def _outputs(notebook: Any, kind: str) -> list[Any]:
    return [
        output["data"][kind]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def test_there_are_notebooks() -> None:
    """The tests below have something to look at."""
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_committed_without_outputs(path: Path) -> None:
    """A notebook in the repository shows nobody's data and makes small diffs."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_has_no_logic_of_its_own(path: Path) -> None:
    """A notebook defines nothing: what it computes is tested where it lives."""
    notebook = nbformat.read(path, as_version=4)
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert not any(
        line.lstrip().startswith(("def ", "class ", "if ", "while ")) for line in source.splitlines()
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_runs_and_shows_tables_and_figures(
    path: Path, example_runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Executed on a run, no cell fails or warns, and figures and tables come out."""
    monkeypatch.setenv("CURATION_RUN", str(example_runs[path.name]))
    monkeypatch.setenv("TRAINING_RUN", str(example_runs[path.name]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}}).execute()
    streams = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    ]
    assert streams == []
    assert len(_outputs(notebook, "image/png")) >= AT_LEAST
    tables = _outputs(notebook, "text/html")
    assert len(tables) >= AT_LEAST
    assert not any("<script>alert" in table for table in tables)
    keep = os.environ.get("KEEP_NOTEBOOKS")
    if keep:
        nbformat.write(notebook, Path(keep) / path.name)
