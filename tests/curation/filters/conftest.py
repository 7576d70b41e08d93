"""What the tests of all filters share: one document, given by its signals, against some settings."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from curation.filters import Decider, resolve
from curation.signals.table import INDEX, SIGNALS


class ReasonOf(Protocol):
    """Settings and signals -> the reason to drop."""

    def __call__(  # noqa: D102  # the class says it
        self,
        settings: Mapping[str, Any],
        signals: Mapping[str, float],
        *,
        language: str = "Python",
        path: str = "a.py",
        profile: str = "none",
    ) -> str: ...


def _reason(
    settings: Mapping[str, Any],
    signals: Mapping[str, float],
    *,
    language: str = "Python",
    path: str = "a.py",
    profile: str = "none",
) -> str:
    values = [math.nan] * len(SIGNALS)
    for name, value in signals.items():
        values[INDEX[name]] = value
    bound = Decider(resolve(profile, settings)).decide(language, path, values)
    return bound.reason if bound else ""


@pytest.fixture
def reason_of() -> ReasonOf:
    """The reason that drops a document with these signals, all others not measured; "" if it is kept."""
    return _reason
