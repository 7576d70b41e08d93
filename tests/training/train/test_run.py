"""The whole of `training run`: from shards to a model, and what refuses to go on."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from curation.errors import BadConfigError, ChangedRunError
from training import record
from training.config import TrainConfig, load
from training.train import run as module
from training.train.fit import Outcome
from training.train.run import run
from training.train.session import Session

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
ALONE = Session(rank=0, world_size=1, local_rank=0, device_kind="cpu")


def said(whole: Path, name: str) -> str:
    return (whole.with_name("training-whole-said") / name).read_text(encoding="utf-8")


def rows(whole: Path) -> list[dict[str, Any]]:
    lines = (whole / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process that does not start DeepSpeed; nothing that is refused needs it."""
    monkeypatch.setattr(module, "begin", lambda _: ALONE)


class Forty:
    """Stands for as many windows."""

    waste = 0.01

    def __len__(self) -> int:
        return 40


def config(folder: Path, *overrides: str) -> TrainConfig:
    return load(folder / "config.yaml", overrides)


def test_from_shards_to_a_model(whole: Path) -> None:
    """Tokenizer, base, tokens, checkpoints and the final model lie in the run's folder."""
    names = {path.name for path in (whole / "run").iterdir()}
    expected = {"tokenizer", "base", "tokens", "checkpoint-2", "checkpoint-4", "final", "record.json"}
    assert expected | {"metrics.jsonl"} <= names
    assert (whole / "run" / "final" / "model.safetensors").is_file()
    assert json.loads((whole / "run" / "final" / "config.json").read_text())["use_cache"] is True


def test_what_is_done_is_said_once(whole: Path) -> None:
    """Steps, devices, windows, parameters, a line for each row, and where the model is; by one process."""
    out = said(whole, "out.txt")
    lines = out.splitlines()
    assert (
        "4 steps of 4 windows of 128 tokens (512 tokens a step), 2 processes on cpu, ZeRO stage 2, bf16"
        in lines
    )
    assert sum("of the corpus, seen" in line for line in lines) == 1
    assert sum("parameters are trained (100.00%)" in line for line in lines) == 1
    assert [line.split()[1] for line in lines if "  loss " in line] == ["1/4", "2/4", "3/4", "4/4"]
    assert sum("held-out loss" in line for line in lines) == 2
    assert lines[-1] == f"{whole}/run/final holds what was trained in 4 steps"


def test_libraries_keep_quiet(whole: Path) -> None:
    """Nothing is said that asks nobody to do anything."""
    noise = ("deprecated", "mismatch", "OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM", "Setting accelerator")
    err = said(whole, "err.txt")
    assert [word for word in noise if word in err] == []


def test_a_row_says_how_training_goes(whole: Path) -> None:
    """Loss falls; rates, shares and the place in the data are there."""
    trained = [row for row in rows(whole) if "loss" in row]
    assert trained[-1]["loss"] < trained[0]["loss"]
    for row in trained:
        assert row["windows"] == 4 * row["step"]
        assert 0 <= row["fim_share"] <= 1
        assert 0 <= row["padding_share"] < 0.5
        assert 0 <= row["data_wait_share"] <= 1
        assert row["tokens_per_second"] > 0
        assert row["memory_peak_gib"] > 0
        assert row["mfu"] is None
    assert 0 < sum(row["fim_share"] for row in trained) < 4


def test_a_checkpoint_knows_what_it_was_made_from(whole: Path) -> None:
    """Fingerprints of corpus, tokens, tokenizer, plan and model; settings, versions, seed and place."""
    from training.tokenise.store import read_manifest

    known = record.read(whole / "run" / "checkpoint-2")
    manifest = read_manifest(whole / "run" / "tokens")
    assert known.data["corpus manifest"] == manifest["corpus"]["manifest_sha256"]
    assert known.data["tokenizer"] == manifest["tokenizer"]["sha256"]
    assert known.data.keys() == {"corpus manifest", "tokens", "tokenizer", "packing plan", "model"}
    assert all(len(value) == 64 for value in known.data.values())
    assert known.config["optimiser"]["learning_rate"] == 0.01
    assert (known.seed, known.zero_stage, known.world_size) == (1234, 2, 2)
    assert (known.step, known.windows) == (2, 8)
    assert known.corpus == str(whole / "corpus")
    assert "torch" in known.versions


def test_a_finished_run_is_left_as_it_is(one_process: None, whole: Path) -> None:
    """Nothing is loaded or trained; where the model is, is said."""
    lines: list[str] = []
    outcome = run(config(whole), show=lines.append)
    assert outcome is not None
    assert (outcome.steps, outcome.final) == (4, whole / "run" / "final")
    assert lines == [f"{whole}/run/final is finished: 4 steps; nothing is left to do"]


