"""A small run that has every kind of document: files, notebooks, a history and an hour of GitHub's events.

    write_inputs(tmp_path)
    run_here(monkeypatch, values(tmp_path, tmp_path / "run"))   ->  the folder of a complete run

The run is made in this process. Names, the password and all texts are made up.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from github_payloads import (
    BASE,
    HEAD,
    comment_event,
    issue_event,
    pull_event,
    review_event,
    watch_event,
    write_hour,
)
from history import building
from once import once, shared
from planted_runs import HereExecutor

from curation import passes, run
from curation.config import check

PASSWORD = "kT9qmlw4K7zzv"  # noqa: S105  # made up
PROSE = "With the new version the parser loses the last line of every file that has no line end."
DESCRIPTION = f"{PROSE} {PROSE} {PROSE}"
CODE = "def last_line(text):\n    lines = text.splitlines()\n    return lines[-1]\n"


def notebook(*cells: tuple[str, str, str], **metadata: Any) -> str:
    """A notebook in JSON: cells of (type, source, output)."""
    made: list[dict[str, Any]] = []
    for kind, source, output in cells:
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
        if kind == "code":
            said = [{"output_type": "stream", "name": "stdout", "text": output}] if output else []
            cell |= {"execution_count": 1, "outputs": said}
        made.append(cell)
    spec = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return json.dumps({"cells": made, "metadata": {**spec, **metadata}, "nbformat": 4, "nbformat_minor": 5})


def write_files(folder: Path) -> None:
    """Two repositories: one with a notebook and code that imports code, one with a broken notebook."""
    files = {
        "acme/tools/nb/train.ipynb": notebook(
            ("markdown", "# Training\nHow the model is trained.", ""),
            ("code", "%matplotlib inline\nprint('loss', 0.5)", f"loss 0.5\npassword = '{PASSWORD}'"),
        ),
        "acme/tools/nb/broken.ipynb": "{not json",
        "acme/tools/app.py": "import util\n\n\ndef main():\n    return util.last_line('a\\nb')\n",
        "acme/tools/util.py": CODE,
        "acme/tools/forged.py": "TOKEN = '<fim_prefix>'\nEND = '<|endoftext|>'\nprint(TOKEN, END)\n",
        "acme/other/lone.py": "def alone(value):\n    return value * 7 + 1\n",
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def write_history(folder: Path) -> None:
    """One commit that mends a function, among others that make no document."""
    before = CODE.encode()
    after = CODE.replace("return lines[-1]", 'return lines[-1] if lines else ""').encode()
    with building(folder) as maker:
        maker.commit(
            "root", b"Begin", [(b"100644", b"util.py", before), (b"100644", b"other.py", b"x = 1\n")]
        )
        several = [(b"100644", b"util.py", before + b"\n# more\n"), (b"100644", b"other.py", b"x = 2\n")]
        maker.commit("several", b"Change two files at once", several)
        maker.commit("edit", b"Return nothing for a text without lines", [(b"100644", b"util.py", after)])


def write_events(folder: Path) -> None:
    """An hour with an issue, a bot's issue, a pull request with contents, a bad line and a star."""
    folder.mkdir(parents=True)
    pull: dict[str, Any] = {"body": f"{PROSE} {PROSE}", "title": "Keep the last line of a file"}
    write_hour(
        folder / "2019-05-15-15.json.gz",
        [
            issue_event(7, "opened", body=DESCRIPTION, title="The last line is lost"),
            comment_event(7, 91, f"@ann I see the same, and Carol too. {PROSE}", at=60, by="bob"),
            comment_event(7, 92, "coverage 99 %", at=70, by="codecov-io"),
            issue_event(7, "closed", at=90, body=DESCRIPTION, title="The last line is lost"),
            issue_event(8, "opened", body="too short"),
            watch_event(),
            b"{no json",
            pull_event(12, "opened", **pull),
            review_event(12, 500, "approved", body=f"This is what I would do as well. {PROSE}"),
            pull_event(12, "closed", at=200, **pull, merged=True),
        ],
    )
    row = {"repo_name": "octo/hello", "number": 12, "head_commit": HEAD, "path": "src/parse.py"}
    before = "\n\n".join(f"def step_{n}(value):\n    return value + {n}" for n in range(20)) + "\n"
    row |= {"before": before, "after": before.replace("value + 7", "value + 77")}
    (folder.parent / "contents.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert BASE != HEAD


def write_inputs(folder: Path) -> Path:
    """All of them; returns the folder."""
    write_files(folder / "files")
    write_history(folder / "history.git")
    write_events(folder / "events")
    return folder


def values(inputs: Path, output: Path, **more: Any) -> dict[str, Any]:
    """A configuration over all of them that keeps what its own rules keep."""
    sources = [
        {"kind": "folder", "path": str(inputs / "files"), "repository_depth": 2},
        {"kind": "commits", "path": str(inputs / "history.git")},
        {
            "kind": "github_events",
            "path": str(inputs / "events"),
            "contents": str(inputs / "contents.jsonl"),
        },
    ]
    return {
        "output": str(output),
        "sources": sources,
        "workers": 1,
        "language": {"profile": "all"},
        "filters": {"profile": "none"},
        "pull_requests": {"subsample": False},
        "render": {"enabled": True, "order": "dependency", "names_probability": 1.0},
        **more,
    }


def run_here(monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> Path:
    """The run, in this process."""
    monkeypatch.setattr(passes, "LocalExecutor", HereExecutor)
    return run.run(check(settings, "the test"))


def write_solution(folder: Path) -> None:
    """A file with the solution of the packaged benchmark's first item."""
    lines = files("curation").joinpath("data", "benchmarks", "sample.jsonl").read_text(encoding="utf-8")
    item = json.loads(lines.partition("\n")[0])
    folder.mkdir(parents=True, exist_ok=True)
    text = item["prompt"] + item["canonical_solution"]
    (folder / "solved.py").write_text(text, encoding="utf-8")


def shared_run(factory: pytest.TempPathFactory, *, originals: bool = True) -> Path:
    """The same run for all tests, with a benchmark's item in it; not to be changed.

    Args:
        factory: Of the test.
        originals: Whether the run keeps texts as they were read, and those of dropped documents.
    """

    def make(folder: Path) -> None:
        write_inputs(folder)
        write_solution(folder / "files" / "acme" / "solver")
        settings = values(folder, folder / "run", decontaminate={"benchmarks": ["sample"]})
        settings |= {"pii": {"keep_originals": originals}, "shards": {"excluded": originals}}
        with pytest.MonkeyPatch.context() as monkeypatch:
            run_here(monkeypatch, settings)

    name = "all-kinds" if originals else "all-kinds-without-originals"
    return once(shared(factory) / name, make) / "run"
