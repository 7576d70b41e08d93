"""The ways in which datatrove alone loses, doubles or mixes rows and says "success": none of them here.

Resuming with something changed is in test_refusal.py, killed processes in test_crash.py and
test_executors.py; here are damaged and odd inputs, a full disk, and strangers in the folders.
"""

import gzip
import json
import resource
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import Command, fingerprints, partial_files, settings

GOOD = {"content": "def f(x):\n    return x\n", "path": "a.py", "repo": "o/r"}
COLUMNS = {"content": "content", "path": "path", "repo_name": "repo"}


def jsonl(path: Path, lines: list[bytes]) -> Path:
    """Write lines as they are."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def good(number: int) -> bytes:
    """A distinct good row."""
    return json.dumps({**GOOD, "content": f"def f{number}(x):\n    return x + {number}\n"}).encode()


def run_table(command: Command, path: Path, output: Path, **more: Any) -> Any:
    """Curate a table with the columns of `GOOD`."""
    source = {"kind": "table", "path": str(path), "columns": COLUMNS}
    values = {"output": str(output), "sources": [source], "workers": 1, **more}
    values = {"licence": {"policy": "any"}, "filters": {"profile": "none"}, **values}
    return command("run", command.configure("table", values), "--json")


def counts(run: Path) -> tuple[int, int, dict[str, int]]:
    """Read, kept and dropped of the clean pass."""
    found = json.loads((run / "manifest.json").read_bytes())["passes"]["clean"]
    return found["read"], found["kept"], found["dropped"]


def test_bad_lines_cost_only_themselves(command: Command, tmp_path: Path) -> None:
    """A latin-1 byte, cut JSON, nulls, empty texts, an over-long line: each is counted, no neighbour lost."""
    lines = [good(number) for number in range(1000)]
    lines[500] = json.dumps({**GOOD, "content": "x = 'cafe'\n"}).encode().replace(b"cafe", b"caf\xe9")
    lines[10] = lines[10][:20]
    lines[20] = json.dumps({**GOOD, "content": None}).encode()
    lines[30] = json.dumps({**GOOD, "content": ""}).encode()
    lines[40] = json.dumps({**GOOD, "content": "x" * (11 << 20)}).encode()
    result = run_table(command, jsonl(tmp_path / "in.jsonl", lines), tmp_path / "run")
    assert result.returncode == 0, result.stderr
    read, kept, dropped = counts(tmp_path / "run")
    assert (read, kept) == (1000, 995)
    expected = {"bad_encoding": 1, "bad_json": 1, "null_content": 1, "empty": 1, "too_large": 1}
    assert dropped == {f"read/{reason}": count for reason, count in expected.items()}


def test_a_200_mb_line_is_refused_by_size(command: Command, tmp_path: Path) -> None:
    """The line is skipped unread; its neighbours are kept; no worker holds it in memory."""
    path = tmp_path / "in.jsonl"
    with path.open("wb") as out:
        out.write(good(1) + b'\n{"content": "')
        for _ in range(200):
            out.write(b"x" * 1_000_000)
        out.write(b'"}\n' + good(2) + b"\n")
    result = run_table(command, path, tmp_path / "run")
    assert result.returncode == 0, result.stderr
    assert counts(tmp_path / "run") == (3, 2, {"read/too_large": 1})


def test_a_lone_surrogate_is_replaced_and_said(command: Command, tmp_path: Path) -> None:
    """Half a character of broken JSON becomes U+FFFD; the ledger says that the text was changed."""
    line = b'{"content": "x = \'\\ud800\'\\n", "path": "a.py", "repo": "o/r"}'
    result = run_table(command, jsonl(tmp_path / "in.jsonl", [line]), tmp_path / "run")
    assert result.returncode == 0, result.stderr
    manifest = json.loads((tmp_path / "run/manifest.json").read_bytes())
    assert manifest["passes"]["clean"]["changed"] == {"read/surrogates_replaced": 1}
    (shard,) = (tmp_path / "run/data").glob("*/*.parquet")
    assert pq.read_table(shard)["content"].to_pylist() == ["x = '�'\n"]


def test_a_missing_content_column_is_refused_with_the_columns_seen(command: Command, tmp_path: Path) -> None:
    """Not an empty result: exit code 3, and the columns that are there."""
    pq.write_table(pa.table({"code_text": ["x"], "lang": ["Python"]}), tmp_path / "in.parquet")
    values = {
        "output": str(tmp_path / "run"),
        "sources": [{"kind": "auto", "path": str(tmp_path / "in.parquet")}],
    }
    result = command("run", command.configure("config", values))
    assert result.returncode == 3
    assert "code_text" in result.stderr
    assert "lang" in result.stderr
    assert not (tmp_path / "run" / "manifest.json").exists()


@pytest.mark.parametrize("kind", ["parquet", "gz"])
def test_a_truncated_shard_stops_its_task_with_its_path(command: Command, tmp_path: Path, kind: str) -> None:
    """Exit code 1 or 3, the path in the message, nothing of the shard in the result; mended, it goes on."""
    folder = tmp_path / "in"
    folder.mkdir()
    if kind == "parquet":
        whole = folder / "b.parquet"
        rows = [json.loads(good(number)) for number in range(50)]
        pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
        pq.write_table(pa.Table.from_pylist(rows), whole)
    else:
        whole = folder / "b.jsonl.gz"
        content = b"\n".join(good(number) for number in range(20_000))
        whole.write_bytes(gzip.compress(content, mtime=0))
        (folder / "a.jsonl.gz").write_bytes(gzip.compress(good(1), mtime=0))
    original = whole.read_bytes()
    whole.write_bytes(original[: len(original) // 2])
    result = run_table(command, folder, tmp_path / "run")
    assert result.returncode in {1, 3}
    assert str(whole) in result.stderr
    assert not list((tmp_path / "run").glob("data/*/*.parquet"))


def test_keys_that_appear_late_and_null_counts_keep_their_columns(command: Command, tmp_path: Path) -> None:
    """None first, then numbers; zero stars are zero, not unknown."""
    stars = [None, 3, 0, None]
    rows = [
        {"content": f"x = {n}\n", "path": f"{n}.py", "repo": "o/r", "stars": s} for n, s in enumerate(stars)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    source = {"kind": "table", "path": str(tmp_path / "in.parquet"), "columns": {**COLUMNS, "stars": "stars"}}
    values = {"output": str(tmp_path / "run"), "sources": [source], "filters": {"profile": "none"}}
    result = command("run", command.configure("config", values))
    assert result.returncode == 0, result.stderr
    (shard,) = (tmp_path / "run/data").glob("*/*.parquet")
    assert pq.read_table(shard)["stars"].to_pylist() == stars


def test_tiny_copies_are_found_and_tiny_different_files_stay(command: Command, tmp_path: Path) -> None:
    """A hundred equal three-token files become one; files that differ in a number all stay."""
    lines = [json.dumps({**GOOD, "content": "x = 1"}).encode()] * 100
    lines += [json.dumps({**GOOD, "content": f"x = {number}"}).encode() for number in range(2, 102)]
    result = run_table(command, jsonl(tmp_path / "in.jsonl", lines), tmp_path / "run")
    assert json.loads(result.stdout)["kept"] == 101


def test_a_language_that_is_a_path_writes_nothing_outside(command: Command, tmp_path: Path) -> None:
    """Folders come from our own table of languages, never from a column."""
    rows = [{**json.loads(good(1)), "lang": "../../x", "path": "../../../etc/a.py"}]
    jsonl(tmp_path / "in.jsonl", [json.dumps(row).encode() for row in rows])
    run_table(command, tmp_path / "in.jsonl", tmp_path / "deep" / "run")
    outside = [path.name for path in tmp_path.rglob("*") if path.is_file() and "run" not in path.parts]
    measured = {name for name in outside if name.startswith(".coverage")}
    assert set(outside) - measured == {"in.jsonl", "table.yaml"}


def test_strangers_in_the_folders_are_not_read(
    corpus: Path, finished: Path, command: Command, tmp_path: Path
) -> None:
    """The next pass reads what the manifest says: a folder of an older task list changes nothing."""
    config = command.configure("config", settings(corpus, tmp_path / "run", pii={}))
    stranger = tmp_path / "run" / "clean" / "unit-999999"
    assert command("run", config, "--set", "stall_seconds=500").returncode == 0
    shutil.copytree(tmp_path / "run" / "clean" / "unit-000001", stranger)
    for path in (tmp_path / "run").glob("finish/shard-*/record.json"):
        path.unlink()
    shutil.rmtree(tmp_path / "run" / "data" / "python")
    assert command("run", config).returncode == 0
    shutil.rmtree(stranger)
    assert fingerprints(tmp_path / "run") == fingerprints(finished)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from curation.cli import main
main()
"""


