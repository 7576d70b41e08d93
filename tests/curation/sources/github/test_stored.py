"""What is carried between the two steps comes back as it was."""

import pytest

from curation.sources.base import Problem
from curation.sources.github.events import Event, Said, Subject
from curation.sources.github.stored import Contents, Stored, Unreadable, pack, unpack

SUBJECT = Subject("d1", "T", "B", "ann", "User", 5, "open", is_pull=True, stars=3, faults=("title_missing",))
SAID = Said(91, "bob", "", "lone \ud800 surrogate\0", None, faults=("author_missing", "body_missing"))


@pytest.mark.parametrize(
    "stored",
    [
        Event("IssuesEvent", "opened", "octo/hello", 7, "1", 5, "ann", "", SUBJECT, None, ("date_missing",)),
        Event(
            "IssueCommentEvent", "created", "octo/hello", 7, "", None, "", "", None, SAID, (), "a.json", -1, 8
        ),
        Contents(
            "Octo/Hello", 12, "c0ffee", "a.py", None, "x = '\udc80'\n", "c.parquet", 3, 44, ("file_missing",)
        ),
        Unreadable("a.json", -1, 8, "too_large", 5.0, 4.0, "the line is long"),
    ],
)
def test_what_is_packed_is_unpacked(stored: Stored) -> None:
    """Also texts that UTF-8 cannot hold."""
    assert unpack(pack(stored)) == stored


def test_key_ignores_the_case_of_the_repository() -> None:
    """GitHub does, too; events and contents meet under one key, unreadable lines each under their own."""
    event = Event("IssuesEvent", "opened", "Octo/Hello", 12, "", None, "", "", None, None)
    contents = Contents("octo/HELLO", 12, "", "", None, None)
    assert event.key == contents.key == "octo/hello/12"
    line = Unreadable("a.json", -1, 8, "bad_json", None, None, "")
    assert line.key == "\0a.json\x008"
    assert line.problem == Problem("bad_json")
