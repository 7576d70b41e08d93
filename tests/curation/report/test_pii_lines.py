"""Redacted lines come from the shards, stand where the findings say, and show no value."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from report_runs import BIDI, ESCAPE, make_run

from curation.pii.scorecard.mask import DOTS
from curation.report.pii_lines import AROUND, LONGEST, lines_table, redacted_lines
from curation.report.views import connect

Finding = tuple[int, int, str, bool]
"""Start and end before redaction, what stands there now, and whether it was replaced."""


def library(content: str, characters: int, *findings: Finding, source: str = "shard") -> Any:
    """A connection with one document."""
    con = duckdb.connect()
    con.execute(
        'CREATE TABLE findings (id VARCHAR, tag VARCHAR, rule VARCHAR, start BIGINT, "end" BIGINT, '
        "replaced BOOLEAN, replacement_length BIGINT, hash VARCHAR)"
    )
    con.execute("CREATE TABLE contents (id VARCHAR, content VARCHAR, source VARCHAR)")
    con.execute(
        "CREATE TABLE signals (id VARCHAR, repo_name VARCHAR, path VARCHAR, language VARCHAR, "
        "characters DOUBLE)"
    )
    con.execute("INSERT INTO contents VALUES ('d', ?, ?)", [content, source])
    con.execute("INSERT INTO signals VALUES ('d', 'a/b', ?, 'Python', ?)", [f"{BIDI}.py", characters])
    for start, end, now, replaced in findings:
        con.execute(
            "INSERT INTO findings VALUES ('d', 'KEY', 'r', ?, ?, ?, ?, 'h')", [start, end, replaced, len(now)]
        )
    return con


def redact(text: str, *values: str) -> tuple[str, list[Finding]]:
    """A text with values replaced, and the findings."""
    found = []
    for value in values:
        start = text.index(value)
        found.append((start, start + len(value), "<KEY>", True))
    new = text
    for start, end, now, _ in sorted(found, reverse=True):
        new = new[:start] + now + new[end:]
    return new, sorted(found)


def test_a_line_is_shown_with_the_replacement_in_its_place() -> None:
    """Earlier replacements, longer or shorter, move it."""
    text = "a = 'secret-one-secret-one'\nbb = 'x9'; ccc = 'secret-three'  # end\nd = 1\n"
    new, found = redact(text, "secret-one-secret-one", "x9", "secret-three")
    lines = redacted_lines(library(new, len(text), *found))
    assert sorted((line.before, line.now, line.after) for line in lines) == [
        ("a = '", "<KEY>", "'"),
        ("bb = '", "<KEY>", "'; ccc = '<KEY>'  # end"),
        ("bb = '<KEY>'; ccc = '", "<KEY>", "'  # end"),
    ]
    assert list(lines_table(lines).columns) == ["tag", "rule", "line", "language", "repository", "path"]
    assert "<KEY>" in lines_table(lines)["line"][0]
    assert lines_table([]).empty


def test_values_that_stay_are_masked() -> None:
    """On either side, also if the excerpt begins or ends inside one."""
    text = "10.0.0.1 -> secret-one -> 10.0.0.2\n"
    new, found = redact(text, "secret-one")
    stays = [(text.index(one), text.index(one) + 8, one, False) for one in ("10.0.0.1", "10.0.0.2")]
    (line,) = redacted_lines(library(new, len(text), *found, *stays))
    assert (line.before, line.now, line.after) == (f"{DOTS} -> ", "<KEY>", f" -> {DOTS}")
    kept = "k" * 200
    text = f"{kept} secret-one {kept}"
    new, found = redact(text, "secret-one")
    stays = [(0, 200, kept, False), (len(text) - 200, len(text), kept, False)]
    (line,) = redacted_lines(library(new, len(text), *found, *stays))
    assert (line.before, line.after) == (f"{DOTS} ", f" {DOTS}")


def test_a_text_that_does_not_fit_its_findings_is_passed_over() -> None:
    """Another length than the findings say: nobody knows what stands where."""
    new, found = redact("a = 'secret-one'\n", "secret-one")
    assert redacted_lines(library(new, len("a = 'secret-one'\n") + 1, *found)) == []


def test_only_finished_shards_are_read() -> None:
    """What the first pass has kept holds the values."""
    text = "a = 'secret-one'\n"
    _, found = redact(text, "secret-one")
    for source in ("documents", "excluded"):
        assert redacted_lines(library(text, len(text) + 5, *found, source=source)) == []


def test_excerpts_are_bounded_and_visible() -> None:
    """Long lines are cut around the replacement; nothing hides in them."""
    text = f"{ESCAPE}{'x' * 500}secret-one{'y' * 500}\n"
    new, found = redact(text, "secret-one")
    (line,) = redacted_lines(library(new, len(text), *found))
    assert line.before == "…" + "x" * AROUND
    assert line.after == "y" * AROUND + "…"
    text = f"{ESCAPE}secret-one{BIDI}\n"
    new, found = redact(text, "secret-one")
    (line,) = redacted_lines(library(new, len(text), *found))
    assert line.before.startswith("⟨ESC⟩[2J")
    assert line.after.startswith("⟨U+202E⟩")
    assert line.path.startswith("⟨U+202E⟩")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_lines_end_at_every_kind_of_end(end: str) -> None:
    """Neither the line before nor the one after is shown."""
    text = f"before{end or chr(10)}k = secret-one{end}" + (f"after{end}" if end else "")
    new, found = redact(text, "secret-one")
    (line,) = redacted_lines(library(new, len(text), *found))
    assert (line.before, line.after) == ("k = ", "")


def test_a_run_shows_every_tag_and_is_the_same_again(tmp_path: Path) -> None:
    """A few of each, of all rules, with text that stands in the shards."""
    con = connect(make_run(tmp_path / "run", pii=True))
    lines = redacted_lines(con, 3)
    assert lines == redacted_lines(con, 3)
    tags = con.execute("SELECT DISTINCT tag FROM findings WHERE replaced").fetchall()
    assert {line.tag for line in lines} == {row[0] for row in tags}
    assert max(len([line for line in lines if line.tag == tag]) for (tag,) in tags) == 3
    assert {line.rule for line in lines if line.tag == "EMAIL"} == {"email", "mailto-url"}
    for line in lines:
        assert len(line.now) <= LONGEST
        content = con.execute("SELECT content FROM contents WHERE id = ? AND source = 'shard'", [line.id])
        assert line.now in content.fetchone()[0]
