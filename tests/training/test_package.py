"""The training package stays light to import, apart from curation, and mirrored by its tests."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "training").rglob("*.py"))
SHARED = {
    "curation",
    "curation.draw",
    "curation.errors",
    "curation.sentinels",
    "curation.settings_file",
    "curation.shards",
    "curation.strict_yaml",
}
"""What both packages use; everything else of curation stays its own."""
HEAVY = ("torch", "transformers", "deepspeed", "peft", "bitsandbytes", "datasets", "datatrove", "wandb")
LATE = {
    "training.tokenise.blocks": "its blocks are datatrove's, imported by the functions that run them",
    "training.tokenise.executor": "as the blocks",
}
"""Modules that are imported inside functions only, and why they begin with something heavy."""
SHOWN_WHOLE = {
    "__main__.py": "tests/training/test_cli.py",
    "errors.py": "tests/training/test_cli.py",
    "options.py": "tests/training/test_cli.py",
}
"""Modules without a test of their name, and the tests that show them."""


def imported(path: Path) -> set[str]:
    """Modules that a file imports, inside functions too; of `from a import b` also a.b, if it is a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(name for name in names if (ROOT / f"{name.replace('.', '/')}.py").exists())
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_training_takes_little_from_curation(path: Path) -> None:
    """Only the special tokens, settings, errors, draws and atomic writes are shared."""
    used = {name for name in imported(path) if name.split(".")[0] == "curation"}
    assert used <= SHARED


def test_curation_takes_nothing_from_training() -> None:
    """The path of a document goes in one direction."""
    users = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "curation").rglob("*.py"))
        if any(name.split(".")[0] == "training" for name in imported(path))
    ]
    assert users == []


def test_importing_any_module_imports_nothing_heavy() -> None:
    """Every module of training, imported one after the other, leaves torch and its like alone."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {[n for n in names if not n.endswith('__main__') and n not in LATE]!r}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = [one for one in {HEAVY!r} if one in sys.modules]\n"
        "    assert not heavy, (name, heavy)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_every_module_has_its_tests() -> None:
    """A module has a test of its name in the same place, or a line in the table above."""
    lacking = []
    for path in MODULES:
        name = path.relative_to(ROOT / "training")
        own = ROOT / "tests" / "training" / name.with_name(f"test_{path.name}")
        shown = ROOT / SHOWN_WHOLE.get(name.as_posix(), "missing")
        if path.name not in {"__init__.py", "settings.py"} and not own.exists() and not shown.exists():
            lacking.append(name.as_posix())
    assert lacking == []


def test_the_table_names_only_what_has_no_test_of_its_own() -> None:
    """A module that is gone, or that has got its test, needs no line any more."""
    for name in map(Path, SHOWN_WHOLE):
        assert (ROOT / "training" / name).exists(), name
        assert not (ROOT / "tests" / "training" / name.with_name(f"test_{name.name}")).exists(), name
