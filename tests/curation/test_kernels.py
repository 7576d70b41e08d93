"""A kernel is a compiled function that keeps its plain twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation.kernels import Ints, kernel


@kernel
def running_maximum(values: Ints) -> int:
    """The largest value; 0 of none."""
    best = 0
    for value in values:
        best = max(best, value)
    return best


@given(st.lists(st.integers(0, 2**62)))
def test_the_compiled_function_equals_its_twin(values: list[int]) -> None:
    """The same numbers, compiled or plain."""
    array = np.array(values, np.int64)
    assert running_maximum(array) == running_maximum.py_func(array) == max(values, default=0)
