"""What differs between two tables is said in lines."""

from training.tokenise.changes import SHOWN, changes


def test_each_value_that_differs_has_a_line() -> None:
    """By its name, with both values."""
    before = {"seed": 1, "corpus": {"run": "a", "sha256": "x"}, "gone": True}
    now = {"seed": 2, "corpus": {"run": "b", "sha256": "x"}, "new": [1]}
    assert changes(before, now) == [
        "seed: 1 before, 2 now",
        "corpus.run: a before, b now",
        "gone: True before, nothing now",
        "new: nothing before, [1] now",
    ]


def test_some_names_may_differ() -> None:
    """Those that are told."""
    assert changes({"corpus": {"run": "a"}}, {"corpus": {"run": "b"}}, frozenset({"corpus.run"})) == []


def test_long_values_are_shortened_and_lists_counted() -> None:
    """A message stays readable."""
    (line,) = changes({"text": "a" * 500}, {"text": "b"})
    assert line == f"text: {'a' * (SHOWN - 1)}… before, b now"
    assert changes({"shards": [1, 2]}, {"shards": [1]}) == ["shards: 2 before, 1 now"]
    assert changes({"shards": [1]}, {"shards": [2]}) == ["shards: [1] before, [2] now"]


def test_equal_tables_have_no_line() -> None:
    """Also nested ones."""
    assert changes({"a": {"b": [1]}}, {"a": {"b": [1]}}) == []
