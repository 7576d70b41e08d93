"""Compare `curation.language.identify` with GitHub linguist itself on real files.

    python tests/benchmarks/language_accuracy.py FOLDER [FOLDER ...] --per-extension 100
    python tests/benchmarks/language_accuracy.py FOLDER [FOLDER ...] --files 10000

The oracle is Debian's ruby-github-linguist 7.22 (`apt-get install ruby-github-linguist`), run once in one
Ruby process. Linguist is not the truth: it is an independent implementation with its own errors, so the
disagreements are printed, grouped, with an example each. Names that it does not know (languages newer
than 2022) are renamed or merged as in `RENAMED` and `MERGED`, and counted. Prints tables; asserts nothing.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from curation.language import facts, identify

RUBY = """
require "linguist"; require "json"
STDOUT.puts JSON.generate(Linguist::Language.all.map(&:name)); STDOUT.flush
STDIN.each_line(chomp: true) do |path|
  blob = Linguist::FileBlob.new(path, ARGV[0])
  begin
    found = blob.language
    out = [found ? found.name : "", blob.vendored? ? 1 : 0, blob.generated? ? 1 : 0]
  rescue StandardError
    out = ["", 0, 0]
  end
  STDOUT.puts JSON.generate(out)
end
"""
RENAMED = {
    "Coq": "Rocq Prover",
    "FreeBasic": "FreeBASIC",
    "JSON with Comments": "JSON",
    "Lean": "Lean 4",
    "Mathematica": "Wolfram Language",
    "SaltStack": "Salt",
    "Vim Script": "Vim script",
    "wdl": "WDL",
}
"""Names of linguist 7.22 to ours."""
MERGED = {
    "Lean": "Lean 4",
    "BibTeX Style": "TeX",
    "JSON with Comments": "JSON",
    "OASv2-json": "JSON",
    "OASv3-json": "JSON",
    "OASv2-yaml": "YAML",
    "OASv3-yaml": "YAML",
    "MiniYAML": "YAML",
}
"""Languages that linguist 7.22 counts under another one."""

ORACLE_WRONG = {
    (".pl", "Raku", "Perl"): "tables of Perl's own distribution, which begin with `return <<'END'`",
    (".tst", "Scilab", "MATLAB"): "Octave's tests: `%!assert` blocks",
    (".pp", "Pascal", "Puppet"): "`type A::B = ...` of Puppet modules",
    (".pp", "Puppet", "Pascal"): "Free Pascal's run-time library",
    (".l", "Common Lisp", "PicoLisp"): "PicoLisp's own library",
    (".c", "C", "C++"): "bye.C with <iostream> and the like",
    (".f", "Forth", "Fortran"): "fixed-form Fortran in f2py's tests",
    (".frm", "VBA", "INI"): "view definitions of MariaDB: `TYPE=VIEW`",
    (".properties", "INI", "Java Properties"): "key=value without sections",
    (".inc", "NASL", "SQL"): "includes of MariaDB's tests",
    (".inc", "HTML", "SQL"): "includes of MariaDB's tests",
    (".inc", "Pawn", "C++"): "OpenCL C built-ins",
    (".inc", "Pascal", "C++"): "OpenCL C built-ins",
    (".inc", "C++", "Pascal"): "Free Pascal: a comment in braces",
    (".hh", "Hack", "C++"): "C++ headers of TITAN",
    (".s", "Motorola 68K Assembly", "Unix Assembly"): "Go's and GNU assembler sources",
    (".pm", "Raku", "Perl"): "suite.pm of MariaDB's tests",
    (".m", "Objective-C", "MATLAB"): "Octave classes",
    (".m", "M", "MATLAB"): "Octave functions",
}
"""Disagreements whose files were looked at: ours is right, or nearer. Name, linguist's answer, our answer."""


@dataclass
class Tally:
    """What is counted."""

    agree: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    unknown_to_oracle: Counter[str] = field(default_factory=Counter)
    unnamed_by_oracle: Counter[str] = field(default_factory=Counter)
    disagreements: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    flags: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    flag_examples: dict[tuple[str, bool, bool], list[str]] = field(default_factory=lambda: defaultdict(list))
    methods: Counter[str] = field(default_factory=Counter)


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(line + "\n")


def readable(folders: Iterable[Path]) -> list[Path]:
    """Files of 1 byte to 512 KiB in the order of a hash of their path: any prefix is a random sample."""
    found = [
        path for folder in folders for path in folder.rglob("*") if not path.is_symlink() and path.is_file()
    ]
    sized = [path for path in found if 0 < path.stat().st_size < 524_288]
    return sorted(sized, key=lambda path: hashlib.sha256(str(path).encode()).digest())


def sample(paths: list[Path], root: Path, per_extension: int) -> list[Path]:
    """Text files by extension.

    At most `per_extension` per extension, and at most a quarter of it from one package (the third folder
    level), so that no package decides an extension alone.
    """
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        groups[path.suffix.lower() or path.name].append(path)
    chosen: list[Path] = []
    for _, group in sorted(groups.items()):
        packages: Counter[tuple[str, ...]] = Counter()
        for path in group:
            package = path.relative_to(root).parts[:3]
            if packages.total() < per_extension and packages[package] < per_extension / 4 and is_text(path):
                packages[package] += 1
                chosen.append(path)
    return chosen


def is_text(path: Path) -> bool:
    """Whether the file has no NUL byte near its start, and a path that fits on a line."""
    return b"\0" not in path.read_bytes()[:8192] and "\n" not in str(path)


