"""Redaction keeps the borders of the parts of a document."""

from hypothesis import given
from hypothesis import strategies as st

from curation.pii.pieces import redact_parts
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span
from curation.structured.parts import Part, join

SETTINGS = PiiSettings()
KEY = b"key of a test"
TEXT = st.text(st.sampled_from("ab 1\n'é@="), max_size=12)


def span_of(parts: list[Part], value: str, tag: str) -> Span:
    """The span of the first place where `value` stands in the joined text."""
    start = join(parts).index(value)
    return Span(start, start + len(value), tag, "a-rule", 1.0)


def test_each_part_is_edited_where_it_stands() -> None:
    """Two values in two of three parts: the other parts and all facts stay, places are of the joined text."""
    parts = [
        Part("before", "m = 'ann@uni-ulm.de'"),
        Part("message", "Ask ann@uni-ulm.de", {"user": "username_0"}),
        Part("after", "m = 1"),
    ]
    first, second = span_of(parts, "ann@uni-ulm.de", "EMAIL"), Span(25, 39, "EMAIL", "a-rule", 1.0)
    found = redact_parts(parts, [second, first], settings=SETTINGS, key=KEY, language="Python")
    assert found.parts == (
        Part("before", "m = '<EMAIL>'"),
        Part("message", "Ask <EMAIL>", {"user": "username_0"}),
        Part("after", "m = 1"),
    )
    assert [(one.start, one.end, one.tag) for one in found.applied] == [(5, 19, "EMAIL"), (25, 39, "EMAIL")]


def test_a_span_across_a_border_becomes_one_in_each_part() -> None:
    """Nothing of the value is left on either side, and the border stays."""
    parts = [Part("text", "the key is AAAA"), Part("output", "BBBB and done")]
    found = redact_parts(parts, [Span(11, 20, "KEY", "a-rule", 1.0)], settings=SETTINGS, key=KEY)
    assert [part.text for part in found.parts] == ["the key is <KEY>", "<KEY> and done"]
    assert [(one.start, one.end) for one in found.applied] == [(11, 15), (16, 20)]


def test_syntax_is_kept_in_parts_that_are_code() -> None:
    """A replacement that would break the Python of one part is replaced by one that does not."""
    parts = [Part("text", "on 93.184.216.34"), Part("code", "port = 93184216")]
    spans = [span_of(parts, "93184216", "PASSWORD")]
    found = redact_parts(parts, spans, settings=SETTINGS, key=KEY, language="Python", path="a.py")
    assert found.problem == ""
    compile(found.parts[1].text, "part", "exec")


def test_user_names_shield_nothing_that_was_asked_for() -> None:
    """A wide span of a user name that is passed over does not swallow the key in it."""
    parts = [Part("text", "bob KEYKEYKEY")]
    spans = [Span(0, 13, "USERNAME", "user", 1.0), Span(4, 13, "KEY", "a-rule", 0.5)]
    found = redact_parts(parts, spans, settings=SETTINGS, key=KEY)
    assert found.parts[0].text == "bob <KEY>"


@given(st.lists(st.builds(Part, st.just("text"), TEXT), min_size=1), st.data())
def test_nothing_outside_of_spans_changes(parts: list[Part], data: st.DataObject) -> None:
    """Every character that no span covers is there afterwards, in order, in its part."""
    size = len(join(parts))
    places = sorted(data.draw(st.lists(st.integers(0, size), min_size=2, max_size=2)))
    spans = [Span(places[0], places[1], "KEY", "a-rule", 1.0)]
    found = redact_parts(parts, spans, settings=SETTINGS, key=KEY)
    start = 0
    for part, new in zip(parts, found.parts, strict=True):
        inside = [max(0, min(place - start, len(part.text))) for place in places]
        head, tail = part.text[: inside[0]], part.text[inside[1] :]
        assert new.text.startswith(head)
        assert new.text[len(head) :].endswith(tail)
        assert inside[0] < inside[1] or new.text == part.text
        assert (new.role, new.about) == (part.role, part.about)
        start += len(part.text) + 1
