"""The plan as tables for people and as values for machines.

    rows = matrix(setup, lengths=(4096, 8192), memory=80_000_000_000)
    rows[0].name, rows[0].cells[0].needed     -> "all weights, no ZeRO", 61_000_000_000

Computes nothing itself: see `training.plan.memory`, `steps` and `advice`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from training.model.shapes import SHAPES, VOCABULARY
from training.plan.advice import Advice, Change, gigabytes
from training.plan.memory import Memory, Method, Setup, predict
from training.plan.sizes import Sizes, plain_config, sizes_of
from training.plan.steps import Course, Speed, Tokens
from training.plan.zero import zero_default

METHODS: dict[Method, str] = {
    "full": "all weights",
    "lora": "adapters (LoRA)",
    "8bit": "adapters on 8 bits",
    "qlora": "adapters on 4 bits (QLoRA)",
}
SHOWN = 0.005
"""Parts of the memory below this share are not listed."""
LENGTHS = (2048, 4096, 8192, 16384)
"""Tokens of a window that are shown beside the run's own."""


class Row(NamedTuple):
    """One way to train, for several lengths of windows."""

    method: Method
    stage: int | None
    """Of ZeRO; None without DeepSpeed."""
    on_host: bool
    cells: tuple[Memory, ...]

    @property
    def name(self) -> str:
        """For people."""
        zero = "no ZeRO" if self.stage is None else f"ZeRO-{self.stage}"
        return f"{METHODS[self.method]}, {zero}{' and CPU' if self.on_host else ''}"


@dataclass(frozen=True)
class Plan:
    """All that is known about a run before it starts."""

    setup: Setup
    memory: int
    """Bytes of a device."""
    found: Memory
    lengths: tuple[int, ...]
    rows: tuple[Row, ...]
    course: Course
    tokens: Tokens | None
    speed: Speed | None
    advice: Advice

    @property
    def fits(self) -> bool:
        """Whether it fits into a device."""
        return self.found.needed <= self.memory

    def as_json(self) -> dict[str, Any]:
        """As values of JSON; sizes in bytes."""
        setup = self.setup
        return {
            "parameters": setup.sizes.parameters,
            "trained": setup.trained,
            "method": setup.method,
            "zero_stage": None if setup.zero is None else setup.zero.stage,
            "devices": setup.devices,
            "sequence_length": setup.length,
            "micro_batch": setup.micro_batch,
            "memory": {**asdict(self.found), "device": self.memory, "fits": self.fits},
            "table": [self._row(row) for row in self.rows],
            "tokens_per_epoch": None if self.tokens is None else self.tokens._asdict(),
            "speed": None if self.speed is None else self.speed._asdict(),
            **asdict(self.course),
            "changes": [change._asdict() for change in self.advice.changes],
            "choices": [change._asdict() for change in self.advice.choices],
        }

    def _row(self, row: Row) -> dict[str, Any]:
        cells = [
            {"sequence_length": length, "needed": cell.needed, "fits": cell.needed <= self.memory}
            for length, cell in zip(self.lengths, row.cells, strict=True)
        ]
        return {"method": row.method, "zero_stage": row.stage, "on_host": row.on_host, "lengths": cells}


def lengths_of(setup: Setup, wanted: Sequence[int]) -> tuple[int, ...]:
    """Lengths of windows to show: those asked for, or usual ones up to what the model takes."""
    usual = [length for length in LENGTHS if length <= setup.sizes.positions]
    return tuple(sorted({*(wanted or [*usual, setup.length])}))


def matrix(setup: Setup, lengths: Sequence[int]) -> list[Row]:
    """Every way to train, for several lengths of windows.

    Args:
        setup: The run's own; precision, checkpointing, devices and micro-batch are those of all.
        lengths: Tokens of a window.
    """
    found = []
    for method in METHODS:
        for stage, on_host in _ways(method, setup):
            zero = None if stage is None else zero_default(stage, setup.sizes.hidden, on_host=on_host)
            way = replace(setup, method=method, zero=zero)
            cells = tuple(predict(replace(way, length=length)) for length in lengths)
            found.append(Row(method, stage, on_host, cells))
    return found


def _ways(method: Method, setup: Setup) -> list[tuple[int | None, bool]]:
    """Stages of ZeRO that are possible and of use, and whether states are in the host's memory."""
    if method in {"8bit", "qlora"}:
        return [(None, False)]
    own = [] if setup.zero is None else [setup.zero.stage]
    stages = (1, 2, 3) if setup.devices > 1 else own
    on_host: list[tuple[int | None, bool]] = [(2, True), (3, True)] if method == "full" else []
    return [(None, False), *((stage, False) for stage in stages), *on_host]


