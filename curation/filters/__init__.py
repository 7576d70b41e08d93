"""Why a document is dropped: one module per reason.

    decider = Decider(resolve("sc2-paper", {"size": {"maximum_bytes": 1_000_000}}))
    decider.decide("C", "src/main.c", values) -> Bound(...), or None to keep the document

A filter is a file here with a `Settings` class, whose `rules` say which signal is held against which limit;
`settings.FilterSettings` puts the filters in order. A rule gives a file at most one `Bound`, and the same
bounds decide a document, explain it and draw survival curves. To add a filter: its file, its line in
`FilterSettings`, its test.
"""

from curation.filters.bounds import Bound
from curation.filters.decider import Decider, describe, extension_of
from curation.filters.settings import (
    FILTERS,
    FilterSettings,
    load_profile,
    profiles,
    resolve,
    warnings,
)
from curation.filters.thresholds import Rule, Switch, Thresholds

__all__ = [
    "FILTERS",
    "Bound",
    "Decider",
    "FilterSettings",
    "Rule",
    "Switch",
    "Thresholds",
    "describe",
    "extension_of",
    "load_profile",
    "profiles",
    "resolve",
    "warnings",
]
