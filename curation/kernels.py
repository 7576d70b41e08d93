"""The decorator under which hot loops are compiled, typed so that mypy sees the plain function.

    @kernel
    def count(values: Bytes) -> int: ...

Compiled by numba on first call, without the GIL, and cached on disk. The plain-Python twin is
`count.py_func`, which tests compare with the compiled one. Does nothing at import but import numba.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)

Bytes = npt.NDArray[np.uint8]
"""UTF-8 bytes of a document, shape (bytes,)."""
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Kernel(Protocol[P, R_co]):
    """A compiled function that keeps its plain-Python twin in `py_func`."""

    py_func: Callable[..., Any]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run the compiled function."""
        ...


def kernel(function: Callable[P, R_co]) -> Kernel[P, R_co]:
    """Compile `function` with numba: no GIL, no Python objects, cached on disk.

    Note that numba's cache looks at the file of `function` only: a kernel that calls a kernel of
    another file is not recompiled when that file changes, so keep callee and caller in one file.
    """
    return cast("Kernel[P, R_co]", numba.njit(cache=True, nogil=True)(function))