def oracle(paths: list[Path], root: Path) -> tuple[set[str], list[tuple[str, bool, bool]]]:
    """Names that linguist knows, and language, vendor and generated for each path."""
    lines = "".join(f"{path}\n" for path in paths)
    done = subprocess.run(
        ["ruby", "-e", RUBY, str(root)], input=lines, capture_output=True, text=True, check=True
    )
    names, *rows = done.stdout.splitlines()
    answers = [json.loads(row) for row in rows]
    return set(json.loads(names)), [(name, bool(vendor), bool(made)) for name, vendor, made in answers]


def compare(paths: list[Path], names: set[str], answers: list[tuple[str, bool, bool]], root: Path) -> Tally:
    """Ours against theirs, file by file."""
    tally = Tally()
    for path, (theirs, vendor, made) in zip(paths, answers, strict=True):
        short = str(path.relative_to(root) if path.is_relative_to(root) else path)
        ours = identify(short, path.read_bytes(), use_magika=False)
        key = path.suffix.lower() or path.name
        for flag, mine, other in (
            ("vendor", ours.is_vendor, vendor),
            ("generated", ours.is_generated, made),
        ):
            tally.flags[flag, mine, other] += 1
            tally.flag_examples[flag, mine, other].append(short)
        if not theirs:
            tally.unnamed_by_oracle[ours.language or "(neither)"] += 1
            continue
        merged = MERGED.get(ours.language, ours.language)
        if merged and merged not in names and merged not in RENAMED.values():
            tally.unknown_to_oracle[merged] += 1
            continue
        tally.methods[ours.method] += 1
        right = merged == RENAMED.get(theirs, theirs)
        judged = right or (key, theirs, ours.language) in ORACLE_WRONG
        tally.judged["all"] += judged
        tally.judged["ambiguous"] += judged and ambiguous(path)
        for group in ("all", f"language {theirs}", f"extension {key}"):
            tally.total[group] += 1
            tally.agree[group] += right
        if ambiguous(path):
            tally.total["ambiguous"] += 1
            tally.agree["ambiguous"] += right
        if not right:
            tally.disagreements[key, theirs, ours.language].append(short)
    return tally


def ambiguous(path: Path) -> bool:
    """Whether linguist's list gives the file's extension to several languages."""
    return len(facts().by_extension.get(path.suffix.lower(), ())) > 1


def show(tally: Tally, worst: int) -> None:
    """Print the tables."""

    def rate(group: str) -> str:
        total = tally.total[group]
        return (
            f"{tally.agree[group]:6d} / {total:6d} = {tally.agree[group] / total:7.2%}" if total else "none"
        )

    say(f"agreement, all files                     {rate('all')}")
    say(f"agreement, files of ambiguous extensions {rate('ambiguous')}")
    for group in ("all", "ambiguous"):
        share = tally.judged[group] / max(1, tally.total[group])
        say(f"  {group}: {share:.2%} when what ORACLE_WRONG lists counts as ours")
    say(f"not compared: linguist names no language {tally.unnamed_by_oracle.total()}")
    say("  ours names " + ", ".join(f"{name} {n}" for name, n in tally.unnamed_by_oracle.most_common(40)))
    say(f"not compared: ours is unknown to it      {tally.unknown_to_oracle.total()}")
    say("  " + ", ".join(f"{name} {n}" for name, n in tally.unknown_to_oracle.most_common(30)))
    say("  decided by " + ", ".join(f"{name} {n}" for name, n in tally.methods.most_common()))
    for kind in ("language", "extension"):
        groups = [group for group in tally.total if group.startswith(kind)]
        full = sum(tally.agree[group] == tally.total[group] for group in groups)
        say(f"\n{kind}s: {len(groups)}, of which {full} in full")
        groups.sort(key=lambda group: tally.agree[group] - tally.total[group])
        for group in groups[:worst]:
            if tally.agree[group] != tally.total[group]:
                say(f"  {group:36} {rate(group)}")
    say("\ndisagreements: files, name, linguist -> ours, example (* = read, ours is right)")
    rows = sorted(tally.disagreements.items(), key=lambda item: -len(item[1]))
    for (key, theirs, ours), paths in rows[:worst]:
        mark = "*" if (key, theirs, ours) in ORACLE_WRONG else " "
        say(f" {mark}{len(paths):4d} {key:14} {theirs} -> {ours or '(unknown)'}   {paths[0]}")
    for flag in ("vendor", "generated"):
        both, only_ours, only_theirs = (
            tally.flags[flag, *pair] for pair in ((True, True), (True, False), (False, True))
        )
        say(f"\n{flag}: both {both}, only ours {only_ours}, only linguist {only_theirs}")
        for pair in ((True, False), (False, True)):
            say(f"  {'only ours' if pair[0] else 'only linguist'}: {tally.flag_examples[flag, *pair][:6]}")


def main() -> None:
    """Sample, ask both, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=lambda text: Path(text).resolve())
    parser.add_argument("--per-extension", type=int, default=100, help="files at most per extension")
    parser.add_argument("--files", type=int, default=0, help="this many files at random instead")
    parser.add_argument("--worst", type=int, default=60, help="rows per table")
    chosen = parser.parse_args()
    root = chosen.folders[0].parent
    paths = readable(chosen.folders)
    if chosen.files:
        paths = [path for path in paths[: chosen.files] if is_text(path)]
    else:
        paths = sample(paths, root, chosen.per_extension)
    say(f"{len(paths)} files")
    names, answers = oracle(paths, root)
    show(compare(paths, names, answers, root), chosen.worst)


if __name__ == "__main__":
    main()
