r"""Ask magika's model what a content is, for files whose name says nothing.

    magika_language(b"def f(x):\n    return x\n" * 9)   -> "Python"
    magika_language(b"\x89PNG...")                       -> "" (not a language)

The model sees the first and last kibibyte and takes about 10 ms. A score below `SCORE` is no answer. It
is loaded on first use.
"""

from functools import cache
from typing import Any

from curation.language.facts import canonical, data

SCORE = 0.8
"""Least score, 0 to 1, that is believed."""
SMALLEST = 16
"""Bytes below which the model is not asked."""


@cache
def _model() -> Any:
    """The model, loaded on first use."""
    from magika import Magika  # noqa: PLC0415 - heavy (onnxruntime), needed only here

    return Magika()


@cache
def _language(label: str) -> str:
    """The linguist name of a label; "" for labels that are no language."""
    table = data("language_names.toml")["magika"]
    return table[label] if label in table else canonical(label)


def magika_language(content: bytes) -> str:
    """The language that magika sees with a score of at least `SCORE`; "" if it sees none."""
    if len(content) < SMALLEST or b"\0" in content[:1024]:
        return ""
    result = _model().identify_bytes(content)
    return _language(str(result.output.label)) if result.score >= SCORE else ""
