"""What layouts read with."""

import pytest

from curation.errors import BadInputError
from curation.render.reader import Reader, said, titled
from curation.render.settings import RenderSettings


def test_tokens_are_taken_in_order_with_their_texts() -> None:
    """Escaped tokens are text, and come out as they were."""
    reader = Reader("a<pr>b<\u2060pr><pr_diff>12", RenderSettings())
    assert reader.head() == "a"
    assert reader.at("<pr_diff>", "<pr>")
    assert not reader.at("<pr_diff>")
    assert reader.take("<pr>") == "b<pr>"
    assert reader.take_number("<pr_diff>") == 12
    assert reader.done()


def test_without_escapes_texts_come_out_as_they_are() -> None:
    """With the policies drop and keep nothing was escaped."""
    assert Reader("<pr><\u2060pr>", RenderSettings(forged="keep")).take("<pr>") == "<\u2060pr>"


def test_only_tokens_of_layouts_divide_a_text() -> None:
    """Redactions and further tokens belong to texts, also where they are guarded and kept."""
    kept = RenderSettings(forged="keep", guard_redactions=True, more_sentinels=("<|user|>",))
    assert Reader("<pr><NAME> <|user|>", kept).take("<pr>") == "<NAME> <|user|>"


def test_what_is_expected_and_what_is_seen_is_said() -> None:
    """For each way to read."""
    reader = Reader("<pr>x<pr_diff>", RenderSettings())
    with pytest.raises(BadInputError, match="expected <pr_diff> as token 1, saw <pr>"):
        reader.take("<pr_diff>")
    with pytest.raises(BadInputError, match="another token behind <pr>, saw 1 characters"):
        reader.take_bare("<pr>")
    with pytest.raises(BadInputError, match="expected the end after 1 tokens, saw <pr_diff>"):
        reader.take_end()
    reader.take_bare("<pr_diff>")
    reader.take_end()
    with pytest.raises(BadInputError, match="expected <pr> as token 3, saw the end"):
        reader.take("<pr>")


@pytest.mark.parametrize("text", ["", "x", "1.0", "1 ", "+1", "--1", "²", "٣", "9" * 21])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Nor one that no layout writes."""
    with pytest.raises(BadInputError, match="a whole number behind <pr_event_id>"):
        Reader(f"<pr_event_id>{text}", RenderSettings()).take_number("<pr_event_id>")


@pytest.mark.parametrize(
    ("text", "parted"),
    [("a: b: c", ("a", "b: c")), ("a", ("a", "")), ("a:b", ("a:b", "")), (": b", ("", "b")), ("", ("", ""))],
)
def test_the_first_colon_and_space_end_a_name(text: str, parted: tuple[str, str]) -> None:
    """Without any, all of it is the name."""
    assert said(text) == parted


def test_the_first_newline_ends_a_title() -> None:
    """And there must be a title."""
    assert titled("Title: a\nb\nc") == ("a", "b\nc")
    assert titled("Title: ") == ("", "")
    with pytest.raises(BadInputError, match="expected 'Title: ' and a title, saw 'title: '"):
        titled("title: a")
