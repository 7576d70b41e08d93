"""A scan names places and never values."""

import json
import os
from pathlib import Path

import pytest
from pii_stand_in import Applied, Redacted, find, redact

from curation.errors import BadInputError
from curation.pii.context import Context
from curation.pii.scorecard.scan import PLAIN, FileScan, Show, files, scan_file, scan_text
from curation.pii.spans import Span

HERE = Context("Python", "a.py")


def test_a_finding_has_place_rule_and_replacement() -> None:
    """Line and column from 1, offsets in characters from 0."""
    (first, second) = scan_text("é = 1\nmail ann@ex.org, key sk-abcdef\n", HERE, find, redact).findings
    assert (first.line, first.column, first.start, first.end) == (2, 6, 11, 21)
    assert (first.tag, first.rule, first.masked, first.replacement, first.kept) == (
        *("EMAIL", "mail", "a•••", "<EMAIL>"),
        False,
    )
    assert (second.line, second.column, second.replacement) == (2, 22, "<KEY>")


def test_a_kept_value_has_no_replacement() -> None:
    """And what follows it still has the right one."""
    first, second = scan_text("8.8.8.8 sk-abcdef", HERE, find, redact).findings
    assert (first.kept, first.replacement, first.masked) == (True, "", "8•••")
    assert (second.kept, second.replacement) == (False, "<KEY>")


def test_the_place_is_that_of_the_edit() -> None:
    """Redaction may begin a character later than a finding, and may pass one over."""

    def found(text: str, context: Context) -> list[Span]:
        return [Span(0, 4, "KEY", "x", 1.0), Span(5, 9, "USERNAME", "y", 0.5), Span(10, 14, "KEY", "z", 1.0)]

    edit = Redacted("n<K> user <KEY>", (Applied(1, 4, 3), Applied(10, 14, 5)))
    one, passed, last = scan_text("nabc user abcd", HERE, found, lambda *_: edit).findings
    assert (one.start, one.end, one.column, one.replacement) == (1, 4, 2, "<K>")
    assert (passed.kept, passed.replacement, last.replacement) == (True, "", "<KEY>")


@pytest.mark.parametrize(
    ("text", "problem"), [("give up sk-abcdef", "timeout"), ("brittle sk-abcdef", "syntax")]
)
def test_what_cannot_be_told_is_a_problem(text: str, problem: str) -> None:
    """A detector or the redaction that gives up is named, and never taken for a clean file."""
    assert scan_text(text, HERE, find, redact).problem == problem


def test_no_value_is_kept_unless_asked_for() -> None:
    """Neither in findings nor in lines nor in the diff."""
    text = "a = 'sk-abcdef'\nb = 'ann@ex.org'\n"
    for show in (PLAIN, Show(diff=True)):
        assert not any(
            value in repr(scan_text(text, HERE, find, redact, show)) for value in ("abcdef", "ann@")
        )
    assert "sk-abcdef" in repr(scan_text(text, HERE, find, redact, Show(values=True)))


def test_a_folder_is_walked_in_order(tmp_path: Path) -> None:
    """Links and version control are not followed; what cannot be read is named with its reason."""
    for name, content in {
        "b.py": b"k = 'sk-abcdef'\n",
        "a/c.go": b"x\n",
        ".git/config": b"sk-abcdef",
        "nul.bin": b"\0\0",
        "bom.py": b"\xef\xbb\xbfsk-abcdef",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "link.py").symlink_to("b.py")
    os.mkfifo(tmp_path / "pipe")
    told = files(tmp_path)
    assert [name for name, _ in told] == ["b.py", "bom.py", "link.py", "nul.bin", "pipe", "a/c.go"]
    assert {name: problem.reason for name, problem in told if problem} == {
        "link.py": "link",
        "pipe": "special_file",
    }
    found = {name: scan_file(tmp_path, name, find, redact) for name, problem in told if not problem}
    assert {name: (len(one.findings), one.language, one.problem) for name, one in found.items()} == {
        "b.py": (1, "Python", ""),
        "bom.py": (1, "Python", ""),
        "nul.bin": (0, "", "binary"),
        "a/c.go": (0, "Go", ""),
    }
    assert found["bom.py"].findings[0].start == 0
    assert found["b.py"].bytes == 16


def test_one_file_is_read_by_its_own_name(tmp_path: Path) -> None:
    """The language can be given; a file that goes away is named."""
    path = tmp_path / "some"
    path.write_text("sk-abcdef")
    assert files(path) == [("some", None)]
    assert scan_file(path, "some", find, redact, language="Go").language == "Go"
    assert scan_file(tmp_path, "gone", find, redact) == FileScan("gone", problem="unreadable")
    with pytest.raises(BadInputError, match="no such file or folder; expected one to look through"):
        files(tmp_path / "none")


def test_json_holds_findings_only(tmp_path: Path) -> None:
    """No line of the file, as what stands beside a value may be secret as well."""
    values = scan_text("my words sk-abcdef", HERE, find, redact, Show(diff=True)).as_json()
    text = json.dumps(values)
    assert "words" not in text
    assert values["findings"][0]["rule"] == "sk"
