"""Windows -> a batch, in the form in which the attention keeps documents apart.

    Collator(isolate=True, attention="sdpa")([windows[0], windows[1]])
        -> input_ids, position_ids, labels, each (2, tokens)
    Collator(isolate=True, attention="flash_attention_2")([windows[0], windows[1]])
        -> the same as one row (1, 2 * tokens), and where each document begins in it (cu_seq_lens_q, ...)

There is never an attention mask. With one, even of ones, transformers no longer look at positions for where a
document ends, and all that stands before in the window is seen; the same happens with a cache of keys and
values, so that a model must be called with `use_cache=False` (transformers, masking_utils). Flash attention
looks at positions only in batches of one row, and GPTBigCode does not hand them on: it is told the beginnings
(flash_attention_forward, FlashAttentionKwargs).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from training.data.windows import IGNORED, Sample
from training.fim.vocabulary import Ints
from training.model.settings import Attention


class Collator:
    """Makes batches; can be sent to other processes."""

    def __init__(self, *, isolate: bool, attention: Attention) -> None:
        """Say how windows are attended.

        Args:
            isolate: Whether a document sees only itself, as the windows were made.
            attention: Kernel of the model.
        """
        self._isolate = isolate
        self._flat = attention == "flash_attention_2"

    def __call__(self, samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch of tensors.

        Args:
            samples: Windows of the same length.

        Returns:
            input_ids, position_ids and labels, int64, (rows, tokens). For flash attention one row, and
            beside it cu_seq_lens_q and cu_seq_lens_k, int32, and max_length_q and max_length_k, int.
        """
        import torch

        arrays: dict[str, Ints] = {
            name: np.stack([np.asarray(sample[name], np.int64) for sample in samples])
            for name in Sample.__annotations__
        }
        if not self._flat:
            return {name: torch.from_numpy(array) for name, array in arrays.items()}
        arrays["labels"][:, 0] = IGNORED  # what comes before it in the one row is another window
        flat: dict[str, Any] = {
            name: torch.from_numpy(array.reshape(1, -1)) for name, array in arrays.items()
        }
        edges = self._edges(arrays["position_ids"])
        lengths = torch.from_numpy(edges.astype(np.int32))
        longest = int(np.diff(edges).max())
        return flat | {
            "cu_seq_lens_q": lengths,
            "cu_seq_lens_k": lengths,
            "max_length_q": longest,
            "max_length_k": longest,
        }

    def _edges(self, positions: Ints) -> Ints:
        """Where what is attended together begins in the one row, and where the last ends."""
        begins = positions == 0
        begins[:, 0] = True
        begins[:, 1:] &= self._isolate
        return np.append(np.flatnonzero(begins), positions.size)
