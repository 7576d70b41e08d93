"""Texts and tokens that are made: a split in memory, coders, texts of every kind, and plain twins.

MadeSplit([[5, 6], [7]])     a split with the interface of the one that training reads from files
coder("starcoder2", folder)  a small coder
TEXTS, ATOMS                 hypothesis strategies: text with all that is awkward in it; with special tokens
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from tiny import tiny_tokenizer

from curation.sentinels import Family
from training.fim.text import Atom
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder

AWKWARD = (
    *" \t\n'a1(", "\r\n", "  ", "    ", "\n\n", " x", " def", "return", " 1", "'s", "'ll", "\x00", "\u00a0",
    "\u3000", "\u2028", "\u00e9", "e\u0301", "\u6c49\u5b57", " \u6c49", "\U0001f642", "\ufffd",
    "<fim_middle>", "<file_sep>", "<|endoftext|>",
)  # fmt: skip
"""Pieces of text where splitting, counting or escaping go wrong."""
TEXTS = st.one_of(
    st.lists(st.sampled_from(AWKWARD), max_size=30).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


class MadeSplit:
    """Documents given as lists of ids, without ends of documents."""

    def __init__(self, documents: Sequence[Sequence[int]], manifest: Mapping[str, Any] | None = None) -> None:
        self.documents = len(documents)
        self.lengths = np.array([len(document) for document in documents], np.int64)
        self.manifest = manifest or {}
        self._ids = [np.array(document, np.uint16) for document in documents]

    def tokens(self, document: int, first: int = 0, last: int | None = None) -> npt.NDArray[np.uint16]:
        """Ids of a document, or of a part of it."""
        return self._ids[document][first:last]


@cache
def coder(family: Family, folder: Path, *, fast: bool = True) -> Coder:
    """A small coder; made once for a session, in a folder that is the same for all who ask."""
    return load_coder(tiny_tokenizer(family, folder / f"tokenizer-{family}"), fast=fast)


def atoms_with(controls: Sequence[int]) -> st.SearchStrategy[list[Atom]]:
    """Texts and special tokens in turn; no two texts follow each other, and none is empty."""
    pairs = st.tuples(TEXTS, st.sampled_from(list(controls)))

    def joined(drawn: tuple[list[tuple[str, int]], str]) -> list[Atom]:
        some, last = drawn
        atoms: list[Atom] = [atom for pair in some for atom in pair]
        return [atom for atom in [*atoms, last] if atom != ""]

    return st.tuples(st.lists(pairs, max_size=4), TEXTS).map(joined)


def characters_of(atoms: Sequence[Atom]) -> list[Atom]:
    """Every character, and every special token, alone."""
    return [one for atom in atoms for one in (atom if isinstance(atom, str) else [atom])]


def joined(characters: Sequence[Atom]) -> list[Atom]:
    """Characters and special tokens, with characters that follow each other as one text."""
    atoms: list[Atom] = []
    for one in characters:
        if isinstance(one, str) and atoms and isinstance(last := atoms[-1], str):
            atoms[-1] = last + one
        else:
            atoms.append(one)
    return atoms
