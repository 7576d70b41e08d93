"""The tables count what the ledger says, and every document once."""

from pathlib import Path
from typing import Any

from report_runs import make_run

from curation.report.summary import summary
from curation.report.tables import (
    OTHERS,
    UNKNOWN,
    changes,
    funnel,
    funnel_by_language,
    reasons_by_language,
    sizes,
    totals,
)
from curation.report.text import funnel_plain
from curation.report.views import connect, read_manifest


def test_the_funnel_adds_up_to_the_manifest(run: Path, con: Any) -> None:
    """Per reason the same counts as the passes' own, and what remains is what was kept."""
    table = funnel(con)
    passes = read_manifest(run)["passes"]
    expected = {**passes["clean"]["dropped"], **passes["finish"]["dropped"]}
    rows = table[table["reason"] != ""].to_dict("records")
    found = {f"{row['stage']}/{row['reason']}": row["documents"] for row in rows}
    assert found == expected
    assert table["remaining"].iloc[-1] == passes["finish"]["kept"]
    assert table["remaining_bytes"].iloc[-1] == passes["finish"]["bytes_kept"]
    assert abs(table["share"].sum() + table["survival"].iloc[-1] - 1.0) < 1e-9


def test_the_funnel_has_every_stage_in_order(con: Any) -> None:
    """A stage that dropped nothing is shown too: that is an answer."""
    table = funnel(con)
    stages = list(dict.fromkeys(table["stage"]))
    assert stages == ["read", "optout", "language", "licence", "filters", "exact_dedup"]
    assert table["remaining"].is_monotonic_decreasing


def test_documents_that_were_not_decoded_have_no_size(con: Any) -> None:
    """Their bytes are missing, not zero."""
    table = funnel(con).set_index("reason")
    assert table["bytes"].isna()["undecodable"]
    assert not table["bytes"].isna()["exact_duplicate"]


def test_the_totals_are_conserved(con: Any) -> None:
    """read = kept + dropped."""
    counts = totals(con)
    assert counts["read"] == counts["kept"] + counts["dropped"] > 0
    assert counts["changed"] == changes(con)["documents"].sum() > 0


def test_a_run_that_has_read_nothing_has_empty_tables(tmp_path: Path) -> None:
    """No division by zero, no missing column."""
    con = connect(make_run(tmp_path / "run", state="planned"))
    assert funnel(con).empty
    assert list(funnel(con).columns) == [
        *("stage", "reason", "documents", "bytes", "share"),
        *("remaining", "remaining_bytes", "survival"),
    ]
    assert funnel_by_language(con).empty
    assert totals(con)["read"] == 0


def test_languages_add_up_to_the_funnel(con: Any) -> None:
    """Whatever the number of languages shown, every document is in one row."""
    for top in (1, 3, 50):
        table = funnel_by_language(con, top=top)
        assert table["documents"].sum() == totals(con)["read"]
        dropped = table[[name for name in table.columns if name.startswith("dropped_")]].sum(axis=1)
        assert (table["documents"] == table["kept"] + dropped).all()
    assert OTHERS in set(funnel_by_language(con, top=1)["language"])
    assert OTHERS not in set(funnel_by_language(con, top=50)["language"])
    assert UNKNOWN in set(table["language"])


def test_reasons_are_shares_of_their_language(con: Any) -> None:
    """The share of a reason is of the language's documents that were read."""
    table = reasons_by_language(con)
    languages = {row["language"]: row["documents"] for row in funnel_by_language(con).to_dict("records")}
    for row in table.to_dict("records"):
        assert abs(row["share"] - row["documents"] / languages[row["language"]]) < 1e-12
    assert table["documents"].sum() == totals(con)["dropped"]
    assert set(reasons_by_language(con, stage="filters")["stage"]) == {"filters"}


def test_sizes_count_every_decoded_document_in_its_bin(con: Any) -> None:
    """lower <= size < upper, empty documents in a bin of their own."""
    table = sizes(con)
    decoded = con.execute("SELECT count(*) FROM signals").fetchone()[0]
    assert table["documents"].sum() == decoded
    empty = con.execute("SELECT count(*) FROM signals WHERE length_bytes = 0").fetchone()[0]
    assert table.loc[table["lower"] == 0, "documents"].sum() == empty
    assert (table["upper"] > table["lower"]).all()


def test_the_summary_says_whether_counts_are_conserved(run: Path, tmp_path: Path) -> None:
    """From the manifest alone, at once."""
    found = summary(run)
    assert found["state"] == "complete"
    assert found["conserved"] is True
    assert (found["read"], found["kept"]) == (totals(connect(run))["read"], totals(connect(run))["kept"])
    broken = make_run(tmp_path / "run")
    text = (broken / "manifest.json").read_text()
    read = read_manifest(broken)["passes"]["clean"]["read"]
    (broken / "manifest.json").write_text(text.replace(f'"read": {read}', f'"read": {read + 1}'))
    assert summary(broken)["conserved"] is False


def test_the_text_funnel_shows_every_reason_and_no_control(run: Path) -> None:
    """A terminal shows counts with thousands separated; nothing moves the cursor."""
    text = funnel_plain(run)
    for reason in funnel(connect(run))["reason"]:
        assert reason in text
    assert f"{totals(connect(run))['read']:,} documents read" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    assert max(map(len, text.splitlines())) <= 100


def test_the_text_funnel_reads_no_markup(tmp_path: Path) -> None:
    """A reason that looks like markup or holds an escape is shown as it is."""
    run = make_run(tmp_path / "run", reason="[red]\x1b[2J")
    assert "[red]⟨ESC⟩[2J" in funnel_plain(run)
