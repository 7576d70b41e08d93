"""The page holds everything, loads nothing, and whatever a document says stays text."""

import re
from pathlib import Path

import pytest
from lxml import html

from training.config import TrainConfig
from training.preview.figures import figures_of
from training.preview.page import environment, render, write_page
from training.preview.source import Source
from training.preview.view import SegmentView, WindowView, view_of
from training.preview.visible import atoms

FACTS = {"model": "</title><script>alert(2)</script>", "corpus": "runs/\u202edemo"}


def text_of(segment: SegmentView) -> str:
    return "".join(unit.text for stretch in segment.stretches for unit in stretch.units)


@pytest.fixture(scope="module")
def page(sampled: Source, config: TrainConfig, views: list[WindowView]) -> str:
    """All windows."""
    return render(figures_of(sampled, config), views, name="<b>.yaml", facts=FACTS, sampled="Few.")


def test_no_document_and_no_name_becomes_markup(page: str) -> None:
    """No script, no image, no element but those of the template, no attribute that acts."""
    tree = html.fromstring(page)
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert tags <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "header",
            "div",
            "h1",
            "h2",
            "h3",
            "p",
            "span",
            "main",
        ),
        *(
            "dl",
            "dt",
            "dd",
            "details",
            "summary",
            "table",
            "tbody",
            "tr",
            "td",
            "fieldset",
            "legend",
            "label",
        ),
        *("input", "nav", "a", "section", "article", "pre", "i", "sub"),
    }
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert not [element.get("src") for element in tree.iter() if element.get("src")]
    assert "alert(1)" in tree.text_content()
    assert page.count("</style>") == page.count("</body>") == 1


def test_a_policy_forbids_what_a_mistake_would_allow(page: str) -> None:
    """Nothing is loaded and nothing runs, should any of it get through."""
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert not re.findall(r"https?://|url\(|@import", page)


def test_the_text_of_a_window_can_be_copied(page: str, views: list[WindowView]) -> None:
    """What is drawn for white space is drawn by style; only what hides is replaced."""
    tree = html.fromstring(page)
    for view in views:
        section = tree.get_element_by_id(f"w{view.index}")
        for extra in section.xpath(".//sub | .//i[@class='h']"):
            extra.drop_tree()
        shown = ["".join(pre.itertext()) for pre in section.iter("pre")]
        expected = [
            "".join(one.text for one in atoms(text_of(segment)) if one.kind != "hidden")
            for segment in view.segments
        ]
        assert shown == expected


def test_what_hides_is_shown(page: str) -> None:
    """By number, in documents and in names; no such character is in the page."""
    assert '<i class="h">U+202E</i>' in page
    assert "⟨U+202E⟩demo" in page
    assert not {"\u202e", "\u2066", "\u200b", "\x1b", "\x00", "\ufeff", "\u3164"} & {*page}


def test_parts_masks_and_special_tokens_are_classes(page: str) -> None:
    """And a character of several tokens says how many."""
    for piece in (
        '<span class="prefix"><span class="e',
        '<span class="suffix">',
        '<span class="middle">',
        '<span class="s m"',
        "no target",
        "tokens</span>" if "tokens</span>" in page else "<sub>",
    ):
        assert piece in page, piece
    assert re.search(r"😀<sub>\d</sub>", page)


def test_a_template_that_forgets_is_still_safe() -> None:
    """Strings are made visible and escaped wherever they come out."""
    template = environment().from_string("{{ name }}")
    assert template.render(name="<i>\u202e\n") == "&lt;i&gt;⟨U+202E⟩\n"


def test_what_is_left_out_is_counted(sampled: Source, config: TrainConfig) -> None:
    """In the place where it would stand."""
    view = view_of(sampled, 0, isolate=True, padding_counts=False, limit=20)
    page = render(figures_of(sampled, config), [view], name="x", facts={}, sampled="")
    cut = [stretch.left_out for one in view.segments for stretch in one.stretches if stretch.left_out]
    assert [f'<span class="gone">{number:,} tokens left out</span>' in page for number in cut] == [
        True
    ] * len(cut)
    assert cut


def test_the_same_run_gives_the_same_bytes(
    sampled: Source, config: TrainConfig, views: list[WindowView], page: str, tmp_path: Path
) -> None:
    """A file is replaced whole, in a folder that is made."""
    out = tmp_path / "new" / "preview.html"
    for _ in range(2):
        write_page(out, figures_of(sampled, config), views, name="<b>.yaml", facts=FACTS, sampled="Few.")
        assert out.read_text(encoding="utf-8") == page
    assert [path.name for path in out.parent.iterdir()] == ["preview.html"]
