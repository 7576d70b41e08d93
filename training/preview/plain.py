"""A preview as JSON values, for machines.

    as_values(figures, views)
        -> {"figures": {"windows": 5120, ...}, "windows": [{"index": 0, "segments": [...], ...}, ...]}

Texts are as decoded, with U+FFFD for bytes that are no character.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.preview.view import SegmentView, Stretch, Unit, WindowView


def as_values(figures: Mapping[str, Any], views: Sequence[WindowView]) -> dict[str, Any]:
    """Figures and windows.

    Args:
        figures: From `figures_of`.
        views: Windows.
    """
    return {"figures": dict(figures), "windows": [_window(view) for view in views]}


def _window(view: WindowView) -> dict[str, Any]:
    window = view.window
    return {
        "index": view.index,
        "number": window.number,
        "epoch": window.epoch,
        "tokens": view.tokens,
        "targets": view.targets,
        "padding": window.padding,
        "lost": window.lost,
        "segments": [_segment(one) for one in view.segments],
    }


def _segment(view: SegmentView) -> dict[str, Any]:
    segment = view.segment
    return {
        "document": segment.document,
        **view.about._asdict(),
        "first": segment.first,
        "last": segment.last,
        "order": segment.order,
        "gaps": segment.gaps,
        "not_cut": list(segment.plain),
        "parts": [_stretch(stretch) for stretch in view.stretches],
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    values: dict[str, Any] = {
        "part": stretch.part,
        "tokens": stretch.tokens,
        "units": _units(stretch.units),
    }
    if stretch.left_out:
        values |= {"left_out": stretch.left_out, "tail": _units(stretch.tail)}
    return values


def _units(units: Iterable[Unit]) -> list[dict[str, Any]]:
    return [_unit(unit) for unit in units]


def _unit(unit: Unit) -> dict[str, Any]:
    values: dict[str, Any] = {"text": unit.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")}
    optional = {
        "tokens": unit.tokens if unit.tokens > 1 else 0,
        "special": unit.special,
        "masked": unit.masked,
    }
    return values | {name: value for name, value in optional.items() if value}
