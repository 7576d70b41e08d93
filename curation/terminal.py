"""What the command line shows: progress bars, the funnel, explanations. Computes nothing.

Everything that comes from an input (paths, repository names) is printed with control and bidirectional
characters made visible, and never as markup.
"""

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from curation.executors import Event, Finished
from curation.passes import Started
from curation.preflight import Prediction
from curation.report.kinds import kinds_table
from curation.report.text import funnel_text, redactions_text
from curation.report.views import connect, read_manifest
from curation.report.visible import scaled, visible

TOKENS = ("", "k", "M", "G", "T")
MIX_SHOWN = 12
"""Rows of the mix that are printed after a run; `manifest.json` has all."""


@contextmanager
def listener(*, quiet: bool) -> Iterator[Callable[[str, Started | Event], None]]:
    """A listener for `curation.run.run` that draws one progress bar per pass, on stderr."""
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.fields[done]}/{task.fields[tasks]} tasks"),
        _Of(DownloadColumn()),
        _Of(TransferSpeedColumn()),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet, refresh_per_second=4) as progress:
        yield _Bars(progress)


class _Of(ProgressColumn):
    """A column about bytes, empty for a pass whose tasks are not measured in bytes."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__()
        self.column = column

    def render(self, task: Task) -> RenderableType:
        return self.column.render(task) if task.fields["size"] else Text()


class _Bars:
    """Turns events into bars: bytes read by running tasks, plus the share of the finished ones."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.bars: dict[str, TaskID] = {}
        self.running: dict[int, int] = {}
        self.started: dict[str, Started] = {}

    def __call__(self, name: str, event: Started | Event) -> None:
        if isinstance(event, Started):
            self.started[name] = event
            self.running.clear()
            size = event.size or event.tasks
            self.bars[name] = self.progress.add_task(
                name, total=max(size, 1), done=event.done, tasks=event.tasks, size=event.size
            )
            self.progress.update(self.bars[name], completed=size * event.done // max(event.tasks, 1))
            return
        bar = self.bars[name]
        if isinstance(event, Finished):
            started = self.started[name]
            share = (started.size or started.tasks) // max(started.tasks, 1)
            task = self.progress.tasks[bar]
            done = task.fields["done"] + (not event.error)
            self.progress.update(bar, advance=share - self.running.pop(event.task, 0), done=done)
            if done == task.fields["tasks"]:
                self.progress.update(bar, completed=task.total)
            if event.error:
                self.progress.console.print(Text(f"{name} task {event.task}: {visible(event.error)}", "red"))
        elif self.started[name].size:
            before = self.running.get(event.task, 0)
            self.running[event.task] = event.bytes
            self.progress.update(bar, advance=event.bytes - before)


def show_result(run: Path) -> None:
    """The funnel and the redactions of a finished run, where everything lies, and what to try next."""
    console = _console()
    console.print(funnel_text(run))
    console.print()
    kinds = kinds_table(run)
    if kinds:
        console.print(kinds)
        console.print()
    manifest = read_manifest(run)
    if manifest.get("mix"):
        console.print(_mix_table(manifest["mix"][:MIX_SHOWN]))
        console.print()
    console.print(redactions_text(run))
    console.print(f"\nshards    {run}/data    load_dataset({str(run / 'data')!r}, 'python')", highlight=False)
    if "render" in manifest["passes"]:
        console.print(f"texts     {run}/train   what a model is trained on", highlight=False)
    console.print(f"books     {run}/manifest.json, {run}/*/*/ledger.parquet", highlight=False)
    console.print("\nnext:", highlight=False)
    for command in (f"report {run}", f"explain {run} {_example(run)}", f"verify {run}"):
        console.print(f"  curation {command}", highlight=False, markup=False, soft_wrap=True)


def _example(run: Path) -> str:
    """A document that a filter dropped, or else any, as the shell takes it."""
    query = (
        "SELECT concat(repo_name, '/', path) FROM outcomes WHERE path IS NOT NULL "
        "ORDER BY stage = 'filters' AND decision = 'dropped' DESC, id LIMIT 1"
    )
    found = connect(run).execute(query).fetchone()
    return shlex.quote(visible(found[0])) if found else "REPOSITORY/PATH"


def show_prediction(found: Prediction) -> None:
    """What a run is expected to cost and to keep."""
    console = _console()
    rows = {
        "input": f"{found.units:,} units, {_size(found.bytes)}",
        "sample": f"{found.sampled_documents:,} documents, {_size(found.sampled_bytes)}",
        "speed": f"{_size(found.bytes_per_second)}/s per worker",
        "time": f"{found.seconds / 60:.1f} minutes with {found.workers} workers (clean pass)",
        "memory": f"{_size(found.memory_bytes)} per worker",
        "disk": f"{_size(found.disk_bytes)} in all",
        "survival": f"{found.survival:.1%} of the documents, before dedup",
    }
    console.print(_table(("", ""), rows.items()))
    console.print(_mix_table(found.mix))
    dropped = ((reason, f"{count:,}") for reason, count in found.dropped.items())
    console.print(_table(("dropped in the sample", "documents"), dropped))
    if found.near:
        show_outlook(found.near)
    for name, blocks in found.blocks:
        console.print(Text(f"{name:<12} {' -> '.join(blocks)}"))
    for warning in found.warnings:
        console.print(Text(f"warning: {warning}", "yellow"))


def _mix_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What of each language and kind is rendered; estimated tokens."""
    head = ("mix", "files", "size", "tokens", "cap", "epochs", "files out", "size out", "tokens out", "share")
    cells = (
        (
            row["name"],
            f"{row['files']:,}",
            _size(row["bytes"]),
            scaled(row["tokens"], 1000, TOKENS),
            row["cap"],
            f"{row['epochs']:.2f}",
            f"{row['files_out']:,}",
            _size(row["bytes_out"]),
            scaled(row["tokens_out"], 1000, TOKENS),
            f"{row['share']:.1%}",
        )
        for row in rows
    )
    return _table(head, cells)


def show_outlook(found: Mapping[str, Any]) -> None:
    """What near-dedup will find and cost."""
    console = _console()
    bands = f"{found['bands']} bands of {found['rows']} values"
    points = "  ".join(f"{jaccard:.2f}: {share:.1%}" for jaccard, share in found["s_curve"])
    console.print(Text(f"\nnear-dedup of {found['documents']:,} documents, {bands}"))
    console.print(Text(f"pairs found, by Jaccard similarity: {points}", overflow="fold"))
    console.print(
        Text(
            f"{found['recall']:.1%} of the pairs at the threshold and above, if they were spread evenly; "
            f"standard deviation of an estimate there {found['deviation']:.3f}"
        )
    )
    rows = (
        (name, p["tasks"], _size(p["disk_bytes"]), _size(p["memory_bytes"]), f"{p['core_hours']:,.2f}")
        for name, p in found["passes"].items()
    )
    console.print(_table(("pass", "tasks", "disk", "memory of a task", "hours of one core"), rows))


def show_status(found: Mapping[str, Any]) -> None:
    """How far a run is."""
    console = _console()
    console.print(Text(f"{found['run']}: {found['state']}, started {found['created']}"))
    rows = (
        (
            name,
            f"{p['done']:,}/{p['tasks']:,}",
            f"{p['read']:,}",
            f"{p['kept']:,}",
            f"{sum(p['dropped'].values()):,}",
        )
        for name, p in found["passes"].items()
    )
    console.print(_table(("pass", "tasks", "read", "kept", "dropped"), rows))


def show_explanations(found: Sequence[Mapping[str, Any]]) -> None:
    """Every decision about the documents, with value and threshold, and the places of their redactions."""
    console = _console()
    for document in found:
        name = f"{document.get('repo_name', '')}/{document.get('path', '')}".strip("/")
        console.print(Text(f"{document['id']}  {visible(name)}  {document.get('language') or ''}", "bold"))
        decisions = (
            (
                d["stage"],
                d["decision"],
                d["reason"],
                _number(d["value"]),
                _number(d["threshold"]),
                d["detail"],
            )
            for d in document["decisions"]
        )
        console.print(_table(("stage", "decision", "reason", "value", "threshold", "detail"), decisions))
        bounds = (
            (
                b["filter"],
                b["signal"],
                _number(b["value"]),
                f"{b['drops_if']} {_number(b['threshold'])}",
                b["passed"],
            )
            for b in document["bounds"]
        )
        console.print(_table(("filter", "signal", "value", "dropped if", "passed"), bounds))
        redactions = (
            (
                r["tag"],
                r["rule"],
                f"{r['start']:,}-{r['end']:,}",
                "replaced" if r["replaced"] else "stays by rule",
            )
            for r in document["redactions"]
        )
        if document["redactions"]:
            console.print(_table(("redacted", "rule", "characters", ""), redactions))


def show_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of equal keys as a table."""
    if rows:
        _console().print(_table(tuple(rows[0]), (tuple(row.values()) for row in rows)))


def show_parts(parts: Iterable[Any]) -> None:
    """Renderables of `curation.report.near_text`, one below the other."""
    console = _console()
    for part in parts:
        console.print(part)


def width() -> int:
    """Columns that there are to print in."""
    return _console().width


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


def _table(head: Sequence[str], rows: Any) -> Table:
    table = Table(*head, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text("" if value is None else visible(str(value))) for value in row))
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.6g}"


def _size(count: float) -> str:
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    power = 0
    while count >= 1000 and power < len(units) - 1:
        count /= 1000
        power += 1
    return f"{count:.1f} {units[power]}" if power else f"{count:.0f} B"
