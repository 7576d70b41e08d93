"""A chat model that is loaded: its weights, tokenizer and template, asked one dialogue after another.

    chat = open_chat("runs/train/chat/final")
    chat.say([Message("user", "Hi")], Decoding())            -> "Hello! What can I do?"
    answer_file(chat, Path("asked.jsonl"), Path("answered.jsonl"), Decoding())

The template is the one beside the model, so that a model is asked in the words in which it was trained. A
file holds what training takes, ending with a user's turn, or `prompt` alone. Prints nothing: what a terminal
shows is in `training.chat.commands`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.errors import BadInputError
from training.chat import dialogue
from training.chat.answer import Decoding, answer, text_of
from training.chat.dialogue import DialogueTemplate, Message
from training.chat.messages import MEANING, Reason, turns_of
from training.chat.rows import lines
from training.chat.vocabulary import Marked, mark
from training.errors import BadTokenizerError


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat model."""

    name: str
    model: Any
    marked: Marked
    template: DialogueTemplate

    def say(self, messages: Sequence[Message], decoding: Decoding, *, streamer: Any = None) -> str:
        """What the model answers.

        Args:
            messages: The turns, the last a user's.
            decoding: How tokens are chosen.
            streamer: Gets tokens as they are chosen.

        Raises:
            BadInputError: If the last turn is longer than the model can see.
        """
        return answer(self.model, self.marked, self.template, messages, decoding, streamer=streamer)


@dataclass(slots=True)
class Talk:
    """A dialogue under way."""

    chat: Chat
    system: str | None = None
    """What the system says; None for what the template has."""
    turns: list[Message] = field(default_factory=list)

    def ask(self, text: str, decoding: Decoding, *, streamer: Any = None) -> str:
        """Say something and get an answer; a question that cannot be answered is not kept.

        Raises:
            BadInputError: If it is longer than the model can see.
        """
        messages = [*with_system(self.system, self.turns), Message("user", text)]
        said = self.chat.say(messages, decoding, streamer=streamer)
        self.turns += [Message("user", text), Message("assistant", said)]
        return said


class Streamer:
    """Gives out an answer while it is written: whole characters of the answer's text, nothing else.

    Has the methods of transformers' streamers.
    """

    def __init__(self, marked: Marked, out: Callable[[str], None]) -> None:
        self._marked = marked
        self._out = out
        self._ids: list[int] = []
        self._prompt = True

    def put(self, ids: Any) -> None:
        """Take the prompt, which is not given out, and then token after token."""
        if self._prompt:
            self._prompt = False
            return
        self._ids += ids.flatten().tolist()
        self._give(whole=False)

    def end(self) -> None:
        """Give out what is left."""
        self._give(whole=True)

    def _give(self, *, whole: bool) -> None:
        text = text_of(self._marked, self._ids)
        if not whole and text.endswith("\ufffd"):
            return  # a character whose last bytes are yet to come
        self._out(text)
        self._ids = []


def open_chat(
    name: str,
    *,
    template: str | None = None,
    revision: str | None = None,
    adapter: str | None = None,
    **how: Any,
) -> Chat:
    """Load a chat model.

    Args:
        name: Hub id, folder of a model or adapter, or folder of a run.
        template: Name of a template; None for the one beside the model.
        revision: Branch, tag or commit on the hub.
        adapter: Adapter to put on the model.
        **how: dtype, quantize and device_map, as `load_for_generation` takes them.

    Raises:
        BadInputError: If there is no such model, or no template beside it.
        BadTokenizerError: If the tokenizer lacks the marks of turns.
    """
    from training.generate.load import check_vocabulary, coder_for, load_for_generation, locate

    place = locate(name, revision=revision, adapter=adapter)
    found = dialogue.named(template) if template else template_of(place.adapter or place.base, revision)
    marked = mark(coder_for(place), found, name)
    if marked.added:
        raise BadTokenizerError(
            f"{name}: the tokenizer lacks {', '.join(marked.added)}, expected a model that was fine-tuned on "
            "dialogues with this template; fine-tune it with `training chat train`, or give --template"
        )
    model = load_for_generation(name, revision=revision, adapter=adapter, **how)
    check_vocabulary(model, marked.coder, name)
    return Chat(name, model, marked, found)


def template_of(name: str, revision: str | None = None) -> DialogueTemplate:
    """The template beside a model, on disk or on the hub; that of its run where a checkpoint is meant.

    Args:
        name: Hub id or folder.
        revision: Branch, tag or commit on the hub.

    Raises:
        BadInputError: If there is none.
    """
    folder = Path(name)
    if folder.is_dir():
        places = (folder, folder.absolute().parent)
        return dialogue.load(next((one for one in places if (one / dialogue.FILE).is_file()), folder))
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        found = hf_hub_download(name, dialogue.FILE, revision=revision)
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        raise BadInputError(
            f"{name}: expected a model with {dialogue.FILE}, saw: {error}; give --template default, "
            "no-system or alpaca"
        ) from error
    return dialogue.load(Path(found).parent)


def with_system(system: str | None, turns: Sequence[Message]) -> list[Message]:
    """Turns behind a system turn, if something is to be said in it."""
    return [*([] if system is None else [Message("system", system)]), *turns]


def asked(path: Path, system: str | None) -> Iterator[tuple[Mapping[str, Any], list[Message]]]:
    """Dialogues of a file that wait for an answer, with the rows that they come from.

    Args:
        path: JSONL: `messages` that end with a user's turn, or `prompt`.
        system: What the system says where a row does not.

    Raises:
        BadInputError: If a row is no such dialogue.
    """
    for number, values in enumerate(lines(path)):
        if values is not None and values.get("messages") is None and isinstance(values.get("prompt"), str):
            turns: list[Message] | Reason = [Message("user", values["prompt"])]
        else:
            turns = turns_of(values)
        if isinstance(turns, str):
            raise BadInputError(f"{path} row {number}: expected a dialogue, saw: {MEANING[turns]}")
        if turns[-1].role != "user":
            raise BadInputError(
                f"{path} row {number}: ends with a turn of {turns[-1].role}, expected one of a user to answer"
            )
        assert values is not None
        yield values, turns if turns[0].role == "system" else with_system(system, turns)


def answer_file(
    chat: Chat,
    path: Path,
    out: Path,
    decoding: Decoding,
    *,
    system: str | None = None,
    show: Callable[[int], None] = lambda _: None,
) -> int:
    """Answer the dialogues of a file, and write them with their answers.

    Args:
        chat: Who answers.
        path: JSONL: `messages` that end with a user's turn, or `prompt`.
        out: JSONL: what was in the row, and `messages` that end with the answer.
        decoding: How tokens are chosen; each row has draws of its own.
        system: What the system says where a row does not.
        show: Is told how many rows are answered.

    Returns:
        How many there were.

    Raises:
        BadInputError: If a row is no dialogue, or too long. What was answered before it stays in `out`.
    """
    waiting = list(asked(path, system))
    with out.open("w", encoding="utf-8") as stream:
        for number, (values, messages) in enumerate(waiting):
            said = chat.say(messages, decoding._replace(seed=(decoding.seed + number) % (1 << 32)))
            turns = [message._asdict() for message in (*messages, Message("assistant", said))]
            stream.write(json.dumps({**values, "messages": turns}, ensure_ascii=False) + "\n")
            stream.flush()
            show(number + 1)
    return len(waiting)
