"""What a preview shows is what is trained on."""

from pathlib import Path

import pytest
from chat_runs import settings, sums, write_rows

from curation.settings_file import check_settings
from training.chat.config import ChatConfig
from training.chat.dialogue import Message
from training.chat.preview import STYLES, Shown, preview, render
from training.chat.vocabulary import Marked


@pytest.fixture
def shown(marked: Marked, tmp_path: Path) -> list[Shown]:
    rows = [
        *sums(1),
        {"messages": [{"role": "tool", "content": "x"}]},
        {"prompt": "a " * 200, "completion": "b"},
    ]
    data = write_rows(tmp_path / "rows.jsonl", rows)
    config = check_settings(ChatConfig, settings(tmp_path / "model", data, tmp_path / "run"), "test")
    assert preview(config, marked, 1) == preview(config, marked, 5)[:1]
    return preview(config, marked, 5)


def test_answers_and_their_ends_stand_out(shown: list[Shown]) -> None:
    """Runs of tokens by kind; together they are the rendered dialogue."""
    first = shown[0]
    learnt = [run.text for run in first.runs if run.kind == "learnt"]
    assert learnt == ["It is 0.", "It is 0."]
    assert [run.text for run in first.runs if run.kind == "learnt mark"] == ["<|end|>", "<|end|>"]
    said = "".join(run.text for run in first.runs)
    turns = [Message(one["role"], one["content"]) for one in sums(1)[0]["messages"]]
    assert said.endswith("".join(f"<|{m.role}|>\n{m.content}<|end|>\n" for m in turns))
    assert 0 < first.learnt < first.tokens == sum(run.tokens for run in first.runs)


def test_what_is_not_used_is_shown_with_its_reason(shown: list[Shown]) -> None:
    """In place of its tokens."""
    assert [one.reason for one in shown] == ["", "unknown_role", "too_long"]
    assert "row 1  not used: unknown_role" in render(shown[1]).plain


def test_masked_tokens_are_dimmed(shown: list[Shown]) -> None:
    """Each kind has its style, over its text."""
    text = render(shown[0])
    styles = {str(span.style): text.plain[span.start : span.end] for span in text.spans}
    assert styles[STYLES["learnt"]] == "It is 0."
    assert styles[STYLES["masked"]] == "\n"
    assert styles[STYLES["learnt mark"]] == "<|end|>"
    assert f"{shown[0].tokens} tokens, {shown[0].learnt} learnt" in text.plain


def test_machines_get_the_same(shown: list[Shown]) -> None:
    """As JSON values."""
    values = shown[0].as_json()
    assert values["tokens"] == shown[0].tokens
    assert values["runs"][0] == {"kind": "mark", "text": "<|system|>", "tokens": 1}
    assert shown[1].as_json()["dropped"] == "unknown_role"
