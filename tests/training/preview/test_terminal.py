"""What is printed can be read without colours, and does nothing to the terminal."""

import io

import pytest
from rich.console import Console

from training.config import TrainConfig
from training.preview.figures import figures_of
from training.preview.source import Source
from training.preview.terminal import parts
from training.preview.view import WindowView, view_of


@pytest.fixture(scope="module")
def plain(sampled: Source, config: TrainConfig, views: list[WindowView]) -> str:
    """All windows, without colours."""
    return printed(sampled, config, views)


def printed(source: Source, config: TrainConfig, views: list[WindowView], *, colours: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=120, force_terminal=colours, color_system="standard" if colours else None
    )
    for part in parts(figures_of(source, config), views, sampled="There are few."):
        console.print(part)
    return out.getvalue()


def test_figures_come_before_windows(plain: str) -> None:
    """With what they rest on, and how to read the colours."""
    assert plain.index("windows in an epoch") < plain.index("There are few.") < plain.index("window 0")
    assert "no target" in plain


def test_special_tokens_and_white_space_are_drawn(plain: str) -> None:
    """Spaces, tabs and the ends of lines."""
    assert "<fim_prefix>" in plain
    assert "import·" in plain
    assert "↵\n" in plain
    assert "→   na" in plain


def test_nothing_of_a_document_reaches_the_terminal_as_a_command(plain: str) -> None:
    """No escape, no control character, no markup, no character that turns a line around."""
    assert "⟨U+001B⟩[31me⟨U+0000⟩f" in plain
    assert "⟨U+202E⟩" in plain
    assert "[bold]x[/bold]" in plain
    assert not {"\x1b", "\x00", "\u202e", "\u2066", "\u200b", "\r"} & {*plain}


def test_tokens_are_told_apart(sampled: Source, config: TrainConfig, views: list[WindowView]) -> None:
    """Every other one is underlined, what is no target struck out, special ones reversed, parts coloured."""
    shown = printed(sampled, config, views, colours=True)
    for code in ("\x1b[4;34m", "\x1b[4;33m", "\x1b[4;32m", "\x1b[1;7m", ";9m"):
        assert code in shown, code


def test_what_is_left_out_is_counted(sampled: Source, config: TrainConfig) -> None:
    """In the text, and at its end with how to see it."""
    view = view_of(sampled, 0, isolate=True, padding_counts=False, limit=20)
    shown = " ".join(printed(sampled, config, [view]).split())
    assert f"{view.left_out:,} tokens are left out; --tokens 0 shows all" in shown
    cut = next(stretch.left_out for one in view.segments for stretch in one.stretches if stretch.left_out)
    assert f"… {cut:,} tokens …" in shown
