"""Answers: what the model is asked, where an answer ends, and what happens in long dialogues."""

from collections.abc import Callable
from typing import Any

import pytest

from curation.errors import BadInputError
from training.chat.answer import Decoding, Where, answer, prompt_of, stops, text_of
from training.chat.dialogue import Message, named
from training.chat.vocabulary import Marked

TEMPLATE = named("default")
Scripts = Callable[..., Any]
ASKED = [Message("user", "Hi")]


@pytest.mark.parametrize(
    "written",
    [
        "Hello<|end|>",
        "Hello<|end|>\n<|user|>\nmore",
        "Hello<|endoftext|>",
        "Hello<|user|>\nmore",
        "Hello<|end|><fim_pad><fim_pad>",
        "Hello",
    ],
)
def test_an_answer_ends_with_the_turn(marked: Marked, written: str, scripted: Scripts) -> None:
    """At the end of the turn or of the document, at a mark that begins another, or at the last token."""
    assert answer(scripted(written), marked, TEMPLATE, ASKED, Decoding()) == "Hello"


def test_an_answer_may_speak_of_marks(marked: Marked) -> None:
    """Text that looks like a mark is text."""
    ids = [*marked.coder.encode("write <|end|>"), marked.marks["<|end|>"]]
    assert text_of(marked, ids) == "write <|end|>"


def test_rows_that_only_fill_up_a_multiple_are_no_text(marked: Marked) -> None:
    """A model with more rows than ids can write them."""
    assert text_of(marked, [*marked.coder.encode("Hi"), marked.size + 5]) == "Hi"


def test_the_model_is_asked_in_the_words_of_its_training(marked: Marked, scripted: Scripts) -> None:
    """The rendered prompt, the ends of a turn as stops, and draws only where the temperature is not 0."""
    model = scripted("a<|end|>", "b<|end|>")
    answer(
        model,
        marked,
        TEMPLATE,
        ASKED,
        Decoding(max_new_tokens=7, temperature=0.5, top_p=0.8),
        where=Where(synced=True),
    )
    answer(model, marked, TEMPLATE, ASKED, Decoding(temperature=0))
    drawn, likeliest = model.asked
    assert marked.coder.hf.decode(drawn["input_ids"][0]) == TEMPLATE.render(ASKED, prompt=True)
    assert drawn["attention_mask"].all()
    config = drawn["generation_config"]
    assert config.eos_token_id == stops(marked)
    assert config.eos_token_id[:2] == [marked.marks["<|end|>"], marked.coder.specials.end]
    assert (config.do_sample, config.temperature, config.top_p, config.max_new_tokens) == (True, 0.5, 0.8, 7)
    assert config.use_cache
    assert drawn["synced_gpus"]
    assert not likeliest["generation_config"].do_sample
    assert not likeliest["synced_gpus"]


def test_a_long_dialogue_loses_its_first_turns(marked: Marked) -> None:
    """The system turn stays, and the dialogue still begins with a user."""
    long = [Message("user", "word " * 300), Message("assistant", "short"), Message("user", "again")]
    talk = [Message("system", "s"), *long, Message("assistant", "x"), Message("user", "last")]
    prompt = prompt_of(TEMPLATE, talk, marked, 256, 256)
    assert prompt.left_out == 2
    said = marked.coder.hf.decode(prompt.ids)
    assert said == TEMPLATE.render([talk[0], *talk[3:]], prompt=True)


def test_an_answer_gets_the_room_that_is_left(marked: Marked, scripted: Scripts) -> None:
    """Not more tokens than the model has positions for."""
    model = scripted("a<|end|>")
    question = [Message("user", "word " * 200)]
    answer(model, marked, TEMPLATE, question, Decoding(max_new_tokens=500))
    asked = model.asked[0]
    assert asked["input_ids"].shape[1] + asked["generation_config"].max_new_tokens == 512


def test_a_turn_that_is_too_long_is_refused(marked: Marked, scripted: Scripts) -> None:
    """It is never cut in two."""
    with pytest.raises(
        BadInputError, match=r"the last turn has \d+ tokens with its marks, the model sees 512"
    ):
        answer(scripted(), marked, TEMPLATE, [Message("user", "word " * 500)], Decoding())
