"""Lines that are shown hold no value, and cost what they show."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.pii.scorecard.excerpts import AROUND, Excerpts, Finding, Piece


def findings(text: str, *values: str, kept: bool = False) -> list[Finding]:
    """One finding per value, at its place."""
    made = []
    for value in values:
        start = text.index(value)
        made.append(Finding(1, 1, start, start + len(value), "KEY", "sk", 1.0, "s•••", "<KEY>", kept))
    return sorted(made, key=lambda one: one.start)


def shown(pieces: tuple[Piece, ...]) -> str:
    """What a person reads."""
    return "".join(piece.text for piece in pieces)


def test_a_line_has_all_its_values_masked() -> None:
    """Also those of other findings on the same line."""
    text = "first\na sk-1 b sk-2 c\nlast"
    found = findings(text, "sk-1", "sk-2")
    for one in found:
        assert shown(Excerpts(text, found).line(one)) == "a s••• b s••• c"


def test_a_long_line_is_cut_around_its_value() -> None:
    """A value that begins before the part that is shown is masked there as well."""
    text = "x" * 500 + "sk-1" + "y" * 500
    found = findings(text, "sk-1")
    assert shown(Excerpts(text, found).line(found[0])) == "x" * AROUND + "s•••" + "y" * AROUND
    text = f"sk-{'a' * 80} sk-2"
    found = findings(text, f"sk-{'a' * 80}", "sk-2")
    assert shown(Excerpts(text, found).line(found[1])) == "s••• s•••"


@pytest.mark.parametrize("before", [0, 1, AROUND - 1, AROUND, AROUND + 1])
@pytest.mark.parametrize("after", [0, 1, AROUND - 1, AROUND, AROUND + 1])
def test_a_line_ends_where_it_ends(before: int, after: int) -> None:
    """However many characters lie between its ends and the value, no other line is shown."""
    text = f"first\n{'x' * before}sk-1{'y' * after}\nlast"
    found = findings(text, "sk-1")
    expected = "x" * min(before, AROUND) + "s•••" + "y" * min(after, AROUND)
    assert shown(Excerpts(text, found).line(found[0])) == expected


class Watched(str):
    """A text that knows how many characters of it were searched."""

    __slots__ = ("searched",)
    searched: int

    def find(self, *given: Any) -> int:
        """As of any text."""
        self.searched += (given[2] if len(given) > 2 else len(self)) - given[1]
        return super().find(*given)

    def rfind(self, *given: Any) -> int:
        """As of any text."""
        self.searched += given[2] - given[1]
        return super().rfind(*given)


def test_a_line_is_looked_for_around_its_value_only() -> None:
    """On a line of a megabyte, of which every finding is shown, the rest is not searched again and again."""
    text = Watched("sk-1" + " " * 1_000_000 + "sk-2")
    text.searched = 0
    found = findings(text, "sk-1", "sk-2")
    for one in found:
        Excerpts(text, found).line(one)
    assert text.searched <= 2 * 2 * AROUND


def test_a_diff_shows_changed_lines_with_two_around_them() -> None:
    """Before with the value masked, after with the replacement; gaps are marked."""
    lines = [f"line {n}" for n in range(1, 20)]
    lines[3], lines[15] = "k = sk-1", "k = sk-2"
    text = "\n".join(lines) + "\n"
    told = [
        f"{one.mark}{one.number or ''} {shown(one.pieces)}"
        for one in Excerpts(text, findings(text, "sk-1", "sk-2")).diff()
    ]
    assert told == [
        *("… ", " 2 line 2", " 3 line 3", "-4 k = s•••", "+ k = <KEY>", " 5 line 5", " 6 line 6"),
        *("… ", " 14 line 14", " 15 line 15", "-16 k = s•••", "+ k = <KEY>", " 17 line 17", " 18 line 18"),
    ]


def test_a_diff_of_neighbouring_lines_is_one() -> None:
    """Two changed lines in a row, and a value of several lines."""
    text = "sk-1\nsk-2\nend"
    told = [(one.mark, shown(one.pieces)) for one in Excerpts(text, findings(text, "sk-1", "sk-2")).diff()]
    assert told == [("-", "s•••"), ("-", "s•••"), ("+", "<KEY>"), ("+", "<KEY>"), (" ", "end")]
    text = "a sk-1\nsk-2 b\nend"
    told = [(one.mark, shown(one.pieces)) for one in Excerpts(text, findings(text, "sk-1\nsk-2")).diff()]
    assert told == [("-", "a s••• b"), ("+", "a <KEY> b"), (" ", "end")]


def test_a_value_that_is_kept_changes_nothing() -> None:
    """There is no diff; where another value changes, the kept one is masked."""
    text = "ns 8.8.8.8\nk sk-1"
    kept = findings(text, "8.8.8.8", kept=True)
    assert list(Excerpts(text, kept).diff()) == []
    told = [shown(one.pieces) for one in Excerpts(text, [*kept, *findings(text, "sk-1")]).diff()]
    assert told == ["ns s•••", "k s•••", "k <KEY>"]
    text = "8.8.8.8 sk-1"
    found = [*findings(text, "8.8.8.8", kept=True), *findings(text, "sk-1")]
    assert [shown(one.pieces) for one in Excerpts(text, found).diff()] == ["s••• s•••", "s••• <KEY>"]


def test_long_lines_of_a_diff_are_cut_next_to_values() -> None:
    """What is far from a value is left out."""
    text = "x" * 500 + "sk-1" + "y" * 500 + "sk-2" + "z" * 500
    first, second = Excerpts(text, findings(text, "sk-1", "sk-2")).diff()
    side = "x" * AROUND, "y" * AROUND, "z" * AROUND
    assert shown(first.pieces) == f"…{side[0]}s•••{side[1]}…{side[1]}s•••{side[2]}…"
    assert shown(second.pieces) == f"…{side[0]}<KEY>{side[1]}…{side[1]}<KEY>{side[2]}…"


@given(st.lists(st.sampled_from(["sk-#", "\n", "text ", "\r\n", "é"]), max_size=40))
def test_no_value_is_ever_shown(parts: list[str]) -> None:
    """Whatever the text is: neither in lines nor in the diff, and unchanged lines appear as they are."""
    text = "".join(part.replace("#", f"{n:04}") for n, part in enumerate(parts))
    found = findings(text, *(f"sk-{n:04}" for n, part in enumerate(parts) if part == "sk-#"))
    excerpts = Excerpts(text, found)
    rows = [shown(one.pieces) for one in excerpts.diff()] + [shown(excerpts.line(one)) for one in found]
    assert "sk-" not in "".join(rows)
    assert sum(row.count("<KEY>") for row in rows) == len(found)


def test_many_findings_take_linear_time() -> None:
    """Thousands on one line, and on as many lines."""
    for between, count in ((" ", 5_000), ("\n", 40_000)):
        text = between.join(["sk-1"] * count)
        found = [
            Finding(1, 1, start, start + 4, "KEY", "sk", 1.0, "s•••", "<KEY>", kept=False)
            for start in range(0, len(text), 5)
        ]
        with ends_soon("showing many findings"):
            excerpts = Excerpts(text, found)
            assert len([excerpts.line(one) for one in found]) == count
            assert list(excerpts.diff())
