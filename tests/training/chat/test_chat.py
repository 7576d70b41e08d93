"""A loaded chat model: its template, its talks, files of questions, and answers while they are written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadInputError
from training.chat.answer import Decoding
from training.chat.chat import Chat, Streamer, Talk, answer_file, asked, open_chat, template_of
from training.chat.dialogue import DialogueTemplate, Message, named
from training.chat.vocabulary import Marked
from training.errors import BadTokenizerError

Scripts = Callable[..., Any]
HI, HELLO = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}


def chat_of(model: Any, marked: Marked) -> Chat:
    return Chat("scripted", model, marked, named("default"))


def prompts_of(model: Any, marked: Marked) -> list[str]:
    """What the model was asked, as texts."""
    return [marked.coder.hf.decode(one["input_ids"][0]) for one in model.asked]


def test_a_talk_remembers_what_was_said(marked: Marked, scripted: Scripts) -> None:
    """The second question comes with the first and its answer, and with what the system says."""
    model = scripted("Hello<|end|>", "Bye<|end|>")
    talk = Talk(chat_of(model, marked), system="Be brief.")
    assert [talk.ask("Hi", Decoding()), talk.ask("See you", Decoding())] == ["Hello", "Bye"]
    turns = [Message("system", "Be brief."), *talk.turns[:3]]
    assert prompts_of(model, marked)[1] == named("default").render(turns, prompt=True)


def test_a_question_that_is_too_long_is_not_kept(marked: Marked, scripted: Scripts) -> None:
    """The talk goes on without it."""
    model = scripted("Hello<|end|>")
    talk = Talk(chat_of(model, marked))
    with pytest.raises(BadInputError):
        talk.ask("word " * 600, Decoding())
    assert talk.turns == []
    assert talk.ask("Hi", Decoding()) == "Hello"


def test_text_appears_while_it_is_written(marked: Marked, scripted: Scripts) -> None:
    """In whole characters, without the prompt and without marks."""
    parts: list[str] = []
    model = scripted("Zoë \U0001f600!<|end|>")
    said = chat_of(model, marked).say(
        [Message("user", "Hi")], Decoding(), streamer=Streamer(marked, parts.append)
    )
    assert "".join(parts) == said == "Zoë \U0001f600!"
    assert len(parts) > 3
    assert "\ufffd" not in "".join(parts)


def test_a_character_that_is_never_whole_is_told_at_the_end(marked: Marked) -> None:
    """Nothing the model wrote is kept back."""
    parts: list[str] = []
    streamer = Streamer(marked, parts.append)
    import torch

    streamer.put(torch.tensor([[1, 2]]))
    streamer.put(torch.tensor(marked.coder.encode("\U0001f600")[:1]))
    streamer.end()
    assert "".join(parts) == "\ufffd"


def test_a_file_of_questions_is_answered(marked: Marked, scripted: Scripts, tmp_path: Path) -> None:
    """Prompts, dialogues that wait for an answer, and what else stands in the row."""
    rows = [
        {"prompt": "One?", "id": 7},
        {"messages": [HI, HELLO, {"role": "user", "content": "Two?"}]},
        {"messages": [{"role": "system", "content": "Mine."}, HI]},
    ]
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = scripted("1<|end|>", "2<|end|>", "3<|end|>")
    shown: list[int] = []
    out = tmp_path / "answered.jsonl"
    number = answer_file(
        chat_of(model, marked), tmp_path / "asked.jsonl", out, Decoding(), system="Yours.", show=shown.append
    )
    answered = [json.loads(line) for line in out.read_text().splitlines()]
    assert number == len(answered) == 3
    assert shown == [1, 2, 3]
    assert answered[0]["id"] == 7
    assert [row["messages"][-1]["content"] for row in answered] == ["1", "2", "3"]
    assert [row["messages"][0]["content"] for row in answered] == ["Yours.", "Yours.", "Mine."]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "row 0: expected a dialogue, saw: the line is no JSON object"),
        (
            json.dumps({"messages": [HI, HELLO]}),
            "row 0: ends with a turn of assistant, expected one of a user",
        ),
        (json.dumps({"text": "Hi"}), "row 0: expected a dialogue, saw: no messages"),
    ],
)
def test_a_row_that_asks_nothing_is_refused(tmp_path: Path, line: str, message: str) -> None:
    """By its number, before any is answered."""
    (tmp_path / "asked.jsonl").write_text(line + "\n")
    with pytest.raises(BadInputError, match=message):
        list(asked(tmp_path / "asked.jsonl", None))


def test_the_template_is_the_one_beside_the_model(tmp_path: Path) -> None:
    """Or that of its run, for a checkpoint that has none."""
    checkpoint = tmp_path / "run/checkpoint-3"
    checkpoint.mkdir(parents=True)
    with pytest.raises(BadInputError, match="give --template"):
        template_of(str(checkpoint))
    template = DialogueTemplate(system="Of the run.")
    template.save(tmp_path / "run")
    assert template_of(str(checkpoint)) == template
    named("alpaca").save(checkpoint)
    assert template_of(str(checkpoint)) == named("alpaca")


def test_a_hub_without_a_template_is_an_error_with_advice() -> None:
    """Not a traceback of some library."""
    with pytest.raises(BadInputError, match="give --template default, no-system or alpaca"):
        template_of("owner/no-such-model")


@pytest.mark.parametrize("name", ["zero3", "adapters", "zero3/checkpoint-3"])
def test_what_was_trained_can_be_talked_to(runs: Path, name: str) -> None:
    """A run by its folder, whole or as adapters; a checkpoint, too."""
    chat = open_chat(str(runs / name), dtype="fp32", device_map="cpu")
    assert chat.template == named("default")
    assert chat.marked.added == ()
    said = chat.say([Message("user", "What is 1 + 2?")], Decoding(max_new_tokens=4, temperature=0))
    assert said == chat.say([Message("user", "What is 1 + 2?")], Decoding(max_new_tokens=4, temperature=0))


def test_a_model_that_was_not_fine_tuned_is_refused(models: Path) -> None:
    """It has no marks, and would be asked in words that it does not know."""
    with pytest.raises(
        BadTokenizerError, match=r"lacks <\|system\|>, .* expected a model that was fine-tuned"
    ):
        open_chat(str(models / "starcoder2"), template="default")
    with pytest.raises(BadInputError, match="expected the dialogue template"):
        open_chat(str(models / "starcoder2"))
