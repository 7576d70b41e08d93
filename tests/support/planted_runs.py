"""Runs with near-dedup on a corpus whose families are known, and what they must have decided.

    run = run_here(monkeypatch, write_corpus(tmp_path), tmp_path / "run", near={"cluster": "components"})
    decisions(run) == expected(run)      # {id: (id of the kept document, Jaccard similarity)}

`run_here` runs every task in this process, one after the other, on blocks that were pickled as for a
worker; constants that the test has patched hold. `expected` decides in one piece, from the documents that
the run has read and a policy and groups of its own.
"""

import json
import pickle
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import TOKENS, lines, similar_pair, words

from curation import passes
from curation import run as runs
from curation.config import check
from curation.dedup.near import NearSettings, deduplicate
from curation.document import document_id
from curation.layout import cluster_name, part_name, unit_name

REPOSITORIES: Mapping[str, tuple[list[str], int | None, int | None, int | None]] = {
    "apex/library": (["MIT"], 900, 40, 1_400_000_000),
    "bulk/fork": (["MIT"], 10, 0, 1_500_000_000),
    "copy/left": (["GPL-3.0-only"], 5000, 90, 1_300_000_000),
    "dark/none": ([], 9000, 10, 1_200_000_000),
    "even/one": (["MIT"], 50, 5, 1_450_000_000),
    "even/two": (["MIT"], 50, 5, 1_450_000_000),
    "fresh/unknown": (["MIT"], None, None, None),
}
"""Licences, stars, forks and date of each repository of the corpus, seconds since 1970."""
SIMILAR = (0.95, 0.9, 0.8, 0.75, 0.72, 0.705, 0.695, 0.68, 0.6, 0.5)
"""Jaccard similarities of planted pairs."""
COLUMNS = {
    "content": "content",
    "path": "path",
    "repo_name": "repo",
    "licences": "licences",
    "stars": "stars",
    "forks": "forks",
    "file_date": "date",
}
SMALL_UNITS = 40_000
"""Bytes of a unit: the corpus makes about ten."""
Decisions = dict[str, tuple[str, float]]
"""Id -> id of the document that is kept instead (or its own), and the Jaccard similarity to it."""


def _families() -> Iterator[tuple[str, list[str]]]:
    """Suffix of the paths, and texts that belong together."""
    for number, jaccard in enumerate(SIMILAR):
        for suffix in (".py", ".js"):
            yield suffix, list(similar_pair(f"near{number}{suffix[1:]}", jaccard))
    for number in range(3):
        yield ".py", [lines(words(f"chain{number}", 20 * n, 20 * n + TOKENS)) for n in range(3 + number)]
    for suffix, family in ((".py", 60), (".js", 30)):
        licence = words("boilerplate", 0, 150)
        yield suffix, [lines([*licence, *words(f"own{suffix[1:]}{n}", 0, 3)]) for n in range(family)]
    yield ".py", [lines(words("copies", 0, TOKENS))] * 4
    yield ".py", ["x = 1\n"] * 3 + [f"x = {n}\n" for n in range(2, 8)] + ["a b c d e\n", "a, b, c, d, e\n"]
    poem = "床前明月光疑是地上霜举头望明月低头思故乡" * 4
    yield ".py", [poem, poem + "。\n", poem[:-20] + "白日依山尽黄河入海流欲穷千里目更上一层楼"]
    prose = "съешь же ещё этих мягких французских булок да выпей чаю "
    yield ".py", [prose * 3, prose * 3 + "сразу\n", "→ ∑ ∂ ∞ ≈ ≠\n", "№ § ¶ ∑ ∂ →\n"]
    same = words("tongues", 0, TOKENS)
    yield ".py", [lines(same)]
    yield ".js", [lines([*same, "further"])]
    yield ".c", [lines([*same, "another", "end"])]
    yield ".py", [lines(words(f"alone{n}", 0, TOKENS)) for n in range(12)]


