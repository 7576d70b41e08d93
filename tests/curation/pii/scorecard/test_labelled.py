"""Labelled files are read as they are, or refused with the line that is wrong."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadInputError
from curation.pii.scorecard.labelled import Case, Label, read, source_family

LINE = {"text": "to ann@ex.org", "spans": [{"start": 3, "end": 13, "tag": "EMAIL_ADDRESS"}]}


def written(path: Path, *rows: Any) -> Path:
    """A file of these rows; strings as they are."""
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_line_becomes_a_case(tmp_path: Path) -> None:
    """Tags and languages get our names, lines keep their numbers, other fields are passed over."""
    more = {"label": "EMAIL", "tier": "core", "source": "a/b:c.py", "lang": ".go", "value": "x", "id": 7}
    found = list(read(written(tmp_path / "a.jsonl", "", {**LINE, **more})))
    assert found == [Case(2, "to ann@ex.org", (Label(3, 13, "EMAIL"),), "EMAIL", "core", "a/b:c.py", "Go")]
    assert not found[0].is_negative


def test_compressed_files_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    """Whatever the name is."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(json.dumps(LINE).encode()))
    assert len(list(read(path))) == 1


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("IP", "IP_ADDRESS"),
        ("ip-address", "IP_ADDRESS"),
        ("PERSON", "NAME"),
        ("Password", "PASSWORD"),
        ("API_KEY", "KEY"),
        ("USER", "USERNAME"),
    ],
)
def test_tags_of_other_tools_are_known(tmp_path: Path, tag: str, expected: str) -> None:
    """In any case, with hyphens or underscores."""
    row = {"text": "abc", "spans": [{"start": 0, "end": 3, "tag": tag}]}
    (case,) = read(written(tmp_path / "a.jsonl", row))
    assert [label.tag for label in case.labels] == [expected]


def test_tags_that_nothing_looks_for_are_left_out(tmp_path: Path) -> None:
    """A phone number is no miss, and its text no negative if it has another label."""
    row = {"text": "abc", "label": "PHONE", "spans": [{"start": 0, "end": 3, "tag": "PHONE_NUMBER"}]}
    (case,) = read(written(tmp_path / "a.jsonl", row))
    assert (case.labels, case.is_negative) == ((), False)


@pytest.mark.parametrize("label", ["", "NONE", None])
def test_a_text_without_spans_is_a_negative(tmp_path: Path, label: str | None) -> None:
    """Whether it says so or not."""
    (case,) = read(written(tmp_path / "a.jsonl", {"text": "x", "spans": [], "label": label}))
    assert case.is_negative


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[" * 100_000, "line 2: not JSON"),
        ("[]", 'line 2: expected an object with "text"'),
        ({"text": "a"}, 'line 2: expected an object with "text"'),
        ({"text": 1, "spans": []}, 'line 2: expected an object with "text"'),
        ({"text": "a", "spans": ["x"]}, 'line 2, span 1: expected "start" and "end"'),
        ({"text": "a", "spans": [{"start": True, "end": 1, "tag": "KEY"}]}, 'expected "start" and "end"'),
        ({"text": "a", "spans": [{"start": 0, "end": 2, "tag": "KEY"}]}, "characters 0 to 2 of a text of 1"),
        ({"text": "a", "spans": [{"start": 0, "end": 0, "tag": "KEY"}]}, "counted in characters"),
        ({"text": "a", "spans": [{"start": 0, "end": 1, "tag": "COLOUR"}]}, "tag 'COLOUR' is unknown"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, row: Any, message: str) -> None:
    """With its number and what was expected, and never with its text."""
    with pytest.raises(BadInputError) as caught:
        list(read(written(tmp_path / "a.jsonl", LINE, row)))
    assert message in str(caught.value)
    assert "ann@" not in str(caught.value)


def test_a_missing_or_damaged_file_is_said(tmp_path: Path) -> None:
    """Missing, cut gzip, not UTF-8, empty."""
    cut, other, empty = tmp_path / "cut.gz", tmp_path / "latin", tmp_path / "empty"
    cut.write_bytes(gzip.compress(json.dumps(LINE).encode() * 50)[:-20])
    other.write_bytes(b'{"text": "\xe9"}')
    empty.touch()
    for path, message in (
        (tmp_path / "none", "No such file"),
        (cut, "EOFError"),
        (other, "UnicodeDecodeError"),
        (empty, "no case; expected one JSON object per line"),
    ):
        with pytest.raises(BadInputError, match=message):
            list(read(path))


def test_only_the_asked_tier_is_read(tmp_path: Path) -> None:
    """And a tier that is not there is an error that names those that are."""
    path = written(tmp_path / "a.jsonl", {**LINE, "tier": "core"}, {**LINE, "tier": "weak"}, LINE)
    assert [case.tier for case in read(path)] == ["core", "weak", ""]
    assert [case.number for case in read(path, "weak")] == [2]
    with pytest.raises(
        BadInputError, match=r"no case of tier 'cor'.*the tiers are: .none. 1, core 1, weak 1"
    ):
        list(read(path, "cor"))


@pytest.mark.parametrize(
    ("source", "family"),
    [
        ("owner/tool@abc123:rules/slack.go#slack-token", "owner/tool#slack-token"),
        ("owner/tool@abc123:tests/npm_test.py", "owner/tool:npm_test.py"),
        ("owner/repo@abc123:tests/a_test.py:145", "owner/repo:a_test.py"),
        ("owner/data@abc123:meta/d94d550a.csv#34990", "owner/data"),
        ("Framework 4.2 sdist:tests/validators/tests.py#DATA", "Framework 4.2 sdist#DATA"),
        ("", ""),
    ],
)
def test_sources_fall_into_families(source: str, family: str) -> None:
    """Cases of one rule or one test belong together."""
    assert source_family(source) == family


def test_the_kind_of_a_span_is_its_family() -> None:
    """A planted file has many kinds in one text."""
    case = Case(1, "ab", (Label(0, 1, "KEY", "jwt"), Label(1, 2, "KEY")), source="a/b:c.py")
    assert [case.family(label) for label in case.labels] == ["jwt", "a/b:c.py"]
    assert Case(1, "ab", ()).family() == "(unknown)"
