"""The hits of a run -> which items of which benchmarks are in the corpus, as tables and as text.

    items(hits)  ->  benchmark  item         field     documents  near  exact  ...  score
                     humaneval  HumanEval/0  solution          3     1      2  ...   1.00

Benchmark items are public, so they are named; of documents there are ids and counts only. It decides
nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from rich.table import Table
from rich.text import Text

from curation.decontaminate.index import Exempt
from curation.decontaminate.matcher import RANKS
from curation.decontaminate.presets import presets
from curation.decontaminate.scan import FileHits
from curation.report.visible import one_line, short_bytes

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 40
"""Items that are printed; the tables have them all."""
KEYS = ["benchmark", "item", "field"]


def items(hits: pa.Table) -> "pd.DataFrame":
    """One row per benchmark text that was found, those in most documents first.

    Args:
        hits: Rows of `curation.decontaminate.hits.SCHEMA`.

    Returns:
        Columns benchmark, item, field, documents (that are contaminated with it), near (documents in which
        it is a near miss), one column per method (contaminated documents), score (the highest).
    """
    frame = hits.to_pandas()
    bad = frame["contaminated"].astype(bool)
    grouped = frame.assign(documents=bad, near=~bad)
    for method in RANKS:
        grouped[method] = bad & (frame["method"] == method)
    counts = ["documents", "near", *RANKS]
    how = {**dict.fromkeys(counts, "sum"), "score": "max"}
    table = grouped.groupby(KEYS, as_index=False, sort=True).agg(how).astype(dict.fromkeys(counts, "int64"))
    by = ["documents", "near", *KEYS]
    found: pd.DataFrame = table.sort_values(by, ascending=[False, False, True, True, True], ignore_index=True)
    return found


def benchmarks(hits: pa.Table) -> "pd.DataFrame":
    """One row per benchmark: items, contaminated documents and near misses.

    Args:
        hits: Rows of `curation.decontaminate.hits.SCHEMA`.

    Returns:
        Columns benchmark, items (different ones that contaminate), documents (contaminated, each counted
        once), near (documents with near misses only).
    """
    frame = hits.to_pandas()
    bad = frame[frame["contaminated"].astype(bool)]
    dropped = bad.groupby("benchmark").agg(items=("item", "nunique"), documents=("id", "nunique"))
    other = frame[~frame["contaminated"].astype(bool) & ~frame["id"].isin(bad["id"])]
    near = other.groupby("benchmark").agg(near=("id", "nunique"))
    both = dropped.join(near, how="outer").fillna(0).astype("int64")
    found: pd.DataFrame = both.rename_axis("benchmark").reset_index()
    return found


def parts(hits: pa.Table) -> Iterator[Any]:
    """The hits of a run for a terminal.

    Args:
        hits: Rows of `curation.decontaminate.hits.SCHEMA`.
    """
    if not hits.num_rows:
        yield Text("no document holds anything of a benchmark")
        return
    by_benchmark, by_item = benchmarks(hits), items(hits)
    yield _table("by benchmark", tuple(by_benchmark.columns), by_benchmark.to_numpy().tolist())
    rows = by_item.head(SHOWN).to_numpy().tolist()
    yield _table("by item", tuple(by_item.columns), rows, more=len(by_item) - SHOWN)


def file_parts(found: FileHits) -> Iterator[Any]:
    """What one file holds; nothing if it holds nothing.

    Args:
        found: From `curation.decontaminate.scan`.
    """
    if not found.hits:
        return
    yield Text(one_line(found.path), "bold")
    for line, hit in found.hits:
        what = "contaminated" if hit.contaminated else "near miss"
        name = f"{one_line(hit.benchmark)} {one_line(hit.item)} {one_line(hit.field)}"
        style = "red" if hit.contaminated else "yellow"
        where = f"characters {hit.start}-{hit.end}, score {hit.score:.2f}"
        yield Text.assemble(
            (f"{line:>7} ", "dim"), (what, style), f"  {name}  {hit.method}  ", (where, "dim")
        )
    yield Text()


def scan_parts(found: Sequence[FileHits], texts: int, exempt: Sequence[Exempt]) -> Iterator[Any]:
    """What all files together hold, and what was not looked for.

    Args:
        found: All of them.
        texts: Benchmark texts that were looked for.
        exempt: Benchmark texts that were not.
    """
    bad = sum(any(one.hit.contaminated for one in each.hits) for each in found)
    near = sum(bool(each.hits) for each in found) - bad
    size = short_bytes(sum(each.bytes for each in found))
    yield Text(
        f"{len(found):,} files, {size}, {texts:,} benchmark texts: {bad:,} contaminated, "
        f"{near:,} with near misses",
        "bold",
    )
    yield from _counts("benchmark texts too common to be looked for", (one.reason for one in exempt))
    yield from _counts("files not looked through", (each.problem for each in found if each.problem))


def preset_parts() -> Iterator[Any]:
    """The presets for a terminal."""
    rows = [(name, said["about"], said["path"]) for name, said in presets().items()]
    yield _table("", ("name", "what is looked for", "where it is"), rows)


def presets_as_json() -> Mapping[str, Any]:
    """The presets as JSON values."""
    return presets()


def _counts(title: str, values: Iterable[str]) -> Iterator[Any]:
    counts = Counter(values)
    if counts:
        yield _table(title, ("reason", "count"), counts.most_common())


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], more: int = 0) -> Table:
    table = Table(
        *head,
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        min_width=len(title),
    )
    for row in rows:
        table.add_row(
            *(Text(f"{cell:.4g}" if isinstance(cell, float) else one_line(str(cell))) for cell in row)
        )
    if more > 0:
        table.add_row(Text(f"... and {more:,} more", "dim"))
    table.add_row()
    return table
