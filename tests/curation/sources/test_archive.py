"""Archives are read member by member, whoever made them; nothing is extracted and nothing is lost."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import archive
from curation.sources.archive import Settings
from curation.sources.base import Problem, SourceFile

MIB = 1 << 20
FILES = {"hello-1.2/LICENSE": b"MIT License", "hello-1.2/src/a.py": b"x = 1\n" * 5000, "hello-1.2/empty": b""}
PACK: dict[str, Callable[[bytes], bytes]] = {
    ".tar": bytes,
    ".tar.gz": gzip.compress,
    ".tgz": gzip.compress,
    ".tar.bz2": bz2.compress,
    ".tar.xz": lzma.compress,
    ".tar.zst": zstandard.compress,
}


def tar(members: dict[str, bytes] | list[tarfile.TarInfo], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, errors="surrogateescape") as file:
        for member in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            content = members[info.name] if isinstance(members, dict) else b"1" * info.size
            info.size = len(content) if info.isreg() else info.size
            file.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def write(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def read_all(path: Path, **options: Any) -> list[SourceFile]:
    chosen = Settings(path=path, **options)
    return [file for unit in archive.plan(chosen) for file in archive.read(unit, chosen)]


def outcome(files: list[SourceFile]) -> dict[str, Any]:
    assert all((file.content is None) == (file.problem is not None) for file in files)
    return {file.path: file.problem.reason if file.problem else file.content for file in files}


@pytest.mark.parametrize("suffix", [*PACK, ".zip"])
def test_members_are_yielded_without_the_wrapping_folder(tmp_path: Path, suffix: str) -> None:
    """Every compression gives the same files; the single top folder names package and version."""
    content = zipped(FILES) if suffix == ".zip" else PACK[suffix](tar(FILES))
    path = write(tmp_path, f"hello-1.2{suffix}", content)
    files = read_all(path)
    assert outcome(files) == {name.removeprefix("hello-1.2/"): content for name, content in FILES.items()}
    assert [file.source_row for file in files] == [0, 1, 2]
    repository = files[0].repository
    assert (repository.name, repository.revision) == ("hello", "1.2")
    assert repository.licence_files == {"LICENSE": b"MIT License"}
    assert {file.source_file for file in files} == {str(path)}


@pytest.mark.parametrize(
    ("name", "metadata", "expected"),
    [
        (
            "x.whl",
            {"a-3.dist-info/METADATA": b"Name: a\nVersion: 3\nLicense-Expression: MIT\n\nLicense: GPL"},
            ("a", "3", ("MIT",)),
        ),
        (
            "x-1.tar.gz",
            {"x-1/PKG-INFO": b"Name: a\nVersion: 3\nLicense: BSD\nClassifier: License :: X"},
            ("a", "3", ("BSD", "License :: X")),
        ),
        (
            "x.tgz",
            {"package/package.json": b'{"name":"@s/a","version":"3","license":"MIT"}'},
            ("@s/a", "3", ("MIT",)),
        ),
        (
            "x.tgz",
            {"package/package.json": b'{"name":"a","licenses":[{"type":"MIT"},{"type":"ISC"}]}'},
            ("a", "", ("MIT", "ISC")),
        ),
        ("redis-7.0.15.tar.gz", {"src/a.c": b""}, ("redis", "7.0.15", ())),
        ("v7.zip", {"redis-7.0.15/a.c": b""}, ("redis", "7.0.15", ())),
        ("x.tgz", {"package/package.json": b'{"name":' + b"[" * 5000}, ("x", "", ())),
        ("x.tgz", {"package/package.json": b'{"name": 1, "license": [1, null, {}]}'}, ("x", "", ())),
        ("x.tgz", {"package/package.json": b"[1]"}, ("x", "", ())),
        (
            "x.tgz",
            {"package/PKG-INFO": b"Name: a\nVersion: 1\nLicense: line one\n        line two\nName: b\n"},
            ("a", "1", ("line one line two",)),
        ),
    ],
)
def test_the_packages_own_metadata_names_it(
    tmp_path: Path, name: str, metadata: dict[str, bytes], expected: tuple[str, str, tuple[str, ...]]
) -> None:
    """Wheels, source distributions and npm packages say name, version and licence; damage says nothing."""
    members = {**metadata, next(iter(metadata)).rpartition("/")[0] + "/z": b"1"}
    content = zipped(members) if name.endswith((".whl", ".zip")) else gzip.compress(tar(members), mtime=0)
    repository = read_all(write(tmp_path, name, content))[0].repository
    assert (repository.name, repository.revision, repository.licences) == expected


def test_a_git_archive_states_its_commit(tmp_path: Path) -> None:
    """The commit that `git archive` leaves in the pax header becomes the revision."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", pax_headers={"comment": "a" * 40}) as file:
        file.addfile(tarfile.TarInfo("hello-main/a.py"))
    repository = read_all(write(tmp_path, "main.tar", buffer.getvalue()))[0].repository
    assert repository.revision == "a" * 40


