"""From a path alone to the right kind of source."""

import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

import curation.sources as package
from curation.errors import BadInputError
from curation.sources import SOURCES, AutoSettings, SourceSettings, detect, plan, read, settle

V1 = {
    "content": "x = 1\n",
    "hexsha": "aa",
    "lang": "Python",
    "max_stars_repo_path": "x.py",
    "max_stars_count": 0,
}
V2 = {"blob_id": "0" * 40, "path": "x.py", "repo_name": "a/b"}
TRAIN = {"repo_name": "a/b", "files": [{"blob_id": "0" * 40, "path": "x.py"}]}
V3 = {"repo_path": "a/b", "files": [{"content": "x = 1\n", "file_path": "x.py"}]}
STAR = {"content": "x = 1\n", "max_stars_repo_path": "x.py", "max_stars_count": 0}
PLAIN = {"text": "x = 1\n", "repo": "a/b"}
KINDS = [
    (V1, "stack_v1"),
    (V2, "stack_v2"),
    (TRAIN, "stack_v2"),
    (V3, "stack_v3"),
    (STAR, "starcoderdata"),
    (PLAIN, "table"),
]


def write(path: Path, row: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps(row) + "\n").encode()
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([row]), path)
    else:
        path.write_bytes(gzip.compress(line, mtime=0) if path.suffix == ".gz" else line)
    return path


@pytest.mark.parametrize(("row", "kind"), KINDS)
@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl", "a.jsonl.gz", "a.json"])
def test_tables(tmp_path: Path, row: dict[str, Any], kind: str, name: str) -> None:
    """A table is known by its columns in every container, as a file, a folder and a glob."""
    path = write(tmp_path / "data" / name, row)
    (tmp_path / "data" / "README.md").write_text("a note")
    ways = [str(path), str(tmp_path / "data" / "a.*"), f"file://{path}"]
    if name != "a.json":
        ways.append(str(tmp_path))
    for way in ways:
        found = detect(way)
        assert found.kind == kind
        assert str(found.path) == way


@pytest.mark.parametrize(("row", "kind"), KINDS)
def test_urls(row: dict[str, Any], kind: str) -> None:
    """A URL is looked at in the same way."""
    fsspec.filesystem("memory").pipe(f"/detect-{kind}/a.jsonl", json.dumps(row).encode())
    assert detect(f"memory://detect-{kind}").kind == kind


def make_tar(path: Path, mode: Any) -> None:
    with tarfile.open(path, mode) as tar:
        member = tarfile.TarInfo("a.py")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.zip", ""),
        ("a.whl", ""),
        ("download", ""),
        ("a.tar", "w"),
        ("a.tgz", "w:gz"),
        ("b", "w:gz"),
        ("c", "w"),
        ("d", "w:bz2"),
    ],
)
def test_archives(tmp_path: Path, name: str, mode: str) -> None:
    """An archive is known by its name or by how it begins; a glob and a folder of archives by their names."""
    path = tmp_path / name
    if mode:
        make_tar(path, mode)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.py", "x")
    assert detect(str(path)).kind == "archive"
    if path.suffix:
        assert detect(str(tmp_path)).kind == "archive"
        assert detect(f"{tmp_path}/*{path.suffix}").kind == "archive"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_git(tmp_path: Path) -> None:
    """A clone, a bare repository, and folders of clones one and two levels deep are git."""
    for name in ("one/clone", "two/owner/clone"):
        (tmp_path / name).mkdir(parents=True)
        git(tmp_path / name, "init")
    git(tmp_path, "init", "--bare", "bare.git")
    for name in ("one/clone", "bare.git", "one", "two"):
        assert detect(str(tmp_path / name)).kind == "git", name
    (tmp_path / "two" / "plain" / "deep").mkdir(parents=True)
    assert detect(str(tmp_path / "two")).kind == "folder"
    (tmp_path / "one" / "script.py").write_text("x")
    assert detect(str(tmp_path / "one")).kind == "folder"


def test_installed_packages() -> None:
    """A site-packages folder is known by what pip leaves there."""
    site_packages = next(path for path in sys.path if path.endswith("site-packages"))
    assert detect(site_packages).kind == "distributions"


