"""How fast texts are guarded, rendered and parsed: MB of UTF-8 per second of process CPU time, on one core.

    python tests/benchmarks/render.py                           the packages of the running environment
    python tests/benchmarks/render.py FOLDER --megabytes 200 --rounds 5

The contestants take turns on the same texts, so that a busy machine slows all of them alike; a figure is the
median of its rounds. `str.replace` is the plain way to escape: once through the text for each of the tokens,
which neither counts nor comes back exactly. `crafted` texts are 1 MB each of what is slowest to scan.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pii_corpus import site_packages, texts

from curation.render.guard import JOINER, guard_for
from curation.render.item import Item, Rendered
from curation.render.layouts import parse, render
from curation.render.repositories import render_repository
from curation.render.settings import RenderSettings
from curation.sentinels import STRUCTURE

GUARD = guard_for(STRUCTURE)
ONE, TWO = RenderSettings(family="starcoder"), RenderSettings(family="starcoder2")
FILES_OF_A_REPOSITORY = 50
CRAFTED = {
    "crafted: <": "<" * 1_000_000,
    "crafted: tags": "<p><pre><i>text</i></pre></p>\n" * 33_000,
    "crafted: almost tokens": "<pr_in_reply_to_comment_i" * 40_000,
    "crafted: tokens": "<pr>" * 250_000,
    "crafted: joiners": f"<{JOINER}" * 250_000,
}


class Contestant(NamedTuple):
    """A way to handle texts."""

    name: str
    run: Callable[[list[Item]], object]
    items: list[Item]


def replaced(text: str) -> str:
    """The text with every token escaped, one token after the other."""
    for token in STRUCTURE:
        text = text.replace(token, f"<{JOINER}{token[1:]}")
    return text


def repositories(items: list[Item]) -> int:
    """Characters of all texts, so many files in each."""
    size = 0
    for start in range(0, len(items), FILES_OF_A_REPOSITORY):
        files = items[start : start + FILES_OF_A_REPOSITORY]
        for one in render_repository("octo/hello", files, TWO, str(start)):
            size += len(one.text) if isinstance(one, Rendered) else 0
    return size


def there_and_back(items: list[Item]) -> int:
    """Files that are rendered, parsed and the same."""
    same = 0
    for item in items:
        rendered = render(item, TWO)
        assert isinstance(rendered, Rendered)
        same += parse(rendered.text, "code", TWO).files[0].content == item.content
    assert same == len(items), f"{len(items) - same} files did not come back"
    return same


def contestants(items: list[Item]) -> list[Contestant]:
    """All of them, on real files and on crafted texts."""
    real = {
        "guard": lambda some: [GUARD.escape(item.content) for item in some],
        "guard + render, starcoder": lambda some: [render(item, ONE) for item in some],
        "guard + render, starcoder2": lambda some: [render(item, TWO) for item in some],
        "guard + render, repositories": repositories,
        "guard + render + parse": there_and_back,
        "str.replace": lambda some: [replaced(item.content) for item in some],
    }
    crafted = [
        Contestant(name, real["guard + render + parse"], [Item("1", "code", text)])
        for name, text in CRAFTED.items()
    ]
    return [*(Contestant(name, run, items) for name, run in real.items()), *crafted]


def main() -> None:
    """Read, let all take turns, print a table.

    Raises:
        SystemExit: The folders hold no text.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[site_packages()])
    parser.add_argument("--megabytes", type=float, default=100, help="of text that is read")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    items = [
        Item(str(number), "code", text, repo_name="octo/hello", path=name, stars=number)
        for number, (name, text) in enumerate(texts(arguments.folders, megabytes=arguments.megabytes))
    ]
    if not items:
        raise SystemExit(f"{arguments.folders} hold no text; give folders with source code")
    seconds: dict[str, list[float]] = {}
    entries = contestants(items)
    for _ in range(arguments.rounds):
        for entry in entries:
            begun = time.process_time()
            entry.run(entry.items)
            seconds.setdefault(entry.name, []).append(time.process_time() - begun)
    forged = [found for item in items if (found := GUARD.find(item.content))]
    rows = []
    for entry in entries:
        size = sum(len(item.content.encode()) for item in entry.items) / 1e6
        rates = sorted(size / taken for taken in seconds[entry.name])
        rows.append(f"{entry.name:<30}{size:>8.1f}{statistics.median(rates):>10.0f}{rates[0]:>10.0f}")
    sys.stdout.write(f"{len(items):,} files, {len(forged)} of them with tokens\n")
    sys.stdout.write(f"{'':<30}{'MB':>8}{'MB/s':>10}{'slowest':>10}\n" + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
