"""YAML and JSON files of which few are kept."""

import pytest
from made_pulls import ALL

from curation.structured.pulls import PullSettings
from curation.structured.pulls.data_files import is_bulk, kept

PAPER, CODE = PullSettings(profile="sc2-paper"), PullSettings(profile="sc2-code")


@pytest.mark.parametrize(
    ("path", "language", "share", "settings", "bulk"),
    [
        ("package-lock.json", "JSON", 0.1, CODE, True),
        ("app.json", "JSON", 0.1, CODE, False),
        ("app.json", "JSON", 0.5, CODE, False),
        ("app.json", "JSON", 0.51, CODE, True),
        ("swagger.json", "JSON", 0.1, CODE, False),
        ("swagger.json", "JSON", 0.1, PAPER, True),
        ("swagger.yml", "YAML", 0.1, CODE, True),
        ("output/x.yml", "YAML", 0.1, CODE, True),
        ("ci.yml", "YAML", 0.9, CODE, True),
        ("ci.yml", "YAML", 0.2, CODE, False),
        ("package.py", "Python", 1.0, CODE, False),
    ],
)
def test_bulk_by_hand(path: str, language: str, share: float, settings: PullSettings, bulk: bool) -> None:
    """Words in the path and the share of the text decide; paper and code differ in the words for JSON."""
    assert is_bulk(path, language, share, settings) is bulk


def test_one_in_ten_is_kept() -> None:
    """Over many documents a tenth of bulk files stays, and every other file."""
    drawn = [kept("yarn.yml", "YAML", 0.1, ALL, f"r/{number}") for number in range(5000)]
    assert sum(drawn) == pytest.approx(500, abs=70)
    assert all(kept("ci.yml", "YAML", 0.1, ALL, f"r/{number}") for number in range(100))
