r"""What is cut: a piece of a document, whole or file by file, and what stays at its beginning.

    "<repo_name>R<file_sep>a.py\nx = 1"  -> "a.py\nx = 1", of which "a.py\n" stays; the name is left alone
    "<reponame>R<filename>a.py\nx = 1"   -> the whole, of which all before "x" stays
    "x = 1\n"                            -> the whole

Files are told by <file_sep>. That their paths are shown is known by the first id of the document, which is
<repo_name>, also in later pieces of it (StarCoder2, section 5: names are shown all or none). A piece that
begins inside a file shows no path of it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from curation import sentinels
from training.fim.vocabulary import Ints, Vocabulary


class Piece(NamedTuple):
    """A run of ids of one document, without the end of the document."""

    ids: Ints
    begins: bool
    """Whether its document begins with it."""
    opening: int
    """First id of the document."""


class Stretch(NamedTuple):
    """A part of a piece that may get a gap."""

    start: int
    end: int
    """Ids of the piece from the first up to, but not including, the second."""
    lines_kept: int
    """Lines at its beginning that stay in the prefix: 0 or 1."""


def is_repository(piece: Piece, vocabulary: Vocabulary) -> bool:
    """Whether a piece is cut file by file."""
    specials = vocabulary.specials
    if specials.file_sep is None:
        return False
    return piece.opening in {specials.file_sep, specials.repo_name} or bool(
        np.any(piece.ids == specials.file_sep)
    )


def whole(piece: Piece, vocabulary: Vocabulary, *, keep_head: bool) -> Stretch:
    """A piece that is cut as one."""
    names = {sentinels.REPONAME, sentinels.FILENAME, sentinels.GH_STARS}
    has_head = piece.begins and vocabulary.specials.control.get(piece.opening) in names
    return Stretch(0, len(piece.ids), int(keep_head and has_head))


def files(piece: Piece, vocabulary: Vocabulary, *, keep_head: bool) -> Iterator[Stretch]:
    """The files of a piece that is cut file by file; the name of the repository is none, nor is nothing."""
    specials = vocabulary.specials
    named = piece.opening == specials.repo_name
    separators = np.flatnonzero(piece.ids == specials.file_sep).tolist()
    starts = [0, *(place + 1 for place in separators)]
    for start, end in zip(starts, [*separators, len(piece.ids)], strict=True):
        if start < end and piece.ids[start] != specials.repo_name:
            yield Stretch(start, end, int(keep_head and named and start > 0))
