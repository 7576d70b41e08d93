"""All documents one behind the other, each with its end, cut into windows of one length: the published way.

    lengths 3 and 4, windows of 4 tokens   -> [(0, 0, 4)], [(1, 0, 4)]; the end of the second is left over

Documents stand in an order that the seed decides, the same in every epoch; the order of windows is shuffled
in each. What is left behind the last whole window is not seen, as in Megatron-LM (gpt_dataset.py). A window
has as many tokens as the model sees; Megatron-LM takes one more, for the target of the last. Here the end of
a document counts as its last token.
"""

from collections.abc import Iterator

import numpy as np

from training.data.cutting import Documents
from training.data.plan import Block
from training.data.randomness import shuffled_all

BLOCK_DOCUMENTS = 1 << 18
"""Documents that are laid out at a time, about 300 bytes each."""


def laid_out(
    documents: Documents, sequence_length: int, seed: int, block: int = BLOCK_DOCUMENTS
) -> Iterator[Block]:
    """The windows of the stream.

    Args:
        documents: A split of the tokens.
        sequence_length: Tokens of a window.
        seed: Of the order of the documents.
        block: Documents that are laid out at a time.
    """
    unfinished = np.zeros((0, 3), np.int64)
    for order in shuffled_all(len(documents.lengths), seed, 0, "stream", block):
        origin = int((unfinished[:, 2] - unfinished[:, 1]).sum())
        sizes = np.asarray(documents.lengths)[order] + 1
        ends = origin + np.cumsum(sizes)
        whole = int(ends[-1]) // sequence_length
        edges = np.unique(
            np.concatenate([[origin], ends, np.arange(1, whole + 1, dtype=np.int64) * sequence_length])
        )
        edges = edges[edges >= origin]
        which = np.searchsorted(ends, edges[:-1], side="right")
        before = (ends - sizes)[which]
        rows = np.stack([order[which], edges[:-1] - before, edges[1:] - before], axis=1)
        rows = np.concatenate([unfinished, rows])
        windows = np.concatenate([np.zeros(len(unfinished), np.int64), edges[:-1] // sequence_length])
        starts = np.searchsorted(windows, np.arange(whole + 1))
        unfinished = rows[starts[-1] :]
        if whole:
            yield Block(rows[: starts[-1]].astype(np.uint32), starts)
