"""A run folder -> one HTML file that an auditor can open anywhere, and keep.

    write_report(Path("runs/demo"))  ->  runs/demo/report.html

The page has no script and loads nothing: figures are images inside it, and a content security policy
forbids the rest. Every name and text from the corpus is made visible, then escaped. The same run gives
the same bytes. The page counts the ledger again and says whether it agrees with the manifest, and
decides every document again from its signals and says whether it agrees with the ledger.
"""

from pathlib import Path
from typing import Any

import duckdb
import orjson
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from curation.dedup.audit.audit import Audit
from curation.errors import BadInputError
from curation.report import figures, tables, thresholds
from curation.report.dedup import SAMPLE, NearView, near_view
from curation.report.gallery import EXAMPLES, RuleView, gallery
from curation.report.kinds_view import ITEMS, kinds_view
from curation.report.pii_view import pii_view
from curation.report.rules import hold_in_memory, register, run_bounds
from curation.report.summary import summary_of
from curation.report.views import connect, read_manifest
from curation.report.visible import number, one_line, short_bytes, visible
from curation.shards import write_atomically

LISTED_FILES = 1_000
"""Files of the manifest that are listed; the page says how many are left out."""
MISSING = "\N{EN DASH}"


def write_report(run: Path, out: Path | None = None, *, examples: int = EXAMPLES) -> Path:
    """Write the report of a run, finished or not.

    Args:
        run: Folder of a run.
        out: File to write; report.html in the run if None. An existing file is replaced whole.
        examples: Documents shown on each side of a threshold.

    Returns:
        The file written.

    Raises:
        BadInputError: If `run` is not the folder of a run, or its manifest cannot be read.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    page = render(run, examples)
    path = out or run / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, page.encode("utf-8"))
    return path


def render(run: Path, examples: int = EXAMPLES) -> str:
    """The report of a run as HTML, with so many examples on each side of a threshold.

    Raises:
        BadInputError: If `run` is not the folder of a run, or its manifest cannot be read.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    manifest = read_manifest(run)
    con = connect(run)
    reasons = tables.reasons_by_language(con)
    funnel = tables.funnel(con)
    page: str = (
        environment()
        .get_template("report.html.j2")
        .render(
            summary=summary_of(manifest),
            totals=tables.totals(con),
            funnel=funnel,
            funnel_figure=figures.svg_uri(figures.funnel_figure(funnel)),
            languages=tables.funnel_by_language(con),
            reasons_figure=figures.svg_uri(figures.reasons_figure(reasons)),
            sizes_figure=figures.svg_uri(figures.sizes_figure(tables.sizes(con))),
            changes=tables.changes(con),
            **_kinds(con, manifest),
            **_filters(con, manifest, examples),
            **_near(near_view(run, manifest)),
            **_pii(con, manifest),
            settings=orjson.dumps(manifest["config"], option=orjson.OPT_INDENT_2).decode(),
            files=manifest["files"][:LISTED_FILES],
            files_left_out=max(0, len(manifest["files"]) - LISTED_FILES),
        )
    )
    return page


def _filters(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any], examples: int) -> dict[str, Any]:
    """The parts of the page that need the bounds of the filters."""
    try:
        rules = register(con, run_bounds(manifest))
    except BadInputError as error:
        return {"problem": str(error), "rules": [], "redecided": 0, "differing": 0}
    hold_in_memory(con, rules)
    again = thresholds.what_if(con, rules)
    return {
        "problem": "",
        "rules": [(view, _image(view)) for view in gallery(con, rules, examples)],
        "redecided": int(again["documents"].sum()),
        "differing": int(again.loc[again["change"] != "same", "documents"].sum()),
    }


def _kinds(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> dict[str, Any]:
    """The parts of the page about kinds of documents, benchmarks and the mix."""
    view = kinds_view(manifest, con)
    shown = {
        "kinds": not view.only_code,
        "reasons": not view.only_code and not view.reasons.empty,
        "mix": not view.mix.empty,
    }
    images = {name: figures.svg_uri(view.figures[name]) for name, wanted in shown.items() if wanted}
    return {"kinds": view, "kinds_images": images, "items_shown": ITEMS}


def _near(view: NearView) -> dict[str, Any]:
    """The part of the page about near-duplicates."""
    images = {name: figures.svg_uri(figure) for name, figure in view.figures.items()}
    return {"near": view, "near_images": images}


def _pii(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> dict[str, Any]:
    """The part of the page about personal data and secrets."""
    view = pii_view(manifest, con)
    images = {name: figures.svg_uri(figure) for name, figure in view.figures.items()}
    return {"pii": view, "pii_images": images}


def write_audit(run: Path, out: Path, *, sample: int = SAMPLE, seed: int = 0) -> Audit:
    """Write a page about the near-dedup of a run only, with samples of any size.

    Args:
        run: Folder of a run whose documents have been clustered.
        out: File to write; an existing file is replaced whole.
        sample: Dropped documents compared again, and kept ones that copies are planted of.
        seed: Of the samples.

    Returns:
        The audit that the page shows.

    Raises:
        BadInputError: If `run` is not the folder of a run, or one without near-dedup.
        BrokenRunError: If a file of the run is missing or damaged.
    """
    manifest = read_manifest(run)
    view = near_view(run, manifest, sample=sample, seed=seed)
    if view.audit is None:
        raise BadInputError(f"{run}: {view.problem}")
    page = (
        environment()
        .get_template("audit.html.j2")
        .render(name=manifest["name"], state=manifest["state"], sample=sample, seed=seed, **_near(view))
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, page.encode("utf-8"))
    return view.audit


def _image(view: RuleView) -> str:
    return figures.svg_uri(view.figure) if view.figure else ""


def environment() -> Environment:
    """Templates in which everything is made visible and escaped, whatever a template forgets."""
    made = Environment(
        loader=PackageLoader("curation.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.filters.update(line=one_line, count=count, size=size, percent=percent, number=number, rows=_records)
    made.filters["rate"] = rate
    return made


def _finalize(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict("records")


def _known(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def count(value: Any) -> str:
    """A whole number with thousands separators; a dash if it is not known."""
    return f"{int(value):,}" if _known(value) else MISSING


def size(value: Any) -> str:
    """Bytes with a unit; a dash if not known."""
    return short_bytes(float(value)) if _known(value) else MISSING


def percent(value: Any) -> str:
    """A share as a percentage with enough digits to tell small ones from none."""
    if not _known(value):
        return MISSING
    if 0.0 < value < 0.001:
        return "<0.1%"
    return f"{value:.1%}"


def rate(value: Any) -> str:
    """Something per something with one digit after the point where it is small; a dash if not known."""
    if not _known(value):
        return MISSING
    if 0.0 < value < 0.05:
        return "<0.1"
    return f"{value:,.1f}" if 0.0 < value < 100 else f"{value:,.0f}"
