"""A git repository with a history that looks real, made in seconds and always the same.

    python tests/support/history.py DIR --commits 300

Starts from files of installed packages and edits them at random: constants, names, comments and blocks of
lines change, files come, go and move, branches are merged; messages say what was done, or say nothing, as
people's do. Everything is given to one `git fast-import` with fixed dates and people who do not exist, so the
ids of the commits depend on the files, the number of commits and the seed alone. DIR becomes a bare
repository with an origin, a licence, and HEAD at its only branch, main.
"""

import argparse
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO

from support import MIT_FILE, REPOSITORIES, SITE

START = 1_500_000_000
URL = "https://host.example/acme/history.git"
PEOPLE = (
    b"Ada Example <ada@example.org>",
    b"Grace Sample <1234+grace-sample@users.noreply.github.com>",
    b"Zo\xc3\xab Beispiel <zoe@example.org>",
    b"Linus Muster <linus@example.net>",
)
SUFFIXES = {".py", ".h", ".js", ".css", ".html", ".json", ".toml", ".pyi", ".txt"}
LARGEST = 60_000
"""Bytes of a file that the history starts from."""
IDENTIFIER = re.compile(rb"[A-Za-z_]{5,}")
NUMBER = re.compile(rb"\b[1-9][0-9]{0,3}\b")
KINDS = {
    "edit": 74,
    "several_files": 8,
    "added": 4,
    "merge": 3,
    "renamed_and_changed": 2,
    "renamed": 1,
    "deleted": 1,
    "mode_only": 1,
    "no_files": 1,
    "binary": 1,
    "link": 1,
    "submodule": 1,
    "no_utf8_path": 1,
    "latin1_message": 1,
}
"""Kind of commit -> how many of a hundred there are, about."""
EMPTY_WORDS = (
    b"",
    b"update",
    b"Updated README.md",
    b"v1.2.3",
    b"wip",
    b"fix",
    b"auto commit of changes",
    b"test",
)
"""Messages that say nothing; every twelfth edit has one."""
Change = tuple[bytes, bytes, bytes]
"""Mode, path and content; an empty mode deletes the path."""


@dataclass
class History:
    """What was made."""

    folder: Path
    """The bare repository."""
    tip: str
    """Commit at the end of main."""
    kinds: list[str]
    """What each commit is, in the order in which they were made: root, or one of `KINDS`."""


@dataclass
class Maker:
    """The stream to fast-import, and the files as they are at the end of main."""

    stream: IO[bytes]
    random: random.Random
    files: dict[bytes, bytes]
    spare: list[tuple[bytes, bytes]]
    """Files that are not there yet, the next one last."""
    kinds: list[str] = field(default_factory=list)

    def commit(
        self,
        kind: str,
        message: bytes,
        changes: Sequence[Change],
        *,
        parents: Sequence[int] | None = None,
        encoding: bytes = b"",
        person: bytes = b"",
        when: int = 0,
    ) -> int:
        """Write a commit on top of the last one, or of `parents`; its number, from 1."""
        number = len(self.kinds) + 1
        when = when or START + 7200 * number + self.random.randrange(3600)
        person = person or self.random.choice(PEOPLE)
        lines = [b"commit refs/heads/main", b"mark :%d" % number]
        lines += [b"%s %s %d +0000" % (role, person, when) for role in (b"author", b"committer")]
        lines += [b"encoding " + encoding] if encoding else []
        lines.append(b"data %d\n%s" % (len(message), message))
        above = parents if parents is not None else [number - 1] * (number > 1)
        lines += [b"%s :%d" % (b"merge" if place else b"from", parent) for place, parent in enumerate(above)]
        for mode, path, content in changes:
            if not mode:
                lines.append(b"D " + path)
            elif mode == b"160000":
                lines.append(b"M 160000 %s %s" % (content, path))
            else:
                lines.append(b"M %s inline %s\ndata %d\n%s" % (mode, path, len(content), content))
        self.stream.write(b"\n".join(lines) + b"\n\n")
        self.kinds.append(kind)
        return number

    def set(self, *changes: Change) -> Sequence[Change]:
        """The same changes, after they were made to `files`."""
        for mode, path, content in changes:
            if mode == b"100644":
                self.files[path] = content
            elif not mode:
                self.files.pop(path, None)
        return changes

    def edited(self, but: bytes = b"") -> tuple[Change, bytes]:
        """A random edit of a random file other than `but`, not made yet, and its message."""
        path = self.random.choice([each for each in self.files if each not in {but, b"LICENSE"}])
        content, message = edit(self.random, self.files[path], path)
        return (b"100644", path, content), message


