"""From notebooks, histories and events to texts to train on: the whole path of every kind of document."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest
from kinds_runs import DESCRIPTION, PASSWORD, PROSE, run_here, values, write_inputs
from support import Command, fingerprints, partial_files

from curation import run
from curation.config import check
from curation.structured.parts import split


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files, a history and an hour of events."""
    return write_inputs(tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="module")
def finished(inputs: Path) -> Path:
    """The run with StarCoder2's layouts."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return run_here(monkeypatch, values(inputs, inputs / "run"))


def rows(run: Path, folder: str) -> list[dict[str, Any]]:
    """All rows of the parquet files of a folder."""
    paths = sorted(run.glob(f"{folder}/*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def texts(run: Path, kind: str) -> list[str]:
    """The texts to train on of a kind."""
    return [row["text"] for row in rows(run, f"train/{kind}")]


def test_every_kind_adds_up_in_every_pass(finished: Path) -> None:
    """Read is kept plus dropped for each kind, and what is not made has a counted reason."""
    manifest = json.loads((finished / "manifest.json").read_bytes())
    for name in ("clean", "finish", "render"):
        counts = manifest["passes"][name]
        kinds = Counter(counts["kinds"])
        names = {key.partition("/")[0] for key in kinds}
        assert all(kinds[f"{k}/read"] == kinds[f"{k}/kept"] + kinds[f"{k}/dropped"] for k in names)
        assert sum(kinds[f"{k}/read"] for k in names) == counts["read"]
    dropped = manifest["passes"]["clean"]["dropped"]
    assert dropped["jupyter-scripts/bad_json"] == 1
    assert dropped["commits/several_files"] == 2
    assert dropped["issues/too_short"] == 1
    assert dropped["issues/bad_json"] == 1
    assert manifest["passes"]["group-002"]["dropped"] == {"group/WatchEvent": 1}
    assert manifest["passes"]["render"]["dropped"] == {"render/no_layout": 1}


def test_an_issue_is_rendered_without_bots_and_names(finished: Path) -> None:
    """Participants have numbers, those who are only mentioned too; the bot is gone; it is closed."""
    (text,) = texts(finished, "issues")
    assert text == (
        f"<issue_start>Title: The last line is lost\nusername_0: {DESCRIPTION}<issue_comment>username_1: "
        f"@username_0 I see the same, and Carol too. {PROSE}<issue_closed>"
    )


def test_a_pull_request_is_rendered_with_base_diff_and_review(finished: Path) -> None:
    """Title and description, the base file's range, the hunk, the review and the merge."""
    (text,) = texts(finished, "pull-requests")
    assert text.startswith("<pr>Title: Keep the last line of a file\nusername_0: ")
    order = [
        "<pr_status>opened",
        "<pr_base><pr_file>src/parse.py<pr_base_code>",
        "<pr_diff><pr_file>src/parse.py",
    ]
    order += [
        "<pr_diff_hunk>@@ -",
        "\n-    return value + 7\n+    return value + 77\n",
        "<pr_review>username_1: ",
    ]
    order += ["<pr_review_state>approved", "<pr_status>closed<pr_is_merged>True"]
    places = [text.index(piece) for piece in order]
    assert places == sorted(places)


def test_a_notebook_is_a_script_and_triplets(finished: Path) -> None:
    """The magic is a comment, the output is there, and the secret in it is not."""
    (script,) = texts(finished, "jupyter-scripts")
    assert script.startswith("<jupyter_script># %% [markdown]\n# # Training")
    assert "# %matplotlib inline\nprint('loss', 0.5)" in script
    (triplets,) = texts(finished, "jupyter-structured")
    assert triplets.startswith(
        "<jupyter_start><jupyter_text># Training\nHow the model is trained.<jupyter_code>"
    )
    assert triplets.endswith("<jupyter_output>loss 0.5\npassword = '<PASSWORD>'")


def test_a_secret_of_an_output_is_in_the_originals_only(finished: Path) -> None:
    """Not in data/ or train/, nor in any ledger, finding, signal, record, manifest or log of the run."""
    originals = set(finished.glob("clean/*/documents.parquet"))
    assert any(PASSWORD in str(pq.read_table(path)["content"].to_pylist()) for path in originals)
    for path in sorted(finished.rglob("*")):
        if path.suffix == ".parquet" and path not in originals:
            assert PASSWORD not in str(pq.read_table(path).to_pylist()), path
        elif path.is_file() and path not in originals:
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_a_repository_is_one_text_in_order_of_its_imports(finished: Path) -> None:
    """What is imported comes first; each repository is a text; forged tokens are neutralised and counted."""
    found = rows(finished, "train/repositories")
    assert [(row["repo_name"], row["documents"]) for row in found] == [("acme/other", 1), ("acme/tools", 3)]
    text = found[1]["text"]
    assert text.startswith("<repo_name>acme/tools<file_sep>")
    assert text.index("<file_sep>util.py\n") < text.index("<file_sep>app.py\n")
    assert "TOKEN = '<\u2060fim_prefix>'\nEND = '<\u2060|endoftext|>'" in text
    manifest = json.loads((finished / "manifest.json").read_bytes())
    assert manifest["passes"]["render"]["changed"]["render/sentinels_escaped"] == 1


