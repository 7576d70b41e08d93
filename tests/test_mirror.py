"""The tests mirror the package, and every test says what it shows."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN_WHOLE = {
    "blocks/clean.py": "tests/test_whole_path.py",
    "blocks/progress.py": "tests/curation/test_executors.py",
    "card.py": "tests/test_whole_path.py",
    "errors.py": "tests/curation/test_cli.py",
    "explain.py": "tests/curation/test_cli.py",
    "passes.py": "tests/test_crash.py",
    "pipeline.py": "tests/test_whole_path.py",
    "problem.py": "tests/test_failure_modes.py",
    "render/item.py": "tests/curation/render/test_layouts.py",
    "render/pulls_read.py": "tests/curation/render/test_pulls.py",
    "repositories/places.py": "tests/curation/repositories/test_resolve.py",
    "repositories/python.py": "tests/curation/repositories/test_resolve.py",
    "repositories/rules.py": "tests/curation/repositories/test_imports.py",
    "run.py": "tests/test_crash.py",
    "settings_file.py": "tests/curation/test_config.py",
    "store.py": "tests/test_whole_path.py",
    "structured/commits/settings.py": "tests/curation/structured/commits/test_convert.py",
    "structured/outcome.py": "tests/curation/structured/test_convert.py",
    "structured/people/mail_lines.py": "tests/curation/structured/people/test_email_text.py",
    "structured/people/settings.py": "tests/curation/structured/people/test_bots.py",
    "structured/records.py": "tests/curation/structured/test_convert.py",
    "terminal.py": "tests/curation/test_cli.py",
    "verify.py": "tests/curation/test_cli.py",
    "workspace.py": "tests/test_refusal.py",
    "__main__.py": "tests/curation/test_cli.py",
}
"""Modules without a test of their name, and the tests that show them: the command line's, or, where a module
holds values or one half of something, those of what uses it."""
CLOCKS = {
    "support/patience.py": "the guard against work that does not end",
    "test_mirror.py": "names them here",
}
"""Files that may ask how long something took, and why; deadlines need no such clock."""


@pytest.mark.parametrize(
    ("package", "pattern"),
    [
        (".", "*.py"),
        ("blocks", "*.py"),
        ("decontaminate", "**/*.py"),
        ("render", "**/*.py"),
        ("repositories", "**/*.py"),
        ("structured", "**/*.py"),
    ],
)
def test_every_module_has_its_tests(package: str, pattern: str) -> None:
    """A module of the core or of these packages has a test of its name, or a line in the table above."""
    lacking = []
    for path in sorted((ROOT / "curation" / package).glob(pattern)):
        name = path.relative_to(ROOT / "curation")
        own = ROOT / "tests" / "curation" / name.with_name(f"test_{path.name}")
        shown = ROOT / SHOWN_WHOLE.get(name.as_posix(), "missing")
        if path.name != "__init__.py" and not own.exists() and not shown.exists():
            lacking.append(name.as_posix())
    assert lacking == []


def test_the_table_names_only_what_has_no_test_of_its_own() -> None:
    """A module that is gone, or that has got its test, needs no line any more."""
    for name in map(Path, SHOWN_WHOLE):
        assert (ROOT / "curation" / name).exists(), name
        assert not (ROOT / "tests" / "curation" / name.with_name(f"test_{name.name}")).exists(), name


def test_no_test_asks_how_long_something_takes() -> None:
    """A slow or loaded machine fails none; speed is measured in tests/benchmarks only."""
    asking = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if (name := path.relative_to(ROOT / "tests")).parts[0] != "benchmarks"
        if name.as_posix() not in CLOCKS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search("process_time|perf_counter|timeit", line)
    ]
    assert asking == []


@pytest.mark.parametrize(
    "package", ["signals", "filters", "language", "licences", "sources", "report", "dedup", "pii"]
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
