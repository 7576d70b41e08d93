"""Personal data and secrets: speed on real code beside the tools in use, hostile texts, quality, alarms.

    python tests/benchmarks/pii.py                                 speed on the packages of this environment
    python tests/benchmarks/pii.py --corpus FOLDER --rounds 5      and elsewhere; repeatable
    python tests/benchmarks/pii.py --hostile                       seconds for hostile texts, and their growth
    python tests/benchmarks/pii.py --quality cases.jsonl           scorecard of every tool on a labelled file
    python tests/benchmarks/pii.py --clean --examples found.txt    what is found in code that is clean

Needs detect-secrets and gibberish-detector beside presidio-analyzer; what each tool does stands in
`pii_peers.py`. Speed: processor seconds, imports, compilation and reading excluded. In every round the
corpus' next part is given to ours whole, and its first `--peer-megabytes` to ours again and to each peer,
each in a process of its own, one after the other; ratios are taken within a round, on the same files, and
their median is shown. `peak MB` is the largest resident set of a process.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pii_corpus import site_packages, texts
from pii_peers import OURS, STAYING, TOOLS, finder, language_of

from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.redact import Redacted, redact
from curation.pii.scorecard import labelled
from curation.pii.scorecard.judge import judge_all
from curation.pii.scorecard.measure import Score, Share, score
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span

HERE = Path(__file__).parent
AROUND = 60
"""Characters shown on either side of an example."""
SETTINGS = PiiSettings()
SMALL = 64 << 10
"""Characters of the smaller hostile texts."""
SET_ASIDE = {"timeout", "too_large", "too_many_candidates", "detector_failed"}
Write = Callable[[str], object]


def measured(tool: str, corpus: list[Path], part: int, parts: int, megabytes: float) -> dict[str, Any]:
    """One run of a tool in a process of its own."""
    script = str(HERE / "pii_peers.py")
    numbers = ["--part", str(part), "--parts", str(parts), "--megabytes", str(megabytes)]
    command = [sys.executable, script, tool, *map(str, corpus), *numbers]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{tool}: {done.stderr.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def speed(arguments: argparse.Namespace, write: Write) -> None:
    """Speed of ours on the whole corpus, and of every tool on samples of it, in turn."""
    whole, samples = [], {tool: list[dict[str, Any]]() for tool in arguments.tools}
    for part in range(arguments.rounds):
        for tool in arguments.tools:
            run = partial(measured, tool, arguments.corpus, part, arguments.rounds)
            if tool == OURS:
                whole.append(run(0))
            samples[tool].append(run(arguments.peer_megabytes))
            sys.stderr.write(f"round {part + 1}, {tool}: {rate(samples[tool][-1]):.2f} MB/s\n")
    rows = []
    for tool, runs in samples.items():
        ratios = [
            ours["seconds"] and run["seconds"] / ours["seconds"]
            for run, ours in zip(runs, samples[OURS], strict=True)
        ]
        rows.append(row_of(f"{tool}, sample", runs, f"{statistics.median(ratios):.1f}"))
    rows.insert(0, row_of(f"{OURS}, whole", whole, ""))
    write(
        table(
            [
                "tool",
                "MB",
                "files",
                "MB/s",
                "slowest round",
                "peak MB",
                "x ours",
                "spans per MB",
                "set aside",
            ],
            rows,
        )
    )


def rate(run: dict[str, Any]) -> float:
    """Megabytes per processor second."""
    if not run["bytes"]:
        raise SystemExit("a part of the corpus holds no text; ask for fewer --rounds")
    return float(run["bytes"]) / 1e6 / float(run["seconds"])


def row_of(name: str, runs: list[dict[str, Any]], ratio: str) -> list[str]:
    """Cells of the speed table."""
    size = sum(run["bytes"] for run in runs) / 1e6
    rates = sorted(rate(run) for run in runs)
    spans = sum(sum(run["spans"].values()) for run in runs)
    aside = sum((Counter(run["aside"]) for run in runs), Counter[str]())
    return [
        name,
        f"{size:.1f}",
        str(sum(run["files"] for run in runs)),
        f"{statistics.median(rates):.2f}",
        f"{rates[0]:.2f}",
        f"{max(run['peak'] for run in runs):.0f}",
        ratio,
        f"{spans / size:.1f}",
        ", ".join(f"{reason} {count}" for reason, count in aside.items()) or "-",
    ]


def hostile_texts(_arguments: argparse.Namespace, write: Write) -> None:
    """Seconds for 64 kB of each hostile text, how they grow with four times the text, and for lines of 5 MB.

    Growth is 4 where time grows with the size, and 16 where it grows with the square.
    """
    sys.path.insert(0, str(HERE.parent / "support"))
    from pii_hostile import hostile

    find = Detector(SETTINGS).find
    find("warm up: ann.lee@uni-ulm.de", Context())
    rows = []
    for name, text in hostile(SMALL).items():
        small, said = timed(find, text)
        large, also = timed(find, hostile(4 * SMALL)[name])
        growth = "-" if {said, also} & SET_ASIDE else f"{large / small:.1f}"
        rows.append((large, [name, f"{small:.4f}", f"{large:.4f}", growth, said]))
    cells = [row for _, row in sorted(rows, reverse=True)]
    write(table(["text", f"seconds, {SMALL:,}", f"seconds, {4 * SMALL:,}", "growth", "spans"], cells) + "\n")
    lines = {
        name: text for name, text in hostile(5_000_000).items() if name.startswith(("one ", "a ", "base64"))
    }
    found = {name: timed(find, text) for name, text in lines.items()}
    cells = [[name, f"{seconds:.3f}", said] for name, (seconds, said) in found.items()]
    write(table(["text of 5,000,000 characters", "seconds", "spans"], cells))


def timed(find: Callable[[str, Context], list[Span]], text: str) -> tuple[float, str]:
    """Processor seconds, and how many spans there are or why the text is set aside."""
    begun = time.process_time()
    try:
        said = str(len(find(text, Context())))
    except DetectorError as error:
        said = error.reason
    return time.process_time() - begun, said


def quality(arguments: argparse.Namespace, write: Write) -> None:
    """The scorecard of every tool on a labelled file; redaction is ours for all of them."""
    cases = list(labelled.read(arguments.quality, arguments.tier))
    for tool in arguments.tools:
        found = score(judge_all(cases, finder(tool), redacted))
        write(f"\n{tool}: {found.cases} texts, {found.negatives} negative, ")
        write(f"set aside {dict(found.set_aside)}, ")
        write(f"changed outside spans {found.changed_outside}\n\n")
        write(
            table(
                ["tag", "labelled", "leak %", "precision %", "recall %", "false alarms %"],
                quality_rows(found),
            )
        )


def redacted(text: str, spans: Any, context: Context) -> Redacted:
    """A text without what was found."""
    return redact(text, spans, settings=SETTINGS, key=b"k", language=context.language, path=context.path)


def quality_rows(found: Score) -> list[list[str]]:
    """Cells of the quality table."""
    return [
        [row.group, str(row.labelled), *map(percent, (row.leak, row.precision, row.recall, row.alarms))]
        for row in found.rows
    ]


def percent(part: Share) -> str:
    """A share in per cent with its 95 % interval."""
    return f"{100 * part.hits / part.of:.1f} ({100 * part.low:.1f}-{100 * part.high:.1f})" if part.of else "-"


def clean(arguments: argparse.Namespace, write: Write) -> None:
    """Findings per MB in a corpus that should hold few, and some of them to be read by eye."""
    find = Detector(SETTINGS).find
    rules, tags = Counter[tuple[str, str]](), Counter[str]()
    draw = random.Random(arguments.seed)
    kept: dict[str, list[str]] = {}
    size = 0
    for name, text in texts(arguments.corpus, megabytes=arguments.megabytes):
        size += len(text.encode())
        try:
            spans = find(text, Context(language_of(name), name))
        except DetectorError as error:
            rules["set aside", error.reason] += 1
            continue
        for span in spans:
            rules[span.tag, span.rule] += 1
            tags[span.tag] += 1
            sample = kept.setdefault(span.tag, [])
            keep(sample, example(name, text, span), tags[span.tag], arguments.count // 5, draw)
    rows = [[tag, str(n), f"{n / size * 1e6:.2f}"] for tag, n in tags.most_common()]
    write(table(["tag", "spans", "per MB"], rows))
    rows = [[tag, rule, str(n), f"{n / size * 1e6:.2f}"] for (tag, rule), n in rules.most_common(40)]
    write(f"\n{table(['tag', 'rule', 'spans', 'per MB'], rows)}\n{size / 1e6:.0f} MB\n")
    if arguments.examples:
        examples = [found for tag in sorted(kept) for found in sorted(kept[tag])]
        arguments.examples.write_text("".join(examples), encoding="utf-8", errors="replace")
        write(f"{len(examples)} findings in {arguments.examples}\n")


def keep(kept: list[str], found: str, seen: int, count: int, draw: random.Random) -> None:
    """Keep a random sample of what passes by, all with the same chance."""
    if len(kept) < count:
        kept.append(found)
    elif (place := draw.randrange(seen)) < count:
        kept[place] = found


def example(name: str, text: str, span: Span) -> str:
    """One finding with what stands around it."""
    before, value = text[max(0, span.start - AROUND) : span.start], text[span.start : span.end]
    after = text[span.end : span.end + AROUND]
    return f"{span.tag} {span.rule} {name}\n    {before!r}\n  > {value!r}\n    {after!r}\n\n"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown, columns aligned."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in [heads, rule, *rows]
    ]
    return "".join(f"| {line} |\n" for line in lines)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--corpus",
        type=Path,
        action="append",
        help="folder of text files or parquet shards (installed packages)",
    )
    add("--rounds", type=int, default=3, help="parts of the corpus, each measured once (default 3)")
    add("--peer-megabytes", type=float, default=3, help="of a part, for the peers (default 3)")
    add("--tools", default=",".join(TOOLS), help="which tools, separated by commas")
    add("--hostile", action="store_true", help="seconds for each hostile text and their growth instead")
    add("--quality", type=Path, help="labelled JSONL file for scorecards instead")
    add("--tier", default="", help="with --quality: only cases of this tier")
    add("--clean", action="store_true", help="what is found in the corpus instead")
    add("--megabytes", type=float, default=0, help="with --clean: of the corpus, 0: all (default)")
    add("--examples", type=Path, help="with --clean: file for random findings with their values; not in here")
    add("--count", type=int, default=200, help="with --examples: how many, of five tags alike (default 200)")
    add("--seed", type=int, default=0, help="with --examples: of the random choice (default 0)")
    arguments = parser.parse_args()
    arguments.corpus = arguments.corpus or [site_packages()]
    arguments.tools = [tool for tool in TOOLS if tool in arguments.tools.split(",") or tool == OURS]
    chosen: Callable[[argparse.Namespace, Write], None] = speed
    if arguments.hostile or arguments.clean or arguments.quality:
        chosen = hostile_texts if arguments.hostile else clean if arguments.clean else quality
    with STAYING:
        chosen(arguments, sys.stdout.write)


if __name__ == "__main__":
    main()
