"""Speed of reading and converting a git history, beside a twin that starts one `git show` per commit.

    python tests/benchmarks/commits.py [--commits 3500] [--sample 200] [--rounds 3] [--repository DIR]

Makes a history from files of installed packages (see `tests/support/history.py`), or takes the repository
that is named, for example a clone of a real project. Each round reads and converts all of it and then a
sample of its commits with the twin, so both meet the same load of the machine. Also says how many commits of
the sample both sides read alike, what the outcomes are, and how much memory this process took. Seconds are
those of the clock; CPU seconds are those of this process and of git, which run side by side: commits per CPU
second is what one core does.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

SUPPORT = Path(__file__).parents[1] / "support"


class Facts(NamedTuple):
    """What both sides say of a commit that edits one file."""

    subject: str
    old_path: str
    new_path: str
    before: bytes
    after: bytes


class Round(NamedTuple):
    """One reading of the whole history."""

    seconds: float
    cpu_seconds: float
    outcomes: Counter[str]
    facts: dict[str, Facts]
    """Of the sample."""


def all_commits(folder: Path) -> list[str]:
    """The ids of a repository's commits, in the order in which they are read."""
    from curation.sources import commits

    return [each for unit in commits.plan(commits.Settings(path=folder)) for each in unit.part["commits"]]


def ours(folder: Path, sample: set[str]) -> Round:
    """Plan, read and convert every commit."""
    from curation.sources import commits
    from curation.structured.commits import CommitSettings, convert
    from curation.structured.commits.message import subject_of
    from curation.structured.outcome import Refused
    from curation.structured.records import Commit

    source, settings = commits.Settings(path=folder), CommitSettings()
    outcomes, facts = Counter[str](), dict[str, Facts]()
    start, cpu_start = time.perf_counter(), cpu()
    for unit in commits.plan(source):
        seen: set[str] = set()
        for file in commits.read(unit, source):
            name, record = file.repository.revision, file.content
            if not isinstance(record, Commit):
                assert file.problem is not None
                outcomes[file.problem.reason] += 1
                continue
            made = convert(record, settings, f"{file.repository.name}/{name}", seen)
            outcomes[made.problem.reason if isinstance(made, Refused) else "document"] += 1
            if name in sample:
                subject = subject_of(record.message)
                facts[name] = Facts(subject, record.old_path, record.new_path, record.before, record.after)
    return Round(time.perf_counter() - start, cpu() - cpu_start, outcomes, facts)


def theirs(folder: Path, commits: Sequence[str]) -> tuple[float, dict[str, Facts | None]]:
    """The same facts of some commits, asked of git one commit at a time; and seconds."""
    start = time.perf_counter()
    found = {commit: show(folder, commit) for commit in commits}
    return time.perf_counter() - start, found


def show(folder: Path, commit: str) -> Facts | None:
    """A commit that edits one text file, put together from its whole patch; None for any other."""
    options = [
        "--format=%s",
        "--unified=1000000",
        "--find-renames",
        "--binary",
        "--no-ext-diff",
        "--no-textconv",
    ]
    command = ["git", f"--git-dir={folder}", "-c", "core.quotePath=false", "show", *options, commit]
    subject, _, patch = subprocess.run(command, check=True, capture_output=True).stdout.partition(b"\n")
    head, _, hunk = patch.lstrip(b"\n").partition(b"\n@@ ")
    if patch.count(b"\ndiff --git ") > 1 or not hunk or b"\nnew file" in head or b"\ndeleted file" in head:
        return None
    old, new = (
        next(line for line in head.split(b"\n") if line.startswith(sign))[6:] for sign in (b"--- ", b"+++ ")
    )
    if b"120000" in head or b"160000" in head:  # a link or submodule
        return None
    before, after = sides(hunk.partition(b"\n")[2])
    paths = [path.decode("utf-8", "surrogateescape") for path in (old, new)]
    return Facts(subject.decode(), paths[0], paths[1], before, after)


def sides(hunk: bytes) -> tuple[bytes, bytes]:
    """Both versions of a file from a hunk that shows all of it."""
    texts = {b"-": bytearray(), b"+": bytearray()}
    signs: tuple[bytes, ...] = ()
    for line in hunk.split(b"\n")[:-1]:
        if line.startswith(b"\\"):  # no newline at the end of the file
            for sign in signs:
                del texts[sign][-1:]
            continue
        signs = (b"-", b"+") if line[:1] == b" " else (line[:1],)
        for sign in signs:
            texts[sign] += line[1:] + b"\n"
    return bytes(texts[b"-"]), bytes(texts[b"+"])


def cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(folder: Path, sample: int, rounds: int) -> None:
    """Both sides in turn."""
    speeds, cores, twins = [], [], []
    alike = compared = 0
    everything = all_commits(folder)
    count = len(everything)
    chosen = everything[:: max(count // sample, 1)][:sample]
    for _ in range(rounds):
        found = ours(folder, set(chosen))
        speeds.append(count / found.seconds)
        cores.append(count / found.cpu_seconds)
        seconds, shown = theirs(folder, chosen)
        twins.append(len(chosen) / seconds)
        edits = {commit: fact for commit, fact in shown.items() if fact is not None}
        alike, compared = sum(fact == found.facts.get(commit) for commit, fact in edits.items()), len(edits)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    say(f"{count:,} commits, {rounds} rounds, median (lowest to highest):")
    for name, values in (("ours", speeds), ("ours, CPU", cores), ("one git show each", twins)):
        say(f"  {name:18} {median(values):8,.0f} commits/s ({min(values):,.0f} to {max(values):,.0f})")
    say(
        f"  the same in {alike} of the {compared} edits of text files among {len(chosen)} commits of the twin"
    )
    say(f"  peak memory {peak:,.0f} MB")
    for outcome, count in found.outcomes.most_common():
        say(f"  {count:8,} {outcome}")


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Measure a repository that is made or named."""
    parser = argparse.ArgumentParser(description="Speed of reading and converting a git history.")
    parser.add_argument("--commits", type=int, default=3500, help="commits of the history that is made")
    parser.add_argument("--sample", type=int, default=200, help="commits that the twin is asked for")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repository", type=Path, help="a bare repository or .git folder to take instead")
    chosen = parser.parse_args()
    if chosen.repository:
        measure(chosen.repository, chosen.sample, chosen.rounds)
        return
    sys.path.insert(0, str(SUPPORT))
    from history import make

    with tempfile.TemporaryDirectory() as folder:
        measure(make(Path(folder) / "history.git", chosen.commits).folder, chosen.sample, chosen.rounds)


if __name__ == "__main__":
    main()
