"""What the base of a file must be like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.pulls.file_rules import alphanumeric, language_of, refusal
from curation.structured.pulls.settings import FileRules

RULES = FileRules()
ENGLISH = "# Title\n\nThe purpose of this is to show that it works.\n"


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("a.py", "x = 1\n", None),
        ("a.py", "", "empty"),
        ("a.py", "(((a)))" * 10, "characters"),  # 10 of 70 characters
        ("a.py", "((a))b" * 10, None),  # 20 of 60
        ("a.py", "ab(((((" + "(", "characters"),  # exactly a quarter is too little
        ("a.py", "s = '" + "\\x41" * 30 + "'\n", "hex"),
        ("a.py", "s = '" + "\\x41" * 30 + "'\n" + "value = 1\n" * 20, None),
        ("a.py", "x\n" * 99_999, None),
        ("a.py", "x\n" * 100_000, "lines"),
        ("a.py", "x = 1\n" + "y" * 999 + "\n" + "x = 1\n" * 99, None),
        ("a.py", "x = 1\n" + "y" * 1000 + "\n" + "x = 1\n" * 99, "long_lines"),
        ("a.py", ("y" * 99 + "\n") * 9, None),
        ("a.py", ("y" * 100 + "\n") * 9, "long_lines"),
        ("a.md", "All " + "of that " * 2000, None),
        ("a.rst", "y" * 5000, None),
        ("a.md", ENGLISH, None),
        ("a.md", "# Titel\n\nDas ist alles.\n", "no_english"),
        ("a.md", "thesis toboggan\n", "no_english"),
        ("a.rst", "Das ist alles.\n", None),
        ("a.csv", "a,b\n1,2\n", "inspected"),
        ("vector", "#include <vector>\n// -*- C++ -*-\n", "inspected"),
        ("a.resx", '<?xml version="1.0"?><root>value</root>\n', "inspected"),
        ("a.xml", '<?xml version="1.0"?><root>value</root>\n', None),
    ],
)
def test_rules_by_hand(path: str, text: str, reason: str | None) -> None:
    """Each rule lets a file pass on its one side and names itself on the other."""
    assert refusal(path, text, language_of(path, text), RULES) == reason


def test_inspection_can_be_switched_off() -> None:
    """Extensions that reviewers marked as out are kept if the settings say so."""
    text = "a,b\n1,2\n"
    assert refusal("a.csv", text, "CSV", FileRules(inspected=False)) is None


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_letters_and_digits_are_counted_alike(text: str) -> None:
    """The quick count of ASCII texts is that of any other text."""
    assert alphanumeric(text) == sum(character.isalnum() for character in text)


@given(
    st.text(alphabet=st.characters(exclude_categories=())), st.sampled_from(["a.py", "b.md", "", "c\ud800"])
)
def test_no_text_is_too_odd(text: str, path: str) -> None:
    """Any text under any path is judged."""
    language = language_of(path, text)
    assert refusal(path, text, language, RULES) in {
        *(None, "empty", "characters", "hex", "lines", "long_lines", "no_english", "inspected")
    }
