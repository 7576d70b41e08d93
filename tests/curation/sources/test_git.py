"""Repositories are read at a commit without a checkout, and cannot make git run anything."""

import os
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadInputError
from curation.sources import git
from curation.sources.base import Problem, SourceFile
from curation.sources.git import Settings

START = 1_600_000_000


def run(folder: Path, *arguments: str, at: int = START, data: bytes = b"") -> str:
    """Our own git, for making repositories; no configuration of the machine is read."""
    when = f"{at} +0000"
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
    }
    command = [
        "git",
        "-c",
        "user.name=n",
        "-c",
        "user.email=e@x",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "protocol.file.allow=always",
        *arguments,
    ]
    return subprocess.run(
        command, cwd=folder, env=environment, input=data, check=True, capture_output=True
    ).stdout.decode()


def commit(folder: Path, files: dict[str, bytes], at: int = START) -> str:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    run(folder, "add", "-A")
    run(folder, "commit", "-qm", "message", at=at)
    return run(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "hello"
    folder.mkdir()
    run(folder, "init", "-q")
    return folder


def read_all(path: Path, **options: Any) -> list[SourceFile]:
    chosen = Settings(path=path, **options)
    return [file for unit in git.plan(chosen) for file in git.read(unit, chosen)]


def outcome(files: list[SourceFile]) -> dict[str, Any]:
    assert all((file.content is None) == (file.problem is not None) for file in files)
    return {file.path: file.problem.reason if file.problem else file.content for file in files}


FILES = {"LICENSE": b"MIT License", "a.py": b"x = 1\r\n", "src/b.bin": b"\0\xff", "src/empty": b""}


@pytest.mark.parametrize("bare", [False, True])
def test_files_of_the_commit_are_read_exactly(repository: Path, bare: bool) -> None:
    """Contents are the blobs, without line end conversion, whatever lies in the working tree."""
    sha = commit(repository, FILES)
    (repository / "a.py").write_bytes(b"changed and not committed")
    if bare:
        run(repository.parent, "clone", "-q", "--bare", "--no-local", "hello", "copy.git")
    files = read_all(repository.parent / "copy.git" if bare else repository)
    assert outcome(files) == FILES
    seen = files[0].repository
    assert (seen.revision, seen.revision_date) == (sha, START)
    assert seen.licence_files == {"LICENSE": b"MIT License"}
    assert [file.source_row for file in files] == [0, 1, 2, 3]


def test_an_older_revision_can_be_chosen(repository: Path) -> None:
    """A tag or commit is resolved once, when the run is planned."""
    first = commit(repository, {"a.py": b"1"})
    commit(repository, {"a.py": b"2"})
    assert outcome(read_all(repository, revision="HEAD~1")) == {"a.py": b"1"}
    (unit,) = git.plan(Settings(path=repository, revision=first[:10]))
    assert (unit.part["revision"], unit.inputs) == (first, ())


@pytest.mark.parametrize("revision", ["nowhere", "--help", "-n1", "HEAD:a.py"])
def test_an_unknown_revision_is_an_error(repository: Path, revision: str) -> None:
    """Also one that looks like an option or names a file."""
    commit(repository, {"a.py": b"1"})
    with pytest.raises(BadInputError, match=f"hello: no commit '{revision}'"):
        read_all(repository, revision=revision)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://host.example/octo/hello.git", "octo/hello"),
        ("https://user:token@host.example:8443/octo/hello/", "octo/hello"),
        ("ssh://git@host.example/group/sub/hello.git", "group/sub/hello"),
        ("git@host.example:octo/hello.git", "octo/hello"),
        ("https://host.example/octo/hello.git?token=secret#x", "octo/hello"),
        ("/home/someone/private/hello.git", "hello"),
        ("file:///home/someone/private/x.git", "hello"),
        ("../x", "hello"),
        ("https://host.example/../../etc", "hello"),
        ("https://token@host.example", "hello"),
        ("https://user:sec/ret@host.example/octo/x", "hello"),
        ("C:/Users/someone/x", "hello"),
        ("", "hello"),
    ],
)
def test_the_origin_names_the_repository_without_host_and_credentials(
    repository: Path, url: str, name: str
) -> None:
    """A local path says nothing of its owner; neither user names nor tokens get through."""
    commit(repository, {"a.py": b"1"})
    run(repository, "config", "remote.origin.url", url)
    (file,) = read_all(repository)
    assert file.repository.name == name
    assert read_all(repository, repository_name="mine")[0].repository.name == "mine"


