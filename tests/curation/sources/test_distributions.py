"""Installed distributions are read by their RECORD, and nothing of them is run."""

import sys
from pathlib import Path

import pytest

from curation.errors import BadInputError
from curation.sources import distributions
from curation.sources.base import Problem
from curation.sources.distributions import Settings

METADATA = "Metadata-Version: 2.4\nName: {0}\nVersion: 1.2\nLicense-Expression: MIT\n\nLong description\n"


def install(site: Path, name: str, files: dict[str, str], record: str | None = None) -> Path:
    info = f"{name}-1.2.dist-info"
    everything = {f"{info}/METADATA": METADATA.format(name), f"{info}/INSTALLER": "pip\n", **files}
    lines = "".join(f"{path},sha256=x,1\n" for path in everything)
    everything[f"{info}/RECORD"] = lines + f"{info}/RECORD,,\n" if record is None else record
    for path, text in everything.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    return site


def test_files_of_a_distribution_are_a_repository(tmp_path: Path) -> None:
    """Name, version, licence and licence files come from its metadata, its files from RECORD."""
    files = {"hello/__init__.py": "x = 1\n", "hello-1.2.dist-info/licenses/LICENSE": "MIT License"}
    chosen = Settings(path=install(tmp_path, "hello", files))
    (unit,) = distributions.plan(chosen)
    found = {file.path: file for file in distributions.read(unit, chosen)}
    assert set(found) == {*files, "hello-1.2.dist-info/METADATA"}
    assert found["hello/__init__.py"].content == b"x = 1\n"
    repository = found["hello/__init__.py"].repository
    assert (repository.name, repository.revision, repository.licences) == ("hello", "1.2", ("MIT",))
    assert repository.licence_files["hello-1.2.dist-info/licenses/LICENSE"] == b"MIT License"


def test_what_the_installer_made_is_no_part_of_the_package(tmp_path: Path) -> None:
    """Byte code, installer notes and launchers outside are left out."""
    record = (
        "a/x.py,sha256=x,1\na/__pycache__/x.cpython-311.pyc,,\n../../../bin/run,,\n/etc/passwd,,\n"
        "a-1.2.dist-info/RECORD,,\na-1.2.dist-info/INSTALLER,sha256=x,4\na-1.2.dist-info/direct_url.json,,\n"
    )
    chosen = Settings(path=install(tmp_path, "a", {"a/x.py": "1"}, record))
    (unit,) = distributions.plan(chosen)
    assert [file.path for file in distributions.read(unit, chosen)] == ["a/x.py"]


def test_a_hostile_record_leads_nowhere(tmp_path: Path) -> None:
    """Paths that leave the folder on a detour, missing files and links are problems, and no inputs."""
    site = install(
        tmp_path / "site", "a", {"a/x.py": "1"}, 'a/../../secret,,\n"a/no\nb",,\na/gone.py,,\na/l.py,,\n'
    )
    (tmp_path / "secret").write_text("secret")
    (site / "a" / "l.py").symlink_to(tmp_path / "secret")
    chosen = Settings(path=site)
    (unit,) = distributions.plan(chosen)
    found = {file.path: file.problem.reason for file in distributions.read(unit, chosen) if file.problem}
    assert {path: found[path] for path in sorted(found)[:3]} == {
        "a/%2E%2E/%2E%2E/secret": "unsafe_path",
        "a/gone.py": "unreadable",
        "a/l.py": "link",
    }
    assert unit.inputs == (str(site / "a-1.2.dist-info" / "RECORD"),)


def test_large_files_are_counted_and_not_read(tmp_path: Path) -> None:
    """A compiled library above the limit is told with its size, and does not count for the unit."""
    chosen = Settings(path=install(tmp_path, "a", {"a/lib.so": "x" * 501}), max_file_bytes=500)
    (unit,) = distributions.plan(chosen)
    problems = [file.problem for file in distributions.read(unit, chosen) if file.problem]
    assert problems == [Problem("too_large", 501, 500)]
    assert unit.size < 500


def test_distributions_share_units_and_can_be_chosen_by_name(tmp_path: Path) -> None:
    """Small ones are grouped, none is split, and names are compared as pip does."""
    for name in ("a", "b_b", "c"):
        install(tmp_path, name, {f"{name}/x.py": "x" * 100})
    every = [
        unit.part["distributions"] for unit in distributions.plan(Settings(path=tmp_path, unit_bytes=400))
    ]
    assert every == [["a-1.2.dist-info", "b_b-1.2.dist-info"], ["c-1.2.dist-info"]]
    (chosen,) = distributions.plan(Settings(path=tmp_path, names=("B.b",)))
    assert chosen.part["distributions"] == ["b_b-1.2.dist-info"]


@pytest.mark.parametrize(
    ("names", "message"), [((), "no installed distributions;"), (("x",), r"called \['x'\]")]
)
def test_a_folder_without_distributions_is_an_error(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    """The message says what was looked for."""
    with pytest.raises(BadInputError, match=message):
        next(distributions.plan(Settings(path=tmp_path, names=names)))


def test_a_missing_record_is_counted(tmp_path: Path) -> None:
    """A distribution without RECORD gives one problem, not silence."""
    install(tmp_path, "a", {})
    (tmp_path / "a-1.2.dist-info" / "RECORD").unlink()
    chosen = Settings(path=tmp_path)
    (unit,) = distributions.plan(chosen)
    assert [(f.path, f.problem.reason) for f in distributions.read(unit, chosen) if f.problem] == [
        ("a-1.2.dist-info/RECORD", "unreadable")
    ]


def test_the_running_environment_gives_thousands_of_files_and_imports_none() -> None:
    """By default the packages beside this one are read; none of them is imported by that."""
    chosen = Settings(names=("pytest", "pydantic", "numba"))
    units = list(distributions.plan(chosen))
    before = set(sys.modules)
    files = [file for unit in units for file in distributions.read(unit, chosen)]
    assert sum(file.content is not None and file.path.endswith(".py") for file in files) > 500
    assert {file.repository.name for file in files} == {"pytest", "pydantic", "numba"}
    assert set(sys.modules) == before
