"""A table that lacks a column is refused with what would help."""

import pytest

from curation.errors import BadInputError
from curation.sources.wanted import require


@pytest.mark.parametrize(
    ("columns", "required"), [(["content", "path"], ("content",)), (["a"], ()), ([], ("content",))]
)
def test_enough_columns(columns: list[str], required: tuple[str, ...]) -> None:
    """A table that has what is required is taken, and so is one that has neither columns nor rows."""
    require("t", columns, required)


@pytest.mark.parametrize(
    ("columns", "required", "message"),
    [
        (
            ["contents", "x"],
            ("content",),
            "no column 'content'; its 2 columns are contents, x; the nearest to 'content' is 'contents'",
        ),
        (["x"], ("content",), ". Choose the kind that fits, or kind: table with the columns that it has."),
        (["x"], ("content", "path"), "t has no column 'content', 'path'; its 1 columns are x. Choose"),
        ([f"c{n}" for n in range(1000)], ("content",), "its 1000 columns are c0, c1, "),
        ([f"c{n}" for n in range(1000)], ("content",), "c38, c39, .... Choose"),
    ],
)
def test_missing_column(columns: list[str], required: tuple[str, ...], message: str) -> None:
    """The message says what is missing, what there is, and the nearest name; long lists are cut."""
    with pytest.raises(BadInputError) as caught:
        require("t", columns, required)
    assert message in str(caught.value)
