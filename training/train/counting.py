"""What is counted in the windows of a step: how many pieces have gaps, how much is padding.

    counter(specials, 4096)({"input_ids": ids, "position_ids": positions, "labels": labels})
    -> {"gaps": 11, "pieces": 20, "padding": 35, "slots": 8192}

Works on the tensors of a batch where they are, also on a GPU, and waits for nothing: sums are read when a
row is written. A gap is a token <fim_middle>; in repositories one piece can have several. A piece begins
where positions do. Where documents are not isolated positions do not tell: then a piece is what ends with the
end of a document, or with the window, and pieces from inside long documents are counted only there.
"""

from collections.abc import Callable, Mapping
from typing import Any

from training.tokenizer.specials import Specials

NO_TARGET = -100
"""Label of what is not learnt: padding, and first tokens of documents."""


def counter(
    specials: Specials, length: int, *, isolate: bool = True
) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """A function that counts in a batch.

    Args:
        specials: Ids of special tokens.
        length: Tokens of a window; batches hold whole windows, one after the other or one below the other.
        isolate: Whether positions begin anew with each piece.
    """

    def count(batch: Mapping[str, Any]) -> dict[str, Any]:
        ids, labels = batch["input_ids"].reshape(-1, length), batch["labels"].reshape(-1, length)
        behind = (labels != NO_TARGET).flip(1).cumsum(1).flip(1)  # targets from here on: none, in padding
        filled = behind > 0
        if isolate:
            pieces = ((batch["position_ids"].reshape(-1, length) == 0) & filled).sum()
        else:
            pieces = (labels == specials.end).sum() + (ids[:, -1] != specials.end).sum()
        return {
            "gaps": ((ids == specials.middle) & filled).sum(),
            "pieces": pieces,
            "padding": (~filled).sum(),
            "slots": ids.numel(),
        }

    return count
