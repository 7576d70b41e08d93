"""A run of ids measured in characters, any stretch of which can be had as ids.

    run = Measured(ids_of_hello_world, vocabulary, coder)
    run.characters      -> 11
    run.stretch(0, 3)   -> ids of "hel"

A stretch has the ids that its text has when it is encoded alone. Only what stands near its ends is encoded,
though; between, the ids are those of the run, which itself may begin or end inside what would be one token.
That is exact, not nearly so, by this argument. Tokenizers like StarCoder's first split text, from left to
right, by an expression that looks at nothing before where it is, and behind what it matches only at the rest
of white space and one character more; tokens are then merged inside each part. Wherever a space and an ASCII
letter follow each other, a part ends before the space:

- every alternative that matches a space anywhere but first matches nothing but white space, and leaves the
  last space of it to a letter behind it;
- so the part before ends there also if the text ends there, since white space and the end of the text are the
  same to all that looks ahead;
- and what follows is split the same wherever the text before begins.

Special tokens are such boundaries by themselves, since texts between them are encoded one by one. Where the
way to split is another one, they are the only boundaries, and stretches are encoded whole.
"""

from functools import cached_property

import numpy as np

from training.fim.text import atoms_of
from training.fim.vocabulary import ATOM, Ints, Vocabulary
from training.tokenizer.coder import Coder

NEWLINE = "\n"
_CONTINUATION = bytes(range(0x80, 0xC0))
_WIDTH = 2
"""Characters that must follow a boundary inside text: the space and the letter."""


class Measured:
    """A run of ids, which begins and ends between characters.

    Attributes:
        ids: The run.
        starts: Characters before each token, and in all; one more than there are ids.
    """

    def __init__(self, ids: Ints, vocabulary: Vocabulary, coder: Coder) -> None:
        self.ids = ids
        self.starts: Ints = np.zeros(len(ids) + 1, np.int64)
        np.cumsum(vocabulary.characters[ids], out=self.starts[1:])
        self._vocabulary = vocabulary
        self._coder = coder

    @property
    def characters(self) -> int:
        """Characters of the run; a special token is one."""
        return int(self.starts[-1])

    @cached_property
    def line_starts(self) -> Ints:
        """Characters before each line, 0 for the first; a line ends with a newline or a special token."""
        atoms = atoms_of(self.ids.tolist(), self._vocabulary)
        text = "".join(atom if isinstance(atom, str) else NEWLINE for atom in atoms)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        ends = np.flatnonzero(codes == ord(NEWLINE)) + 1
        return np.concatenate([[0], ends[ends < self.characters]])

    def stretch(self, first: int, last: int) -> Ints:
        """The ids of the characters from `first` up to, but not including, `last`."""
        tokens, characters, needs = self._boundaries
        left = int(np.searchsorted(characters, first))
        right = int(np.searchsorted(needs, last, side="right")) - 1
        if left > right:
            return self._encoded(first, last)
        begin, end = int(tokens[left]), int(tokens[right])
        return np.concatenate(
            [
                self._encoded(first, int(characters[left])),
                self.ids[begin:end],
                self._encoded(int(characters[right]), last),
            ]
        )

    def first_line_end(self) -> int | None:
        """Characters up to and with the first newline; None if there is none."""
        for place, number in enumerate(self.ids.tolist()):
            head, newline, _ = self._vocabulary.spelt[number].partition(b"\n")
            if newline:
                before = sum(byte not in _CONTINUATION for byte in head)
                return int(self.starts[place]) + before + 1
        return None

    @cached_property
    def _boundaries(self) -> tuple[Ints, Ints, Ints]:
        """Where text can be taken apart: tokens, characters before them, characters that it takes to do so.

        The beginning and the end of the run are among them.
        """
        kinds = np.append(self._vocabulary.boundary[self.ids], np.uint8(ATOM))
        atoms = kinds == ATOM
        atoms[1:] |= atoms[:-1]
        atoms[0] = True
        tokens = np.flatnonzero((kinds > 0) | atoms)
        characters = self.starts[tokens]
        return tokens, characters, characters + np.where(atoms[tokens], 0, _WIDTH)

    def _encoded(self, first: int, last: int) -> Ints:
        """Ids of characters between which there is no special token, encoded alone."""
        if first >= last:
            return np.zeros(0, np.int64)
        begin = int(np.searchsorted(self.starts, first, side="right")) - 1
        end = int(np.searchsorted(self.starts, last, side="right"))
        spelt = b"".join([self._vocabulary.spelt[number] for number in self.ids[begin:end].tolist()])
        text = spelt.lstrip(_CONTINUATION).decode("utf-8", "replace")
        skip = int(self.starts[begin])
        return np.array(self._coder.encode(text[first - skip : last - skip]), np.int64)
