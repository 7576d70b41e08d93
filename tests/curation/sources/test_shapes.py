"""Columns say what a table is; if they do not, the message says what is missing."""

import pytest

from curation.errors import BadInputError
from curation.sources import shapes, table
from curation.sources.blobs import Store
from curation.sources.inputs import Reading
from curation.sources.rows import Row

V1 = [
    "hexsha",
    "size",
    "ext",
    "lang",
    "max_stars_repo_path",
    "max_stars_repo_name",
    "content",
    "avg_line_length",
]
V2 = ["blob_id", "directory_id", "path", "content_id", "repo_name", "src_encoding", "length_bytes"]
TRAIN = ["repo_name", "revision_id", "files", "files.blob_id", "files.path", "files.content_id"]
V3 = [
    "repo_path",
    "commit_id",
    "github_metadata",
    "github_metadata.stars",
    "files",
    "files.content",
    "files.file_path",
]
STAR = ["max_stars_repo_path", "max_stars_repo_name", "max_stars_count", "id", "content"]


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (V1, "stack_v1"),
        (V2, "stack_v2"),
        (TRAIN, "stack_v2"),
        (V3, "stack_v3"),
        (STAR, "starcoderdata"),
        (["content"], "table"),
        (["repo", "text"], "table"),
        (["code", "func_name"], "table"),
        ([*V2, "content"], "table"),
        ([*V3, "content"], "stack_v3"),
        ([*V1, "files"], "stack_v1"),
    ],
)
def test_shape_of(columns: list[str], kind: str) -> None:
    """Each published shape is known by its columns, in any order; ids with joined contents are a table."""
    assert shapes.shape_of(columns) == kind
    assert shapes.shape_of(columns[::-1]) == kind
    assert shapes.settings_for(columns, "p").kind == kind


@pytest.mark.parametrize(
    ("columns", "nearest"),
    [
        (
            ["hexsha", "max_stars_repo_path", "body"],
            "stack_v1 needs content, hexsha, max_stars_repo_path (missing: content)",
        ),
        (
            ["files", "files.file_path"],
            "stack_v3 needs files, files.content, files.file_path (missing: files.content)",
        ),
        (["blob_id", "size"], "stack_v2 needs blob_id, path (missing: path)"),
        (["a", "b"], "stack_v1 needs"),
        ([], "stack_v1 needs"),
    ],
)
def test_nothing_fits(columns: list[str], nearest: str) -> None:
    """The message shows the columns that were seen and what each shape lacks, the nearest shape first."""
    with pytest.raises(BadInputError) as caught:
        shapes.shape_of(columns)
    message = str(caught.value)
    assert message.startswith(f"the columns {', '.join(columns) or '(none)'} fit no known table. {nearest}")
    for kind in ("stack_v1", "stack_v2", "stack_v3", "starcoderdata"):
        assert f"{kind} needs" in message
    assert message.endswith("or kind: table with columns.content set.")


def test_guess_takes_the_best_name() -> None:
    """Where several columns could hold a fact, the more exact name is taken; others stay unknown."""
    assert shapes.guess(
        ["text", "content", "repo", "repo_name", "filename", "license", "stars"]
    ) == table.Columns(
        content="content", path="filename", repo_name="repo_name", licences="license", stars="stars"
    )


def test_settings_carry_path_options_and_reading() -> None:
    """What the user said about reading holds for the kind that was found."""
    found = shapes.settings_for(V1, "s3://b/x", {"anon": True}, Reading(unit_bytes=5))
    assert (found.path, found.storage_options, found.reading.unit_bytes) == ("s3://b/x", {"anon": True}, 5)


@pytest.mark.parametrize("columns", [V1, V3, STAR, ["text", "path"]])
def test_rows_from_elsewhere_become_files(columns: list[str]) -> None:
    """Rows that a library gives are read by the same rules as rows of files."""
    values = {
        "content": "x",
        "text": "x",
        "path": "p",
        "max_stars_repo_path": "p",
        "files": [{"content": "x", "file_path": "p"}],
    }
    row = Row("data set", -1, 4, {name: values[name] for name in columns if name in values})
    (file,) = shapes.files([row], columns, None, Reading(), Store())
    assert (file.content, file.path, file.source_file, file.source_row) == ("x", "p", "data set", 4)


def test_given_mapping_wins_over_the_columns() -> None:
    """A mapping that the user gives is taken even if the columns look like a known corpus."""
    row = Row("d", -1, 0, {"content": "x", "hexsha": "h", "max_stars_repo_path": "p", "other": "o"})
    mapping = table.Columns(content="content", path="other")
    (file,) = shapes.files([row], V1, mapping, Reading(), Store())
    assert file.path == "o"
