"""What is printed about personal data: the right numbers, nothing hidden, no markup."""

from typing import Any

from pii_stand_in import find, redact
from rich.console import Console

from curation.pii.context import Context
from curation.pii.scorecard.causes import causes
from curation.pii.scorecard.families import families
from curation.pii.scorecard.judge import judge_all
from curation.pii.scorecard.labelled import Case, Label
from curation.pii.scorecard.measure import score
from curation.pii.scorecard.scan import FileScan, Show, scan_text
from curation.report import pii_text


def printed(parts: Any, *, width: int = 160) -> str:
    """As on a terminal of this width, without colours."""
    console = Console(width=width, force_terminal=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return captured.get()


def scanned(text: str, path: str = "a.py", *, diff: bool = False) -> FileScan:
    """A scan with the stand-in."""
    return scan_text(text, Context("Python", path), find, redact, Show(diff=diff))


def test_a_file_without_findings_prints_nothing() -> None:
    """Also one with a problem, which is in the sums."""
    assert printed(pii_text.file_parts(FileScan("a.py", problem="binary"))) == ""


def test_hostile_text_neither_acts_nor_hides() -> None:
    """Terminal escapes, text that turns around, markup: in the path, in the line, in the diff."""
    text = "\x1b[31m[red]\u202e sk-abcdef \x07"
    for diff in (False, True):
        shown = printed(pii_text.file_parts(scanned(text, "\x1b]0;p\u202e.py", diff=diff)))
        assert "⟨ESC⟩[31m[red]⟨U+202E⟩ s••• ⟨BEL⟩" in shown
        assert "⟨ESC⟩]0;p⟨U+202E⟩.py" in shown
        assert not set(shown) & set("\x1b\u202e\x07")


def test_kept_values_are_called_kept() -> None:
    """They have no replacement."""
    assert "characters 0-7, score 1  kept" in printed(pii_text.file_parts(scanned("8.8.8.8")))


def test_sums_of_a_scan() -> None:
    """Findings and files by tag and rule; what was not searched by reason."""
    found = [
        scanned("sk-1 sk-2 ann@ex.org"),
        scanned("sk-3"),
        scanned("fine"),
        FileScan("b", bytes=1500, problem="binary"),
    ]
    shown = printed(pii_text.scan_parts(found))
    assert "4 files, 1.5 kB: 4 findings in 2 files" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["KEY", "sk", "3", "2"] in rows
    assert ["EMAIL", "mail", "1", "1"] in rows
    assert ["binary", "1"] in rows


def test_a_scorecard_says_what_is_wrong() -> None:
    """Texts set aside; rows by source, of which the worst are shown, and how many more there are."""
    cases = [Case(n, f"zz-{n}", (Label(0, 4, "KEY"),), source=f"a/b#r{n}") for n in range(pii_text.SHOWN + 5)]
    cases.append(Case(99, "give up sk-1", (Label(8, 12, "KEY"),)))
    judged = list(judge_all(cases, find, redact))
    shown = printed(pii_text.score_parts(score(judged, "source")))
    assert "texts set aside, and not counted above: 1 (timeout)" in shown
    assert "... and 5 more" in shown
    shown = printed([*pii_text.family_parts(families(judged)), *pii_text.cause_parts(causes(judged))])
    assert "45" in shown
    assert "... and 5 more" in shown
    assert "⟦aa-0⟧" in shown


def test_nothing_asked_for_prints_nothing() -> None:
    """No families and no causes."""
    assert printed([*pii_text.family_parts([]), *pii_text.cause_parts([])]) == ""
