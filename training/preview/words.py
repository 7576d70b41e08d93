"""Figures and segments as words, the same at the terminal and on the page.

    rows(figures)            -> [("windows in an epoch", "5,120", "of 512 tokens: 2,560,000 ..."), ...]
    order_of(segment_view)   -> "PSM"
    reasons(figures)         -> [("no room", 12, "the gap would have made the window too long"), ...]

Computes nothing; see `figures`.
"""

from collections.abc import Mapping
from typing import Any

from training.preview.view import SegmentView, WindowView
from training.preview.visible import one_line

ORDERS = {"plain": "no gap", "psm": "PSM", "spm": "SPM", "mixed": "PSM and SPM"}
"""Order of a segment -> what it is called."""
REASONS = {
    "no_room": ("no room", "the gap would have made the window too long"),
    "short": ("short", "fewer characters than fim.min_characters"),
    "split_character": ("split character", "the piece begins or ends inside a character"),
    "special_tokens": ("special tokens", "it holds the end of a document or tokens of gaps already"),
}
"""Why something that was drawn has no gap -> its name, and what that means."""


def rows(figures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value and explanation of each figure.

    Args:
        figures: From `figures_of`.
    """
    about = "about " if figures["estimated"] else ""
    length, batch = figures["sequence_length"], figures["batch"]
    found = [
        (
            "windows in an epoch",
            f"{about}{figures['windows']:,}",
            f"of {length:,} tokens: {figures['tokens']:,} tokens of {figures['documents']:,} documents",
        ),
        (
            "steps in an epoch",
            f"{about}{_steps(figures['steps_per_epoch'])}",
            f"of {batch:,} windows; the run sees the corpus {figures['epochs']:,.3g} times",
        ),
        ("fill", f"{figures['fill']:.2%}", f"{figures['waste']:.2%} of the tokens are padding"),
        ("pieces in a window", f"{figures['segments_per_window']:.1f}", "each of one document"),
        (
            "pieces with gaps",
            f"{figures['fim_share']:.1%}",
            f"PSM {figures['psm']:.1%}, SPM {figures['spm']:.1%}"
            + (f", both {figures['mixed']:.1%}" if figures["mixed"] else ""),
        ),
        ("targets", f"{figures['target_share']:.2%}", "of the tokens are predicted; the others are masked"),
        (
            "bytes per token",
            f"{figures['bytes_per_token']:.2f}",
            f"{figures['tokens_per_byte']:.3f} tokens per byte, {figures['vocabulary']:,} entries",
        ),
    ]
    if figures["lost"]:
        found.append(("tokens cut off", f"{figures['lost']:,}", "at the ends of windows (fim.megatron)"))
    return found


def _steps(steps: float) -> str:
    return f"{steps:,.0f}" if steps >= 100 else f"{steps:,.1f}" if steps >= 1 else f"{steps:.3g}"


def reasons(figures: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    """Why something that was drawn has no gap: name, how often, what that means; most frequent first."""
    found = sorted(figures["not_cut"].items(), key=lambda item: (-item[1], item[0]))
    return [(REASONS[name][0], number, REASONS[name][1]) for name, number in found]


def measured(figures: Mapping[str, Any], sampled: str) -> str:
    """On how much the figures rest, a sentence or two."""
    base = f"Shares are measured on {figures['measured_windows']:,} windows."
    return f"{base} {sampled}" if sampled else base


def window_line(view: WindowView) -> str:
    """Sizes of a window."""
    window = view.window
    parts = [
        f"{view.tokens:,} tokens",
        f"{len(view.segments)} {'piece' if len(view.segments) == 1 else 'pieces'}",
        f"{view.targets:,} targets",
        f"{window.padding:,} padding",
        *([f"{window.lost:,} cut off"] if window.lost else []),
        f"number {window.number:,} of the plan, epoch {window.epoch + 1}",
    ]
    return " · ".join(parts)


def segment_line(view: SegmentView) -> str:
    """Which piece of which document a segment is."""
    segment, about = view.segment, view.about
    whole = segment.first == 0 and segment.last >= view.length
    piece = (
        f"all {view.length:,} tokens"
        if whole
        else f"tokens {segment.first:,} to {segment.last:,} of {view.length:,}"
    )
    facts = [about.language or about.kind, about.repo_name, about.id, f"document {segment.document:,}", piece]
    return " · ".join(one_line(fact) for fact in facts if fact)


def order_of(view: SegmentView) -> str:
    """In which order the parts of a segment stand, and what was drawn and not cut."""
    gaps = view.segment.gaps
    name = ORDERS[view.segment.order] + (f", {gaps} gaps" if gaps > 1 else "")
    why = [REASONS[reason][0] for reason in dict.fromkeys(view.segment.plain)]
    return f"{name} (drawn, but {', '.join(why)})" if why else name