def test_each_file_has_the_date_of_its_last_change(repository: Path) -> None:
    """Of commits on both sides of a merge; beyond `date_commits` and for 0 it is unknown."""
    commit(repository, {"old.py": b"1", "changed.py": b"1", "side.py": b"1"}, START)
    run(repository, "checkout", "-qb", "side")
    commit(repository, {"side.py": b"2"}, START + 10)
    run(repository, "checkout", "-q", "main")
    commit(repository, {"changed.py": b"2", "d/é.py": b"1"}, START + 20)
    run(repository, "merge", "-q", "--no-ff", "-m", "merge", "side", at=START + 30)
    dates = {file.path: file.file_date for file in read_all(repository)}
    assert dates == {"old.py": START, "changed.py": START + 20, "side.py": START + 10, "d/é.py": START + 20}
    near = {file.path: file.file_date for file in read_all(repository, date_commits=2)}
    assert near == {"old.py": None, "changed.py": START + 20, "side.py": None, "d/é.py": START + 20}
    assert {file.file_date for file in read_all(repository, date_commits=0)} == {None}


def test_links_and_large_files_are_problems(repository: Path) -> None:
    """Neither is followed or read; the large blob is told with its size."""
    (repository / "link").symlink_to("/etc/passwd")
    commit(repository, {"a.py": b"1" * 10, "large": b"x" * 11})
    files = read_all(repository, max_file_bytes=10)
    assert outcome(files) == {"a.py": b"1" * 10, "large": "too_large", "link": "link"}
    assert next(file.problem for file in files if file.path == "large") == Problem("too_large", 11, 10)


def test_submodules_are_problems(repository: Path) -> None:
    """A commit of another repository is counted, not fetched."""
    run(repository, "update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},sub")
    run(repository, "commit", "-qm", "sub")
    assert outcome(read_all(repository)) == {"sub": "submodule"}


def tree_of(repository: Path, entries: list[bytes]) -> None:
    """A commit whose tree has any names, also such as git would refuse to add."""
    blob = run(repository, "hash-object", "-w", "--stdin", data=b"1").strip()
    raw = b"".join(b"100644 " + name + b"\0" + bytes.fromhex(blob) for name in sorted(entries))
    tree = run(repository, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=raw).strip()
    sha = run(repository, "commit-tree", tree, "-m", "x").strip()
    run(repository, "update-ref", "HEAD", sha)


def test_hostile_names_in_a_tree_are_counted_once_each(repository: Path) -> None:
    """Names that git itself would never check out are escaped and set aside."""
    tree_of(
        repository,
        [b"..", b"../../x", b"/etc/passwd", b"a\\b", b"a\nb", b"caf\xe9", b"c:x", b"ok", b"x" * 5000],
    )
    found = outcome(read_all(repository))
    assert len(found) == 9
    assert {path: reason for path, reason in found.items() if reason != "unsafe_path"} == {"ok": b"1"}


def test_large_repositories_are_split_and_small_ones_are_not_joined(repository: Path) -> None:
    """Ranges cover the tree once, in order, and the licence of the root reaches each of them."""
    files = {f"d{number}/f.py": b"x" * 40 for number in range(5)} | {"LICENSE": b"MIT"}
    commit(repository, files)
    chosen = Settings(path=repository, unit_bytes=100)
    units = list(git.plan(chosen))
    assert [unit.part["range"] for unit in units] == [[0, 3], [3, 5], [5, 6]]
    found = [file for unit in units for file in git.read(unit, chosen)]
    assert outcome(found) == files
    assert all(file.repository.licence_files == {"LICENSE": b"MIT"} for file in found)


def test_too_many_files_are_counted_once(repository: Path) -> None:
    """One problem stands for all files after the limit."""
    commit(repository, {f"{number}": b"1" for number in range(5)})
    found = outcome(read_all(repository, max_files=3))
    assert found == {"0": b"1", "1": b"1", "2": b"1", "3": "too_large"}


def test_more_blobs_than_fit_a_pipe_are_read_without_a_deadlock(repository: Path) -> None:
    """1,000 files of up to 90 kB, asked for in portions: git never waits for us while we wait for it."""
    files = {f"{number:04}": bytes([number % 251]) * (number * 97 % 90_000) for number in range(1000)}
    commit(repository, files)
    assert outcome(read_all(repository)) == files


def test_repositories_in_folders_are_found(tmp_path: Path) -> None:
    """At most two levels down, sorted; an empty repository has no files and is no error."""
    for name in ("octo/b", "octo/a", "c", "empty", "x/y/too-deep"):
        (tmp_path / name).mkdir(parents=True)
        run(tmp_path / name, "init", "-q")
        if name != "empty":
            commit(tmp_path / name, {"f": name.encode()})
    found = [(Path(file.source_file).name, file.content) for file in read_all(tmp_path)]
    assert found == [("c", b"c"), ("a", b"octo/a"), ("b", b"octo/b")]
    with pytest.raises(BadInputError, match="no git repository found"):
        read_all(tmp_path / "x" / "y" / "too-deep" / ".git" / "refs")


