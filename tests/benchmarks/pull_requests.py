"""Speed of the conversion of pull requests, and size of its diffs beside those of difflib.

    python tests/benchmarks/pull_requests.py [FOLDER ...] [--pulls N] [--seed S]

Makes pull requests of real files (default: the packages installed beside this Python) with random edits at
one to three head commits and five to twenty things said, converts them as the released code of StarCoder2
would, and shows pull requests and megabytes per second. Then compares texts that are made to be hard, at
64 kB and 1 MB, and converts hostile records. Shows tables, writes nothing.
"""

import argparse
import difflib
import random
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from curation.sources.base import Repository
from curation.structured.outcome import Converted, Refused
from curation.structured.pulls import PullSettings, convert
from curation.structured.pulls.diff import compare, split_lines
from curation.structured.records import FilePair, PullEvent, PullRequest

SUFFIXES = {
    ".py",
    ".pyi",
    ".js",
    ".css",
    ".md",
    ".rst",
    ".json",
    ".yml",
    ".yaml",
    ".toml",
    ".c",
    ".h",
    ".html",
}
REPOSITORY = Repository("ann/tool")
PEOPLE = ("ann", "bob-k", "carol99", "dave", "erin-o", "codecov-io")
SETTINGS = PullSettings(profile="sc2-code", subsample=False)


def say(line: str) -> None:
    """Show a line."""
    sys.stdout.write(line + "\n")


def real_files(folders: Sequence[Path]) -> list[tuple[str, str]]:
    """Paths and contents of text files of at most 200 kB."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and 0 < path.stat().st_size < 200_000:
                text = path.read_bytes().decode("utf-8", "replace")
                found.append((path.relative_to(folder).as_posix(), text))
    return found


def edited(text: str, rng: random.Random) -> str:
    """A text with one to six stretches of lines removed, repeated, exchanged or changed."""
    lines = split_lines(text)
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(lines) + 1)
        stop = min(start + rng.randint(1, 8), len(lines))
        kind = rng.randrange(4)
        if kind == 0:
            lines[start:stop] = []
        elif kind == 1:
            lines[start:start] = lines[start:stop]
        elif kind == 2:
            lines[start:stop] = [line.replace("e", "a", 1) for line in lines[start:stop]]
        else:
            lines[start:stop] = reversed(lines[start:stop])
    return "".join(lines)


def said(files: Sequence[tuple[str, str]], rng: random.Random) -> str:
    """Something to say: some lines of a file, and somebody's name."""
    lines = rng.choice(files)[1].splitlines()
    start = rng.randrange(max(len(lines) - 10, 1))
    return f"@{rng.choice(PEOPLE[:-1])} what about\n" + "\n".join(lines[start : start + rng.randint(1, 10)])


