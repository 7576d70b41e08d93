"""How far tokenising is: what a task tells, what a run shows.

with bar() as watch: tokenise(config, watch=watch)   -> a bar with MB/s and tokens, on stderr
tokenise(config)                                     -> nothing is shown
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

OnProgress = Callable[[int, int, int], None]
"""Called with the documents, the bytes of text and the tokens of a task so far."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    shards: int
    done: int
    """Shards that are whole."""
    rows: int
    """Documents of all shards."""
    read: int
    """Documents that were read in this run of the command or an earlier one."""
    bytes: int
    """Bytes of text that were read now."""
    tokens: int
    """Tokens that were made now."""


Watch = Callable[[Progress], None]


def unheard(documents: int, size: int, tokens: int) -> None:
    """Tell nobody; what a block does until an executor listens."""


def unseen(progress: Progress) -> None:
    """Show no progress."""


def quiet(line: str) -> None:
    """Show no line."""


@contextmanager
def bar() -> Iterator[Watch]:
    """A progress bar on stderr, from the first time that it is told something."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("tokenise"),
        BarColumn(),
        TextColumn("{task.fields[done]}/{task.fields[shards]} shards"),
        TextColumn("{task.fields[speed]:.1f} MB/s"),
        TextColumn("{task.fields[tokens]:,} tokens"),
        TimeRemainingColumn(),
    )
    shown = Bar(*columns, console=Console(stderr=True), refresh_per_second=4)
    task = shown.add_task("tokenise", done=0, shards=0, speed=0.0, tokens=0)
    begun = time.monotonic()

    def watch(progress: Progress) -> None:
        shown.start()
        speed = progress.bytes / 1e6 / max(time.monotonic() - begun, 1e-3)
        facts: dict[str, Any] = {
            "done": progress.done,
            "shards": progress.shards,
            "tokens": progress.tokens,
            "speed": speed,
        }
        shown.update(task, total=max(progress.rows, 1), completed=progress.read, **facts)

    try:
        yield watch
    finally:
        if shown.live.is_started:
            shown.stop()