def test_parts_of_the_shards_fit_their_contents(finished: Path) -> None:
    """Redaction has changed texts, and every header still says where its parts are."""
    found = [row for row in rows(finished, "data/*") if row["parts"]]
    assert {row["kind"] for row in found} == {"jupyter-structured", "issues", "pull-requests", "commits"}
    for row in found:
        assert "\n".join(part.text for part in split(row["content"], row["parts"])) == row["content"]


def test_what_was_grouped_is_deleted_at_the_end(finished: Path) -> None:
    """Comments as they were read stay under clean/ only, as the setting about originals says."""
    assert not list(finished.glob("group-*/"))
    manifest = json.loads((finished / "manifest.json").read_bytes())
    assert not [file for file in manifest["files"] if file["path"].startswith("group-")]


def test_a_commit_has_starcoders_layout(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the older family the commit is rendered and the pull request has no layout; files stand alone."""
    settings = values(inputs, tmp_path / "run", pii={"enabled": False})
    settings["render"] = {"enabled": True, "family": "starcoder"}
    settings["dedup"] = {"near": {"enabled": False}}
    done = run_here(monkeypatch, settings)
    (text,) = texts(done, "commits")
    assert text.startswith("<commit_before>")
    assert "<commit_msg>Return nothing for a text without lines<commit_after>" in text
    assert 'return lines[-1] if lines else ""' in text.partition("<commit_after>")[2]
    assert len(texts(done, "python")) == 4
    manifest = json.loads((done / "manifest.json").read_bytes())
    assert manifest["passes"]["render"]["dropped"] == {"render/no_layout": 1}


def test_the_same_again_has_the_same_bytes(inputs: Path, finished: Path, tmp_path: Path) -> None:
    """Two workers in processes of their own leave what one process has left."""
    again = run.run(check(values(inputs, tmp_path / "run", workers=2), "the test"))
    assert fingerprints(again) == fingerprints(finished)


@pytest.mark.slow
@pytest.mark.parametrize("passing", ["group-002", "render"])
def test_killed_and_run_again_the_bytes_are_the_same(
    passing: str, inputs: Path, finished: Path, tmp_path: Path
) -> None:
    """kill -9 of all processes once a task of the pass is done: the next start goes on, nothing differs."""
    command = Command(tmp_path)
    config = command.configure("config", values(inputs, tmp_path / "run", workers=2))
    with command.start("run", config) as process:
        while process.poll() is None and not list((tmp_path / "run" / passing).glob("*/record.json")):
            time.sleep(0.002)
        group = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    psutil.wait_procs(group, timeout=120)
    assert partial_files(tmp_path / "run") == []
    result = command("run", config)
    assert result.returncode == 0, result.stderr
    assert fingerprints(tmp_path / "run") == fingerprints(finished)


def test_repositories_are_whole_also_from_rows_in_any_order(
    inputs: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files as rows of a table, mixed, become the same texts after they were split by repository."""
    files = sorted((inputs / "files").rglob("*.py"), key=lambda path: path.name)
    table = tmp_path / "rows.jsonl"
    names = [path.relative_to(inputs / "files").as_posix().split("/", 2) for path in files]
    lines = [
        json.dumps(
            {"content": path.read_text(encoding="utf-8"), "path": name[2], "repo_name": "/".join(name[:2])}
        )
        for path, name in zip(files, names, strict=True)
    ]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = values(inputs, tmp_path / "run", pii={"enabled": False})
    settings["sources"] = [{"kind": "auto", "path": str(table)}]
    done = run_here(monkeypatch, settings)
    found = {row["repo_name"]: row["text"] for row in rows(done, "train/repositories")}
    assert found == {row["repo_name"]: row["text"] for row in rows(finished, "train/repositories")}
    assert not (done / "scatter").exists()


def test_rows_of_the_stack_v3_need_no_shuffle(
    inputs: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row holds a repository: the same texts, and no pass that splits by repository, whatever the units."""
    rows_of: dict[str, list[dict[str, str]]] = {}
    for path in sorted((inputs / "files").rglob("*.py")):
        owner, name, inside = path.relative_to(inputs / "files").as_posix().split("/", 2)
        file = {"file_path": inside, "content": path.read_text(encoding="utf-8")}
        rows_of.setdefault(f"{owner}/{name}", []).append(file)
    table = tmp_path / "v3.jsonl"
    lines = [json.dumps({"repo_path": name, "files": files}) for name, files in reversed(rows_of.items())]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = values(inputs, tmp_path / "run", pii={"enabled": False}, shards={"shard_bytes": 1024})
    settings["sources"] = [{"kind": "auto", "path": str(table), "reading": {"unit_bytes": 200}}]
    done = run_here(monkeypatch, settings)
    found = {row["repo_name"]: row["text"] for row in rows(done, "train/repositories")}
    assert found == {row["repo_name"]: row["text"] for row in rows(finished, "train/repositories")}
    manifest = json.loads((done / "manifest.json").read_bytes())
    assert manifest["units"] == 2
    assert "scatter" not in manifest["passes"]