CANARY = """
[core]
    fsmonitor = "touch {0}"
    pager = "touch {0}"
    sshCommand = "touch {0}"
    hooksPath = {1}
    askPass = "touch {0}"
    editor = "touch {0}"
[log]
    showSignature = true
[gpg]
    program = {1}/evil
[diff]
    external = {1}/evil
[diff "x"]
    textconv = {1}/evil
    command = {1}/evil
[filter "x"]
    smudge = {1}/evil
    process = {1}/evil
    required = true
[alias]
    ls-tree = "!touch {0}"
    log = "!touch {0}"
[remote "origin"]
    url = "ext::sh -c touch% {0}"
    promisor = true
    uploadpack = {1}/evil
[extensions]
    partialClone = origin
[credential]
    helper = "!touch {0}"
"""


def test_a_repository_cannot_make_git_run_a_program(repository: Path, tmp_path: Path) -> None:
    """Pager, signature check, hooks, filters, diff drivers, aliases, transports: the canary never appears."""
    canary, tools = tmp_path / "canary", tmp_path / "tools"
    tools.mkdir()
    for tool in ("evil", "post-index-change", "reference-transaction", "post-checkout"):
        (tools / tool).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (tools / tool).chmod(0o755)
    commit(repository, {".gitattributes": b"* filter=x diff=x\n", "a.py": b"1"})
    signed = run(repository, "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    sha = run(repository, "hash-object", "-t", "commit", "-w", "--stdin", data=signed.encode()).strip()
    run(repository, "update-ref", "HEAD", sha)
    with (repository / ".git" / "config").open("a") as config:
        config.write(CANARY.format(canary, tools))
    found = outcome(read_all(repository))
    assert found == {".gitattributes": b"* filter=x diff=x\n", "a.py": b"1"}
    assert not canary.exists()
    run(repository, "-c", "alias.log=", "log", "-1", "--show-signature")
    assert canary.exists(), "the canary works: git outside our hardening does start the program"


def test_a_missing_blob_is_counted_and_not_fetched(repository: Path) -> None:
    """As in a partial clone: the file is told as missing, the others are read."""
    commit(repository, {"a.py": b"here", "b.py": b"gone"})
    blob = run(repository, "rev-parse", "HEAD:b.py").strip()
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert outcome(read_all(repository)) == {"a.py": b"here", "b.py": "blob_missing"}


def damage_pack(folder: Path) -> None:
    run(folder, "gc", "-q")
    (pack,) = (folder / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    content = bytearray(pack.read_bytes())
    content[20:] = bytes(len(content) - 20)
    pack.write_bytes(bytes(content))


def damage_blob(folder: Path) -> None:
    blob = run(folder, "rev-parse", "HEAD:b.py").strip()
    file = folder / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(b"blob 5000\0" + os.urandom(5000))[:3000])


@pytest.mark.parametrize("damage", [damage_pack, damage_blob])
def test_a_damaged_repository_is_an_error(repository: Path, damage: Callable[[Path], None]) -> None:
    """The message names the repository and what git said."""
    commit(repository, {"a.py": b"here", "b.py": b"x" * 5000})
    damage(repository)
    with pytest.raises(BadInputError, match=r"hello.*expected a"):
        read_all(repository)


def test_a_repository_that_leads_elsewhere_or_blocks_is_refused(repository: Path, tmp_path: Path) -> None:
    """A .git that is a link or file, and links or FIFOs in it, are refused before git opens anything."""
    commit(repository, {"a.py": b"1"})
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / ".git").symlink_to(repository / ".git")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / ".git").write_text(f"gitdir: {repository}/.git\n")
    for name in ("one", "two"):
        with pytest.raises(BadInputError, match=rf"{name}: \.git is missing, or a link or file"):
            read_all(tmp_path / name)
    os.mkfifo(repository / ".git" / "packed-refs")
    with pytest.raises(BadInputError, match="packed-refs is a special file"):
        read_all(repository)
    (repository / ".git" / "packed-refs").unlink()
    (repository / ".git" / "packed-refs").symlink_to("/dev/zero")
    with pytest.raises(BadInputError, match="packed-refs is a link"):
        read_all(repository)


def test_without_git_the_message_says_what_to_do(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other way to read a repository is named."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BadInputError, match=r"git was not found on PATH.*kind: archive"):
        read_all(repository)


def test_what_git_finds_in_our_environment_does_not_matter(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_DIR and the like of the caller do not redirect reading."""
    commit(repository, {"a.py": b"1"})
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_CONFIG"):
        monkeypatch.setenv(name, "/nowhere")
    assert outcome(read_all(repository)) == {"a.py": b"1"}


def test_a_repository_of_another_owner_is_read(repository: Path) -> None:
    """Git refuses foreign repositories by default; reading them this way is safe and wanted."""
    commit(repository, {"a.py": b"1"})
    if os.getuid() == 0:
        for path in (repository, *repository.rglob("*")):
            os.chown(path, 12345, 12345)
    assert outcome(read_all(repository)) == {"a.py": b"1"}
