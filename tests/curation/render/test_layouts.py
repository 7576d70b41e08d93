"""Whatever a document holds, it is rendered, and what is parsed is what was rendered."""

from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import ends_soon
from render_cases import KINDS, TEXTS, WILD, expected, items

from curation.errors import BadInputError
from curation.render.item import Item, Rendered
from curation.render.layouts import LAYOUTS, parse, render
from curation.render.settings import RenderSettings
from curation.sources.base import Problem
from curation.structured.outcome import Kind
from curation.structured.parts import Part, header, join

PAIRS = [(family, kind) for family, kinds in KINDS.items() for kind in kinds]
CHANCES = {
    name: st.sampled_from([0.0, 0.5, 1.0])
    for name in (
        *("repository_name_probability", "file_name_probability", "stars_probability"),
        "names_probability",
    )
}


def some_settings(family: str) -> st.SearchStrategy[RenderSettings]:
    """Settings under which texts parse."""
    return st.fixed_dictionaries(
        {
            "family": st.just(family),
            **CHANCES,
            "issue_opening": st.sampled_from(["start", "start_comment"]),
            "end_of_document": st.booleans(),
            "guard_redactions": st.booleans(),
            "more_sentinels": st.sampled_from([(), ("<|user|>", "<:>")]),
        }
    ).map(RenderSettings.model_validate)


def test_every_kind_has_a_layout_in_the_families_that_were_trained_on_it() -> None:
    """And the table has no others."""
    assert {(family, kind) for family, kind in LAYOUTS} == set(PAIRS)
    assert {kind for _, kind in PAIRS} == set(get_args(Kind))


@pytest.mark.parametrize(("family", "kind"), PAIRS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_is_parsed_is_what_was_rendered(family: str, kind: Kind, data: st.DataObject) -> None:
    """For any texts: special tokens, escaped ones, separators of the layouts, lone surrogates."""
    item = data.draw(items(kind, WILD if kind in {"code", "jupyter-scripts"} else TEXTS))
    chosen = data.draw(some_settings(family))
    rendered = render(item, chosen)
    assert isinstance(rendered, Rendered)
    assert parse(rendered.text, kind, chosen) == expected(item, rendered, chosen)


@pytest.mark.parametrize(("family", "kind"), PAIRS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_text_parses_or_is_refused(family: str, kind: Kind, data: st.DataObject) -> None:
    """Reading raises nothing but BadInputError, whatever it is given."""
    text = data.draw(WILD)
    with suppress(BadInputError):
        assert parse(text, kind, RenderSettings.model_validate({"family": family})).kind == kind


@pytest.mark.parametrize("parts", ["", "[]", "x", '[["before",3]]', '[["before",-1]]', "null"])
def test_a_header_that_does_not_fit_is_a_reason(parts: str) -> None:
    """A damaged row stops nothing; its detail holds no content."""
    problem = render(Item("1", "commits", "secret", parts), RenderSettings(family="starcoder"))
    assert problem == Problem(
        "bad_parts", detail="render: the parts' header is none of a content of 6 characters"
    )


def test_a_document_that_ends_is_parsed_without_its_end() -> None:
    """With end_of_document the last token belongs to no text."""
    ends = RenderSettings(end_of_document=True, names_probability=0)
    rendered = render(Item("1", "code", "x<|endoftext|>"), ends)
    assert isinstance(rendered, Rendered)
    assert rendered.text == "<file_sep>x<\u2060|endoftext|><|endoftext|>"
    assert parse(rendered.text, "code", ends).files[0].content == "x<|endoftext|>"
    with pytest.raises(BadInputError, match="at the end, which is not there"):
        parse("<file_sep>x", "code", ends)


@pytest.mark.parametrize(
    ("policy", "text", "forged"),
    [
        ("escape", "<file_sep><\u2060pr> <\u2060\u2060pr>", {"<pr>": 2}),
        ("keep", "<file_sep><pr> <\u2060pr>", {"<pr>": 1}),
    ],
)
def test_forged_tokens_are_escaped_or_kept_and_counted(
    policy: str, text: str, forged: dict[str, int]
) -> None:
    """Kept ones count only as far as a tokenizer would take them."""
    settings_ = RenderSettings.model_validate({"forged": policy, "names_probability": 0})
    rendered = render(Item("1", "code", "<pr> <\u2060pr>"), settings_)
    assert isinstance(rendered, Rendered)
    assert (rendered.text, dict(rendered.forged)) == (text, forged)
    assert rendered.changes == (("sentinels_escaped",) if policy == "escape" else ())


def test_forged_tokens_refuse_a_document_if_asked_for() -> None:
    """With their number and names; an escaped one is harmless and stays as it is."""
    drop = RenderSettings(forged="drop", names_probability=0)
    assert render(Item("1", "code", "<pr> <fim-pad> <pr>"), drop) == Problem(
        "forged_sentinel", 3.0, 0.0, "<fim-pad>, <pr>"
    )
    rendered = render(Item("1", "code", "<\u2060pr>"), drop)
    assert rendered == Rendered("<file_sep><\u2060pr>", ("1",))
    assert parse("<file_sep><\u2060pr>", "code", drop).files[0].content == "<\u2060pr>"


@pytest.mark.parametrize(
    ("given_settings", "text"),
    [
        ({}, "<NAME> <|user|>"),
        ({"guard_redactions": True}, "<\u2060NAME> <|user|>"),
        ({"more_sentinels": ("<|user|>",)}, "<NAME> <\u2060|user|>"),
    ],
)
def test_redactions_and_further_tokens_are_guarded_if_asked_for(
    given_settings: dict[str, object], text: str
) -> None:
    """By default <NAME> stays: redaction has put it there."""
    chosen = RenderSettings.model_validate(given_settings)
    rendered = render(Item("1", "jupyter-scripts", "<NAME> <|user|>"), chosen)
    assert isinstance(rendered, Rendered)
    assert rendered.text == f"<jupyter_script>{text}"


def test_a_kind_without_layout_cannot_be_parsed() -> None:
    """The message names those that can."""
    with pytest.raises(BadInputError, match="starcoder2 has no layout for commits; expected one of code, "):
        parse("x", "commits", RenderSettings())


def test_time_grows_with_the_length_of_a_thread() -> None:
    """50,000 comments full of forged tokens are rendered and parsed, and it ends."""
    comments = [Part("comment", "<pr>: \n" * 3, {"user": f"username_{n}"}) for n in range(50_000)]
    parts = [Part("title", "x"), *comments]
    item = Item("1", "issues", join(parts), header(parts))
    with ends_soon("rendering and parsing a long thread"):
        rendered = render(item, RenderSettings())
        assert isinstance(rendered, Rendered)
        assert len(parse(rendered.text, "issues", RenderSettings()).parts) == 50_001