def test_a_dry_run_checks_and_trains_nothing(one_process: None, copy: Path) -> None:
    """It says what would be done, and from where."""
    shutil.rmtree(copy / "run" / "final")
    lines: list[str] = []
    assert run(config(copy), dry_run=True, show=lines.append) is None
    assert lines[2:] == [
        f"goes on from {copy}/run/checkpoint-4: 4 steps and 16 windows are behind it",
        "it was written by 2 processes: losses can differ in the last digits",
    ]
    assert not (copy / "run" / "final").exists()


def test_gpus_that_lie_idle_are_named(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process uses one; what uses all is said."""
    monkeypatch.setattr(module, "gpus_here", lambda: 8)
    known = record.read(whole / "run")
    material: Any = SimpleNamespace(steps=4, windows=Forty(), record=known)
    lines: list[str] = []
    module._tell(config(whole), Session(0, 1, 0, "cuda"), material, None, lines.append)
    assert lines[-1] == "one process uses one GPU, 7 more are here: --processes 8 uses all"
    module._tell(config(whole), Session(0, 8, 0, "cuda"), material, None, lines.append)
    assert sum("uses one GPU" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (["optimiser.learning_rate=0.02"], "optimiser.learning_rate: was 0.01, is 0.02"),
        (["optimiser.steps=8"], "optimiser.steps: was 4, is 8"),
        (["optimiser.steps=3"], "optimiser.steps: 4 are behind it, 3 are asked for"),
        (["fim.rate=0.9"], "fim.rate: was 0.5, is 0.9"),
        (["packing.sequence_length=64"], "packing plan: was "),
        (["devices.deepspeed=null"], "ZeRO stage of devices.deepspeed: was 2, is 0"),
        (["lora.enabled=true"], "lora.enabled: was false, is true"),
    ],
)
def test_changed_settings_are_refused(one_process: None, copy: Path, overrides: list[str], line: str) -> None:
    """The checkpoint is named, and the setting with what it was and is."""
    with pytest.raises(ChangedRunError) as refused:
        run(config(copy, *overrides))
    message = str(refused.value)
    assert message.startswith(f"{copy}/run/checkpoint-4 was made by a run that differs:\n")
    assert f"\n  {line}" in message
    assert message.endswith("go on with what it had, or take another `output`")


def test_another_corpus_is_refused(one_process: None, copy: Path) -> None:
    """Also if its tokens are made: a checkpoint knows from which corpus it is."""
    from token_runs import made_run, python_rows

    made_run(copy / "other", {"data/python/python-00000-of-00001": python_rows()[10:]})
    overrides = [
        f"corpus.run={copy}/other",
        f"corpus.tokens={copy}/other-tokens",
        f"tokenizer.name={copy}/run/base",
    ]
    overrides += ["model.shape=null", f"model.name={copy}/run/base"]
    with pytest.raises(ChangedRunError) as refused:
        run(config(copy, *overrides))
    assert "\n  corpus manifest: was " in str(refused.value)
    assert "\n  tokens: was " in str(refused.value)


def test_a_run_is_not_begun_anew_over_a_checkpoint(one_process: None, copy: Path) -> None:
    """Nothing is deleted by an option."""
    with pytest.raises(BadConfigError, match="checkpoint-4 is there; remove the folder or take another one"):
        run(config(copy), resume=False)


class Hub:
    """Stands for the hub: notes what it gets."""

    got: ClassVar[list[Any]] = []

    def create_repo(self, name: str, *, exist_ok: bool) -> None:
        self.got.append((name, exist_ok))

    def upload_folder(self, *, repo_id: str, folder_path: Path) -> None:
        self.got.append((repo_id, folder_path))


@pytest.mark.parametrize(
    ("wanted", "rank", "signal", "got", "last"),
    [
        ("null", 0, None, 0, "final holds what was trained in 4 steps"),
        ("me/stars", 0, None, 2, "pushed to me/stars"),
        ("me/stars", 1, None, 0, "final holds what was trained in 4 steps"),
        ("me/stars", 0, 15, 0, "stopped by a signal after step 4, which is saved; run again to go on"),
    ],
)
def test_a_model_is_pushed_only_if_asked(
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str,
    rank: int,
    signal: int | None,
    got: int,
    last: str,
) -> None:
    """By the first process, and only what is finished."""
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    monkeypatch.setattr(Hub, "got", [])
    final = whole / "run" / "final"
    outcome = Outcome(4, 1.0, None if signal else final, signal)
    lines: list[str] = []
    module._finish(
        config(whole, f"push_to_hub={wanted}"), Session(rank, 2, rank, "cpu"), outcome, lines.append
    )
    assert Hub.got == [("me/stars", True), ("me/stars", final)][:got]
    assert lines[-1].endswith(last)
