"""The `training chat` commands: what they print, and what they leave to the package."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from chat_runs import settings, sums, write_config, write_rows
from typer.testing import CliRunner

from curation.errors import BadConfigError, ChangedRunError
from training.chat import commands
from training.train.fit import Outcome

app = typer.Typer()
for command in (commands.train, commands.preview, commands.generate):
    app.command()(command)
ASK = ("--device-map", "cpu", "--dtype", "fp32", "--temperature", "0", "--max-new-tokens", "4")


def run(*arguments: object) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def config(models: Path, tmp_path: Path) -> Path:
    data = write_rows(tmp_path / "rows.jsonl", sums(12))
    values = settings(models / "starcoder2", data, tmp_path / "run", samples={"prompts": []})
    return write_config(tmp_path / "chat.yaml", values)


def test_a_dry_run_says_what_would_be_done(config: Path, tmp_path: Path) -> None:
    """Counts, steps and new tokens; dialogues are ready by then, no checkpoint is."""
    said = run("train", config, "--dry-run")
    assert "train: 12 dialogues of 12 rows" in said
    assert "new special tokens: <|system|>, <|user|>, <|assistant|>, <|end|>" in said
    assert "6 steps of 4 windows of 128 tokens, 1 processes on cpu, ZeRO stage 0, bf16" in said
    assert (tmp_path / "run/dialogues/manifest.json").is_file()
    assert not (tmp_path / "run/record.json").exists()


def test_training_ends_goes_on_and_refuses(config: Path, tmp_path: Path) -> None:
    """Without DeepSpeed in this process; a finished run is left alone, a changed or unwanted one refused."""
    said = run("train", config, "--set", "optimiser.steps=3")
    assert "step 3/3" in said
    final = tmp_path / "run/final"
    written = (final / "model.safetensors").stat().st_mtime_ns
    assert f"{final} is finished: 3 steps" in run("train", config, "--set", "optimiser.steps=3")
    assert (final / "model.safetensors").stat().st_mtime_ns == written
    with pytest.raises(BadConfigError, match=r"checkpoint-3 is there; .* leave out --no-resume to go on"):
        run("train", config, "--set", "optimiser.steps=3", "--no-resume")
    with pytest.raises(ChangedRunError, match=r"optimiser\.learning_rate: was 0\.01, is 0\.1"):
        run("train", config, "--set", "optimiser.steps=3", "--set", "optimiser.learning_rate=0.1")


def test_samples_that_a_kill_prevented_are_made_later(config: Path, tmp_path: Path) -> None:
    """From the saved model; the training is not repeated."""
    run("train", config, "--set", "optimiser.steps=3")
    more = (
        "--set",
        "optimiser.steps=3",
        "--set",
        "samples.prompts=[Hi]",
        "--set",
        "samples.max_new_tokens=2",
    )
    said = run("train", config, *more)
    assert "step 3/3" not in said
    assert "samples.md holds its answers to 1 prompts" in said
    assert "> Hi" in (tmp_path / "run/samples.md").read_text()


def test_a_signal_ends_a_run_without_a_model_but_with_a_way_on(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is the shell's for the signal; nothing is sampled or said to be finished."""
    monkeypatch.setattr("training.chat.train.fit", lambda *_, **__: Outcome(2, 1.0, None, 15))
    result = CliRunner().invoke(app, ["train", str(config), "--set", "samples.prompts=[Hi]"])
    assert result.exit_code == 143
    assert "stopped by a signal after step 2, which is saved; run again to go on" in result.stdout
    assert not (tmp_path / "run/samples.md").exists()


def test_a_model_is_pushed_only_where_that_is_set(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the repository that is named, and from the final folder."""
    final = tmp_path / "run/final"
    pushed: list[Any] = []

    class Hub:
        def create_repo(self, name: str, *, exist_ok: bool) -> None:
            pushed.append((name, exist_ok))

        def upload_folder(self, *, repo_id: str, folder_path: Path) -> None:
            pushed.append((repo_id, folder_path))

    def fitted(*_: Any, **__: Any) -> Outcome:
        final.mkdir(exist_ok=True)
        return Outcome(6, 1.0, final)

    monkeypatch.setattr("training.chat.train.fit", fitted)
    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    run("train", config)
    assert pushed == []
    assert "pushed to owner/name" in run("train", config, "--set", "push_to_hub=owner/name")
    assert pushed == [("owner/name", True), ("owner/name", final)]


def test_several_processes_are_started_by_the_launcher(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same arguments, and its exit code is the command's."""
    import sys
    from types import SimpleNamespace

    started: list[Any] = []

    def run_processes(arguments: list[str], processes: int) -> int:
        started.append((arguments, processes))
        return 3

    monkeypatch.setitem(sys.modules, "training.launch.local", SimpleNamespace(run_processes=run_processes))
    monkeypatch.setattr(sys, "argv", ["training", "chat", "train", str(config), "--processes", "2"])
    result = CliRunner().invoke(app, ["train", str(config), "--processes", "2"])
    assert result.exit_code == 3
    assert started == [(["chat", "train", str(config), "--processes", "2"], 2)]


def test_a_preview_shows_rows_and_their_reasons(config: Path, tmp_path: Path) -> None:
    """For people with marks and text, for machines as JSON; the run's folder is not touched."""
    said = run("preview", config, "--samples", 1)
    assert "<|assistant|>\nIt is 0.<|end|>" in said
    assert "row 0  " in said
    assert "row 1" not in said
    values = json.loads(run("preview", config, "--json"))
    assert len(values) == 3
    assert values[0]["tokens"] > values[0]["learnt"] > 0
    assert not (tmp_path / "run").exists()


def test_a_model_is_asked_once_or_by_a_file(runs: Path, tmp_path: Path) -> None:
    """Both give the same answer to the same question."""
    said = json.loads(run("generate", runs / "zero3", "--prompt", "Hi", "--json", *ASK))["messages"]
    assert run("generate", runs / "zero3", "--prompt", "Hi", *ASK) == said[-1]["content"] + "\n"
    (tmp_path / "asked.jsonl").write_text('{"prompt": "Hi"}\n')
    out = tmp_path / "answered.jsonl"
    assert f"{out}: 1 answers" in run(
        "generate", runs / "zero3", "--prompts", tmp_path / "asked.jsonl", "--out", out, *ASK
    )
    assert json.loads(out.read_text())["messages"] == said


def test_a_model_is_talked_to(runs: Path) -> None:
    """Questions from standard input, until it ends."""
    result = CliRunner().invoke(
        app, ["generate", str(runs / "zero3"), *ASK], input="Hi\n", catch_exceptions=False
    )
    assert result.exit_code == 0
    said = run("generate", runs / "zero3", "--prompt", "Hi", *ASK)
    assert result.stdout == said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--prompts", "asked.jsonl"),
        ("--out", "answered.jsonl"),
        ("--prompt", "a", "--prompts", "b", "--out", "c"),
    ],
)
def test_half_a_question_is_refused(arguments: tuple[str, ...]) -> None:
    """Before a model is loaded."""
    with pytest.raises(BadConfigError, match="expected --prompt TEXT, or --prompts FILE with --out FILE"):
        run("generate", "no-such-model", *arguments)
