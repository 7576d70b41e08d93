"""Notebooks: cells, scripts, and those from Kaggle."""

import pytest

from curation.errors import BadInputError
from curation.render.item import Item, Parsed, ParsedFile, Rendered
from curation.render.layouts import parse, render
from curation.render.settings import RenderSettings
from curation.sources.base import Problem
from curation.structured.outcome import Kind
from curation.structured.parts import Part, header, join

ONE = RenderSettings(family="starcoder")
TWO = RenderSettings()


def notebook(kind: Kind, *parts: Part) -> Item:
    """A notebook of these parts."""
    return Item("1", kind, join(parts), header(parts), repo_name="octo/hello", path="a.ipynb")


CELLS = (
    *(Part("text", "Load it"), Part("code", "x = 1\nx"), Part("output", "1")),
    *(Part("text", "Then"), Part("code", "y = 2"), Part("output", "")),
)
CELLS_TEXT = (
    "<jupyter_start><jupyter_text>Load it<jupyter_code>x = 1\nx<jupyter_output>1"
    "<jupyter_text>Then<jupyter_code>y = 2<jupyter_output><empty_output>"
)


@pytest.mark.parametrize("settings", [ONE, TWO], ids=["starcoder", "starcoder2"])
def test_golden_cells(settings: RenderSettings) -> None:
    """Text, code, output in turn; no output is a token of its own."""
    assert render(notebook("jupyter-structured", *CELLS), settings) == Rendered(CELLS_TEXT, ("1",))
    assert parse(CELLS_TEXT, "jupyter-structured", settings) == Parsed("jupyter-structured", CELLS)


def test_golden_script() -> None:
    """StarCoder2's token, then the code."""
    text = "<jupyter_script># %% [markdown]\n# Load it\n"
    item = Item(
        "1", "jupyter-scripts", "# %% [markdown]\n# Load it\n", repo_name="octo/hello", path="a.ipynb"
    )
    assert render(item, TWO) == Rendered(text, ("1",))
    assert parse(text, "jupyter-scripts", TWO) == Parsed("jupyter-scripts", files=(ParsedFile(item.content),))


KAGGLE = (
    Part("text", "Cars\nOf 1974.\nKaggle dataset identifier: cars"),
    Part("code", "import pandas as pd\n\ndf = pd.read_csv('cars.csv')\ndf.info()"),
    Part("output", "RangeIndex: 32 entries"),
    Part("text", "Examples:\nfast"),
    Part("script", "df.head()\n"),
)
KAGGLE_TEXT = (
    "<jupyter_start><jupyter_text>Cars\nOf 1974.\nKaggle dataset identifier: cars"
    "<jupyter_code>import pandas as pd\n\ndf = pd.read_csv('cars.csv')\ndf.info()"
    "<jupyter_output>RangeIndex: 32 entries<jupyter_text>Examples:\nfast<jupyter_script>df.head()\n"
)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (KAGGLE, KAGGLE_TEXT),
        (KAGGLE[4:], "<jupyter_script>df.head()\n"),
        ((KAGGLE[3], KAGGLE[4]), "<jupyter_start><jupyter_text>Examples:\nfast<jupyter_script>df.head()\n"),
    ],
    ids=["all known", "nothing known", "a text"],
)
def test_golden_kaggle(parts: tuple[Part, ...], text: str) -> None:
    """What is known of the data comes first; without it the notebook is a script like others."""
    assert render(notebook("kaggle", *parts), TWO) == Rendered(text, ("1",))
    assert parse(text, "kaggle", TWO) == Parsed("kaggle", parts)


def test_starcoder_has_none_from_kaggle() -> None:
    """A counted reason."""
    assert render(notebook("kaggle", *KAGGLE), ONE) == Problem("no_layout", detail="kaggle for starcoder")


def test_an_output_that_looks_like_no_output_stays_an_output() -> None:
    """The token in data is escaped, the layout's is not."""
    parts = (Part("text", ""), Part("code", ""), Part("output", "<empty_output>"))
    rendered = render(notebook("jupyter-structured", *parts), TWO)
    assert isinstance(rendered, Rendered)
    assert rendered.text == (
        "<jupyter_start><jupyter_text><jupyter_code><jupyter_output><\u2060empty_output>"
    )
    assert rendered.forged == {"<empty_output>": 1}
    assert parse(rendered.text, "jupyter-structured", TWO).parts == parts


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("jupyter-structured", CELLS[:2]),
        ("jupyter-structured", CELLS[1:4]),
        ("jupyter-structured", KAGGLE[4:] * 3),
        ("kaggle", KAGGLE[:2]),
        ("kaggle", KAGGLE[4:] * 2),
    ],
)
def test_other_parts_are_refused(kind: Kind, parts: tuple[Part, ...]) -> None:
    """As bad_parts."""
    problem = render(notebook(kind, *parts), TWO)
    assert isinstance(problem, Problem)
    assert problem.reason == "bad_parts"
    assert "has other parts than" in problem.detail


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("jupyter-structured", "<jupyter_start>x<jupyter_text>y", "behind <jupyter_start>, saw 1"),
        ("jupyter-structured", "<jupyter_start><jupyter_code>y", "expected <jupyter_text> as token 2"),
        ("jupyter-structured", f"{CELLS_TEXT}x", "behind <empty_output>, saw 1"),
        ("jupyter-scripts", "x = 1", "expected <jupyter_script> as token 1, saw the end"),
        ("kaggle", "<jupyter_start><jupyter_text>x", "expected <jupyter_script> as token 3, saw the end"),
        ("kaggle", "<jupyter_script>x<jupyter_text>y", "expected the end after 1 tokens"),
    ],
)
def test_what_is_no_notebook_is_refused(kind: Kind, text: str, message: str) -> None:
    """With what was expected where."""
    with pytest.raises(BadInputError, match=message):
        parse(text, kind, TWO)
