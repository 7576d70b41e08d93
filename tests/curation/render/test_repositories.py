"""Repositories in StarCoder2's layout."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_cases import WILD, one_line

from curation.errors import BadConfigError, BadInputError
from curation.render.item import Item, ParsedFile, RefusedFile, Rendered
from curation.render.layouts import parse, render
from curation.render.repositories import render_repository
from curation.render.settings import RenderSettings
from curation.sources.base import Problem

NAMES = RenderSettings(names_probability=1)
CODE = RenderSettings(names_probability=0)
FILES = (
    Item("1", "code", "x = 1", repo_name="octo/hello", path="a.py"),
    Item("2", "code", "y = 2\n", repo_name="octo/hello", path="b/c.py"),
)


def rendered(name: str, files: tuple[Item, ...], settings: RenderSettings) -> list[Rendered]:
    """The texts of a repository of which no file is refused."""
    texts = [one for one in render_repository(name, files, settings, "doc") if isinstance(one, Rendered)]
    assert sum(len(text.ids) for text in texts) == len(files)
    return texts


def test_golden_repository_with_names() -> None:
    """The repository's name, and before each file its path and a newline."""
    (text,) = rendered("octo/hello", FILES, NAMES)
    assert text.text == "<repo_name>octo/hello<file_sep>a.py\nx = 1<file_sep>b/c.py\ny = 2\n"
    assert text == Rendered(text.text, ("1", "2"), ("names",), {}, ())


def test_golden_repository_without_names() -> None:
    """The files alone."""
    (text,) = rendered("octo/hello", FILES, CODE)
    assert text == Rendered("<file_sep>x = 1<file_sep>y = 2\n", ("1", "2"))


def test_a_single_file_is_a_repository_of_one() -> None:
    """The same layout, and the same without a repository's name."""
    assert render(FILES[0], NAMES) == Rendered(
        "<repo_name>octo/hello<file_sep>a.py\nx = 1", ("1",), ("names",)
    )
    assert render(Item("1", "code", "x", path="a.py"), NAMES) == Rendered("<file_sep>x", ("1",))


def test_names_are_shown_in_half_of_the_repositories() -> None:
    """By the repository's id, all or none."""
    shown = [
        one.shown == ("names",)
        for number in range(2000)
        for one in render_repository("r", FILES[:1], RenderSettings(), str(number))
        if isinstance(one, Rendered)
    ]
    assert sum(shown) / 2000 == pytest.approx(0.5, abs=0.04)


def test_a_large_repository_becomes_several_texts() -> None:
    """Cut between files, in order, within the limit, and all but the first are counted."""
    files = tuple(Item(str(n), "code", "é" * 20, path=f"{n}.py") for n in range(10))
    settings = NAMES.model_copy(update={"max_document_bytes": 160, "end_of_document": True})
    texts = rendered("o/h", files, settings)
    assert [text.ids for text in texts] == [("0", "1"), ("2", "3"), ("4", "5"), ("6", "7"), ("8", "9")]
    assert all(len(text.text.encode()) <= 160 for text in texts)
    assert all(text.text.startswith("<repo_name>o/h<file_sep>") for text in texts)
    assert all(text.text.endswith("<|endoftext|>") for text in texts)
    assert [text.changes for text in texts] == [(), *[("repository_split",)] * 4]


@pytest.mark.parametrize(("ends", "exact"), [(False, 40), (True, 53)])
def test_the_limit_is_exact(ends: bool, exact: int) -> None:
    """A text may be as long as the limit says, its end included, and not one byte longer."""
    files = tuple(Item(str(n), "code", "x" * 10) for n in range(2))
    at, below = (
        RenderSettings(names_probability=0, end_of_document=ends, max_document_bytes=limit)
        for limit in (exact, exact - 1)
    )
    (text,) = rendered("", files, at)
    assert len(text.text) == exact
    assert len(rendered("", files, below)) == 2


