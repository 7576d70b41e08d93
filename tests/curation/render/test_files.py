"""Files in StarCoder's layout."""

import pytest

from curation.errors import BadInputError
from curation.render.files import star_range
from curation.render.item import Item, Parsed, ParsedFile, Rendered
from curation.render.layouts import parse, render
from curation.render.settings import RenderSettings

ALL = RenderSettings(
    family="starcoder", repository_name_probability=1, file_name_probability=1, stars_probability=1
)
NONE = RenderSettings(
    family="starcoder", repository_name_probability=0, file_name_probability=0, stars_probability=0
)
ITEM = Item("7", "code", "x = 1\ny = 2\n", repo_name="octo/hello", path="src/a.py", stars=12)


def text_of(item: Item, settings: RenderSettings) -> str:
    """The text of a document that is not refused."""
    rendered = render(item, settings)
    assert isinstance(rendered, Rendered)
    return rendered.text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "<reponame>octo/hello<filename>src/a.py<gh_stars>10-100\nx = 1\ny = 2\n"),
        ({"repository_name_probability": 0.0}, "<filename>src/a.py<gh_stars>10-100\nx = 1\ny = 2\n"),
        ({"file_name_probability": 0.0}, "<reponame>octo/hello<gh_stars>10-100\nx = 1\ny = 2\n"),
        ({"stars_probability": 0.0}, "<reponame>octo/hello<filename>src/a.py\nx = 1\ny = 2\n"),
    ],
)
def test_golden_file_with_metadata(change: dict[str, float], text: str) -> None:
    """Repository, path and stars in this order, each on its own account, then a newline and the code."""
    assert text_of(ITEM, ALL.model_copy(update=change)) == text


def test_golden_file_without_metadata() -> None:
    """The code alone, without a newline before it."""
    assert text_of(ITEM, NONE) == "x = 1\ny = 2\n"


def test_a_notebook_script_is_a_file() -> None:
    """StarCoder has no token for scripts."""
    item = Item("7", "jupyter-scripts", "x = 1", repo_name="octo/hello", path="a.ipynb")
    assert text_of(item, ALL) == "<reponame>octo/hello<filename>a.ipynb<gh_stars>0\nx = 1"


def test_what_is_unknown_is_not_shown() -> None:
    """No empty names; stars that are unknown count as 0, as they were in training."""
    assert text_of(Item("7", "code", "x"), ALL) == "<gh_stars>0\nx"


@pytest.mark.parametrize(
    ("stars", "shown"),
    [
        *((None, "0"), (0, "0"), (-3, "0"), (1, "1-10"), (10, "1-10"), (11, "10-100"), (100, "10-100")),
        *((101, "100-1000"), (1000, "100-1000"), (1001, "1000+"), (10**9, "1000+")),
    ],
)
def test_stars_are_shown_as_their_range(stars: int | None, shown: str) -> None:
    """The five ranges of StarCoder's training data."""
    assert star_range(stars, (10, 100, 1000)) == shown


def test_other_ranges_of_stars() -> None:
    """The last one is open."""
    assert [star_range(stars, (5,)) for stars in (0, 5, 6)] == ["0", "1-5", "5+"]


def test_each_part_of_the_prefix_is_there_as_often_as_asked() -> None:
    """About 0.2 of 4,000 documents, and independent of each other."""
    settings = RenderSettings(family="starcoder")
    shown = [
        rendered.shown
        for number in range(4000)
        if isinstance(
            rendered := render(Item(str(number), "code", "x", repo_name="r", path="p"), settings), Rendered
        )
    ]
    for name in ("repository_name", "file_name", "stars"):
        assert sum(name in one for one in shown) / 4000 == pytest.approx(0.2, abs=0.025)
    assert sum(len(one) == 3 for one in shown) / 4000 == pytest.approx(0.008, abs=0.006)
    assert sum(not one for one in shown) / 4000 == pytest.approx(0.512, abs=0.03)


def test_chance_depends_on_seed_and_document_only() -> None:
    """The same again, whatever was rendered before; another seed decides anew."""
    settings = RenderSettings(family="starcoder")
    items = [Item(str(number), "code", "x", repo_name="r", path="p") for number in range(50)]
    forwards = [text_of(item, settings) for item in items]
    backwards = [text_of(item, settings) for item in reversed(items)]
    assert forwards == backwards[::-1]
    assert forwards != [text_of(item, settings.model_copy(update={"seed": 1})) for item in items]


def test_a_path_with_line_breaks_becomes_one_line() -> None:
    """So the newline before the code is the first one; it is counted."""
    rendered = render(
        Item("7", "code", "x", path="a\r\nb\n\nc"), NONE.model_copy(update={"file_name_probability": 1})
    )
    assert isinstance(rendered, Rendered)
    assert rendered.text == "<filename>a b c\nx"
    assert rendered.changes == ("line_breaks_joined",)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("x\ny", Parsed("code", files=(ParsedFile("x\ny"),))),
        ("", Parsed("code", files=(ParsedFile(""),))),
        ("<filename>a.py\n\nx", Parsed("code", files=(ParsedFile("\nx", "a.py"),))),
        (
            "<reponame>o/h<gh_stars>1-10\nx",
            Parsed("code", files=(ParsedFile("x"),), repo_name="o/h", stars="1-10"),
        ),
    ],
)
def test_files_are_parsed(text: str, parsed: Parsed) -> None:
    """What is not shown is None."""
    assert parse(text, "code", NONE) == parsed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x<reponame>r\nx", "expected a token first, saw 1 characters"),
        ("<filename>p<reponame>r\nx", "expected the end after 1 tokens, saw <reponame>"),
        ("<filename>p", "expected a newline and code behind <filename>"),
        ("<pr>x", "expected the end after 0 tokens, saw <pr>"),
    ],
)
def test_what_is_no_file_is_refused(text: str, message: str) -> None:
    """With what was expected where."""
    with pytest.raises(BadInputError, match=message):
        parse(text, "code", NONE)
