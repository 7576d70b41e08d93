"""What was read is kept or dropped."""

import pytest

from curation.errors import BrokenRunError
from training.tokenise.counts import Counts, total


def some() -> Counts:
    counts = Counts(read=5, bytes=100)
    counts.kept.update(train=2, held_out=1)
    counts.dropped.update(language=2)
    counts.mended.update(not_utf8=0)
    return counts


def test_books_that_add_up_are_fine() -> None:
    """And those that do not are a defect, with the numbers."""
    some().check("shard")
    wrong = some()
    wrong.read = 6
    with pytest.raises(BrokenRunError, match="shard: 6 documents were read, but 3 kept and 2 dropped"):
        wrong.check("shard")


def test_books_are_summed_from_their_json() -> None:
    """Zeros are left out, and the order depends on nothing."""
    book = some().as_json()
    assert book == {
        "read": 5,
        "bytes": 100,
        "kept": {"held_out": 1, "train": 2},
        "dropped": {"language": 2},
        "mended": {},
        "languages": {},
    }
    assert list(book["kept"]) == ["held_out", "train"]
    assert total([book, book]).as_json()["kept"] == {"held_out": 2, "train": 4}
    assert total([]).read == 0
