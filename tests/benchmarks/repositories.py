"""The order of files in a repository: speed, and the imports of Python it finds, beside Python's own parser.

    python tests/benchmarks/repositories.py                  every package of this environment is a repository
    python tests/benchmarks/repositories.py --folder CLONES  every folder in CLONES is a repository
    python tests/benchmarks/repositories.py --many 100000    a made-up repository of so many files, and half

Speed: processor seconds of `order(..., "dependency")`, reading excluded. Truth for Python: `ast` finds the
imports, and a module is the file of that path below the folder of the repositories, if it is one of the same
repository; files that do not parse are left out. `found %` of the true pairs are found, `right %` of what is
found is true, and `in order %` of the true pairs that an order made from all true pairs keeps are kept.
"""

import argparse
import ast
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pii_corpus import site_packages

from curation.language.facts import facts
from curation.repositories import RepoFile, order
from curation.repositories.graph import needed_first
from curation.repositories.resolve import needs

COMMON = {
    ".h": "C",
    ".cc": "C++",
    ".hpp": "C++",
    ".ts": "TypeScript",
    ".rs": "Rust",
    ".cs": "C#",
    ".php": "PHP",
    ".md": "Markdown",
}
"""Languages of extensions that several languages share."""
LARGEST = 2_000_000
"""Bytes of a file that is read."""
Pairs = set[tuple[int, int]]


def language_of(path: Path) -> str:
    """The language of an extension, if only one has it or one is common."""
    known = facts().by_extension.get(path.suffix, ())
    return COMMON.get(path.suffix) or (
        known[0] if len(known) == 1 or path.suffix in {".py", ".c", ".js", ".go", ".java"} else ""
    )


def repository(folder: Path) -> list[RepoFile]:
    """The text files of a folder, by path."""
    files = []
    for path in sorted(folder.rglob("*")):
        language = language_of(path)
        if language and path.is_file() and path.stat().st_size <= LARGEST:
            text = path.read_bytes().decode("utf-8", "replace")
            files.append(RepoFile(path.relative_to(folder.parent).as_posix(), language, text))
    return files


def truth(files: list[RepoFile]) -> tuple[Pairs, set[int]]:
    """Who imports whom, and the files that Python can parse."""
    at = {file.path: number for number, file in enumerate(files)}
    pairs: Pairs = set()
    parsed = set()
    for number, file in enumerate(files):
        if not file.path.endswith(".py"):
            continue
        try:
            tree = ast.parse(file.content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        parsed.add(number)
        for node in ast.walk(tree):
            for tried in modules(node, file.path):
                found = [at[path] for name in tried for path in paths(name) if path in at][:1]
                pairs |= {(number, other) for other in found if other != number}
    return pairs, parsed


def modules(node: ast.AST, path: str) -> Iterator[list[str]]:
    """For each name that a statement imports, the modules that it may mean, the nearest first."""
    if isinstance(node, ast.Import):
        for name in node.names:
            yield above(name.name)
    elif isinstance(node, ast.ImportFrom):
        base = path.split("/")[: -node.level] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        for name in node.names:
            own = [f"{module}.{name.name}", module]
            yield own if node.level else [*own, *above(module)]


def above(name: str) -> list[str]:
    """A module, and the packages that it is in."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def paths(name: str) -> list[str]:
    """The files that a module may be: packages before modules, sources before stubs."""
    path = name.replace(".", "/")
    return [
        f"{path}{end}{extension}"
        for end in ("/__init__", "")
        for extension in (".py", ".pyx", ".pyi", ".pxd")
    ]


def measure(folders: list[Path]) -> None:
    """A line for each repository of 20 files or more, and one for all."""
    sys.stdout.write("| repository | files | MB | files/s | pairs | found % | right % | in order % |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
    total = [0.0] * 8
    for folder in folders:
        files = repository(folder)
        if len(files) < 20:
            continue
        begun = time.process_time()
        placed = order(files, "dependency", seed=0, repository=folder.name)
        seconds = time.process_time() - begun
        real, parsed = truth(files)
        ours = {pair for pair in needs(files).pairs if pair[0] in parsed}
        rank = {number: place for place, number in enumerate(placed)}
        best = {number: place for place, number in enumerate(needed_first(len(files), real))}
        possible = {(one, other) for one, other in real if best[other] < best[one]}
        size = sum(len(file.content) for file in files) / 1e6
        held = sum(rank[other] < rank[one] for one, other in possible)
        row = [len(files), size, seconds, len(real), len(real & ours), len(ours), held, len(possible)]
        total = [a + b for a, b in zip(total, row, strict=True)]
        if len(files) >= 500:
            line(folder.name, row)
    line("all", total)


def line(name: str, row: list[float]) -> None:
    """A row of the table."""
    files, size, seconds, real, both, ours, held, possible = row
    cells = [name, f"{files:,.0f}", f"{size:.1f}", f"{files / seconds:,.0f}", f"{real:,.0f}"]
    cells += [
        f"{100 * part / whole:.2f}" if whole else "-"
        for part, whole in ((both, real), (both, ours), (held, possible))
    ]
    sys.stdout.write(f"| {' | '.join(cells)} |\n")


def many(count: int) -> None:
    """Seconds for a repository in which every file imports ten others, and for one of half the size."""
    for size in (count // 2, count):
        draw = random.Random(0)
        files = [
            RepoFile(
                f"src/p{n % 300}/m{n}.py",
                "Python",
                "".join(f"from p{k % 300}.m{k} import x\n" for k in draw.choices(range(size), k=10))
                + "x = 1\n" * 20,
            )
            for n in range(size)
        ]
        begun = time.process_time()
        assert len(order(files, "dependency", seed=0, repository="")) == size
        sys.stdout.write(f"{size:,} files: {time.process_time() - begun:.1f} s\n")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=site_packages(), help="folder of repositories")
    parser.add_argument("--many", type=int, default=0, help="files of a made-up repository instead")
    arguments = parser.parse_args()
    if arguments.many:
        many(arguments.many)
    else:
        order([RepoFile("a.py", "Python", "import a")], "dependency", seed=0, repository="compiles")
        measure([path for path in sorted(arguments.folder.iterdir()) if path.is_dir()])


if __name__ == "__main__":
    main()
