"""How far tokenising is."""

import pytest

from training.tokenise.progress import Progress, bar, quiet, unheard, unseen


def test_a_bar_shows_shards_and_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, so that output stays for machines."""
    with bar() as watch:
        watch(Progress(shards=3, done=1, rows=100, read=40, bytes=2_000_000, tokens=500_000))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "1/3 shards" in shown.err
    assert "MB/s" in shown.err
    assert "500,000 tokens" in shown.err


def test_nothing_is_shown_where_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that is there already has no bar."""
    with bar():
        pass
    unseen(Progress(1, 1, 1, 1, 1, 1))
    unheard(1, 1, 1)
    quiet("line")
    assert capsys.readouterr() == ("", "")
