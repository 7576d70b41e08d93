"""Files and folders looked through."""

from pathlib import Path

import pytest
from decontaminate_twin import SOLUTION

from curation.decontaminate.matcher import Matcher
from curation.decontaminate.scan import files, scan_file
from curation.decontaminate.settings import DecontaminateSettings
from curation.errors import BadInputError

MATCHER = Matcher([SOLUTION], DecontaminateSettings())


def test_hits_come_with_their_lines(tmp_path: Path) -> None:
    """A file of a folder, or the one file."""
    (tmp_path / "solve.py").write_text("import ice\n\ndef f():\n    " + SOLUTION.text)
    for path in (tmp_path, tmp_path / "solve.py"):
        ((name, problem),) = files(path)
        found = scan_file(path, name, MATCHER)
        assert problem is None
        assert [(one.line, one.hit.method) for one in found.hits] == [(4, "exact")]
    assert found.as_json()["hits"][0]["item"] == "one"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A binary file has a problem, a folder that is not there is an error."""
    (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 40)
    assert scan_file(tmp_path, "a.bin", MATCHER).problem
    assert scan_file(tmp_path, "gone.py", MATCHER).problem
    with pytest.raises(BadInputError, match="no such file or folder"):
        files(tmp_path / "nothing")
