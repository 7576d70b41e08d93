r"""Where a completion ends: the family's own tokens, and texts that the user gives.

    stop_ids(coder.specials)                                -> end of document, <file_sep>, ... as ids
    cut("    return x\n\ndef g", ["\ndef "])                -> ("    return x\n", True)

A model that was trained on repositories ends a gap with the next file, so that for StarCoder2 <file_sep> and
<repo_name> end a completion as the end of a document does. A text ends it exactly where it begins, also
inside a token.
"""

from collections.abc import Callable, Sequence
from typing import Any

from training.tokenizer.coder import Coder
from training.tokenizer.specials import Specials

MARGIN = 4
"""Tokens looked at beyond the bytes of a text, as a character may be split over up to 4 tokens."""


def stop_ids(specials: Specials) -> tuple[int, ...]:
    """Ids that end a completion, in any mode.

    Args:
        specials: Of the model's tokenizer.
    """
    own = (specials.end, specials.file_sep, specials.repo_name)
    gaps = (specials.prefix, specials.middle, specials.suffix, specials.pad)
    return tuple(dict.fromkeys(number for number in own + gaps if number is not None))


def cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """A text up to where the first of some texts begins, and whether one does.

    Args:
        text: What was generated.
        stops: Texts that end it.
    """
    found = [place for stop in stops if (place := text.find(stop)) >= 0]
    return (text[: min(found)], True) if found else (text, False)


def watcher(coder: Coder, stops: Sequence[str], start: int) -> Callable[..., Any]:
    """A criterion for `transformers` that ends a row once it holds one of some texts.

    Args:
        coder: The model's tokenizer.
        stops: Texts that end a row.
        start: Tokens before what is generated.
    """
    import torch

    reach = max(len(stop.encode()) for stop in stops) + MARGIN

    def ended(ids: Any, _scores: Any, **_: Any) -> Any:
        first = max(start, ids.shape[1] - reach)
        tails = (coder.decode(row) for row in ids[:, first:].tolist())
        return torch.tensor([cut(tail, stops)[1] for tail in tails], device=ids.device)

    return ended
