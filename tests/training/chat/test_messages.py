"""Which rows are dialogues, what they become, and why others are not used."""

from typing import Any, get_args

import pytest

from training.chat.dialogue import Message
from training.chat.messages import MEANING, Dialogue, Reason, dialogue_of, turns_of

USER, ASSISTANT = Message("user", "Hi"), Message("assistant", "Hello")


def said(*turns: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"role": role, "content": content} for role, content in turns]


WHOLE = said(("user", "Hi"), ("assistant", "Hello"))


@pytest.mark.parametrize(
    "values",
    [
        {"messages": WHOLE},
        {"messages": WHOLE, "prompt": "Hi", "completion": "unused"},
        {"messages": None, "prompt": "Hi", "completion": "Hello"},
        {"prompt": "Hi", "completion": "Hello"},
        {"prompt": ["Hi"], "completion": ["Hello"]},
        {"prompt": said(("user", "Hi")), "completion": said(("assistant", "Hello"))},
        {"prompt": said(("user", "Hi")), "completion": "Hello"},
        {"prompt": "Hi", "completion": said(("assistant", "Hello"))},
    ],
)
def test_every_form_becomes_the_same_dialogue(values: dict[str, Any]) -> None:
    """Messages; prompt and completion as texts, as lists that take turns, and as lists of messages."""
    assert dialogue_of(values) == Dialogue((USER, ASSISTANT), 0)


def test_lists_of_texts_take_turns() -> None:
    """The first prompt, its completion, the second prompt, its completion."""
    dialogue = dialogue_of({"prompt": ["a", "c"], "completion": ["b", "d"]})
    assert isinstance(dialogue, Dialogue)
    assert [message.content for message in dialogue.messages] == ["a", "b", "c", "d"]


def test_turns_of_users_after_the_last_answer_are_cut_and_counted() -> None:
    """Nothing can be learnt from them; what came before is used."""
    turns = said(("user", "Hi"), ("assistant", "Hello"), ("user", "x"), ("user", "y"))
    assert dialogue_of({"messages": turns}) == Dialogue((USER, ASSISTANT), 2)
    checked = turns_of({"messages": turns})
    assert isinstance(checked, list)
    assert len(checked) == 4


@pytest.mark.parametrize(
    "turns",
    [
        said(("system", ""), ("user", "Hi"), ("assistant", "Hello")),
        said(("assistant", "Hello")),
        said(("user", "a"), ("user", "b"), ("assistant", "c"), ("assistant", "d")),
    ],
)
def test_turns_need_not_alternate(turns: list[dict[str, Any]]) -> None:
    """An empty system turn, a greeting, and several turns of one speaker are dialogues as they are."""
    dialogue = dialogue_of({"messages": turns})
    assert isinstance(dialogue, Dialogue)
    assert len(dialogue.messages) == len(turns)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (None, "not_json"),
        ({}, "no_messages"),
        ({"messages": None}, "no_messages"),
        ({"messages": []}, "no_messages"),
        ({"prompt": "Hi"}, "no_messages"),
        ({"prompt": "Hi", "completion": None}, "no_messages"),
        ({"prompt": [], "completion": []}, "no_messages"),
        ({"messages": "Hi"}, "bad_message"),
        ({"messages": ["Hi"]}, "bad_message"),
        ({"messages": [{"role": "user"}]}, "bad_message"),
        ({"messages": said(("user", [{"type": "image"}]))}, "bad_message"),
        ({"messages": [{"from": "human", "value": "Hi"}]}, "bad_message"),
        ({"prompt": ["a", "b"], "completion": ["c"]}, "bad_message"),
        ({"prompt": 1, "completion": "x"}, "bad_message"),
        ({"messages": [*WHOLE, *said(("tool", "x"))]}, "unknown_role"),
        ({"messages": said(("User", "Hi"))}, "unknown_role"),
        ({"messages": [*WHOLE, *said(("system", "x"))]}, "late_system"),
        ({"messages": said(("user", " \n"), ("assistant", "Hello"))}, "empty_turn"),
        ({"messages": said(("user", "Hi"), ("assistant", ""))}, "empty_turn"),
        ({"messages": said(("user", "\ud800"), ("assistant", "Hello"))}, "not_unicode"),
        ({"messages": said(("user", "Hi"))}, "no_assistant"),
        ({"messages": said(("system", "Hi"))}, "no_assistant"),
    ],
)
def test_what_is_no_dialogue_has_a_reason(values: dict[str, Any] | None, reason: str) -> None:
    """Nothing is guessed, and nothing leaves without a reason."""
    assert dialogue_of(values) == reason


def test_every_reason_is_explained() -> None:
    """People read sentences, not names."""
    assert set(MEANING) == set(get_args(Reason))
