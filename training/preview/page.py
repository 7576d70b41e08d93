"""A preview as one HTML file that can be opened anywhere, and kept.

    write_page(Path("preview.html"), figures, views, name="smoke.yaml", facts={...}, sampled="")

The page has no script and loads nothing; a content security policy forbids the rest. Every text is made
visible (see `visible`), then escaped. The same run gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from curation.shards import write_atomically
from training.preview import words
from training.preview.view import WindowView
from training.preview.visible import atoms, one_line

TEMPLATE = "preview.html.j2"


def write_page(
    out: Path,
    figures: Mapping[str, Any],
    views: Sequence[WindowView],
    *,
    name: str,
    facts: Mapping[str, str],
    sampled: str,
) -> None:
    """Write the page; an existing file is replaced whole.

    Args:
        out: File to write.
        figures: From `figures_of`.
        views: Windows.
        name: Of the configuration.
        facts: What else is said at the top: name -> value.
        sampled: What the figures rest on, if not on the whole corpus.
    """
    page = render(figures, views, name=name, facts=facts, sampled=sampled)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, page.encode("utf-8"))


def render(
    figures: Mapping[str, Any],
    views: Sequence[WindowView],
    *,
    name: str,
    facts: Mapping[str, str],
    sampled: str,
) -> str:
    """The page; arguments as for `write_page`."""
    page: str = (
        environment()
        .get_template(TEMPLATE)
        .render(
            figures=figures,
            views=views,
            name=name,
            facts={"configuration": name, **facts},
            measured=words.measured(figures, sampled),
            rows=words.rows(figures),
            reasons=words.reasons(figures),
        )
    )
    return page


def environment() -> Environment:
    """Templates in which everything is made visible and escaped, whatever a template forgets."""
    made = Environment(
        loader=PackageLoader("training.preview", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.filters.update(
        atoms=atoms,
        line=one_line,
        window_line=words.window_line,
        segment_line=words.segment_line,
        order_of=words.order_of,
    )
    return made


def _finalize(value: Any) -> Any:
    """Nothing hides, whatever it came through."""
    if not isinstance(value, str) or isinstance(value, Markup) or (value.isascii() and value.isprintable()):
        return value
    return "".join(f"⟨{text}⟩" if kind == "hidden" else text for kind, text in atoms(value))