def show(plan: Plan) -> RenderableType:
    """The plan for people."""
    matrix_title = (
        f"GB needed of a device with {gigabytes(plan.memory)}, by tokens of a window (x: does not fit):"
    )
    return Group(
        _header(plan),
        Text(f"\nMemory of a device at its peak, in the {plan.found.moment}:"),
        _parts(plan),
        Text(f"\n{matrix_title}"),
        _matrix(plan),
        Text(),
        _course(plan),
        _advice(plan),
    )


def _header(plan: Plan) -> Text:
    setup = plan.setup
    zero = "no DeepSpeed" if setup.zero is None else f"ZeRO-{setup.zero.stage}"
    devices = "1 device" if setup.devices == 1 else f"{setup.devices} devices"
    return Text(
        f"{setup.sizes.parameters / 1e9:.2f}G parameters, {METHODS[setup.method]}: {setup.trained:,} are "
        f"trained. {devices}, {zero}, {setup.precision}, windows of {setup.length:,} tokens, "
        f"{setup.micro_batch} at once, gradient checkpointing {'on' if setup.checkpointing else 'off'}."
    )


def _parts(plan: Plan) -> Table:
    table = Table()
    table.add_column("for")
    table.add_column("GB", justify="right")
    for name, size in plan.found.parts.items():
        if size >= SHOWN * plan.found.peak:
            table.add_row(name, gigabytes(size))
    table.add_section()
    table.add_row("allocated by torch", gigabytes(plan.found.peak))
    table.add_row("needed, with what lies outside and is wasted", gigabytes(plan.found.needed))
    verdict = Text("fits", "green") if plan.fits else Text("does not fit", "bold red")
    table.add_row(Text.assemble("of ", gigabytes(plan.memory), ": ", verdict), "")
    if plan.found.host:
        table.add_row("memory of the host, for each device", gigabytes(plan.found.host))
    return table


def _matrix(plan: Plan) -> Table:
    table = Table()
    table.add_column("trained, and split over devices")
    for length in plan.lengths:
        table.add_column(f"{length:,}", justify="right")
    for row in plan.rows:
        table.add_row(row.name, *(_cell(cell.needed, plan.memory) for cell in row.cells))
    return table


def _cell(needed: int, memory: int) -> Text:
    fits = needed <= memory
    return Text(f"{gigabytes(needed)}{' ' if fits else 'x'}", "green" if fits else "red")


def _course(plan: Plan) -> Text:
    course, lines = plan.course, []
    if plan.tokens is None:
        lines.append("Tokens of the corpus: not known, there are neither token files nor a curation run.")
    else:
        lines.append(f"Tokens of an epoch: {plan.tokens.number:,} ({plan.tokens.source}).")
    if course.steps is not None:
        epochs = "" if course.epochs is None else f", {course.epochs:.2f} epochs"
        lines.append(f"{course.steps:,} steps, {course.tokens:,} tokens{epochs}.")
    if course.hours is not None and course.tokens_per_second is not None and plan.speed is not None:
        lines.append(
            f"About {course.hours:,.1f} hours at {course.tokens_per_second:,.0f} tokens/s, if a device "
            f"reaches {plan.speed.utilisation:.0%} of {plan.speed.teraflops:,.0f} TFLOP/s "
            "(counting what is computed twice)."
        )
    lines.append(
        f"A checkpoint takes {gigabytes(course.checkpoint)} GB, all that are kept "
        f"{gigabytes(course.disk)} GB."
    )
    return Text("\n".join(lines))


def _advice(plan: Plan) -> Text:
    if plan.fits:
        return Text()
    lines = []
    if plan.advice.changes:
        lines.append("To make it fit, the cheapest first, each on top of those before:")
        lines += map(_line, plan.advice.changes)
    if plan.advice.choices:
        lines.append("Then one of:" if lines else "To make it fit, one of:")
        lines += map(_line, plan.advice.choices)
    if not plan.advice.fits:
        lines.append("Nothing that is known here makes it fit: take devices with more memory.")
    return Text("\n".join(lines))


def _line(change: Change) -> str:
    return f"  {change.text}: {gigabytes(change.needed)} GB{', fits' if change.fits else ''}"


def shapes_table() -> Table:
    """The published shapes."""
    table = Table()
    table.add_column("name", no_wrap=True)
    for name in ("parameters", "layers", "hidden", "heads", "key heads", "positions"):
        table.add_column(name, justify="right")
    for name, sizes in published().items():
        numbers = (sizes.layers, sizes.hidden, sizes.heads, sizes.kv_heads, sizes.positions)
        table.add_row(name, f"{sizes.parameters / 1e9:.2f}G", *(f"{number:,}" for number in numbers))
    return table


def published() -> dict[str, Sizes]:
    """Name of a published shape -> its sizes."""
    return {name: sizes_of(plain_config(shape, VOCABULARY)) for name, shape in SHAPES.items()}
