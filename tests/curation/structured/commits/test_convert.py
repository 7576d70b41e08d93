"""A commit becomes what StarCoder was shown of it: before, message and after, or a counted reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon
from pydantic import ValidationError

from curation.decode import DecodeSettings
from curation.sources.base import Problem
from curation.structured.commits import CommitSettings, convert
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import Part
from curation.structured.records import Commit

LINES = [f"line {number}\n" for number in range(100)]
CHANGED = [*LINES[:50], "new 1\n", "new 2\n", "new 3\n", *LINES[52:]]
MESSAGE = "Make the middle of it new\n\nIt was old.\n\nSigned-off-by: A <a@x>\n"
COMMIT = Commit(
    MESSAGE, "ada", "a.py", "a.py", "".join(LINES).encode(), "".join(CHANGED).encode(), 1_600_000_000
)
ALL = CommitSettings(tiny_keep=1, huge_keep=1, short_keep=1, data_keep=1)
"""Nothing is dropped by chance."""
WHOLE = ALL.model_copy(update={"whole_files": 1.0})


def converted(commit: Commit, settings: CommitSettings = ALL, document: str = "o/n/1") -> Converted:
    found = convert(commit, settings, document)
    assert isinstance(found, Converted), found
    return found


def refused(commit: Commit, settings: CommitSettings = ALL, document: str = "o/n/1") -> Problem:
    found = convert(commit, settings, document)
    assert isinstance(found, Refused), found
    assert found.kind == "commits"
    return found.problem


def texts(found: Converted) -> tuple[str, str, str]:
    before, message, after = found.parts
    assert [part.role for part in found.parts] == ["before", "message", "after"]
    return before.text, message.text, after.text


def test_a_whole_file_is_shown_before_and_after() -> None:
    """With the subject of the message between them; the language is left to the path."""
    assert converted(COMMIT, WHOLE) == Converted(
        "commits",
        "a.py",
        parts=(
            Part("before", "".join(LINES)),
            Part("message", "Make the middle of it new"),
            Part("after", "".join(CHANGED)),
        ),
    )


def test_a_change_is_shown_with_the_same_lines_around_it() -> None:
    """At most 31 on each side, as many in both versions, and both numbers vary with the commit."""
    chosen = ALL.model_copy(update={"whole_files": 0.0})
    above, below = set(), set()
    for number in range(300):
        before, _, after = texts(converted(COMMIT, chosen, f"o/n/{number}"))
        start, end = before.index("line 50\n"), before.index("line 51\n") + len("line 51\n")
        middle = after.index("new 1\n"), after.index("new 3\n") + len("new 3\n")
        assert (before[:start], before[end:]) == (after[: middle[0]], after[middle[1] :])
        above.add(before[:start].count("\n"))
        below.add(before[end:].count("\n"))
    assert above == below == set(range(32))


def test_nothing_but_the_change_is_shown_if_no_lines_are_allowed_around_it() -> None:
    """Also where a version has no line of it."""
    chosen = CommitSettings(whole_files=0, context_lines=0, tiny_keep=1)
    assert texts(converted(COMMIT, chosen))[::2] == ("line 50\nline 51\n", "new 1\nnew 2\nnew 3\n")
    inserted = replace(COMMIT, after=COMMIT.before + b"end\n")
    assert texts(converted(inserted, chosen))[::2] == ("", "end\n")


@pytest.mark.parametrize(
    ("settings", "commit", "share"),
    [
        (CommitSettings(), replace(COMMIT, after=COMMIT.before + b"end\n"), 0.1),
        (CommitSettings(), replace(COMMIT, after=COMMIT.before + b"end\n" * 200), 0.1),
        (CommitSettings(), replace(COMMIT, message="Make it new"), 0.5),
        (CommitSettings(), replace(COMMIT, new_path="a.json"), 0.5),
        (CommitSettings(), COMMIT, 1.0),
    ],
    ids=["tiny", "huge", "short", "data", "plain"],
)
def test_shares_are_those_of_starcoder(settings: CommitSettings, commit: Commit, share: float) -> None:
    """Of 2,000 commits of each kind, within four standard deviations; each choice is another one."""
    kept = [isinstance(convert(commit, settings, f"o/n/{number}"), Converted) for number in range(2000)]
    assert abs(sum(kept) / 2000 - share) <= 4 * (share * (1 - share) / 2000) ** 0.5


def test_a_fifth_of_the_documents_shows_whole_files() -> None:
    """As in StarCoder; the rest shows less of a long file."""
    whole = [texts(converted(COMMIT, ALL, f"o/n/{number}"))[0] == "".join(LINES) for number in range(2000)]
    assert abs(sum(whole) / 2000 - 0.2) < 0.04


def test_choices_do_not_depend_on_one_another() -> None:
    """Of the tiny commits that chance keeps, a fifth shows whole files as well."""
    tiny = replace(COMMIT, after=COMMIT.before + b"end\n")
    found = [convert(tiny, CommitSettings(), f"o/n/{number}") for number in range(4000)]
    whole = [texts(each)[0] == "".join(LINES) for each in found if isinstance(each, Converted)]
    assert 0.1 < sum(whole) / len(whole) < 0.3


def test_choices_depend_on_seed_and_name_alone() -> None:
    """The same document again, whatever was converted before it; another seed chooses otherwise."""
    first = [convert(COMMIT, CommitSettings(), f"o/n/{number}") for number in range(20)]
    again = [convert(COMMIT, CommitSettings(), f"o/n/{number}") for number in reversed(range(20))]
    other = [convert(COMMIT, CommitSettings(seed=1), f"o/n/{number}") for number in range(20)]
    assert first == again[::-1] != other


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"before": b"x" * 100_000}, Problem("before_too_long", 100_000, 100_000)),
        ({"before": "é".encode() * 100_000}, Problem("before_too_long", 100_000, 100_000)),
        ({"after": b""}, Problem("empty_after", detail="after: ")),
        ({"after": b"\xef\xbb\xbf" + COMMIT.before}, Problem("no_change", detail="the text is the same")),
        ({"after": b"\0"}, Problem("binary", detail="after: NUL byte")),
        ({"before": b"\x89PNG\0\xff"}, Problem("binary", detail="before: NUL byte")),
        ({"before": b"\xff\xfe\x81"}, Problem("bad_encoding", detail="before: not UTF-8 at byte 0")),
        ({"message": "\n"}, Problem("empty_message")),
        ({"message": "v1.2.3\n"}, Problem("version_bump")),
        ({"new_path": "a.xyzzy"}, Problem("extension_unknown")),
    ],
)
def test_a_commit_is_refused_for_a_reason(fields: dict[str, str | bytes], expected: Problem) -> None:
    """With what was measured; the reason holds no content."""
    found = refused(replace(COMMIT, **fields))  # type: ignore[arg-type]  # fields of two types
    if found.reason == "binary":
        found = replace(found, detail=f"{found.detail.partition(':')[0]}: NUL byte")
    assert found == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"before": b"x\n" * 49_999},
        {"before": b""},
        {"new_path": "sub/Dockerfile", "old_path": "a.py"},
        {"new_path": "a.java"},
    ],
)
def test_what_only_looks_like_a_reason_is_kept(fields: dict[str, str | bytes]) -> None:
    """Files just below the limit, files that were empty, renamed ones, code."""
    assert converted(replace(COMMIT, **fields), WHOLE).parts[0].text in {  # type: ignore[arg-type]  # as above
        "",
        "".join(LINES),
        "x\n" * 49_999,
    }


def test_unknown_extensions_are_taken_if_they_are_wanted() -> None:
    """A setting of its own."""
    assert converted(replace(COMMIT, new_path="a.xyzzy"), ALL.model_copy(update={"known_language": False}))


def test_only_the_first_commit_of_a_file_is_taken() -> None:
    """By its path before the commit; one that is dropped by an earlier rule does not count."""
    seen: set[str] = set()
    outcomes = []
    for message, old in (("v1.2.3", "a.py"), (MESSAGE, "a.py"), (MESSAGE, "a.py"), (MESSAGE, "b.py")):
        found = convert(replace(COMMIT, message=message, old_path=old), ALL, "o/n/1", seen)
        outcomes.append(found.problem.reason if isinstance(found, Refused) else "kept")
    assert outcomes == ["version_bump", "kept", "not_first_of_file", "kept"]
    assert seen == {"a.py", "b.py"}
    every = ALL.model_copy(update={"first_of_file": False})
    assert isinstance(convert(COMMIT, every, "o/n/1", seen), Converted)


def test_a_data_file_that_chance_drops_was_still_the_first() -> None:
    """Chance decides last, as in StarCoder."""
    seen: set[str] = set()
    chosen = ALL.model_copy(update={"data_keep": 0.0})
    commit = replace(COMMIT, old_path="a.json", new_path="a.json")
    reasons = [convert(commit, chosen, "o/n/1", seen) for _ in range(2)]
    assert [each.problem.reason for each in reasons if isinstance(each, Refused)] == [
        "data_format",
        "not_first_of_file",
    ]


def test_the_whole_message_can_be_shown() -> None:
    """Without trailers, which are counted."""
    chosen = WHOLE.model_copy(update={"message": "whole"})
    found = converted(COMMIT, chosen)
    assert texts(found)[1] == "Make the middle of it new\n\nIt was old."
    assert found.changes == ("trailers_removed",)
    assert converted(replace(COMMIT, message="Make the middle of it new\n"), chosen).changes == ()


@pytest.mark.parametrize("longer", ["before", "after"])
def test_both_versions_are_read_in_one_encoding(longer: str) -> None:
    """One that is too short to tell its encoding is read in that of the other one."""
    short = "x = 'ß'\n"
    long = short + "Das Maß für die Größe überprüfen, möglichst früh.\n" * 20
    before, after = (long, short) if longer == "before" else (short, long)
    found = converted(replace(COMMIT, before=before.encode("latin-1"), after=after.encode("latin-1")), WHOLE)
    assert texts(found)[::2] == (before, after)
    alone = replace(COMMIT, before=short.encode("latin-1"), after=COMMIT.after)
    assert refused(alone).reason == "bad_encoding"


def test_changes_of_the_text_are_counted_once() -> None:
    """A byte order mark that goes, line ends that are made the same, a path that is escaped."""
    mark = b"\xef\xbb\xbf"
    commit = replace(COMMIT, before=mark + COMMIT.before, after=mark + COMMIT.after, new_path="caf\udce9.py")
    found = converted(commit, WHOLE)
    assert (found.path, found.changes) == ("caf%E9.py", ("bom_removed", "path_escaped"))
    crlf = replace(COMMIT, before=COMMIT.before.replace(b"\n", b"\r\n"))
    assert isinstance(convert(crlf, ALL, "o/n/1", None, DecodeSettings(newlines="lf")), Converted)
    same = replace(crlf, after=COMMIT.before)
    found_same = convert(same, ALL, "o/n/1", None, DecodeSettings(newlines="lf"))
    assert isinstance(found_same, Refused)
    assert found_same.problem.reason == "no_change"


@given(st.text(max_size=60), st.text(max_size=60), st.binary(max_size=80), st.binary(max_size=80))
def test_any_commit_is_handled(message: str, path: str, before: bytes, after: bytes) -> None:
    """No message, path or content is an error."""
    settings = ALL.model_copy(update={"known_language": False})
    found = convert(Commit(message, "", path, path, before, after), settings, "o/n/1")
    assert isinstance(found, Converted | Refused)


def test_a_large_commit_takes_linear_time() -> None:
    """Two megabytes after it, of lines or of none, end."""
    for piece in (b"a\n", b"a", b"\r\n"):
        after = piece * (2_000_000 // len(piece))
        with ends_soon(f"converting a commit of {piece!r}"):
            convert(replace(COMMIT, after=after), ALL, "o/n/1")


def test_settings_are_checked() -> None:
    """A share is at most 1, an unknown key is refused."""
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        CommitSettings(tiny_keep=1.5)
    with pytest.raises(ValidationError, match="Extra inputs"):
        CommitSettings(tiny=1)  # type: ignore[call-arg]  # what is tested
