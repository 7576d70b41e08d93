"""The tests mirror the package, and every test says what it shows."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN_WHOLE = {
    "blocks/clean.py": "tests/test_whole_path.py",
    "blocks/group.py": "tests/test_kinds_path.py",
    "blocks/progress.py": "tests/curation/test_executors.py",
    "blocks/read.py": "tests/test_kinds_path.py",
    "blocks/render.py": "tests/test_kinds_path.py",
    "card.py": "tests/test_whole_path.py",
    "errors.py": "tests/curation/test_cli.py",
    "explain.py": "tests/curation/test_cli.py",
    "passes.py": "tests/test_crash.py",
    "pipeline.py": "tests/test_whole_path.py",
    "problem.py": "tests/test_failure_modes.py",
    "run.py": "tests/test_crash.py",
    "store.py": "tests/test_whole_path.py",
    "terminal.py": "tests/curation/test_cli.py",
    "trains.py": "tests/test_kinds_path.py",
    "verify.py": "tests/curation/test_cli.py",
    "workspace.py": "tests/test_refusal.py",
    "__main__.py": "tests/curation/test_cli.py",
}
"""Modules that are shown through the command line, and the tests that do."""


def test_every_module_of_the_core_has_its_tests() -> None:
    """A module at the top or in blocks has a test of its name, or a line in the table above."""
    for path in sorted([*(ROOT / "curation").glob("*.py"), *(ROOT / "curation" / "blocks").glob("*.py")]):
        name = path.relative_to(ROOT / "curation").as_posix()
        if path.name == "__init__.py":
            continue
        own = ROOT / "tests" / "curation" / path.relative_to(ROOT / "curation").with_name(f"test_{path.name}")
        assert own.exists() or (ROOT / SHOWN_WHOLE.get(name, "missing")).exists(), name


@pytest.mark.parametrize(
    "package", ["signals", "filters", "language", "licences", "sources", "report", "dedup"]
)
def test_every_package_has_its_tests(package: str) -> None:
    """Each package of the pipeline is tested under its own name."""
    tests = ROOT / "tests" / "curation"
    assert list((tests / package).glob("test_*.py")) or list(tests.glob(f"test_{package}*.py"))


def test_every_test_says_what_it_shows() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []
