"""What was permuted -> what it was: the exact inverse, for tests, previews and whoever checks samples.

    <fim_prefix>a<fim_suffix>c<fim_middle>b<|endoftext|>  -> ["abc"]
    <fim_prefix><fim_suffix>c<fim_middle>ab               -> ["abc"]
    <file_sep><fim_prefix>a<fim_suffix>c<fim_middle>b<file_sep>d  -> [file_sep, "abc", file_sep, "d"]

One rule serves both orders: what is between <fim_prefix> and <fim_suffix>, then what is behind <fim_middle>,
up to the next file or the end, then what is between <fim_suffix> and <fim_middle>. It returns text, not the
ids: a text has other ids when it is encoded in three parts. It is for one document, or one piece of it.
"""

from collections.abc import Sequence

from curation.errors import BadInputError
from training.fim.text import Atom, atoms_of
from training.fim.vocabulary import Vocabulary


def undo(ids: Sequence[int], vocabulary: Vocabulary) -> list[Atom]:
    """Text and special tokens of what was permuted; an end of the document at its end is left out.

    Raises:
        BadInputError: If a gap has no suffix or no middle, or these come without a gap.
    """
    specials = vocabulary.specials
    rest = [int(number) for number in ids]
    if rest and rest[-1] == specials.end:
        rest.pop()
    ends = {specials.file_sep, specials.end, specials.prefix}
    restored: list[int] = []
    place = 0
    while place < len(rest):
        number = rest[place]
        if number in {specials.suffix, specials.middle}:
            raise BadInputError(
                f"undo: saw {specials.control[number]} at id {place} outside a gap; expected "
                f"{specials.control[specials.prefix]} before it"
            )
        if number != specials.prefix:
            restored.append(number)
            place += 1
            continue
        suffix = _find(rest, specials.suffix, place, vocabulary)
        middle = _find(rest, specials.middle, suffix, vocabulary)
        end = next((spot for spot in range(middle + 1, len(rest)) if rest[spot] in ends), len(rest))
        restored += rest[place + 1 : suffix] + rest[middle + 1 : end] + rest[suffix + 1 : middle]
        place = end
    return atoms_of(restored, vocabulary)


def _find(ids: list[int], wanted: int, first: int, vocabulary: Vocabulary) -> int:
    """The place of a token of the gap that begins before.

    Raises:
        BadInputError: If it is not there.
    """
    try:
        return ids.index(wanted, first + 1)
    except ValueError:
        raise BadInputError(
            f"undo: expected {vocabulary.specials.control[wanted]} behind id {first}, saw none up to the end "
            f"({len(ids)} ids); was the piece cut off?"
        ) from None
