"""Where a gap begins and ends.

    cut(run, 0, "character", (0.2, 0.7))    -> (2, 8) of 11 characters
    cut(run, 0, "line", (0.2, 0.7))         -> two beginnings of lines, or the end

Both ends are drawn alike from all places and then put in order, so that prefix, middle and suffix have the
same length on average and each may be empty (Bavarian et al. 2022, section 3). It draws nothing itself.
"""

from typing import Literal

import numpy as np

from training.fim.measure import Measured

Cut = Literal["character", "line"]


def cut(run: Measured, first: int, where: Cut, draws: tuple[float, float]) -> tuple[int, int]:
    """First character of the gap, and the first behind it.

    Args:
        run: What is cut.
        first: Characters at its beginning that stay in the prefix.
        where: Between any two characters, or at the beginnings of lines; the end is one of the places.
        draws: Two numbers in [0, 1).
    """
    if where == "character":
        places = run.characters - first + 1
        one, other = (first + int(draw * places) for draw in draws)
    else:
        starts = run.line_starts
        allowed = np.unique([first, *starts[starts > first].tolist(), run.characters])
        one, other = (int(allowed[int(draw * len(allowed))]) for draw in draws)
    return min(one, other), max(one, other)
