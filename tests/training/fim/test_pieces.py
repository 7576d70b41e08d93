"""What is cut, and what stays at its beginning."""

import pytest

from training.fim.pieces import Piece, Stretch, files, is_repository, whole
from training.fim.text import Atom, ids_of
from training.fim.vocabulary import Vocabulary, as_ids
from training.tokenizer.coder import Coder


def piece(coder: Coder, *parts: str, begins: bool = True, opening: str | None = None) -> Piece:
    """A piece of texts and special tokens by name; the first one opens the document unless said otherwise."""
    of_name = {name: number for number, name in coder.specials.control.items()}
    atoms: list[Atom] = [of_name.get(part, part) for part in parts]
    ids = ids_of(atoms, coder)
    return Piece(as_ids(ids), begins, ids[0] if opening is None else of_name[opening])


def told(coder: Coder, some: Piece, stretch: Stretch) -> tuple[str, int]:
    """Text of a stretch, and how many lines of it stay."""
    return coder.decode(some.ids[stretch.start : stretch.end].tolist()), stretch.lines_kept


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            ["<repo_name>", "o/r", "<file_sep>", "a.py\nx", "<file_sep>", "b.py\ny"],
            [("a.py\nx", 1), ("b.py\ny", 1)],
        ),
        (["<file_sep>", "x", "<file_sep>", "y"], [("x", 0), ("y", 0)]),
        (["<file_sep>", "<file_sep>", "y", "<file_sep>"], [("y", 0)]),
        (["<repo_name>", "o/r"], []),
    ],
)
def test_files_of_a_repository(
    coder: Coder, vocabulary: Vocabulary, parts: list[str], expected: object
) -> None:
    """Files are what is between <file_sep>; their paths stay if names are shown; the repository's is none."""
    some = piece(coder, *parts)
    assert is_repository(some, vocabulary)
    assert [told(coder, some, one) for one in files(some, vocabulary, keep_head=True)] == expected
    assert all(one.lines_kept == 0 for one in files(some, vocabulary, keep_head=False))


def test_a_later_piece_knows_whether_names_are_shown(coder: Coder, vocabulary: Vocabulary) -> None:
    """What a later piece begins with has no path; files behind it do, if the document began with a name."""
    for opening, kept in (("<repo_name>", 1), ("<file_sep>", 0)):
        some = piece(coder, "rest", "<file_sep>", "b.py\ny", begins=False, opening=opening)
        found = [told(coder, some, one) for one in files(some, vocabulary, keep_head=True)]
        assert found == [("rest", 0), ("b.py\ny", kept)]


def test_the_middle_of_a_file_of_a_repository_is_a_file(coder: Coder, vocabulary: Vocabulary) -> None:
    """A piece without any <file_sep> from inside a repository is cut as a part of a file."""
    some = piece(coder, "rest", begins=False, opening="<file_sep>")
    assert is_repository(some, vocabulary)
    assert [told(coder, some, one) for one in files(some, vocabulary, keep_head=True)] == [("rest", 0)]


@pytest.mark.parametrize(
    "parts", [["x = 1"], ["<jupyter_script>", "x = 1"], ["<pr>", "T", "<repo_name>", "o/r"]]
)
def test_other_texts_are_cut_as_one(coder: Coder, vocabulary: Vocabulary, parts: list[str]) -> None:
    """Code, notebooks and pull requests are no repositories, and nothing of them is kept."""
    some = piece(coder, *parts)
    assert not is_repository(some, vocabulary)
    assert whole(some, vocabulary, keep_head=True) == Stretch(0, len(some.ids), 0)


@pytest.mark.parametrize("name", ["<reponame>", "<filename>", "<gh_stars>"])
def test_metadata_of_a_file_stay(first_coder: Coder, first_vocabulary: Vocabulary, name: str) -> None:
    """In the first StarCoder's layout the first line stays if it has metadata, in the first piece only."""
    some = piece(first_coder, name, "what\nx = 1")
    assert not is_repository(some, first_vocabulary)
    assert whole(some, first_vocabulary, keep_head=True).lines_kept == 1
    assert whole(some, first_vocabulary, keep_head=False).lines_kept == 0
    later = piece(first_coder, "x = 2", begins=False, opening=name)
    assert whole(later, first_vocabulary, keep_head=True).lines_kept == 0


def test_other_special_tokens_are_no_metadata(first_coder: Coder, first_vocabulary: Vocabulary) -> None:
    """An issue begins with a special token too, and has no metadata."""
    some = piece(first_coder, "<issue_start>", "Title: x\nusername_0: y")
    assert whole(some, first_vocabulary, keep_head=True).lines_kept == 0
