"""Git is started with nothing of ours, ended when nobody listens, and its failures are told."""

import os
import subprocess
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from curation.errors import BadInputError
from curation.sources.gitcommand import ENVIRONMENT, Git


@pytest.fixture
def opened(tmp_path: Path) -> Git:
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT}
    subprocess.run(["git", "init", "-q", "--bare", "r"], cwd=tmp_path, env=environment, check=True)
    return Git(tmp_path / "r")


def test_text_is_what_git_prints(opened: Git) -> None:
    """Without the last newline; None where git fails."""
    assert opened.text("rev-parse", "--is-bare-repository") == "true"
    assert opened.text("rev-parse", "--verify", "--quiet", "HEAD") is None


def test_fields_are_cut_at_nul(opened: Git) -> None:
    """As a stream, and with the message of git where it fails."""
    assert list(opened.fields("config", "-z", "--get-all", "core.bare")) == [b"true"]
    with pytest.raises(BadInputError, match=r"r: git could not read it \(fatal: .*git fsck"):
        list(opened.fields("ls-tree", "-z", "HEAD"))


def test_a_closed_iterator_ends_its_git(opened: Git) -> None:
    """Reading two settings of many leaves no process behind."""
    with closing(opened.fields("config", "-z", "--list")) as fields:
        next(fields)
    assert [child for child in psutil.Process().children() if child.name() == "git"] == []


def test_an_object_that_is_not_there_is_none(opened: Git) -> None:
    """It is not fetched and does not end the answers to the others."""
    assert list(opened.blobs(["a" * 40, "b" * 40])) == [None, None]
    assert list(opened.blobs([])) == []


def test_sizes_are_those_of_the_contents(opened: Git) -> None:
    """In the order in which they are asked for; None for what is not there."""
    blobs = []
    for content in (b"", b"x" * 70_000):
        command = ["git", f"--git-dir={opened.git_dir}", "hash-object", "-w", "--stdin"]
        blobs.append(
            subprocess.run(command, input=content, check=True, capture_output=True).stdout.decode().strip()
        )
    assert list(opened.sizes([blobs[1], "a" * 40, blobs[0]])) == [70_000, None, 0]
    assert list(opened.sizes([])) == []


def test_many_questions_do_not_block(opened: Git) -> None:
    """More than fit a pipe, none of which is answered before the last one is asked."""
    assert list(opened.sizes(["b" * 40] * 20_000)) == [None] * 20_000


def test_an_object_of_another_kind_is_an_error(opened: Git) -> None:
    """A blob is no commit."""
    command = ["git", f"--git-dir={opened.git_dir}", "hash-object", "-w", "--stdin"]
    blob = subprocess.run(command, input=b"1", check=True, capture_output=True).stdout.decode().strip()
    assert list(opened.blobs([blob])) == [b"1"]
    with pytest.raises(BadInputError, match="no answer about object"):
        list(opened.blobs([blob], "commit"))


def test_a_question_that_git_does_not_understand_is_an_error(opened: Git) -> None:
    """An answer of another form is not taken for content."""
    with pytest.raises(BadInputError, match="no answer about object"):
        list(opened.blobs(["a b"]))


def test_nothing_of_our_environment_reaches_git(opened: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configuration by environment is not handed on."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "x.leak")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "secret")
    assert opened.text("config", "--get", "x.leak") is None
