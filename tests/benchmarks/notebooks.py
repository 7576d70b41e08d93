"""Real notebooks: how many convert, whether their scripts parse, how long one takes, and BigCode's method.

    python tests/support/sdists.py /tmp/sdists jupytext==1.19.1 nbformat==5.10.4 seaborn==0.13.2 \
        nbconvert==7.16.6 papermill==2.6.0
    python tests/benchmarks/notebooks.py /tmp/sdists

Reads the .ipynb files of the archives without unpacking them. A Python notebook counts as one whose cells
parse if every code cell does after IPython's own rewriting of its commands, which is not how they are handled
here. BigCode's method is a twin of a few lines: jupytext with the extension that the notebook states, and
nothing where that fails. Times are of one core, imports and first calls not counted, the best of three.
"""

import argparse
import ast
import json
import statistics
import sys
import tarfile
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from curation.sources.base import Problem
from curation.structured.notebooks import NotebookSettings, convert
from curation.structured.notebooks.read import Notebook, read
from curation.structured.outcome import Converted

SCRIPT = NotebookSettings(forms=("script",))
BY_HAND = NotebookSettings(forms=("script",), jupytext_cells=0)
BOTH = NotebookSettings()
ROUNDS = 3


def say(*words: object) -> None:
    """One line of the report."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def notebooks(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every notebook in the .tar.gz files of a folder."""
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as members:
            for member in members:
                found = members.extractfile(member) if member.name.endswith(".ipynb") else None
                if found:
                    yield member.name, found.read()


def parses(source: str) -> bool:
    """Whether this is Python 3."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


def cells_parse(notebook: Notebook) -> bool:
    """Whether every code cell is Python 3 once IPython has rewritten its commands."""
    from IPython.core import inputtransformer2

    rewrite: Callable[[str], str] = inputtransformer2.TransformerManager().transform_cell  # type: ignore[no-untyped-call]
    try:
        return all(parses(rewrite(cell.source)) for cell in notebook.cells if cell.kind == "code")
    except SyntaxError:  # IPython refuses some cells itself
        return False


def bigcode(content: bytes) -> str:
    """The script as BigCode's conversion writes it; "" where it sets the notebook aside."""
    import jupytext

    try:
        notebook: Any = jupytext.reads(content.decode(), fmt="ipynb")
        extension = notebook.metadata.language_info.file_extension
        return str(jupytext.writes(notebook, fmt=extension))
    except Exception:  # noqa: BLE001 - the method's own
        return ""


def ours(content: bytes, settings: NotebookSettings) -> None:
    """Convert a notebook and forget it."""
    deque(convert(content, "a.ipynb", settings), maxlen=0)


def milliseconds(made: Callable[..., object], *given: object) -> float:
    """The least time of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        made(*given)
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def describe(what: str, times: list[float]) -> None:
    """Median, 95th percentile and largest of some times."""
    ordered = sorted(times)
    late = ordered[int(0.95 * (len(ordered) - 1))]
    say(f"{what:34} median {statistics.median(times):.2f} ms, p95 {late:.2f} ms, most {ordered[-1]:.1f} ms")


def show(found: list[tuple[str, bytes]]) -> None:
    """Convert all and print what became of them."""
    reasons: Counter[str] = Counter()
    methods: Counter[str] = Counter()
    changes: Counter[str] = Counter()
    good = parsed = theirs = converted = kept = 0
    for name, content in found:
        script, structured = convert(content, name, BOTH)
        notebook = read(content, BOTH)
        kept += isinstance(structured, Converted)
        for outcome in (script, structured):
            if isinstance(outcome, Converted):
                changes.update(outcome.changes)
            else:
                reasons[f"{outcome.kind}: {outcome.problem.reason}"] += 1
        peer = bigcode(content)
        theirs += bool(peer)
        if not isinstance(script, Converted) or isinstance(notebook, Problem):
            continue
        converted += 1
        methods[script.language_method] += 1
        if script.language == "Python" and cells_parse(notebook):
            good += 1
            parsed += parses(script.text)
            if not parses(script.text):
                say("does not parse:", name)
    total = len(found)
    say(f"notebooks {total}, scripts {converted} ({converted / total:.1%})")
    say(f"structured {kept} ({kept / total:.1%})")
    say(f"Python ones whose cells parse {good}, whose script parses {parsed} ({parsed / max(good, 1):.2%})")
    say(f"BigCode's method: scripts {theirs} ({theirs / total:.1%})")
    for title, counts in (("reasons", reasons), ("languages by", methods), ("changes", changes)):
        say(title, json.dumps(dict(counts.most_common())))


def main() -> None:
    """Read the archives that the command line names."""
    parser = argparse.ArgumentParser(description="Convert real notebooks.")
    parser.add_argument("folder", type=Path, help="folder with .tar.gz files")
    found = list(notebooks(parser.parse_args().folder))
    warnings.simplefilter("ignore")  # of compilers, nbformat and jupytext, about the notebooks
    show(found)
    describe("script", [milliseconds(ours, content, SCRIPT) for _, content in found])
    describe("script, without jupytext", [milliseconds(ours, content, BY_HAND) for _, content in found])
    describe("script and structured", [milliseconds(ours, content, BOTH) for _, content in found])
    describe("BigCode's method, scripts only", [milliseconds(bigcode, content) for _, content in found])


if __name__ == "__main__":
    main()
