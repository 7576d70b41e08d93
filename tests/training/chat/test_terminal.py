"""Talking at a terminal: what is read, what is shown, and that a model cannot command the screen."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.chat import terminal
from training.chat.answer import Decoding
from training.chat.chat import Chat
from training.chat.dialogue import named
from training.chat.vocabulary import Marked

Scripts = Callable[..., Any]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What a person types."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def chat_of(model: Any, marked: Marked) -> Chat:
    return Chat("scripted", model, marked, named("default"))


def test_questions_are_lines_that_may_go_on(typed: Callable[[str], None]) -> None:
    """A backslash at the end of a line keeps it open; empty lines ask nothing."""
    typed("one\n\ntwo \\\nlines\n   \nthree")
    assert list(terminal.questions()) == ["one", "two \nlines", "three"]


def test_a_talk_can_be_begun_anew_and_told_what_the_system_says(
    marked: Marked, scripted: Scripts, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Commands begin with a slash; what follows /quit is not read."""
    typed("Hi\n/new\nAgain\n/system Be brief.\nMore\n/quit\nnever\n")
    model = scripted("A<|end|>", "B<|end|>", "C<|end|>")
    terminal.talk(chat_of(model, marked), Decoding(), None)
    prompts = [marked.coder.hf.decode(one["input_ids"][0]) for one in model.asked]
    assert ["Hi" in prompt for prompt in prompts] == [True, False, False]
    assert "Be brief." in prompts[2]
    shown = capsys.readouterr()
    assert shown.out == "A\nB\nC\n"
    assert terminal.HELP in shown.err


def test_a_question_that_is_too_long_does_not_end_the_talk(
    marked: Marked, scripted: Scripts, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said, and the next one is answered."""
    typed("word " * 600 + "\nHi\n")
    terminal.talk(chat_of(scripted("A<|end|>"), marked), Decoding(), None)
    shown = capsys.readouterr()
    assert "the last turn has" in shown.err
    assert shown.out == "\nA\n"


def test_control_characters_are_shown_as_marks(
    marked: Marked, scripted: Scripts, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a model writes cannot move the cursor or clear the screen; lines and tabs stay."""
    model = scripted("a\x1b[2Jb\n\tc\x9b\r<|end|>")
    terminal.answer_once(chat_of(model, marked), "Hi", Decoding(), None, as_json=False)
    assert capsys.readouterr().out == "a\ufffd[2Jb\n\tc\ufffd\ufffd\n"


def test_one_question_can_be_answered_for_machines(
    marked: Marked, scripted: Scripts, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole dialogue as JSON, text as it is."""
    chat = chat_of(scripted("\x1bHello<|end|>"), marked)
    terminal.answer_once(chat, "Hi", Decoding(), "Be brief.", as_json=True)
    said = json.loads(capsys.readouterr().out)["messages"]
    assert [(turn["role"], turn["content"]) for turn in said] == [
        ("system", "Be brief."),
        ("user", "Hi"),
        ("assistant", "\x1bHello"),
    ]


def test_a_file_is_answered_and_counted(
    marked: Marked, scripted: Scripts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The path and the number of answers are printed."""
    (tmp_path / "asked.jsonl").write_text('{"prompt": "Hi"}\n')
    out = tmp_path / "answered.jsonl"
    terminal.answer_file(
        chat_of(scripted("A<|end|>"), marked), tmp_path / "asked.jsonl", out, Decoding(), None
    )
    assert capsys.readouterr().out == f"{out}: 1 answers\n"
