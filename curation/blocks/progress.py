"""How the first block of a pass says how far its task is; the executor decides who listens."""

from collections.abc import Callable

OnProgress = Callable[[int, int], None]
"""Called with the documents and the bytes of content that the task has read so far."""


def unheard(documents: int, size: int) -> None:
    """Tell nobody; what a block does until an executor listens."""
