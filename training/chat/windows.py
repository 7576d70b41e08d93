"""Dialogues -> windows of tokens, several in each, none of which sees another.

    windows = Windows(Dialogues(folder, "train"), length=1024, seed=1234, pad=4)
    len(windows)          -> windows of one epoch
    windows[0]            -> {"input_ids", "position_ids", "labels"}, arrays of 1,024 numbers

Every dialogue is whole and in exactly one window of an epoch. Positions begin anew with each, by which
attention is kept inside (see `training.data.collator`). Which dialogues share a window is fixed (best-fit
decreasing), the order of windows is drawn anew for each epoch: window i is the same in every process and
after every break. Learns nothing of users' turns: labels are those of `training.chat.mask`.
"""

from typing import Any

import numpy as np

from training.chat.mask import IGNORED
from training.chat.store import Dialogues
from training.data.bestfit import fit, windows_of
from training.data.randomness import shuffled


class Windows:
    """Windows over the dialogues of one split; any number of epochs."""

    def __init__(self, dialogues: Dialogues, length: int, seed: int | None, pad: int) -> None:
        """Plan which dialogues share a window.

        Args:
            dialogues: None longer than a window.
            length: Tokens of a window.
            seed: Of the order of windows; None for the planned order, the same in every epoch.
            pad: Id that fills windows up.
        """
        self._dialogues = dialogues
        self._length = length
        self._seed = seed
        self._pad = pad
        bins, count = fit(dialogues.lengths, length)
        self._order, self._starts = windows_of(bins, count)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> dict[str, Any]:
        ids = np.full(self._length, self._pad, np.int64)
        labels = np.full(self._length, IGNORED, np.int64)
        positions = np.zeros(self._length, np.int64)
        end = 0
        for dialogue in self.dialogues(number):
            said = self._dialogues.ids(dialogue)
            start, end = end, end + len(said)
            ids[start:end] = said
            labels[start:end] = np.where(self._dialogues.targets(dialogue), said, IGNORED)
            positions[start:end] = np.arange(len(said))
        positions[end:] = np.arange(self._length - end)
        return {"input_ids": ids, "position_ids": positions, "labels": labels}

    def dialogues(self, number: int) -> list[int]:
        """The dialogues of a window, in order.

        Args:
            number: Of the window, counted on over epochs.
        """
        epoch, place = divmod(number, len(self))
        window = place if self._seed is None else shuffled(place, len(self), self._seed, epoch)
        first, last = self._starts[window : window + 2]
        return [int(dialogue) for dialogue in self._order[first:last]]

    @property
    def waste(self) -> float:
        """Share of padding in all windows."""
        return 1 - float(self._dialogues.lengths.sum()) / (max(len(self), 1) * self._length)


class First:
    """The first windows, counted on over epochs: a data set that has as many as a run sees."""

    def __init__(self, windows: Windows, count: int) -> None:
        self._windows = windows
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> dict[str, Any]:
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self._windows[number]
