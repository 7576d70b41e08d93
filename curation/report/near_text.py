"""What an audit of near-dedup, or a comparison of two runs, found -> tables for a terminal.

    for part in audit_parts(audit(run), width=160): console.print(part)

Names and texts come from the corpus: control characters in them are made visible, nothing is read as
markup, and lines are cut to the width. Computes nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from curation.dedup.audit.audit import Audit
from curation.dedup.audit.clusters import Cluster, Pair
from curation.dedup.audit.compare import Comparison
from curation.dedup.audit.sidebyside import Row
from curation.report.visible import one_line

GUTTER = 15
"""Columns beside the two texts: two line numbers, a mark and spaces."""
STYLES = {"~": ("red", "green"), "-": ("red", ""), "+": ("", "green"), " ": ("", ""), "…": ("dim", "dim")}
OFFENDERS = 10
"""Offenders that are printed; --json has up to a hundred."""
NUMBER = re.compile(r"[0-9.,]+[%+]?|-")
LANGUAGES = 20
SIZES = 12


def side_width(width: int) -> int:
    """Characters of each text where two are printed side by side in so many columns."""
    return max(20, (width - GUTTER) // 2)


def audit_parts(found: Audit, width: int) -> Iterator[Any]:
    """An audit as renderables, in the order in which questions come up.

    Args:
        found: From `curation.dedup.audit.audit`.
        width: Columns of the terminal.
    """
    yield Text(f"near-dedup of {one_line(found.run)}, state {one_line(found.state)}", "bold")
    for parts in sections(found, width).values():
        yield from parts


def sections(found: Audit, width: int) -> dict[str, list[Any]]:
    """The same by name: counts, precision, recall, languages, sizes, clusters.

    Args:
        found: From `curation.dedup.audit.audit`.
        width: Columns of the terminal.
    """
    shown = ", ".join(f"{name} {one_line(str(value))}" for name, value in found.settings.items())
    sizes = [(f"{size:,}", f"{number:,}") for size, number in found.sizes.items()]
    return {
        "counts": [Text(shown + "\n"), _grid("counts", ("", ""), _counts(found))],
        "precision": list(_precision(found)),
        "recall": [_recall(found)],
        "languages": list(_rates(found)),
        "sizes": [
            _grid(
                "clusters by size",
                ("documents", "clusters"),
                sizes[:SIZES],
                more=max(0, len(sizes) - SIZES),
            )
        ],
        "clusters": list(_clusters(found.clusters, width)),
    }


def _recall(found: Audit) -> Table:
    return _grid(
        f"recall: copies of {found.planted_texts:,} kept documents, edited to a known similarity",
        ("jaccard", "planted", "looked at", "share", "95% interval", "theory", "similar", "of these, found"),
        (
            (
                f"{each.jaccard:.2f}",
                f"{each.planted:,}",
                f"{each.candidates:,}",
                _percent(each.share),
                f"{each.low:.1%} - {each.high:.1%}",
                _percent(each.expected),
                f"{each.similar:,}",
                f"{each.found:,}",
            )
            for each in found.recall
        ),
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


def _counts(found: Audit) -> Iterator[tuple[str, str]]:
    names = {"read": "documents that exact dedup left", "signed": "documents with a sketch"}
    for name, number in found.counts.items():
        yield names.get(name, name.replace("_", " ")), f"{number:,}"
    for reason, number in found.left_to_exact.items():
        yield f"left to exact dedup: {reason.replace('_', ' ')}", f"{number:,}"


def _precision(found: Audit) -> Iterator[Any]:
    own, threshold = found.precision, found.settings["threshold"]
    if own.share is None or own.lowest is None:
        why = "their texts are not there any more" if own.dropped else "nothing was dropped"
        yield Text(f"precision: nothing to compare again, {why}\n", "bold")
        return
    yield Text(
        f"precision: of {own.dropped:,} dropped documents {own.compared:,} compared again with what is kept: "
        f"{own.similar:,} at {threshold:g} or above = {own.share:.2%} (95% interval {own.low:.2%} - "
        f"{own.high:.2%}), lowest {own.lowest:.4f}\n",
        "bold red" if own.offenders else "bold",
    )
    if own.offenders:
        yield _grid(
            "dropped below the threshold",
            ("dropped", "kept for it", "jaccard", "stated"),
            (
                (
                    each.id,
                    each.keeper,
                    f"{each.jaccard:.4f}",
                    "-" if each.stated is None else f"{each.stated:.4f}",
                )
                for each in own.offenders[:OFFENDERS]
            ),
            more=own.compared - own.similar - min(OFFENDERS, len(own.offenders)),
        )


def _rates(found: Audit) -> Iterator[Any]:
    if not found.rates:
        yield Text("languages: counted when the run is finished\n", "bold")
        return
    yield _grid(
        "kept by language",
        ("language", "documents", "near-duplicates", "kept"),
        (
            (each.language, f"{each.documents:,}", f"{each.dropped:,}", _percent(each.kept))
            for each in found.rates[:LANGUAGES]
        ),
        more=max(0, len(found.rates) - LANGUAGES),
    )


def _clusters(found: Sequence[Cluster], width: int) -> Iterator[Any]:
    yield _grid(
        "largest clusters",
        ("documents", "keeper", "kept", "repository", "languages", "repositories"),
        (
            (
                f"{each.size:,}",
                each.keeper["id"],
                each.keeper["path"] or "",
                each.keeper["repo_name"] or "",
                ", ".join(f"{name} {number}" for name, number in each.languages.items()),
                f"{each.repositories_seen:,}" + ("" if each.members_seen == each.size else "+"),
            )
            for each in found
        ),
    )
    for each in found:
        if each.least_similar:
            yield Text(f"cluster of {each.size:,}: kept, and the dropped document least like it", "bold")
            yield from pair_parts(each.least_similar, width)


def pair_parts(pair: Pair, width: int) -> Iterator[Any]:
    """Two documents next to each other.

    Args:
        pair: From `curation.dedup.audit.clusters`.
        width: Columns of the terminal.
    """
    similar = "" if pair.jaccard is None else f", Jaccard {pair.jaccard:.4f}"
    yield Text(f"{_name(pair.one)}  |  {_name(pair.other)}{similar}", "cyan")
    if pair.lines is None:
        yield Text("the run has not kept their contents\n")
        return
    yield _beside(pair.lines, side_width(width))


def pairs_parts(pairs: Iterable[Pair], width: int) -> list[Any]:
    """Several pairs of documents, one below the other.

    Args:
        pairs: From `curation.dedup.audit.clusters`.
        width: Columns of the terminal.
    """
    return [part for pair in pairs for part in pair_parts(pair, width)]


def _name(document: Mapping[str, Any]) -> str:
    path = "/".join(part for part in (document["repo_name"], document["path"]) if part)
    return f"{document['id']} {one_line(path, 120)}"


def _beside(rows: Iterable[Row], width: int) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
    for justify, columns in (("right", 5), ("left", width), ("left", 1), ("right", 5), ("left", width)):
        table.add_column(justify=justify, width=columns, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]  # literals
    for row in rows:
        left, right = STYLES[row.mark]
        table.add_row(
            Text("" if row.one is None else str(row.one), "dim"),
            Text(row.left, left),
            Text(row.mark, "bold"),
            Text("" if row.other is None else str(row.other), "dim"),
            Text(row.right, right),
        )
    table.add_row()
    return table


def comparison_parts(found: Comparison) -> Iterator[Any]:
    """A comparison of two runs as renderables.

    Args:
        found: From `curation.dedup.audit.compare`.
    """
    yield Text(f"A = {one_line(found.first)}\nB = {one_line(found.second)}\n", "bold")
    if found.settings:
        rows = ((name, one, other) for name, (one, other) in found.settings.items())
        yield _grid("settings of dedup that differ", ("setting", "A", "B"), rows)
    labels = found.labels
    yield _grid(
        "documents and clusters",
        ("", ""),
        (
            (name, value if isinstance(value, str) else f"{value:,}")
            for name, value in (
                ("reached dedup only in A", found.only_reached_first),
                ("reached dedup only in B", found.only_reached_second),
                ("reached dedup in both", labels.documents),
                ("kept by both", found.kept_by_both),
                ("kept by A only", found.kept_by_first),
                ("kept by B only", found.kept_by_second),
                ("dropped by both", found.dropped_by_both),
                ("clusters in A", labels.first_clusters),
                ("clusters in B", labels.second_clusters),
                ("clusters with the same documents in both", labels.equal_clusters),
                ("pairs of documents together in both", labels.together),
                ("pairs together in A only", labels.only_first),
                ("pairs together in B only", labels.only_second),
                ("share of pairs together in either that are in both", f"{labels.jaccard:.4%}"),
                ("Rand index", f"{labels.rand:.9f}"),
            )
        ),
    )
    for one, other, examples in (("A", "B", found.first_examples), ("B", "A", found.second_examples)):
        if examples:
            pairs = ((_name(each.document), _name(each.dropped_for)) for each in examples)
            yield _grid(f"kept by {one} only", ("document", f"{other} keeps instead"), pairs)
    for one, other, apart in (("A", "B", found.first_pairs), ("B", "A", found.second_pairs)):
        if apart:
            pairs = ((_name(left), _name(right)) for left, right in apart)
            yield _grid(f"together in {one}, apart in {other}", ("document", "document"), pairs)


def _grid(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], more: int = 0) -> Table:
    """A table; columns of numbers stand on the right."""
    cells = [[one_line("" if value is None else str(value)) for value in row] for row in rows]
    plain = Table(
        *head,
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        show_header=any(head),
    )
    for column, values in zip(plain.columns, zip(*cells, strict=True), strict=False):
        column.justify = "right" if all(NUMBER.fullmatch(value) for value in values) else "left"
    for row in cells:
        plain.add_row(*map(Text, row))
    if more:
        plain.add_row(Text(f"... and {more:,} more", "dim"))
    plain.add_row()
    return plain
