"""The git command line, started so that an untrusted repository cannot make it do anything but read.

    Git(Path("clones/hello/.git")).text("rev-parse", "HEAD")  -> "9d5e4ac..."

A repository brings its own configuration, which may name programs: pagers, signature checkers, diff
drivers, file system monitors, transports. Here all of these are switched off or never reached, no
configuration of the machine or user is read, nothing is fetched, and no single allocation may exceed
1 GiB. It knows no command that writes.
"""

import os
import shutil
import subprocess
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from curation.errors import BadInputError
from curation.sources.paths import escape_path

SWITCHED_OFF = (
    "safe.directory=*",  # the repository may belong to another user: reading it this way is safe
    "protocol.allow=never",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.pager=cat",
    "log.showSignature=false",  # would start the gpg.program that the repository names
    "log.showRoot=true",
    "diff.external=",
    "diff.orderFile=/dev/null",
    "mailmap.file=/dev/null",
    "mailmap.blob=",
    "advice.graftFileDeprecated=false",
)
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ALLOC_LIMIT": "1g",
    "HOME": os.devnull,
    "LC_ALL": "C",
}
"""The whole environment of git, beside PATH: nothing of ours (GIT_DIR, GIT_SSH, proxies) gets through."""
ERROR_CHARACTERS = 300
CHUNK = 256 << 10
LONGEST_FIELD = 16 << 20
"""Bytes; a longer path cannot be one."""
AT_ONCE = 256
"""Blobs asked for before answers are read: the questions must fit a pipe (64 KiB), or both sides wait."""


class Git:
    """Read-only commands on one repository."""

    def __init__(self, git_dir: Path) -> None:
        """Nothing is started yet.

        Args:
            git_dir: The bare repository, or the .git folder of a working tree.
        """
        self.git_dir = git_dir

    def text(self, *arguments: str) -> str | None:
        """What git prints, without the last newline; None if it fails.

        Raises:
            BadInputError: There is no git.
        """
        with self._started(arguments) as (process, _):
            output, _ = process.communicate()
        return None if process.returncode else output.decode("utf-8", "replace").removesuffix("\n")

    def fields(
        self, *arguments: str, asked: Iterable[str] = (), end: bytes = b"\0"
    ) -> Generator[bytes, None, None]:
        """What git prints, cut at NUL bytes, as a stream; git is ended when the iterator is closed.

        Args:
            arguments: Of the command.
            asked: Lines that git reads, such as object ids.
            end: The byte after each field.

        Raises:
            BadInputError: There is no git, or it failed.
        """
        with TemporaryFile() as questions:  # a file: nobody ever waits for the other to read
            questions.writelines(f"{line}\n".encode() for line in asked)
            questions.seek(0)
            with self._started(arguments, questions) as (process, errors):
                assert process.stdout is not None
                rest = b""
                while chunk := process.stdout.read(CHUNK):
                    *whole, rest = (rest + chunk).split(end)
                    yield from whole
                    if len(rest) > LONGEST_FIELD:
                        raise self._failed(f"a path of over {LONGEST_FIELD} bytes")
                if process.wait():
                    raise self._failed(_last_words(errors))

    def sizes(self, ids: Iterable[str]) -> Generator[int | None, None, None]:
        """The size of each object in order, in bytes; None for one that the repository does not have.

        Args:
            ids: Object ids.

        Raises:
            BadInputError: There is no git, or it failed, for example on a damaged object.
        """
        check = ("cat-file", "--buffer", "--batch-check=%(objectsize)")
        for answer in self.fields(*check, asked=ids, end=b"\n"):
            yield int(answer) if answer.isdigit() else None

    def blobs(self, ids: Iterable[str], kind: str = "blob") -> Generator[bytes | None, None, None]:
        """The content of each blob in order; None for one that the repository does not have.

        Args:
            ids: Object ids; the caller has seen that the blobs are small enough to hold.
            kind: What they are: blob or commit.

        Raises:
            BadInputError: There is no git, or it failed, for example on a damaged blob.
        """
        with self._started(("cat-file", "--batch")) as (process, errors):
            assert process.stdin is not None
            assert process.stdout is not None
            pending = iter(ids)
            while wanted := list(islice(pending, AT_ONCE)):
                try:
                    process.stdin.write("".join(f"{each}\n" for each in wanted).encode())
                    process.stdin.flush()
                except BrokenPipeError as error:
                    raise self._failed(_last_words(errors)) from error
                for each in wanted:
                    header = process.stdout.readline(CHUNK).split()
                    if header == [each.encode(), b"missing"]:
                        yield None
                        continue
                    size = int(header[2]) if header[1:2] == [kind.encode()] else -1
                    content = process.stdout.read(size + 1)
                    if size < 0 or len(content) != size + 1:
                        raise self._failed(_last_words(errors) or f"no answer about object {each}")
                    yield content[:-1]

    @contextmanager
    def _started(
        self, arguments: Sequence[str], questions: IO[bytes] | int = subprocess.PIPE
    ) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
        """A running git and the file of its error messages; ended, if need be, when the block is left.

        Args:
            arguments: Of the command.
            questions: The file that it reads; a pipe unless one is given.

        Raises:
            BadInputError: There is no git.
        """
        program = shutil.which("git")
        if program is None:
            raise BadInputError(
                f"{self.git_dir}: git was not found on PATH, expected version 2.31 or newer; install git, or "
                "export the repository with `git archive` elsewhere and read that as kind: archive"
            )
        options = [part for setting in SWITCHED_OFF for part in ("-c", setting)]
        command = [program, "--no-pager", f"--git-dir={self.git_dir.absolute()}", *options, *arguments]
        with TemporaryFile() as errors:
            process = subprocess.Popen(  # noqa: S603  # no shell; the arguments are ours or object ids
                command,
                stdin=questions,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=ENVIRONMENT | {"PATH": os.environ.get("PATH", os.defpath)},
            )
            try:
                yield process, errors
            finally:
                process.kill()
                process.communicate()

    def _failed(self, why: str) -> BadInputError:
        return BadInputError(
            f"{self.git_dir}: git could not read it ({why or 'no message'}); expected a whole repository; "
            "run `git fsck` in it, fetch it again or leave it out of the input"
        )


def _last_words(errors: IO[bytes]) -> str:
    """The end of git's error messages, in one line."""
    errors.seek(0)
    words = errors.read(CHUNK).decode("utf-8", "replace").split()
    return escape_path(" ".join(words)[-ERROR_CHARACTERS:]) if words else ""
