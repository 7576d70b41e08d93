r"""Messages of a dialogue -> one text in which turns are marked, the same for training, prompts and servers.

    template = named("default")
    template.render([Message("user", "Hi"), Message("assistant", "Hello")])
        -> "<|system|>\nBelow is ...<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>\n"
    template.render([Message("user", "Hi")], prompt=True)     -> "...Hi<|end|>\n<|assistant|>\n"
    template.jinja()  -> the same as a `chat_template`, which transformers, vLLM and TGI read

A template is saved beside the model as dialogue_template.json. Names of its fields are those that published
chat models of StarCoder have in this file, so that theirs are read, too. Which pieces are marks and which are
what somebody wrote is kept apart (`pieces`): only marks may become special tokens. It reads no data and knows
no ids.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from curation.errors import BadConfigError, BadInputError
from curation.shards import write_atomically

FILE = "dialogue_template.json"
"""Name of the file beside a model."""
ROLES = ("system", "user", "assistant")
"""Who may speak."""
Role = Literal["system", "user", "assistant"]


class Message(NamedTuple):
    """One turn of a dialogue."""

    role: Role
    """Who speaks."""
    content: str
    """What is said; may hold any text."""


class Piece(NamedTuple):
    """A part of a rendered dialogue."""

    text: str
    mark: bool
    """Whether it is a special token; else nothing in it may become one."""
    target: bool
    """Whether the model learns to write it: what the assistant says, and the end of its turns."""
    turn: int
    """Number of the message, from 0; -1 for a system turn that the data did not have."""


class DialogueTemplate(BaseModel):
    """How turns of a dialogue are marked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str | None = None
    """What the system says in a dialogue that has no system turn; "" for a turn that is empty, null for no
    turn at all."""
    system_token: str = Field(default="<|system|>")
    """Begins what the system says."""
    user_token: str = Field(default="<|user|>")
    """Begins what the user says."""
    assistant_token: str = Field(default="<|assistant|>")
    """Begins what the assistant says."""
    end_token: str = Field(default="<|end|>")
    """Ends every turn; the model stops after it."""

    @model_validator(mode="after")
    def _marks_can_be_told_apart(self) -> Self:
        """Check that no mark is empty or stands in another, or in the words of the system.

        Raises:
            BadConfigError: If one does.
        """
        marks = self.marks
        for number, mark in enumerate(marks):
            if not mark or mark != mark.strip():
                raise BadConfigError(
                    f"template: {mark!r} cannot mark a turn; expected text without white space at its ends"
                )
            others = [*marks[:number], *marks[number + 1 :]]
            if any(mark in other for other in others):
                raise BadConfigError(
                    f"template: {mark!r} stands in another of {', '.join(others)}; expected four marks "
                    "that can be told apart"
                )
            if mark in (self.system or ""):
                raise BadConfigError(
                    f"template: `system` holds {mark!r}, which servers would read as the mark of a turn"
                )
        return self

    @property
    def marks(self) -> tuple[str, str, str, str]:
        """The special tokens: of system, user and assistant, and the end."""
        return (self.system_token, self.user_token, self.assistant_token, self.end_token)

    def begins(self, role: Role) -> str:
        """The mark with which a turn of this role begins."""
        return {"system": self.system_token, "user": self.user_token, "assistant": self.assistant_token}[role]

    def without_system(self) -> "DialogueTemplate":
        """The same marks without words of the system."""
        return self.model_copy(update={"system": None})

    def complete(self, messages: Sequence[Message]) -> list[tuple[int, Message]]:
        """Messages with their numbers, and the template's system turn, number -1, if they have none."""
        numbered = list(enumerate(messages))
        if self.system is not None and not (messages and messages[0].role == "system"):
            numbered.insert(0, (-1, Message("system", self.system)))
        return numbered

    def pieces(self, messages: Sequence[Message], *, prompt: bool = False) -> Iterator[Piece]:
        r"""The parts of a rendered dialogue, in order.

        What the assistant says is a piece of its own, so that it becomes the same tokens in training and when
        it is written after a prompt. What others say comes in one piece with the "\n" before it, as it does
        when a server encodes the text between two special tokens.

        Args:
            messages: The turns.
            prompt: Whether the mark of an answer follows.
        """
        for number, message in self.complete(messages):
            target = message.role == "assistant"
            yield Piece(self.begins(message.role), mark=True, target=False, turn=number)
            if target:
                yield Piece("\n", mark=False, target=False, turn=number)
                yield Piece(message.content, mark=False, target=True, turn=number)
            else:
                yield Piece("\n" + message.content, mark=False, target=False, turn=number)
            yield Piece(self.end_token, mark=True, target=target, turn=number)
            yield Piece("\n", mark=False, target=False, turn=number)
        if prompt:
            yield Piece(self.assistant_token, mark=True, target=False, turn=len(messages))
            yield Piece("\n", mark=False, target=False, turn=len(messages))

    def render(self, messages: Sequence[Message], *, prompt: bool = False) -> str:
        """A dialogue as one text.

        Args:
            messages: The turns.
            prompt: Whether the mark of an answer follows, for the model to go on.
        """
        return "".join(piece.text for piece in self.pieces(messages, prompt=prompt))

    def jinja(self) -> str:
        """The template as a `chat_template` of transformers, in the part of Jinja that servers share."""
        begin = {role: _quote(self.begins(role) + "\n") for role in ("system", "user", "assistant")}
        end = _quote(self.end_token + "\n")
        lines = []
        if self.system is not None:
            first = _quote(f"{self.system_token}\n{self.system}{self.end_token}\n")
            lines.append(
                "{% if not messages or messages[0]['role'] != 'system' %}{{ " + first + " }}{% endif %}"
            )
        lines.append("{% for message in messages %}")
        for word, role in zip(("if", "elif", "elif"), ROLES, strict=True):
            said = f"{begin[role]} + message['content'] + {end}"
            lines.append(f"{{% {word} message['role'] == '{role}' %}}{{{{ {said} }}}}")
        wanted = _quote("expected the roles " + ", ".join(ROLES))
        lines.append("{% else %}{{ raise_exception(" + wanted + ") }}{% endif %}{% endfor %}")
        lines.append("{% if add_generation_prompt %}{{ " + begin["assistant"] + " }}{% endif %}")
        return "".join(lines)

    def save(self, folder: Path) -> None:
        """Write the template beside a model."""
        text = json.dumps(self.model_dump(), indent=2, ensure_ascii=False) + "\n"
        write_atomically(folder / FILE, text.encode())