def test_saved_data_set(tmp_path: Path) -> None:
    """A folder that save_to_disk wrote is a data set, whatever else is in it."""
    for name in ("state.json", "dataset_dict.json"):
        (tmp_path / name.split(".")[0]).mkdir()
        (tmp_path / name.split(".")[0] / name).write_text("{}")
        assert detect(str(tmp_path / name.split(".")[0])).kind == "hub"


def test_folder_of_code_with_tables_in_its_tests_is_a_folder(tmp_path: Path) -> None:
    """Tables must be at least half of the files; .json files are none."""
    write(tmp_path / "tests" / "data.parquet", V1)
    (tmp_path / "a.py").write_text("x")
    assert detect(str(tmp_path)).kind == "stack_v1"
    (tmp_path / "package.json").write_text("{}")
    assert detect(str(tmp_path)).kind == "folder"


def test_empty_folder_is_a_folder(tmp_path: Path) -> None:
    """What is in a folder of nothing is said by its reader."""
    assert detect(str(tmp_path)).kind == "folder"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gone/away", "gone/away does not exist: expected .* kind: hub, path: gone/away"),
        ("gone", "gone does not exist: expected a folder, git repository, archive, table, glob or URL.$"),
        ("gone/*.parquet", "stands for no table"),
        ("memory://gone", "stands for no table"),
    ],
)
def test_nothing_there(path: str, message: str) -> None:
    """What does not exist is refused; what looks like an id of the hub is not fetched, but said."""
    with pytest.raises(BadInputError, match=message):
        detect(path)


def test_single_file_that_is_nothing(tmp_path: Path) -> None:
    """A file of code is no source; its folder is."""
    (tmp_path / "a.py").write_text("x")
    with pytest.raises(
        BadInputError, match=r"a\.py is neither an archive .* name the folder that holds them"
    ):
        detect(str(tmp_path / "a.py"))


def test_table_that_fits_nothing(tmp_path: Path) -> None:
    """The message names the path, the columns and what each shape needs."""
    path = write(tmp_path / "a.parquet", {"body": "x", "hexsha": "a"})
    with pytest.raises(
        BadInputError, match=r"a\.parquet: the columns body, hexsha fit no known table\. stack_v1 needs"
    ):
        detect(str(path))


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_empty_and_broken_tables(tmp_path: Path, name: str) -> None:
    """A table that cannot be read, or has no columns, is refused with its path."""
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(BadInputError, match=name.replace(".", r"\.")):
        detect(str(tmp_path / name))


def test_auto_reads_what_it_found(tmp_path: Path) -> None:
    """`kind: auto` plans and reads like the kind that it becomes, with the options that it carries."""
    path = write(tmp_path / "a.jsonl", {**V1, "content": "x" * 50})
    how = {"kind": "auto", "path": str(path), "reading": {"max_file_bytes": 10}}
    settings = TypeAdapter[Any](SourceSettings).validate_python(how)
    assert isinstance(settings, AutoSettings)
    known = settle(settings)
    assert known.kind == "stack_v1"
    assert settle(known) is known
    (unit,) = plan(settings)
    assert unit.source == "stack_v1"
    for way in (settings, known):
        (file,) = read(unit, way)
        assert file.problem
        assert (file.problem.reason, file.path) == ("too_large", "x.py")


def test_settings_are_told_apart_by_kind() -> None:
    """Every kind has a settings class with its name; an unknown kind and an unknown key are refused."""
    adapter = TypeAdapter[Any](SourceSettings)
    for kind, module in SOURCES.items():
        assert module.Settings.model_fields["kind"].default == kind
        assert callable(module.plan)
        assert callable(module.read)
    with pytest.raises(ValidationError, match="'stack_v4' found using 'kind' does not match any"):
        adapter.validate_python({"kind": "stack_v4", "path": "x"})
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        adapter.validate_python({"kind": "stack_v1", "path": "x", "paths": "y"})
    dumped = adapter.dump_python(adapter.validate_python({"kind": "stack_v2", "path": "x"}), mode="json")
    assert adapter.validate_python(dumped).kind == "stack_v2"


def test_import_is_light() -> None:
    """Importing the sources loads neither datasets nor pandas."""
    code = "import sys, curation.sources; print([m for m in ('datasets', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(package.__all__) >= {"SOURCES", "SourceSettings", "plan", "read", "settle", "detect"}
