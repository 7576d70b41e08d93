"""Benchmarks as the command line names them."""

import pytest

from curation.decontaminate.named import settings_of
from curation.errors import BadConfigError


def test_presets_and_files_together() -> None:
    """A preset keeps its columns, a file takes those that are named."""
    preset, own = settings_of(["mbpp", "data/ours.v2.jsonl"], ["q"], ["a"], "id").benchmarks
    assert (preset.name, preset.path, preset.fields) == ("mbpp", "", ())
    assert (own.name, own.path, own.id) == ("ours", "data/ours.v2.jsonl", "id")
    assert [(field.column, field.kind) for field in own.fields] == [("q", "text"), ("a", "code")]


def test_a_file_needs_columns() -> None:
    """They cannot be guessed."""
    with pytest.raises(BadConfigError, match="--text and --code"):
        settings_of(["ours.jsonl"], [], [], "")