NAMED: dict[str, DialogueTemplate] = {
    "default": DialogueTemplate(
        system="Below is a dialogue between a programmer and an assistant that helps with code."
    ),
    "no-system": DialogueTemplate(system=""),
    "alpaca": DialogueTemplate.model_validate(
        {
            "system": "Below is an instruction that describes a task. Write a response that appropriately "
            "completes the request.",
            "user_token": "### Instruction:",
            "assistant_token": "### Response:",
        }
    ),
}
"""Templates by name. The marks, the empty system turn of no-system and alpaca's words are those of published
chat models (StarChat; bigcode-project/starcoder, chat/dialogues.py; Stanford Alpaca)."""


def named(name: str) -> DialogueTemplate:
    """The template of a name.

    Raises:
        BadConfigError: If there is none.
    """
    if name not in NAMED:
        raise BadConfigError(
            f"template: {name!r} is no template; expected {', '.join(NAMED)}, or the tokens of your own"
        )
    return NAMED[name]


def from_dict(values: dict[str, Any], name: str = "template") -> DialogueTemplate:
    """A template from plain values, also from those of published chat models, which keep `messages` beside.

    Args:
        values: Field -> value.
        name: What to call them in an error.

    Raises:
        BadInputError: If a field is unknown or wrong.
    """
    known = {key: value for key, value in values.items() if key != "messages"}
    try:
        return DialogueTemplate.model_validate(known)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadInputError(f"{name}: expected the fields of a dialogue template, saw: {problems}") from error


def load(folder: Path) -> DialogueTemplate:
    """Read the template beside a model.

    Raises:
        BadInputError: If there is none, or it cannot be read.
    """
    path = folder / FILE
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{path}: expected the dialogue template of a chat model, saw: {error}; give --template, "
            "or fine-tune the model with `training chat train` first"
        ) from error
    if not isinstance(values, dict):
        raise BadInputError(f"{path}: expected a JSON object, saw {type(values).__name__}")
    return from_dict(values, str(path))


def messages_of(values: Iterable[tuple[Role, str]]) -> list[Message]:
    """Pairs of role and content as messages."""
    return [Message(role, content) for role, content in values]


def _quote(text: str) -> str:
    """A text as a literal that Jinja2 and minijinja read alike."""
    return json.dumps(text, ensure_ascii=False)
