"""A run folder is looked at through exactly the files that its manifest lists."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from report_runs import make_run

from curation.errors import BadInputError, BrokenRunError
from curation.report.views import connect, read_manifest

VIEWS = ("ledger", "signals", "documents", "excluded", "contents", "outcomes", "candidates")


def count(con: Any, view: str) -> int:
    """Rows of a view."""
    rows: int = con.execute(f"SELECT count(*) FROM {view}").fetchone()[0]
    return rows


def edited(run: Path, folder: Path, **changes: Any) -> Path:
    """A copy of a run with other values in its manifest."""
    shutil.copytree(run, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))
    return folder


def test_every_listed_row_is_seen(run: Path, con: Any) -> None:
    """Each view has as many rows as the manifest says of its files."""
    files = read_manifest(run)["files"]
    for view, role in (
        ("ledger", "ledger"),
        ("signals", "signals"),
        ("documents", "shard"),
        ("excluded", "excluded"),
    ):
        assert count(con, view) == sum(file["rows"] for file in files if file["role"] == role) > 0


def test_outcomes_have_one_row_per_document(run: Path, con: Any) -> None:
    """Every document that was read has one outcome, and those kept are those in the shards."""
    passes = read_manifest(run)["passes"]
    assert count(con, "outcomes") == passes["clean"]["read"]
    assert count(con, "(SELECT DISTINCT id FROM outcomes)") == passes["clean"]["read"]
    kept = con.execute("SELECT id FROM outcomes WHERE kept ORDER BY id").fetchall()
    assert kept == con.execute("SELECT id FROM documents ORDER BY id").fetchall()


def test_documents_come_without_content(con: Any) -> None:
    """Nobody reads contents by accident: they are in a view of their own."""
    assert "content" not in [row[0] for row in con.execute("DESCRIBE documents").fetchall()]
    assert "content" not in [row[0] for row in con.execute("DESCRIBE excluded").fetchall()]


@pytest.mark.parametrize("state", ["planned", "clean"])
def test_an_unfinished_run_has_all_views(tmp_path: Path, state: str) -> None:
    """What a run has not written yet is an empty view with the columns of a full one."""
    con = connect(make_run(tmp_path / "run", state=state))
    full = connect(make_run(tmp_path / "full", excluded=True))
    for view in VIEWS:
        columns = [row[:2] for row in con.execute(f"DESCRIBE {view}").fetchall()]
        assert columns == [row[:2] for row in full.execute(f"DESCRIBE {view}").fetchall()], view
    assert count(con, "documents") == 0
    assert (count(con, "outcomes") > 0) == (state == "clean")


def test_files_that_are_not_listed_are_not_read(run: Path, tmp_path: Path) -> None:
    """A file that lies in the folder by chance, or through an attack, changes nothing."""
    copy = edited(run, tmp_path / "run")
    ledger = copy / "clean" / "unit-000000" / "ledger.parquet"
    shutil.copyfile(ledger, copy / "clean" / "unit-000000" / "ledger-2.parquet")
    assert count(connect(copy), "ledger") == count(connect(run), "ledger")


def test_a_path_with_pattern_characters_and_quotes_is_literal(run: Path, tmp_path: Path) -> None:
    """Brackets, stars, quotes and "=" in the name of a run are no pattern, no SQL and no partition."""
    folder = tmp_path / "a[1]*" / "it's; x=3"
    folder.parent.mkdir()
    con = connect(edited(run, folder))
    assert count(con, "ledger") == count(connect(run), "ledger")
    assert "it's; x" not in [row[0] for row in con.execute("DESCRIBE ledger").fetchall()]


def test_nothing_is_written_beside_the_run(run: Path, con: Any) -> None:
    """Looking leaves no trace."""
    before = sorted(run.rglob("*"))
    count(con, "outcomes")
    assert sorted(run.rglob("*")) == before


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (None, "expected the folder of a run, with a manifest.json in it"),
        ("{", "expected JSON"),
        ("[]", "expected a JSON object, saw list"),
        ('{"version": 7}', "expected version 1, saw 7"),
        ('{"version": 1, "name": "x"}', "expected 'state' to be of type str, saw None"),
        (
            '{"version": 1, "name": "x", "state": "clean", "config": {}, "passes": {}, "files": [3]}',
            "expected files with a path and a role, saw 3",
        ),
    ],
)
def test_what_is_no_run_is_refused(tmp_path: Path, manifest: str | None, message: str) -> None:
    """The message says what was seen and what was expected."""
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(BadInputError, match=message):
        connect(tmp_path)


def test_a_file_outside_the_run_is_refused(run: Path, tmp_path: Path) -> None:
    """A manifest cannot make the report read somebody's other files."""
    files = [{"path": "../../secret.parquet", "role": "ledger"}]
    with pytest.raises(BadInputError, match=r"expected files inside the run, saw '\.\./\.\./secret"):
        connect(edited(run, tmp_path / "run", files=files))


def test_a_complete_run_lacks_no_file(run: Path, tmp_path: Path) -> None:
    """A missing file of a complete run is an error; of an unfinished one it is not there yet."""
    copy = edited(run, tmp_path / "run")
    (copy / "finish" / "shard-00000" / "ledger.parquet").unlink()
    with pytest.raises(BrokenRunError, match=r"shard-00000/ledger\.parquet: .* but it is missing"):
        connect(copy)
    assert count(connect(edited(copy, tmp_path / "unfinished", state="finish")), "ledger") > 0