def test_top_folders_of_wheels_and_jars_are_packages(tmp_path: Path) -> None:
    """The only folder of a jar is kept in the path."""
    assert set(outcome(read_all(write(tmp_path, "x.jar", zipped({"com/x/A.java": b"1"}))))) == {
        "com/x/A.java"
    }


@pytest.mark.parametrize("members", [["a/x", "b/x"], ["a/x", "y"], ["y", "a/x"]])
def test_without_a_single_top_folder_paths_are_whole(tmp_path: Path, members: list[str]) -> None:
    """Two folders, or a file beside the folder: nothing wraps the archive."""
    found = outcome(read_all(write(tmp_path, "x.tar", tar(dict.fromkeys(members, b"1")))))
    assert list(found) == members


HOSTILE = ["../../etc/passwd", "/etc/passwd", "C:\\x", "a\\..\\b", "a/../../b", "x" * 5000, "a\nb", "c:d"]


@pytest.mark.parametrize("pack", [tar, zipped])
def test_no_hostile_name_leads_outside(tmp_path: Path, pack: Any) -> None:
    """Each is counted as unsafe under an escaped name; the good file beside them is read."""
    name = "x.tar" if pack is tar else "x.zip"
    files = read_all(write(tmp_path, name, pack({**dict.fromkeys(HOSTILE, b"1"), "ok.py": b"1"})))
    assert [file.path for file in files if file.problem is None] == ["ok.py"]
    assert {file.problem.reason for file in files if file.problem} == {"unsafe_path"}
    assert len(files) == len(HOSTILE) + 1
    assert not any(file.path.startswith("/") or ".." in file.path.split("/") for file in files)


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".zip"])
def test_a_large_member_is_counted_and_not_read(tmp_path: Path, suffix: str) -> None:
    """Size and limit are told; the limit itself is allowed."""
    members = {"fits": b"x" * 10, "large": b"x" * 11}
    content = zipped(members) if suffix == ".zip" else PACK[suffix](tar(members))
    found = {
        file.path: file.problem
        for file in read_all(write(tmp_path, f"x{suffix}", content), max_file_bytes=10)
    }
    assert found == {"fits": None, "large": Problem("too_large", 11, 10)}


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_what_expands_beyond_the_budget_is_counted(tmp_path: Path, suffix: str) -> None:
    """An archive of 8 MB of zeros with a budget of 4 MB: the rest is told and not expanded."""
    members = {f"{number}": b"\0" * MIB for number in range(8)}
    content = zipped(members) if suffix == ".zip" else PACK[suffix](tar(members))
    files = read_all(write(tmp_path, f"x{suffix}", content), max_archive_bytes=4 * MIB + 4 * 512)
    assert [file.path for file in files if file.problem is None] == ["0", "1", "2", "3"]
    beyond = [file.problem for file in files if file.problem]
    assert {problem.reason for problem in beyond} == {"too_large"}
    assert len(beyond) == (4 if suffix == ".zip" else 1)


