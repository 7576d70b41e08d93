"""GitHub's numbers become small ones."""

from made_pulls import comment

from curation.structured.pulls.ids import Numbers
from curation.structured.records import PullEvent


def test_numbers_count_by_first_appearance() -> None:
    """Kinds are numbered by GitHub apart and here together; what is not shown or has no number has none."""
    numbers = Numbers(
        [
            comment("a", id=900),
            PullEvent("review", "bob", id=900),
            comment("b"),
            comment("a again", id=900),
            PullEvent("review_comment", "bob", id=5),
        ]
    )
    assert numbers.of("comment", 900) == 1
    assert numbers.of("review", 900) == 2
    assert numbers.of("review_comment", 5) == 3
    assert numbers.of("review_comment", 900) is None
    assert numbers.of("comment", None) is None
