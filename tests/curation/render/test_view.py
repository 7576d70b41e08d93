"""Rendered texts as people see them."""

from html.parser import HTMLParser

from hypothesis import given
from render_cases import WILD

from curation.render.view import COLOURS, as_html, as_text
from curation.report.visible import visible
from curation.sentinels import SENTINELS


class _Tags(HTMLParser):
    """Notes the tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(" ".join((tag, *(name for name, _ in attrs))))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_golden_html() -> None:
    """Each special token is one coloured span that says what it means; all else is text."""
    assert as_html("<file_sep>x < 1") == (
        '<pre style="white-space:pre-wrap;overflow-wrap:anywhere">'
        '<span style="background:#1565c0;color:#fff;border-radius:3px;padding:0 2px" '
        'title="a file of the repository">&lt;file_sep&gt;</span>x &lt; 1</pre>'
    )


@given(WILD)
def test_hostile_text_stays_text(text: str) -> None:
    """No tag but ours, and everything that there is to see."""
    page = _Tags()
    page.feed(as_html(f"{text}<script>alert(1)</script>\x1b[2J\u202e"))
    assert set(page.tags) <= {"pre style", "span style title"}
    assert page.text == visible(text) + "<script>alert(1)</script>⟨ESC⟩[2J⟨U+202E⟩"


@given(WILD)
def test_a_terminal_gets_no_control_characters(text: str) -> None:
    """And sees the same."""
    assert as_text(f"{text}\x1b[31m").plain == f"{visible(text)}⟨ESC⟩[31m"


def test_an_escaped_token_shows_its_word_joiner_and_no_colour() -> None:
    """So one sees what was done to it."""
    shown = as_text("<pr>a<\u2060pr>")
    assert shown.plain == "<pr>a<⟨U+2060⟩pr>"
    assert [(span.start, span.end) for span in shown.spans] == [(0, 4)]


def test_long_texts_are_cut_and_the_rest_is_counted() -> None:
    """The limit is characters of the text."""
    assert as_text("x" * 5000, limit=10).plain == "x" * 10 + "\n… 4,990 more characters"
    assert as_html("a<pr>", limit=3).endswith("a&lt;p\n… 2 more characters</pre>")


def test_every_group_has_a_colour_that_white_letters_stand_out_on() -> None:
    """Contrast of at least 4.5, as WCAG asks for."""
    assert set(COLOURS) == {one.group for one in SENTINELS}
    assert all(_contrast_with_white(colour) >= 4.5 for colour in COLOURS.values())


def _contrast_with_white(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05)
