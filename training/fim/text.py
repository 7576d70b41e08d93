"""Ids <-> text in which special tokens are atoms.

    atoms_of([2, 40, 41], vocabulary)    -> [2, "def"]      2 is <fim_prefix>
    ids_of([2, "<fim_prefix>"], coder)   -> [2, 27, 69, ...]: what only looks like a special token is text

An atom is the id itself, so that it can never be taken for text of the same spelling. Bytes that are no
UTF-8, as where a piece begins inside a character, become lone surrogates and come back as they were.
"""

from collections.abc import Iterable, Sequence

from training.fim.vocabulary import ATOM, Vocabulary
from training.tokenizer.coder import Coder

Atom = str | int
"""Text, or the id of a special token."""


def atoms_of(ids: Iterable[int], vocabulary: Vocabulary) -> list[Atom]:
    """Text and special tokens of ids; no two texts follow each other, and none is empty."""
    found: list[Atom] = []
    spelt = bytearray()
    for number in ids:
        if vocabulary.boundary[number] == ATOM:
            found += _text(spelt)
            found.append(int(number))
            spelt.clear()
        else:
            spelt += vocabulary.spelt[number]
    return found + _text(spelt)


def ids_of(atoms: Iterable[Atom], coder: Coder) -> list[int]:
    """Ids of texts and special tokens; each text is encoded alone."""
    ids: list[int] = []
    for atom in atoms:
        ids += [atom] if isinstance(atom, int) else coder.encode(atom)
    return ids


def shown(atoms: Sequence[Atom], vocabulary: Vocabulary) -> str:
    """Text with special tokens by name, for people: what only looks like one looks the same."""
    names = vocabulary.specials.control
    return "".join(atom if isinstance(atom, str) else names.get(atom, f"<{atom}>") for atom in atoms)


def _text(spelt: bytearray) -> list[Atom]:
    """Bytes as a list of at most one text."""
    return [bytes(spelt).decode("utf-8", "surrogateescape")] if spelt else []
