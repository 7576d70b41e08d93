"""Whether a login can stand somewhere is decided by what stands around it."""

import pytest

from curation.structured.people.places import may_stand, word_may_stand

TABLE = [
    ("thanks [x].", True, False),
    ("@[x]", True, True),
    ("@[x]-", True, True),
    ("@[x]-y", True, False),
    ("@[x].y", True, False),
    ("@[x]/y", True, False),
    ("@[x](y)", True, False),
    ("/@[x]", True, False),
    ("a@[x]", False, False),
    ("[x]@a", False, False),
    ("[x]-y+z@a", False, False),
    ("a@b-[x].c", False, False),
    ("a@b [x]", True, False),
    ("a.[x]", False, False),
    (".[x]", True, False),
    ("[x].a", False, False),
    ("[x]. A", True, False),
    ("[x].github.io", True, False),
    ("_[x]", False, False),
    ("[x]1", False, False),
    ("\u00e9[x]", False, False),
    ("\u8c22[x]\u8c22", True, False),
    ("https://github.com/[x]/y", True, True),
    ("https://gitlab.com/[x]/y", True, False),
    ("[x] wrote:", True, True),
    ("[x] wrote something", True, False),
    ("> **[x]** said:", True, True),
    ("the [x] said:", True, False),
    ("On 4 Jan, [x] wrote:", True, True),
    ("If so, [x] wrote:", True, False),
]


@pytest.mark.parametrize(("marked", "name", "word"), TABLE)
def test_places(marked: str, name: bool, word: bool) -> None:
    """For a login that is no word, and for one that is."""
    start = marked.index("[x]")
    text = marked.replace("[x]", "x")
    assert may_stand(text, start, start + 1) is name
    assert (name and word_may_stand(text, start, start + 1)) is word
