"""What becomes of a notebook, thread, pull request or commit: a document, or a reason against it.

Converted("issues", parts=(Part("title", "It breaks"), ...), path="issues/7", changes=("truncated",))
Refused("issues", Problem("too_short", value=120, limit=200))
"""

from dataclasses import dataclass
from typing import Literal

from curation.problem import Problem
from curation.structured.parts import Part

Kind = Literal[
    "code", "jupyter-scripts", "jupyter-structured", "kaggle", "issues", "pull-requests", "commits"
]
"""What a document is; but for code, also the name of its folder in data/, as in starcoderdata."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A document."""

    kind: Kind
    path: str
    """Of the document, such as src/train.ipynb or issues/7."""
    text: str = ""
    """The text of a document of one piece; "" if it has parts."""
    parts: tuple[Part, ...] = ()
    """In the order of the layout; () for a document of one piece."""
    language: str = ""
    """Programming language, a linguist name; "" where there is none or path and content shall decide."""
    language_method: str = ""
    """What decided the language, such as "kernelspec"; "" if nothing has."""
    changes: tuple[str, ...] = ()
    """What was edited, each counted once per document, such as "truncated" or "bots_removed"."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that is not made, and why; the kind is also the ledger's stage."""

    kind: Kind
    problem: Problem
    """Its reason is counted; its detail holds no content and no name of a person."""
