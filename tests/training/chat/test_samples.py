"""Samples after training: asked of all processes alike, written by one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chat_runs import settings

from curation.settings_file import check_settings
from training.chat.config import ChatConfig
from training.chat.samples import LINES, PAGE, sample
from training.chat.vocabulary import Marked
from training.train.session import Session

Scripts = Callable[..., Any]


def configured(tmp_path: Path, **more: Any) -> ChatConfig:
    values = settings(tmp_path / "model", tmp_path / "rows", tmp_path, **more)
    return check_settings(ChatConfig, values, "test")


def test_answers_are_written_for_people_and_machines(
    marked: Marked, tmp_path: Path, scripted: Scripts
) -> None:
    """A page that no answer can break out of, and lines that could be trained on."""
    config = configured(tmp_path, samples={"prompts": ["One?\nTwo?", "Hi"]})
    model = scripted("# No heading\n```\ncode<|end|>", "Hello<|end|>")
    page = sample(Session(0, 1, 0, "cpu"), model, marked, config, steps=6)
    assert page == tmp_path / PAGE
    text = page.read_text()
    assert "## One?\n\n**user**\n\n> One?\n> Two?\n\n**assistant**\n\n> # No heading\n> ```\n> code\n" in text
    assert "6 steps, temperature 0.2, top-p 0.95, seed 1234" in text
    lines = [json.loads(line) for line in (tmp_path / LINES).read_text().splitlines()]
    assert lines[1] == {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    }


def test_every_process_asks_the_same_and_the_first_writes(
    marked: Marked, tmp_path: Path, scripted: Scripts
) -> None:
    """With weights split over them, a process that did not ask would keep the others waiting for ever."""
    asked = []
    for rank in (0, 1):
        model = scripted("a<|end|>", "b<|end|>")
        page = sample(Session(rank, 2, rank, "cpu"), model, marked, configured(tmp_path / str(rank)), steps=1)
        assert (page is None) == (rank == 1)
        assert model.training
        asked.append([(one["input_ids"].tolist(), one["synced_gpus"]) for one in model.asked])
    assert asked[0] == asked[1]
    assert all(synced for _, synced in asked[0])
    assert not (tmp_path / "1").exists()


def test_without_prompts_nothing_is_asked(marked: Marked, tmp_path: Path, scripted: Scripts) -> None:
    """And nothing is written."""
    config = configured(tmp_path, samples={"prompts": []})
    assert sample(Session(0, 1, 0, "cpu"), scripted(), marked, config, steps=1) is None
    assert not (tmp_path / PAGE).exists()