def edit(chooser: random.Random, content: bytes, path: bytes) -> tuple[bytes, bytes]:
    """A text with one change that somebody could have made, and what they would have called it."""
    lines = content.split(b"\n")
    at = chooser.randrange(len(lines))
    stem = path.rpartition(b"/")[2]
    how = chooser.choice((_constant, _rename, _remove, _repeat, _repeat))
    message = how(chooser, lines, at)
    changed = b"\n".join(lines)
    if changed == content:
        return content + b"# end of %s\n" % stem, b"Mark the end of %s for the reader" % stem
    return changed, message + b" in " + stem


def _constant(chooser: random.Random, lines: list[bytes], at: int) -> bytes:
    """Another number, somewhere at or below a line."""
    for number in range(at, len(lines)):
        if match := NUMBER.search(lines[number]):
            value = b"%d" % (int(match[0]) + chooser.randrange(1, 50))
            lines[number] = lines[number][: match.start()] + value + lines[number][match.end() :]
            return b"Change %s to %s as the tests ask for" % (match[0], value)
    return b""


def _rename(chooser: random.Random, lines: list[bytes], at: int) -> bytes:
    """Another name for something, within thirty lines."""
    for number in range(at, len(lines)):
        if match := IDENTIFIER.search(lines[number]):
            old, new = match[0], match[0] + chooser.choice((b"_value", b"_name", b"s", b"_or_none"))
            for each in range(number, min(number + 30, len(lines))):
                lines[each] = re.sub(rb"\b%s\b" % old, new, lines[each])
            return b"Rename %s to %s" % (old, new)
    return b""


def _remove(chooser: random.Random, lines: list[bytes], at: int) -> bytes:
    """A few lines less."""
    del lines[at : at + chooser.randrange(1, 9)]
    return b"Remove code that nothing needs any more"


def _repeat(chooser: random.Random, lines: list[bytes], at: int) -> bytes:
    """Some lines of the file once more, at another place."""
    start = chooser.randrange(len(lines))
    block = lines[start : start + chooser.randrange(2, 25)]
    lines[at:at] = block
    name = IDENTIFIER.search(b" ".join(block))
    return b"Handle %s in one more case" % (name[0] if name else b"it")


def _edit(maker: Maker) -> None:
    change, message = maker.edited()
    if maker.random.random() < 1 / 12:
        message = maker.random.choice(EMPTY_WORDS)
    elif maker.random.random() < 0.3:
        message += b"\n\nSeen while reading the code.\n\nSigned-off-by: " + maker.random.choice(PEOPLE)
    maker.commit("edit", message, maker.set(change))


def _several_files(maker: Maker) -> None:
    one, message = maker.edited()
    other, _ = maker.edited(but=one[1])
    maker.commit("several_files", message + b" and elsewhere", maker.set(one, other))


def _added(maker: Maker) -> None:
    if maker.spare:
        path, content = maker.spare.pop()
    else:
        path, content = b"notes/%d.txt" % len(maker.kinds), b"Nothing yet.\n"
    maker.commit("added", b"Add %s with all that it needs" % path, maker.set((b"100644", path, content)))


def _merge(maker: Maker) -> None:
    base = len(maker.kinds)
    ours, message = maker.edited()
    theirs, other_message = maker.edited(but=ours[1])
    side = maker.commit("edit", other_message, [theirs], parents=[base])
    main = maker.commit("edit", message, maker.set(ours), parents=[base])
    maker.commit("merge", b"Merge branch 'side'", maker.set(theirs), parents=[main, side])


def _renamed(maker: Maker) -> None:
    (_, path, _), _ = maker.edited()
    moved = b"moved/%d/%s" % (len(maker.kinds), path.rpartition(b"/")[2])
    changes = maker.set((b"100644", moved, maker.files[path]), (b"", path, b""))
    maker.commit("renamed", b"Move %s to where it belongs" % path, changes)


def _renamed_and_changed(maker: Maker) -> None:
    (_, path, content), message = maker.edited()
    moved = b"moved/%d/%s" % (len(maker.kinds), path.rpartition(b"/")[2])
    changes = maker.set((b"100644", moved, content), (b"", path, b""))
    maker.commit("renamed_and_changed", message + b", and move it", changes)


def _deleted(maker: Maker) -> None:
    (_, path, _), _ = maker.edited()
    maker.commit("deleted", b"Delete %s, which is unused" % path, maker.set((b"", path, b"")))


def _mode_only(maker: Maker) -> None:
    (_, path, _), _ = maker.edited()
    content = maker.files[path]
    maker.commit("mode_only", b"Make %s executable" % path, [(b"100755", path, content)])
    maker.commit("mode_only", b"And not any more", [(b"100644", path, content)])


