"""The three orders of a repository's files."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.repositories import How, RepoFile, order

HOWS: tuple[How, ...] = ("random", "path", "dependency")
FILES = [
    RepoFile("app.py", "Python", "import util\nfrom core import model\n"),
    RepoFile("README.md", "Markdown", "# hello"),
    RepoFile("core/__init__.py", "Python", ""),
    RepoFile("core/model.py", "Python", "import util"),
    RepoFile("util.py", "Python", ""),
    RepoFile("setup.py", "Python", "import util"),
    RepoFile("alone.py", "Python", ""),
]


def paths(how: How, files: list[RepoFile], **more: bool) -> list[str]:
    """The files in order, by path."""
    return [files[place].path for place in order(files, how, seed=0, repository="o/r", **more)]


def test_by_path_is_a_walk_through_folders() -> None:
    """Folder by folder: a dash in a name does not part what is in a folder."""
    files = [RepoFile(path, "", "") for path in ("b.py", "a/z.py", "a-b/c.py", "a/b/c.py", "a.py")]
    assert paths("path", files) == ["a/b/c.py", "a/z.py", "a-b/c.py", "a.py", "b.py"]


def test_by_need_what_is_needed_comes_first() -> None:
    """What hangs together by imports stands together; the rest stands where its path puts it."""
    assert paths("dependency", FILES) == [
        "README.md", "alone.py", "util.py", "core/model.py", "app.py", "setup.py", "core/__init__.py",
    ]  # fmt: skip


def test_documents_can_come_first() -> None:
    """Documentation and build files, then what is linked, then the rest."""
    assert paths("dependency", FILES, documents_first=True) == [
        "README.md", "setup.py", "util.py", "core/model.py", "app.py", "alone.py", "core/__init__.py",
    ]  # fmt: skip


def test_random_orders_are_the_same_everywhere() -> None:
    """A fixed order; another seed or another repository gives another one."""
    files = [RepoFile(f"{n}.py", "Python", "") for n in range(8)]
    drawn = order(files, "random", seed=0, repository="o/r")
    assert drawn == [2, 0, 7, 6, 1, 3, 5, 4]
    assert drawn != order(files, "random", seed=1, repository="o/r")
    assert drawn != order(files, "random", seed=0, repository="o/s")


def test_random_orders_are_fair() -> None:
    """In 600 repositories each of six files is first about as often."""
    files = [RepoFile(f"{n}.py", "Python", "") for n in range(6)]
    first = [order(files, "random", seed=0, repository=f"o/{n}")[0] for n in range(600)]
    assert all(60 < first.count(n) < 140 for n in range(6))


@pytest.mark.parametrize("how", HOWS)
def test_nothing_and_one_file(how: How) -> None:
    """Are orders too."""
    assert order([], how, seed=0, repository="") == []
    assert order(FILES[:1], how, seed=0, repository="") == [0]


NAMES = [f"{folder}{name}.py" for folder in ("", "p/", "p/q/") for name in ("a", "b", "__init__")]
TEXTS = st.lists(
    st.sampled_from(["import a", "from . import b", "from p.q import a", "from .. import a", "x = 1"]),
    max_size=4,
)


@given(st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=9), st.booleans())
def test_every_file_comes_once(files: list[tuple[str, list[str]]], documents_first: bool) -> None:
    """Whatever the files import, and also if two have one path."""
    known = [RepoFile(path, "Python", "\n".join(text)) for path, text in files]
    for how in HOWS:
        placed = order(known, how, seed=3, repository="r", documents_first=documents_first)
        assert sorted(placed) == list(range(len(files)))


@given(st.dictionaries(st.sampled_from(NAMES), TEXTS, min_size=2), st.randoms(use_true_random=False))
def test_the_order_in_which_files_are_given_does_not_matter(
    files: dict[str, list[str]], draw: random.Random
) -> None:
    """Workers may find the files of a repository in any order."""
    known = [RepoFile(path, "Python", "\n".join(text)) for path, text in files.items()]
    turned = known.copy()
    draw.shuffle(turned)
    for how in HOWS:
        assert paths(how, turned) == paths(how, known)


@given(
    st.lists(st.lists(st.integers(0, 100), max_size=4), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_imports_without_cycles_are_all_met(imports: list[list[int]], draw: random.Random) -> None:
    """Of modules that import only those made before them, each stands behind what it imports."""
    names = [f"m{n}" for n in range(len(imports))]
    draw.shuffle(names)
    files = [
        RepoFile(f"{names[n]}.py", "Python", "".join(f"import {names[k % n]}\n" for k in wanted if n))
        for n, wanted in enumerate(imports)
    ]
    place = {number: at for at, number in enumerate(order(files, "dependency", seed=0, repository=""))}
    assert all(place[k % n] < place[n] for n, wanted in enumerate(imports) for k in wanted if n)
