"""The parts of a document survive their way through one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.structured.parts import Part, header, join, split

FACTS = st.dictionaries(
    st.text(max_size=5), st.text(max_size=5) | st.booleans() | st.integers(-9, 9), max_size=2
)
TEXT = st.text(st.characters(codec="utf-8"))
PARTS = st.lists(st.builds(Part, st.sampled_from(["text", "code"]), TEXT, FACTS), min_size=1)


@given(PARTS)
def test_parts_come_back_from_text_and_header(parts: list[Part]) -> None:
    """Any texts, also empty ones and those with newlines, are found again in the joined text."""
    assert list(split(join(parts), header(parts))) == parts


def test_lengths_and_facts_are_readable() -> None:
    """The header is one line of JSON: role, characters, and facts where there are any."""
    parts = [Part("title", "It breäks", {"user": "username_0", "closed": True}), Part("comment", "")]
    assert join(parts) == "It breäks\n"
    assert header(parts) == '[["title",9,{"closed":true,"user":"username_0"}],["comment",0]]'


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("ab", '[["text",1]]', "expected a newline after character 1, where text ends"),
        ("ab", '[["text",3]]', "they are 3 characters long, but the content 2"),
        ("ab", '[["text",2],["code",4]]', "they are 7 characters long, but the content 2"),
        ("ab", "", "saw no JSON"),
        ("ab", "{}", "expected a list of [role, length, facts], saw '{}'"),
        ("ab", '[["text"]]', "expected a list of"),
        ("ab", '[["text",-2]]', "expected a list of"),
        ("ab", '[["text",2,"facts"]]', "expected a list of"),
        ("ab", "[3]", "expected a list of"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(content: str, line: str, said: str) -> None:
    """A damaged shard is not split in the wrong places."""
    with pytest.raises(BadInputError) as refused:
        split(content, line)
    assert said in str(refused.value)
