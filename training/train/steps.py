"""How many steps a run has.

    total(OptimiserSettings(steps=None, epochs=2, batch=8), windows=100)   -> 25

The data set of windows permutes itself anew in every epoch and can be asked for any number; a run asks for
0, 1, 2, ... So step s sees windows s * batch to (s + 1) * batch, on however many devices, and where a run
stands in its data follows from the step alone. Nothing is shuffled here.
"""

import math

from curation.errors import BadInputError
from training.train.settings import OptimiserSettings


def total(optimiser: OptimiserSettings, windows: int) -> int:
    """Optimiser steps of a run.

    Args:
        optimiser: With a number of steps or of epochs.
        windows: Of one epoch.

    Raises:
        BadInputError: If there is nothing to train on.
    """
    if windows == 0:
        raise BadInputError(
            "the token files hold no document to train on: expected at least one; see `corpus.folders` and "
            "`corpus.languages`"
        )
    if optimiser.steps is not None:
        return optimiser.steps
    assert optimiser.epochs is not None
    return max(1, math.ceil(optimiser.epochs * windows / optimiser.batch))
