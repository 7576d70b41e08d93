"""Who has asked not to be used is left out, by repository, owner or file, per kind of document."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon
from pydantic import ValidationError

from curation.document import content_id
from curation.errors import BadInputError
from curation.optout import Kind, OptOut, OptOutSettings, parse_entry

SHA1 = "ce013625030ba8dba906f756967f9e9ca394464a"


def load(folder: Path, name: str, text: str, setting: str = "files") -> OptOut:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return OptOut.load(OptOutSettings(**{setting: (path,)}))


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Owner/Name", ("repository", "owner/name")),
        ("https://github.com/Owner/Name.git", ("repository", "owner/name")),
        ("https://github.com/Owner/Name/tree/main?x=1#readme", ("repository", "owner/name")),
        ("https://www.github.com/Owner/", ("owner", "owner")),
        ("http://user@gitlab.com/Group/Sub/Name/", ("repository", "group/sub/name")),
        ("git@github.com:Owner/Name.git", ("repository", "owner/name")),
        ("ssh://git@codeberg.org/Owner/Name", ("repository", "owner/name")),
        ("  Owner  ", ("owner", "owner")),
        (SHA1.upper(), ("file", SHA1)),
        (f"swh:1:cnt:{SHA1}", ("file", SHA1)),
        (f"swh:1:cnt:{SHA1};origin=https://x.org", ("file", SHA1)),
        (f"swh:1:dir:{SHA1}", None),
        ("two words", None),
        ("https://github.com/", None),
        ("..", None),
        ("", None),
    ],
)
def test_entries(text: str, entry: tuple[str, str] | None) -> None:
    """Names, addresses and file ids are brought to one form; anything else is none."""
    assert parse_entry(text) == entry


@given(st.text(max_size=60))
def test_any_text_is_an_entry_or_none(text: str) -> None:
    """No text raises, and what is taken reads as itself again."""
    entry = parse_entry(text)
    assert entry is None or parse_entry(entry[1]) == entry


def test_plain_list(tmp_path: Path) -> None:
    """A plain list holds for every kind; letters match whatever their case; unlisted names stay."""
    optout = load(tmp_path, "list.txt", f"# asked in March\nAnn/Tool  # all of it\n\nBOB\n{SHA1}\n")
    assert optout.reason("code", "ANN/tool") == "optout_repository"
    assert optout.reason("issues", "bob/Anything") == "optout_owner"
    assert optout.reason("commits", "eve/x", content_id(b"hello\n")) == "optout_file"
    assert optout.reason("code", "eve/x", "swh:1:cnt:" + "0" * 40, SHA1) == "optout_file"
    assert optout.reason("code", "ann/other", "swh:1:cnt:" + "0" * 40) is None
    assert optout.reason("code", "", "") is None


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl"])
def test_records(tmp_path: Path, name: str) -> None:
    """The records of The Stack v2: all, Commits and GitHub issue of a user, else a repository."""
    rows = [
        ("Ann", "", "all"),
        ("Bob", "", "Commits"),
        ("Cleo", "", "GitHub issue"),
        ("Dan", "", "Tool"),
        ("Eve", "eve/kit", "Commits"),
    ]
    lines = {
        "list.csv": ["user,repo,value", *(",".join(row) for row in rows)],
        "list.jsonl": [f'{{"user": "{u}", "repo": "{r}", "value": "{v}"}}' for u, r, v in rows],
    }
    optout = load(tmp_path, name, "\n".join(lines[name]) + "\n")
    kinds: tuple[Kind, ...] = ("code", "issues", "commits")
    repositories = ("ann/x", "bob/x", "cleo/x", "dan/tool", "dan/x", "eve/kit")
    owner, named = "optout_owner", "optout_repository"
    assert {each: [optout.reason(kind, each) for kind in kinds] for each in repositories} == {
        "ann/x": [owner, owner, owner],
        "bob/x": [None, None, owner],
        "cleo/x": [None, owner, None],
        "dan/tool": [named, named, named],
        "dan/x": [None, None, None],
        "eve/kit": [None, None, named],
    }


def test_a_record_may_hold_several_values(tmp_path: Path) -> None:
    """A JSON record may list several values of one user."""
    optout = load(tmp_path, "list.jsonl", '{"user": "ann", "value": ["Commits", "tool"]}\n')
    assert optout.reason("commits", "ann/x") == "optout_owner"
    assert optout.reason("code", "ann/tool") == "optout_repository"


def test_lists_for_one_kind(tmp_path: Path) -> None:
    """A list given for one kind leaves the others alone, whatever it says."""
    optout = load(tmp_path, "list.txt", "ann\n", setting="commit_files")
    assert optout.reason("commits", "ann/x") == "optout_owner"
    assert optout.reason("code", "ann/x") is None
    records = load(tmp_path, "list.csv", "user,value\nbob,GitHub issue\ncleo,all\n", setting="code_files")
    assert (records.reason("code", "bob/x"), records.reason("issues", "bob/x")) == (None, None)
    assert (records.reason("code", "cleo/x"), records.reason("issues", "cleo/x")) == ("optout_owner", None)


def test_summary_counts_entries_and_matches(tmp_path: Path) -> None:
    """The summary counts entries and those that were met, per kind, and never names anybody."""
    optout = load(tmp_path, "list.txt", "ann\nbob\nann/tool\nANN\n")
    for _ in range(3):
        optout.reason("code", "ann/x")
    assert optout.summary() == [
        {"kind": "every", "what": "owner", "entries": 2, "matched": 1},
        {"kind": "every", "what": "repository", "entries": 1, "matched": 0},
    ]
    assert list(optout.lists.values()) == [4]
    assert "ann" not in str(optout.summary())


def test_no_lists_leave_nothing_out() -> None:
    """Without lists nothing is left out."""
    optout = OptOut.load(OptOutSettings())
    assert optout.reason("code", "ann/x", SHA1) is None
    assert optout.summary() == []


def test_workers_get_plain_data(tmp_path: Path) -> None:
    """The lists survive pickling, for worker processes."""
    optout = load(tmp_path, "list.txt", "ann\n")
    assert pickle.loads(pickle.dumps(optout)).reason("code", "ann/x") == "optout_owner"  # noqa: S301  own bytes


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("l.txt", "ann\ntwo words\n", r"l\.txt:2: 'two words'; expected an owner, owner/name, their address"),
        (
            "l.csv",
            "name,value\nann,all\n",
            r"l\.csv:1: 'name,value'; expected the columns user, repo and value",
        ),
        ("l.csv", "user,repo,value\n,,all\n", r"l\.csv:2: .*; expected a user or organisation in `user`"),
        ("l.csv", "user,repo,value\nann,,\n", r"l\.csv:2: .*; expected all, Commits, GitHub issue or a repo"),
        ("l.csv", "user,repo,value\nann,,a b\n", r"l\.csv:2: 'a b'; expected the name of a repository"),
        ("l.jsonl", '{"user": "ann", "value": "all"}\n{"user\n', r"l\.jsonl:2: .* expected a JSON object"),
        ("l.jsonl", "[1]\n", r"l\.jsonl:1: .* expected a JSON object"),
    ],
)
def test_bad_lines_are_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    """A line that cannot be understood is refused with file, line and what was expected."""
    with pytest.raises(BadInputError, match=message):
        load(tmp_path, name, text)


def test_unreadable_lists_are_refused(tmp_path: Path) -> None:
    """A missing list, or one that is no text, is refused with its path."""
    with pytest.raises(BadInputError, match=r"missing\.txt: .*; expected a UTF-8 text file"):
        OptOut.load(OptOutSettings(files=(tmp_path / "missing.txt",)))
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadInputError, match=r"binary\.txt: .*; expected a UTF-8 text file"):
        OptOut.load(OptOutSettings(files=(tmp_path / "binary.txt",)))


def test_unknown_settings_are_refused() -> None:
    """A mistyped setting is refused."""
    settings: dict[str, Any] = {"file": ()}
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        OptOutSettings(**settings)


def test_long_lists_load(tmp_path: Path) -> None:
    """A hundred thousand entries load in time that does not grow with their square."""
    text = "".join(
        f"https://github.com/Owner{number % 5000}/Name-{number}.git\n" for number in range(100_000)
    )
    with ends_soon("loading a list of opt-outs"):
        optout = load(tmp_path, "list.txt", text)
    assert optout.reason("code", "owner7/name-7") == "optout_repository"