def planted() -> list[dict[str, Any]]:
    """The rows of the corpus, families mixed, always the same."""
    chance = random.Random(7)
    names = list(REPOSITORIES)
    numbers = count()
    rows = []
    for suffix, texts in _families():
        for text in texts:
            repository = chance.choice(names)
            licences, stars, forks, date = REPOSITORIES[repository]
            path = f"src/f{next(numbers):03d}{suffix}"
            row = {"content": text, "path": path, "repo": repository, "licences": licences}
            rows.append(row | {"stars": stars, "forks": forks, "date": date})
    chance.shuffle(rows)
    return rows


def write_corpus(folder: Path, rows: Sequence[Mapping[str, Any]] | None = None) -> Path:
    """The rows as two JSONL files, one line in five in the second; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = planted() if rows is None else rows
    for name, part in (("first", [r for n, r in enumerate(rows) if n % 5]), ("second", rows[::5])):
        content = "".join(json.dumps(dict(row)) + "\n" for row in part)
        (folder / f"{name}.jsonl").write_text(content, encoding="utf-8")
    return folder


def configuration(
    corpus: Path, output: Path, *, unit_bytes: int = SMALL_UNITS, **more: Any
) -> dict[str, Any]:
    """A configuration over a corpus of `write_corpus` that keeps everything until dedup.

    Args:
        corpus: Its folder.
        output: Folder of the run.
        unit_bytes: Bytes of content in a unit.
        more: Further settings; `near` and `exact` stand for those of dedup.
    """
    reading = {"unit_bytes": unit_bytes}
    sources = [
        {"kind": "table", "path": str(path), "columns": dict(COLUMNS), "reading": dict(reading)}
        for path in sorted(corpus.glob("*.jsonl"))
    ]
    values = {"output": str(output), "sources": sources, "workers": 1}
    values["dedup"] = {"near": more.pop("near", {}), "exact": more.pop("exact", {})}
    values |= {"language": {"profile": "sc2-full"}, "licence": {"policy": "any"}, "pii": {"enabled": False}}
    return {**values, "filters": {"profile": "none"}, **more}


class HereExecutor:
    """In place of `curation.executors.LocalExecutor`: every task in this process, errors as they are."""

    def __init__(self, pipeline: list[Any], *, tasks: int, done: Callable[[int], bool], **_: Any) -> None:
        self.payload = pickle.dumps(pipeline)
        self.tasks = tasks
        self.done = done

    def run(self, on_event: Callable[[Any], None]) -> list[Any]:
        """Run what is not done, each task with blocks of its own."""
        for rank in (rank for rank in range(self.tasks) if not self.done(rank)):
            data = None
            for block in pickle.loads(self.payload):  # noqa: S301  # our own bytes, a moment ago
                data = block.run(data, rank, self.tasks)
            deque(data or (), maxlen=0)
        return []


def run_here(monkeypatch: pytest.MonkeyPatch, corpus: Path, output: Path, **settings: Any) -> Path:
    """Run, or go on with, a whole run in this process; the arguments are those of `configuration`."""
    monkeypatch.setattr(passes, "LocalExecutor", HereExecutor)
    return runs.run(check(configuration(corpus, output, **settings), "the test"))


def manifest_of(run: Path) -> dict[str, Any]:
    """The manifest of a run."""
    found: dict[str, Any] = json.loads((run / "manifest.json").read_bytes())
    return found


def near_settings(run: Path) -> NearSettings:
    """The settings that the run has had."""
    return NearSettings.model_validate(manifest_of(run)["config"]["dedup"]["near"])


def table_of(run: Path, pattern: str) -> list[dict[str, Any]]:
    """All rows of the parquet files that a pattern names, in order of their names."""
    return [row for path in sorted(run.glob(pattern)) for row in pq.read_table(path).to_pylist()]


def _copies(run: Path) -> set[str]:
    """Ids that exact dedup has dropped."""
    if not manifest_of(run)["config"]["dedup"]["exact"]["enabled"]:
        return set()
    rows = table_of(run, f"deduplicate/{part_name(0)}/decisions.parquet")
    ids = ((document_id(r["unit"], r["row"]), document_id(r["keeper_unit"], r["keeper_row"])) for r in rows)
    return {own for own, keeper in ids if own != keeper}


def sources_of(run: Path) -> list[int]:
    """For each unit, the place of its source in `sources`."""
    with (run / "units.jsonl").open("rb") as stream:
        return [json.loads(line)["index"] for line in stream]


def compared(run: Path) -> list[dict[str, Any]]:
    """The documents that near-dedup may compare, in order of their ids, which decide between equals."""
    settings, copies = near_settings(run), _copies(run)
    found = []
    for unit, source in enumerate(sources_of(run)):
        if source not in settings.skip_sources:
            found += table_of(run, f"clean/{unit_name(unit)}/documents.parquet")
    wanted = [r for r in found if r["id"] not in copies and r["language"] not in settings.skip_languages]
    return sorted(wanted, key=lambda row: str(row["id"]))


def rank(row: Mapping[str, Any], keep: Sequence[str]) -> tuple[Any, ...]:
    """What ranks a document by the policy, lower is better."""
    date = row["file_date"] or row["revision_date"]
    values = {
        "license": ["permissive", "no_license", "non_permissive"].index(row["license_type"]),
        "stars": -(row["stars"] or 0),
        "forks": -(row["forks"] or 0),
        "earliest_date": date.timestamp() // 3600 if date else float("inf"),
    }
    return tuple(values[name] for name in keep)


def _dense(values: Sequence[Any]) -> Any:
    """Values as numbers from 0 in the same order."""
    places = {value: place for place, value in enumerate(sorted(set(values)))}
    return np.array([places[value] for value in values], np.uint64)


def expected(run: Path) -> Decisions:
    """What the run must have decided about every document that it may compare."""
    settings, rows = near_settings(run), compared(run)
    scopes: dict[str, Callable[[Any], str]] = {
        "all": lambda _: "",
        "language": lambda row: str(row["language"]),
        "repository": lambda row: str(row["repo_name"]),
    }
    texts = pa.array([row["content"] for row in rows], pa.string())
    found = deduplicate(
        lambda: [texts],
        settings,
        groups=_dense([scopes[settings.scope](row) for row in rows]),
        policy=_dense([rank(row, settings.keep) for row in rows]),
    )
    keepers = (rows[place]["id"] for place in found.keeper.tolist())
    pairs = zip((row["id"] for row in rows), keepers, found.jaccard.tolist(), strict=True)
    return {own: (keeper, similar) for own, keeper, similar in pairs}


def decisions(run: Path) -> Decisions:
    """What the run has decided about the same documents; those that it does not list are kept."""
    found = {row["id"]: (row["id"], 1.0) for row in compared(run)}
    rows = table_of(run, f"cluster/{cluster_name(0)}/decisions.parquet")
    places = [(row["unit"], row["row"]) for row in rows]
    assert places == sorted(set(places)), "one row per document, by unit and row"
    listed = {document_id(r["unit"], r["row"]): r for r in rows}
    keepers = {own: document_id(r["keeper_unit"], r["keeper_row"]) for own, r in listed.items()}
    sizes = Counter(keepers.values())
    assert all(row["cluster_size"] == sizes[keepers[own]] > 1 for own, row in listed.items())
    assert listed.keys() <= found.keys(), "a document was compared that must not be"
    return found | {own: (keepers[own], row["jaccard"]) for own, row in listed.items()}


def same(one: Decisions, other: Decisions) -> bool:
    """Whether decisions are equal; an unknown similarity equals an unknown one."""
    ids = list(one)
    if ids != list(other) and set(ids) != set(other):
        return False
    keepers = all(one[own][0] == other[own][0] for own in ids)
    similar = np.array([[one[own][1], other[own][1]] for own in ids]).reshape(-1, 2)
    return keepers and bool(np.array_equal(similar[:, 0], similar[:, 1], equal_nan=True))
