"""What is counted in the windows of a step: how many pieces have a gap, how much is padding.

    counter(specials, 4096)({"input_ids": ids, "position_ids": positions, "labels": labels})
    -> {"with_gap": 11, "pieces": 20, "padding": 35, "slots": 8192}

Works on the tensors of a batch where they are, also on a GPU, and waits for nothing: sums are read when a
row is written. A gap is a token <fim_middle>; a repository with several is one piece with a gap. A piece
begins where positions do; where documents are not isolated, at a window's first token and after each end of
a document.
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
        begins = batch["position_ids"].reshape(-1, length) == 0
        if not isolate:
            begins[:, 0] = True
            begins[:, 1:] = ids[:, :-1] == specials.end
        middle = (ids == specials.middle) & filled
        before = middle.cumsum(1) - middle.long()
        first = middle & (before == (before * begins).cummax(1).values)
        return {
            "with_gap": first.sum(),
            "pieces": (begins & filled).sum(),
            "padding": (~filled).sum(),
            "slots": ids.numel(),
        }

    return count