def test_a_full_disk_stops_the_run_and_leaves_nothing_partial(
    corpus: Path, finished: Path, command: Command, tmp_path: Path
) -> None:
    """Writes fail as on a full disk: a message, no partial file, and the same bytes once there is room."""
    config = command.configure("config", settings(corpus, tmp_path / "run", pii={}))
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, "30000", "run", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "OSError" in result.stderr
    assert partial_files(tmp_path / "run") == []
    assert command("run", config).returncode == 0
    assert fingerprints(tmp_path / "run") == fingerprints(finished)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_missing_inputs_and_unwritable_outputs_are_said_before_anything_is_read(
    corpus: Path, command: Command, tmp_path: Path
) -> None:
    """Exit code 3 with the path."""
    for source in ({"kind": "folder", "path": "nowhere"}, {"kind": "auto", "path": "nowhere"}):
        result = command("run", command.configure("c", settings(corpus, tmp_path / "run", sources=[source])))
        assert result.returncode == 3, result.stderr
        assert "nowhere" in result.stderr
    result = command("run", command.configure("c", settings(corpus, Path("/proc/run"))))
    assert result.returncode == 3
    assert "expected a folder that can be written to" in result.stderr


def test_two_runs_at_once_in_one_folder_are_refused(corpus: Path, command: Command, tmp_path: Path) -> None:
    """The second process says that the first is at work."""
    config = command.configure("config", settings(corpus, tmp_path / "run"))
    with command.start("run", config) as first:
        while not (tmp_path / "run/manifest.json").exists() and first.poll() is None:
            pass
        second = command("run", config)
        first.communicate()
    assert first.returncode == 0
    assert second.returncode == 1
    assert "another process works on this run" in second.stderr


def test_the_ledger_of_a_table_run_adds_up(command: Command, tmp_path: Path) -> None:
    """Decisions by stage are the counts of the manifest."""
    lines = [good(number % 40) for number in range(100)]
    run_table(command, jsonl(tmp_path / "in.jsonl", lines), tmp_path / "run")
    decisions: Counter[str] = Counter()
    for path in (tmp_path / "run").glob("*/*/ledger.parquet"):
        for row in pq.read_table(path).to_pylist():
            decisions[f"{row['stage']}/{row['decision']}"] += 1
    assert decisions == {"filters/kept": 100, "pii/kept": 40, "exact_dedup/dropped": 60}
