"""Special tokens in data are found, made harmless, and come back as they were."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated
from render_cases import WILD

from curation.render.guard import JOINER, Guard, all_tokens, guard_for
from curation.sentinels import REDACTIONS, SENTINELS, STRUCTURE

GUARD = guard_for(STRUCTURE)


def twin(text: str) -> str:
    """Escaping, one character after the other."""
    out = []
    for place, character in enumerate(text):
        out.append(character)
        rest = text[place + 1 :].lstrip(JOINER)
        if character == "<" and any(rest.startswith(token[1:]) for token in STRUCTURE):
            out.append(JOINER)
    return "".join(out)


@pytest.mark.parametrize(
    ("text", "escaped", "found"),
    [
        ("a <fim_prefix> b", f"a <{JOINER}fim_prefix> b", {"<fim_prefix>": 1}),
        ("<pr><pr>", f"<{JOINER}pr><{JOINER}pr>", {"<pr>": 2}),
        ("<pr><pr_file>", f"<{JOINER}pr><{JOINER}pr_file>", {"<pr>": 1, "<pr_file>": 1}),
        ("<fim-middle>", f"<{JOINER}fim-middle>", {"<fim-middle>": 1}),
        ("<<|endoftext|>>", f"<<{JOINER}|endoftext|>>", {"<|endoftext|>": 1}),
        (f"<{JOINER}pr>", f"<{JOINER}{JOINER}pr>", {"<pr>": 1}),
        ("", "", {}),
        ("<fim_prefix", "<fim_prefix", {}),
        ("< pr>", "< pr>", {}),
        ("<PR>", "<PR>", {}),
        ("<pre>", "<pre>", {}),
        (f"<{JOINER}pre>", f"<{JOINER}pre>", {}),
        (f"{JOINER}", f"{JOINER}", {}),
        ("<NAME>", "<NAME>", {}),
    ],
)  # fmt: skip
def test_tokens_are_escaped_and_counted_and_nothing_else(
    text: str, escaped: str, found: dict[str, int]
) -> None:
    """A word joiner behind the "<" of each token, one more where it is escaped already."""
    assert GUARD.escape(text) == (escaped, found)
    assert GUARD.unescape(escaped) == text


@pytest.mark.parametrize("sentinel", SENTINELS, ids=lambda one: one.text)
def test_tokens_of_every_family_are_found(sentinel: object) -> None:
    """Also those that the family at hand does not have; redactions only if asked for."""
    text = getattr(sentinel, "text", "")
    guard = guard_for(all_tokens(redactions=True, more=("<|user|>",)))
    assert guard.find(f"x{text}x<|user|>") == {text: 1, "<|user|>": 1}
    assert bool(GUARD.find(text)) == (text not in REDACTIONS)


@given(WILD)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    """Escape and unescape, and twice of each."""
    once, _ = GUARD.escape(text)
    twice, _ = GUARD.escape(once)
    assert GUARD.unescape(once) == text
    assert GUARD.unescape(GUARD.unescape(twice)) == text


@given(WILD)
def test_escaped_text_holds_no_token(text: str) -> None:
    """Not even one that is found character by character."""
    escaped, found = GUARD.escape(text)
    assert not any(token in escaped for token in STRUCTURE)
    assert escaped == twin(text)
    assert bool(found) == (escaped != text)


@given(WILD)
def test_find_counts_what_str_count_counts(text: str) -> None:
    """No token overlaps another, so the two agree."""
    assert GUARD.find(text) == {token: text.count(token) for token in STRUCTURE if token in text}


@given(WILD, WILD, st.sampled_from(["\n", ": ", *STRUCTURE]))
def test_no_token_arises_where_texts_meet_a_layout(one: str, other: str, between: str) -> None:
    """Two escaped texts with a layout's own piece between them hold that piece's token only."""
    joined = GUARD.escape(one)[0] + between + GUARD.escape(other)[0]
    assert sum(GUARD.find(joined).values()) == (between in STRUCTURE)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_unicode_normalisation_does_not_undo_the_escape(form: str) -> None:
    """A word joiner stays in every form."""
    escaped = GUARD.escape("".join(STRUCTURE))[0]
    assert unicodedata.normalize(form, escaped) == escaped  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        repeated("<"),
        "<" + repeated(JOINER),
        repeated(f"<{JOINER}"),
        repeated("<pr_in_reply_to_comment_i"),
        repeated("<pr>"),
        repeated(f"<{JOINER * 99}pr>"),
    ],
    ids=["angles", "one long escape", "escapes of nothing", "almost tokens", "tokens", "long escapes"],
)
def test_crafted_text_takes_no_longer_than_it_is_long(text: str) -> None:
    """There and back, in time that grows with its length."""
    with ends_soon("escaping hostile text"):
        assert GUARD.unescape(GUARD.escape(text)[0]) == text


def test_a_guard_is_made_once_for_the_same_tokens() -> None:
    """Patterns are not compiled for every document."""
    assert guard_for(("<a>", "<b>")) is guard_for(("<a>", "<b>"))
    assert Guard(["<a>"]).find("<a><b>") == {"<a>": 1}