def test_a_bomb_by_ratio_is_stopped_early(tmp_path: Path) -> None:
    """200 MB of zeros in a few hundred kB: past 64 MiB the ratio of stored bytes decides."""
    members = {f"{number}": b"\0" * 8 * MIB for number in range(25)}
    path = write(tmp_path, "x.zip", zipped(members))
    assert path.stat().st_size < 300_000
    files = read_all(path)
    assert sum(len(file.content) for file in files if isinstance(file.content, bytes)) <= 64 * MIB
    assert len(files) == 25


@pytest.mark.parametrize("suffix", [".tar", ".zip"])
def test_too_many_members_are_counted_once(tmp_path: Path, suffix: str) -> None:
    """After the limit one problem stands for the rest."""
    members = {f"{number}": b"1" for number in range(10)}
    content = zipped(members) if suffix == ".zip" else tar(members)
    files = read_all(write(tmp_path, f"x{suffix}", content), max_members=6)
    assert [file.problem.reason if file.problem else None for file in files] == [None] * 6 + ["too_large"]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tar.xz", "x.tar.zst", "x.whl"])
@pytest.mark.parametrize(
    "content", [b"", b"no archive at all" * 100, b"\x1f\x8b\x08\0", b"PK\x05\x06", b"\xfd7zXZ\0a"]
)
def test_what_is_no_archive_is_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    """A file of another kind under an archive's name stops the task with its path."""
    with pytest.raises(BadInputError, match=name):
        read_all(write(tmp_path, name, content))


def test_folders_and_globs_of_archives_are_units(tmp_path: Path) -> None:
    """Archives are found at any depth, sorted, and grouped by their stored bytes; other files are none."""
    for name in ("b.zip", "a.whl", "notes.txt", "sub/c.tar"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path, name, zipped({"x": b"1"}) if "zip" in name or "whl" in name else tar({"x": b"1"}))
    (tmp_path / "link.zip").symlink_to("b.zip")
    units = list(archive.plan(Settings(path=tmp_path, unit_bytes=250)))
    assert [unit.part["archives"] for unit in units] == [
        [f"{tmp_path}/a.whl", f"{tmp_path}/b.zip"],
        [f"{tmp_path}/sub/c.tar"],
    ]
    assert units[0].inputs == (f"{tmp_path}/a.whl", f"{tmp_path}/b.zip")
    assert units[0].part["problems"][0][:2] == [f"{tmp_path}/link.zip", "link"]
    (unit,) = archive.plan(Settings(path=tmp_path / "*.whl"))
    assert unit.part["archives"] == [f"{tmp_path}/a.whl"]
    with pytest.raises(BadInputError, match="no archive found"):
        list(archive.plan(Settings(path=tmp_path / "*.rar")))


BASE = {
    ".zip": zipped({"a": b"1" * 100, "d/b": b"2" * 700}),
    ".tar": tar({"a": b"1" * 100, "d/b": b"2" * 700}),
}


@settings(max_examples=150, deadline=None)
@given(
    suffix=st.sampled_from(sorted(BASE)),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 10_000),
)
def test_no_damage_raises_anything_but_a_bad_input(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, flips: list[tuple[int, int]], cut: int
) -> None:
    """Whatever bytes are changed or missing: safe paths, problems, or an error that names the file."""
    content = bytearray(BASE[suffix])
    for at, value in flips:
        content[at % len(content)] = value
    path = write(tmp_path_factory.mktemp("damage"), f"x{suffix}", bytes(content[: max(1, cut)]))
    files: list[SourceFile] = []
    complaint = str(path)
    try:
        files = read_all(path)
    except BadInputError as error:
        complaint = str(error)
    assert str(path) in complaint
    if files:
        assert all((file.content is None) == (file.problem is not None) for file in files)
        assert not any(file.path.startswith("/") or ".." in file.path.split("/") for file in files)
