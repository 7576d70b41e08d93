"""Completions are shown in colour on a terminal, and exactly as they are elsewhere."""

import io

import pytest
from rich.console import Console

from training.generate.show import show, size, visible


def shown(*, terminal: bool, completions: tuple[str, ...] = ("MID\x1b[2J",)) -> str:
    """What is printed between a prefix and a suffix."""
    out = io.StringIO()
    show(Console(file=out, force_terminal=terminal, width=40), "pre\n", completions, "\npost")
    return out.getvalue()


def test_a_pipe_gets_the_text_as_it_is() -> None:
    """No colour, no escape, no line break of ours."""
    assert shown(terminal=False) == "pre\nMID\x1b[2J\npost"


def test_a_terminal_gets_colour_and_no_commands() -> None:
    """Prefix and suffix are dim, the middle stands out, and cannot clear the screen."""
    told = shown(terminal=True)
    assert "\x1b[2mpre" in told
    assert "\x1b[1;32mMID\\x1b[2J" in told
    assert "\x1b[2mpost" in told


def test_samples_are_numbered() -> None:
    """On a terminal each has a heading."""
    told = shown(terminal=True, completions=("a", "b"))
    assert "of" in told
    assert told.index("a") < told.rindex("b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b]0;x\x07", r"\x1b]0;x\x07"),
        ("a\u202eb", r"a\u202eb"),
        ("\r\x9b", r"\r\x9b"),
        ("é😀", "é😀"),
    ],
)
def test_only_harmless_characters_reach_a_terminal(text: str, expected: str) -> None:
    """Control characters and those that turn text around are written as escapes."""
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 B"), (999, "999 B"), (1_010, "1.01 kB"), (35_200_000, "35.2 MB"), (6_060_000_000, "6.06 GB")],
)
def test_sizes_are_read_easily(count: int, expected: str) -> None:
    """Three digits and a decimal unit."""
    assert size(count) == expected
