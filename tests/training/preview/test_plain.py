"""A preview for machines."""

import json

from training.preview.plain import as_values
from training.preview.source import Source
from training.preview.view import WindowView, view_of


def test_windows_are_json_with_all_their_tokens(views: list[WindowView]) -> None:
    """Texts by part, and what of them is special, masked or spread over several tokens."""
    values = json.loads(json.dumps(as_values({"fill": 1.0}, views)))
    assert values["figures"] == {"fill": 1.0}
    for window, view in zip(values["windows"], views, strict=True):
        parts = [part for segment in window["segments"] for part in segment["parts"]]
        tokens = [unit.get("tokens", 1) for part in parts for unit in part["units"]]
        assert sum(tokens) == sum(part["tokens"] for part in parts) == window["tokens"] - window["padding"]
        masked = sum(unit.get("tokens", 1) for part in parts for unit in part["units"] if unit.get("masked"))
        assert window["targets"] == view.targets == sum(tokens) - masked
    specials = [unit["text"] for part in parts for unit in part["units"] if unit.get("special")]
    assert {*specials} <= {"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>"}
    assert {"id", "language", "repo_name", "order", "not_cut"} <= values["windows"][0]["segments"][0].keys()


def test_what_is_left_out_is_said(sampled: Source) -> None:
    """With what follows it."""
    view = view_of(sampled, 0, isolate=True, padding_counts=False, limit=20)
    values = as_values({}, [view])
    cut = [p for s in values["windows"][0]["segments"] for p in s["parts"] if "left_out" in p]
    assert cut
    for part in cut:
        shown = sum(unit.get("tokens", 1) for unit in (*part["units"], *part["tail"]))
        assert shown + part["left_out"] == part["tokens"]
