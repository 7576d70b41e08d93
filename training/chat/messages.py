"""A row -> the messages of a dialogue that something can be learnt from, or the reason why there are none.

    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    {"prompt": "Hi", "completion": "Hello"}
        -> Dialogue((Message("user", "Hi"), Message("assistant", "Hello")), cut=0)

`prompt` and `completion` may be texts; lists of messages (the conversation so far, and its end); or lists of
texts of one length, which take turns. Turns of users after the last answer teach nothing: they are cut, and
counted. Nothing is guessed: an unknown role or an empty turn sets the dialogue aside. It changes no text.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

from training.chat.dialogue import ROLES, Message, Role

Reason = Literal[
    "not_json",
    "no_messages",
    "bad_message",
    "unknown_role",
    "late_system",
    "empty_turn",
    "not_unicode",
    "no_assistant",
    "too_long",
]
MEANING: dict[Reason, str] = {
    "not_json": "the line is no JSON object",
    "no_messages": "no messages, and no prompt with a completion",
    "bad_message": "a message without a role and content that are texts",
    "unknown_role": f"a role that is none of {', '.join(ROLES)}",
    "late_system": "a system turn after the first turn",
    "empty_turn": "a user or assistant turn without a character that is no white space",
    "not_unicode": "a text that cannot be encoded in UTF-8",
    "no_assistant": "no turn of the assistant",
    "too_long": "more tokens than sequence_length, also after truncation where that is set",
}
"""Why a row is not used."""


class Dialogue(NamedTuple):
    """A dialogue that ends with an answer."""

    messages: tuple[Message, ...]
    cut: int
    """Turns of users after the last answer, which were left out."""


def dialogue_of(values: Mapping[str, Any] | None) -> Dialogue | Reason:
    """The dialogue of a row, or why it is not used.

    Args:
        values: Column -> value; None for a line that is no JSON object.
    """
    turns = turns_of(values)
    if isinstance(turns, str):
        return turns
    whole = len(turns)
    while turns and turns[-1].role == "user":
        turns.pop()
    if not any(message.role == "assistant" for message in turns):
        return "no_assistant"
    return Dialogue(tuple(turns), whole - len(turns))


def turns_of(values: Mapping[str, Any] | None) -> list[Message] | Reason:
    """The checked messages of a row, at least one, whoever has the last word.

    Args:
        values: Column -> value; None for a line that is no JSON object.
    """
    if values is None:
        return "not_json"
    raw = _raw_messages(values)
    if not isinstance(raw, list):
        return raw
    messages: list[Message] = []
    for one in raw:
        message = _message(one, first=not messages)
        if isinstance(message, str):
            return message
        messages.append(message)
    return messages


def _raw_messages(values: Mapping[str, Any]) -> list[Any] | Reason:
    """What should be messages, unchecked."""
    if values.get("messages") is not None:
        found = values["messages"]
    else:
        prompt, completion = values.get("prompt"), values.get("completion")
        if prompt is None or completion is None:
            return "no_messages"
        if _is_texts(prompt) and _is_texts(completion):
            found = _turns(prompt, completion) if len(prompt) == len(completion) else None
        else:
            found = _joined(_as_messages("user", prompt), _as_messages("assistant", completion))
    if not isinstance(found, list):
        return "bad_message"
    return found or "no_messages"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _turns(prompts: Sequence[str], completions: Sequence[str]) -> list[dict[str, str]]:
    """Texts that take turns, as messages."""
    return [
        {"role": role, "content": text}
        for pair in zip(prompts, completions, strict=True)
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]


def _as_messages(role: Role, value: Any) -> list[Any] | None:
    """A text as a message of a role; messages as they are."""
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    return value if isinstance(value, list) else None


def _joined(first: list[Any] | None, second: list[Any] | None) -> list[Any] | None:
    return None if first is None or second is None else [*first, *second]


def _message(value: Any, *, first: bool) -> Message | Reason:
    """A checked message, or what is wrong with it."""
    role, content = (value.get("role"), value.get("content")) if isinstance(value, dict) else (None, None)
    if not isinstance(role, str) or not isinstance(content, str):
        return "bad_message"
    message = Message(cast("Role", role), content)
    return _problem(message, first=first) or message


def _problem(message: Message, *, first: bool) -> Reason | None:
    """What is wrong with a message whose parts are texts."""
    if message.role not in ROLES:
        return "unknown_role"
    if message.role == "system" and not first:
        return "late_system"
    if message.role != "system" and not message.content.strip():
        return "empty_turn"
    return None if _is_unicode(message.content) else "not_unicode"


def _is_unicode(text: str) -> bool:
    """Whether a text can be encoded: JSON can hold halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