def test_a_file_over_the_limit_stands_alone() -> None:
    """It is neither cut nor lost, but counted."""
    files = tuple(Item(str(n), "code", "x" * size) for n, size in enumerate((5, 500, 5)))
    texts = rendered("", files, CODE.model_copy(update={"max_document_bytes": 100}))
    assert [(text.ids, text.changes) for text in texts] == [
        (("0",), ()),
        (("1",), ("over_limit", "repository_split")),
        (("2",), ("repository_split",)),
    ]


def test_a_file_with_forged_tokens_is_left_out_alone() -> None:
    """With the policy drop the other files stay, and the file has its reason."""
    files = (FILES[0], Item("bad", "code", "<file_sep><file_sep>", path="x"), FILES[1])
    found = list(render_repository("r", files, CODE.model_copy(update={"forged": "drop"}), "doc"))
    assert found == [
        RefusedFile("bad", Problem("forged_sentinel", 2.0, 0.0, "<file_sep>")),
        Rendered("<file_sep>x = 1<file_sep>y = 2\n", ("1", "2")),
    ]


def test_a_forged_repository_name_leaves_all_files_out() -> None:
    """With the policy drop, where names are shown."""
    drop = {"forged": "drop"}
    found = list(render_repository("a<pr>", FILES, NAMES.model_copy(update=drop), "doc"))
    assert [one.problem.reason for one in found if isinstance(one, RefusedFile)] == ["forged_sentinel"] * 2
    assert len(found) == 2
    assert len(list(render_repository("a<pr>", FILES, CODE.model_copy(update=drop), "doc"))) == 1


def test_only_code_is_a_file_of_a_repository() -> None:
    """Other kinds are refused as no_layout."""
    (found,) = render_repository("r", [Item("1", "jupyter-scripts", "x")], CODE, "doc")
    assert found == RefusedFile("1", Problem("no_layout", detail="jupyter-scripts in a repository"))


def test_starcoder_has_no_repositories() -> None:
    """Asking for one is the caller's mistake."""
    with pytest.raises(BadConfigError, match="starcoder has no layout for repositories; expected starcoder2"):
        list(render_repository("r", FILES, RenderSettings(family="starcoder"), "doc"))


def test_nothing_is_rendered_of_no_files() -> None:
    """Not even an empty text."""
    assert list(render_repository("r", (), NAMES, "doc")) == []


@given(
    WILD,
    st.lists(st.tuples(WILD, WILD), min_size=1, max_size=5),
    st.sampled_from([0.0, 1.0]),
    st.sampled_from([0, 1, 60, 10_000]),
    st.booleans(),
)
def test_what_is_parsed_is_what_was_rendered(
    name: str, files: list[tuple[str, str]], chance: float, limit: int, ends: bool
) -> None:
    """Whatever names, paths and code hold, in one text or several; paths as one line."""
    settings = RenderSettings(names_probability=chance, max_document_bytes=limit, end_of_document=ends)
    items = tuple(Item(str(n), "code", code, path=path) for n, (path, code) in enumerate(files))
    texts = rendered(name, items, settings)
    named = bool(chance and name)
    parsed = [parse(text.text, "code", settings) for text in texts]
    assert [file for one in parsed for file in one.files] == [
        ParsedFile(code, one_line(path) if named else None) for path, code in files
    ]
    assert {one.repo_name for one in parsed} == {one_line(name) if named else None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "expected <file_sep> as token 1, saw the end"),
        ("<repo_name>r", "expected <file_sep> as token 2, saw the end"),
        ("x<file_sep>y", "expected a token first, saw 1 characters"),
        ("<file_sep>x<repo_name>y", "expected the end after 1 tokens, saw <repo_name>"),
    ],
)
def test_what_is_no_repository_is_refused(text: str, message: str) -> None:
    """With what was expected where."""
    with pytest.raises(BadInputError, match=message):
        parse(text, "code", CODE)
