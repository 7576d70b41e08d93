"""What the tests of all filters share: one document, given by its signals, against some settings."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from curation.filters import Decider, resolve
from curation.signals.table import INDEX, SIGNALS


@cache
def _of_profile(profile: str) -> Decider:
    return Decider(resolve(profile, {}))


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
    decider = Decider(resolve(profile, settings)) if settings else _of_profile(profile)
    bound = decider.decide(language, path, values)
    return bound.reason if bound else ""


@pytest.fixture
def reason_of() -> Callable[..., str]:
    """The reason that drops a document with these signals, all others not measured; "" if it is kept."""
    return _reason