def _no_files(maker: Maker) -> None:
    maker.commit("no_files", b"Start the build again", [])


def _pair(kind: str, mode: bytes, path: bytes, contents: Callable[[int], bytes]) -> Callable[[Maker], None]:
    """Makes commits that create an entry that is no text file, change it, and remove it."""

    def make(maker: Maker) -> None:
        here = path % len(maker.kinds)
        for number in range(2):
            message = b"Keep version %d of it in the repository" % number
            maker.commit(kind if number else f"{kind}_added", message, [(mode, here, contents(number))])
        maker.commit(f"{kind}_deleted", b"Remove it", [(b"", here, b"")])

    return make


def _latin1_message(maker: Maker) -> None:
    change, _ = maker.edited()
    message = "Überprüfe, ob die Größe genügt".encode("latin-1")
    maker.commit("latin1_message", message, maker.set(change), encoding=b"ISO-8859-1")


MAKERS: dict[str, Callable[[Maker], None]] = {
    "edit": _edit,
    "several_files": _several_files,
    "added": _added,
    "merge": _merge,
    "renamed_and_changed": _renamed_and_changed,
    "renamed": _renamed,
    "deleted": _deleted,
    "mode_only": _mode_only,
    "no_files": _no_files,
    "binary": _pair("binary", b"100644", b"art/%d.png", lambda number: b"\x89PNG\0\0%d" % number * 50),
    "link": _pair("link", b"120000", b"link-%d", lambda number: b"target-%d" % number),
    "submodule": _pair("submodule", b"160000", b"sub-%d", lambda number: b"%040x" % (number + 1)),
    "no_utf8_path": _pair(
        "no_utf8_path",
        b"100644",
        b"caf\xe9/%d.py",
        lambda number: b"".join(b"value_%d = %d\n" % (each, each * (1 + number)) for each in range(20)),
    ),
    "latin1_message": _latin1_message,
}


def sources(limit: int) -> list[tuple[bytes, bytes]]:
    """Paths and contents of files of installed packages, in a fixed order."""
    found: list[tuple[bytes, bytes]] = []
    for package, _ in REPOSITORIES.values():
        own = [path for path in sorted((SITE / package).rglob("*")) if path.suffix in SUFFIXES]
        small = [path for path in own if path.is_file() and 500 < path.stat().st_size < LARGEST]
        names = [path.relative_to(SITE).as_posix() for path in small[: limit // len(REPOSITORIES) + 1]]
        found += [(name.encode(), (SITE / name).read_bytes()) for name in names]
    return found


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    """What git prints, without spaces at its end; no configuration of the machine is read."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    command = ["git", f"--git-dir={folder}", *arguments]
    result = subprocess.run(command, env=environment, input=data, check=True, capture_output=True)
    return result.stdout.decode().rstrip()


@contextmanager
def building(folder: Path, *, seed: int = 0) -> Iterator[Maker]:
    """A bare repository that takes commits until the block is left; its branch is main."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "--bare", "-b", "main")
    git(folder, "config", "remote.origin.url", URL)
    stream = BytesIO()
    yield Maker(stream, random.Random(seed), {}, [])
    git(folder, "fast-import", "--quiet", data=stream.getvalue())


def make(folder: Path, commits: int, *, seed: int = 0, files: int = 120) -> History:
    """Make the bare repository `folder`, which must not exist, with at least so many commits.

    Args:
        folder: Where.
        commits: Commits, at least; up to two more are made.
        seed: Another seed makes another history.
        files: Files of packages that it takes, about; half of them come later.
    """
    given = sources(files)
    with building(folder, seed=seed) as maker:
        chooser = maker.random
        chooser.shuffle(given)
        maker.files, maker.spare = dict(given[: len(given) // 2]), given[len(given) // 2 :]
        licence = (b"LICENSE", MIT_FILE.read_bytes())
        maker.commit("root", b"Begin", [(b"100644", *each) for each in (licence, *maker.files.items())])
        kinds, weights = list(KINDS), list(KINDS.values())
        while len(maker.kinds) < commits:
            MAKERS[chooser.choices(kinds, weights)[0]](maker)
    return History(folder, git(folder, "rev-parse", "HEAD"), maker.kinds)


def main() -> None:
    """Make a repository and say what is in it."""
    parser = argparse.ArgumentParser(description="Make a git repository with a history that looks real.")
    parser.add_argument("folder", type=Path, help="where; must not exist")
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    history = make(chosen.folder, chosen.commits, seed=chosen.seed)
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(history.kinds).most_common())
    sys.stdout.write(f"{history.folder}: {len(history.kinds)} commits to {history.tip}: {kinds}\n")


if __name__ == "__main__":
    main()
