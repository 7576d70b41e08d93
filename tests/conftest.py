"""What several tests share: a small corpus of real files with every kind of trouble, and a run of it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from once import once, shared
from support import MIT_FILE, REPOSITORIES, SITE, TROUBLE, Command, settings

os.environ["HF_HUB_OFFLINE"] = "1"
"""No test asks the network; set before any test imports `datasets`, which reads it once."""
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")
"""No deadline for a single example: machines are shared, and a kernel compiles on its first one."""


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """What a test, or a library in it, has set in the environment is gone after it.

    DeepSpeed and transformers set ranks and addresses there, which later processes would take for theirs.
    """
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys() - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]
    for name, value in before.items():
        if name != "PYTEST_CURRENT_TEST" and os.environ.get(name) != value:
            os.environ[name] = value


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the test session share."""
    return shared(tmp_path_factory)


@pytest.fixture(scope="session")
def corpus(place: Path) -> Path:
    """owner/name/... of about 250 real files, with trouble in trouble/box and copies in trouble/copies."""
    return once(place / "corpus", _write_corpus) / "code"


def _write_corpus(folder: Path) -> None:
    root = folder / "code"
    for repository, (package, _) in REPOSITORIES.items():
        files = [path for path in sorted((SITE / package).rglob("*")) if path.is_file()]
        for path in [path for path in files if path.suffix not in {".pyc", ".so"}][:40]:
            target = root / repository / path.relative_to(SITE / package)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        shutil.copyfile(MIT_FILE, root / repository / "LICENSE")
    for name, content in TROUBLE.items():
        for folder_name in ("box", "copies") if name == "copy_one.py" else ("box",):
            target = root / "trouble" / folder_name / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command line, with configurations in the test's own folder."""
    return Command(tmp_path)


@pytest.fixture(scope="session")
def finished(corpus: Path, place: Path) -> Path:
    """A complete run of the corpus; not to be changed."""

    def make(folder: Path) -> None:
        command = Command(folder)
        result = command("run", command.configure("config", settings(corpus, folder / "run", pii={})))
        assert result.returncode == 0, result.stderr

    return once(place / "finished", make) / "run"