def events(heads: Sequence[str], files: Sequence[tuple[str, str]], rng: random.Random) -> Iterator[PullEvent]:
    """An opening, comments and reviews at every head, an approval and a closing."""
    yield PullEvent("opened", "ann", "User", action="opened", head=heads[0])
    for number in range(rng.randint(5, 20)):
        kind = rng.choice(("comment", "review", "review_comment"))
        head = heads[number * len(heads) // 20]
        hunk = "@@ -40,4 +40,5 @@\n a\n+b\n c" if kind == "review_comment" else ""
        author = rng.choice(PEOPLE)
        yield PullEvent(
            *(kind, author, "User", said(files, rng), "created"),
            id=number,
            head=head,
            hunk=hunk,
            state="commented",
        )
    yield PullEvent("review", "bob-k", "User", id=99, head=heads[-1], state="approved")
    yield PullEvent("closed", "bob-k", "User", action="closed", head=heads[-1])


def made_pull(number: int, files: Sequence[tuple[str, str]], rng: random.Random) -> PullRequest:
    """A pull request that changes one to eight files."""
    chosen = dict(rng.choice(files) for _ in range(rng.randint(1, 8)))
    heads = [f"{number:030}{head:010}" for head in range(rng.randint(1, 3))]
    return PullRequest(
        number=number,
        title=f"Improve part {number} of the tool",
        description=said(files, rng),
        author="ann",
        author_type="User",
        events=tuple(events(heads, files, rng)),
        base_count=1,
        merged=True,
        closed=True,
        files={
            head: tuple(FilePair(path, text, edited(text, rng)) for path, text in chosen.items())
            for head in heads
        },
    )


def size_of(pull: PullRequest) -> int:
    """Characters of all contents and texts."""
    contents = [
        text or "" for pairs in pull.files.values() for one in pairs for text in (one.before, one.after)
    ]
    return sum(map(len, contents)) + sum(len(event.text) for event in pull.events)


def conversion(files: Sequence[tuple[str, str]], count: int, rng: random.Random) -> None:
    """Show the speed of whole conversions, and what became of them."""
    pulls = [made_pull(number, files, rng) for number in range(1, count + 1)]
    convert(pulls[0], REPOSITORY, SETTINGS, "warm-up")
    started = time.process_time()
    found = [convert(pull, REPOSITORY, SETTINGS, f"ann/tool/{pull.number}") for pull in pulls]
    seconds = time.process_time() - started
    megabytes = sum(map(size_of, pulls)) / 1e6
    kept = [one for one in found if isinstance(one, Converted)]
    parts = sum(len(one.parts) for one in kept)
    shown = sum(len(part.text) for one in kept for part in one.parts) / 1e6
    say(f"{count} pull requests, {megabytes:.1f} MB of contents and texts, {seconds:.2f} s of one core")
    say(f"  {count / seconds:.0f} pull requests/s, {megabytes / seconds:.1f} MB/s")
    say(f"  {len(kept)} documents of {parts} parts, {shown:.1f} MB")
    say(f"  refused {dict(Counter(one.problem.reason for one in found if isinstance(one, Refused)))}")
    say(f"  changed {dict(Counter(change for one in kept for change in one.changes))}")


def diffs(files: Sequence[tuple[str, str]], count: int, rng: random.Random) -> None:
    """Show time and changed lines of our comparison and of difflib's on the same edited files."""
    pairs = []
    for _, text in islice(iter(lambda: rng.choice(files), None), count):
        pairs.append((split_lines(text), split_lines(edited(text, rng))))
    started = time.process_time()
    ours = sum(
        one.stop - one.start + one.head_stop - one.head_start
        for before, after in pairs
        for one in compare(before, after).changes
    )
    middle = time.process_time()
    theirs = 0
    for before, after in pairs:
        codes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        theirs += sum(
            stop - start + head_stop - head for tag, start, stop, head, head_stop in codes if tag != "equal"
        )
    end = time.process_time()
    say(f"{count} comparisons: ours {middle - started:.2f} s, {ours} changed lines;")
    say(f"  difflib without autojunk {end - middle:.2f} s, {theirs} changed lines")


def hostile(size: int, rng: random.Random) -> None:
    """Show how long texts of `size` bytes take that are made to be hard to compare or to read."""
    lines = size // 2
    numbers = [str(number) for number in range(size // 8)]
    half = ["a"] * (lines // 2), ["b"] * (lines // 2)
    pairs: dict[str, Callable[[], tuple[list[str], list[str]]]] = {
        "two letters at random": lambda: (rng.choices("ab", k=lines), rng.choices("ab", k=lines)),
        "letters in turn": lambda: (["a", "b"] * (lines // 2), ["b", "a"] * (lines // 2)),
        "halves exchanged": lambda: (half[0] + half[1], half[1] + half[0]),
        "nothing in common": lambda: (["a"] * lines, ["b"] * lines),
        "lines shuffled": lambda: (numbers, rng.sample(numbers, len(numbers))),
        "one long line": lambda: (["x" * size], ["x" * size + "y"]),
    }
    for name, make in pairs.items():
        before, after = make()
        started = time.process_time()
        exact = compare(before, after).exact
        seconds = time.process_time() - started
        bound = "exact" if exact else "bounded"
        say(f"  {size >> 10:5} kB  diff      {name:24} {seconds * 1e3:8.1f} ms  {bound}")
    for name in (
        "<!--",
        "-->",
        "@a-",
        "> On notifications@github.com wrote:\n",
        "From: x\n",
        "username_1 ",
        "`",
    ):
        text = (name * (size // len(name) + 1))[:size]
        pull = PullRequest(
            *(1, "A title of some length", text, "ann", "User"),
            merged=True,
            events=(PullEvent("comment", "b", text=text),),
        )
        started = time.process_time()
        convert(pull, REPOSITORY, SETTINGS.model_copy(update={"require_diff": False}), "ann/tool/1")
        seconds = time.process_time() - started
        say(f"  {size >> 10:5} kB  twice     {name.strip()[:24]:24} {seconds * 1e3:8.1f} ms")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folders", nargs="*", type=Path, default=[Path(sysconfig.get_paths()["purelib"]) / "pip"]
    )
    parser.add_argument("--pulls", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    files = real_files(arguments.folders)
    say(f"{len(files)} files")
    compare(["a"], ["b"])
    conversion(files, arguments.pulls, rng)
    diffs(files, arguments.pulls, rng)
    for size in (64 << 10, 1 << 20):
        hostile(size, rng)


if __name__ == "__main__":
    main()
