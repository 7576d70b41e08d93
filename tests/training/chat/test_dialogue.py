"""Templates: what they render, that servers render the same, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadConfigError, BadInputError
from training.chat.dialogue import FILE, NAMED, DialogueTemplate, Message, from_dict, load, named
from training.chat.vocabulary import Marked

TALK = [Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "Bye")]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TALKS = st.lists(st.builds(Message, st.sampled_from(("user", "assistant")), TEXTS), min_size=1, max_size=5)


def test_a_dialogue_is_rendered_with_marks_around_each_turn() -> None:
    """Each turn begins with the mark of its role and ends with the end, each mark followed by a new line."""
    template = DialogueTemplate(system="Be kind.")
    assert template.render(TALK) == (
        "<|system|>\nBe kind.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>\n"
        "<|user|>\nBye<|end|>\n"
    )
    assert template.render(TALK, prompt=True) == template.render(TALK) + "<|assistant|>\n"


@pytest.mark.parametrize(
    ("template", "begins"),
    [
        (named("default"), "<|system|>\nBelow is a dialogue between a programmer and"),
        (named("no-system"), "<|system|>\n<|end|>\n<|user|>\nHi"),
        (named("alpaca"), "<|system|>\nBelow is an instruction that describes a task."),
        (DialogueTemplate(), "<|user|>\nHi"),
    ],
)
def test_a_dialogue_without_a_system_turn_gets_that_of_the_template(
    template: DialogueTemplate, begins: str
) -> None:
    """Words, an empty turn as in StarChat, or no turn at all."""
    assert template.render(TALK).startswith(begins)


def test_a_system_turn_of_the_data_replaces_that_of_the_template() -> None:
    """There is only one system turn, and a system turn is no answer: the published code takes it for one."""
    text = named("default").render([Message("system", "Short."), *TALK])
    assert text.startswith("<|system|>\nShort.<|end|>\n<|user|>")
    assert text.count("<|system|>") == 1
    pieces = named("default").pieces([Message("system", "Short."), *TALK])
    assert "".join(piece.text for piece in pieces if piece.target) == "Hello<|end|>"


@pytest.mark.parametrize("name", NAMED)
@given(talk=TALKS, system=st.none() | TEXTS)
def test_transformers_renders_the_same_text(
    marked: Marked, name: str, talk: list[Message], system: str | None
) -> None:
    """apply_chat_template with the exported template, whatever is said, for training and for prompts."""
    talk = talk if system is None else [Message("system", system), *talk]
    dicts: list[dict[str, Any]] = [message._asdict() for message in talk]
    template = named(name)
    for prompt in (False, True):
        theirs = marked.coder.hf.apply_chat_template(
            dicts, chat_template=template.jinja(), tokenize=False, add_generation_prompt=prompt
        )
        assert theirs == template.render(talk, prompt=prompt)


@given(system=TEXTS)
def test_words_of_the_system_survive_the_export(marked: Marked, system: str) -> None:
    """Quotes, braces, backslashes and characters beyond ASCII in a template mean only themselves."""
    template = DialogueTemplate(system=system + "\"'{{ x }}{% if %}\\n\U0001f600")
    theirs = marked.coder.hf.apply_chat_template(
        [{"role": "user", "content": "Hi"}], chat_template=template.jinja(), tokenize=False
    )
    assert theirs == template.render(TALK[:1])


def test_the_exported_template_refuses_an_unknown_role(marked: Marked) -> None:
    """A server says so in place of answering something else."""
    from jinja2.exceptions import TemplateError

    with pytest.raises(TemplateError, match="expected the roles system, user, assistant"):
        marked.coder.hf.apply_chat_template(
            [{"role": "tool", "content": "x"}], chat_template=named("default").jinja(), tokenize=False
        )


@pytest.mark.parametrize("name", NAMED)
def test_a_template_survives_a_dictionary_and_a_file(name: str, tmp_path: Path) -> None:
    """What is saved beside a model is what was used."""
    template = named(name)
    template.save(tmp_path)
    assert load(tmp_path) == template == from_dict(template.model_dump())


def test_the_file_of_a_published_chat_model_is_read(tmp_path: Path) -> None:
    """StarChat's dialogue_template.json has `messages` beside the marks."""
    values = {**DialogueTemplate(system="Hi.").model_dump(), "messages": None}
    (tmp_path / FILE).write_text(json.dumps(values))
    assert load(tmp_path) == DialogueTemplate(system="Hi.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "expected the dialogue template of a chat model"),
        ("{", "expected the dialogue template of a chat model"),
        ("[]", "expected a JSON object, saw list"),
        ('{"sytem": "x"}', "sytem: Extra inputs are not permitted"),
    ],
)
def test_a_file_that_is_no_template_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    """The message names the file and what was seen."""
    if content is not None:
        (tmp_path / FILE).write_text(content)
    with pytest.raises(BadInputError, match=message):
        load(tmp_path)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"user_token": ""}, "'' cannot mark a turn"),
        ({"user_token": " <u>"}, "' <u>' cannot mark a turn"),
        ({"user_token": "<|end|>"}, "'<|end|>' stands in another"),
        ({"user_token": "<|end|><u>"}, "'<|end|>' stands in another"),
        ({"system": "a <|user|> b"}, "`system` holds '<|user|>'"),
    ],
)
def test_marks_that_cannot_be_told_apart_are_refused(values: dict[str, str], message: str) -> None:
    """Else a text could be read in two ways."""
    with pytest.raises(ValueError, match=message.replace("|", r"\|")):
        DialogueTemplate(**values)


def test_an_unknown_name_is_refused() -> None:
    """The names there are stand in the message."""
    with pytest.raises(BadConfigError, match="'vicuna' is no template; expected default, no-system, alpaca"):
        named("vicuna")
