"""The bounds of the filters -> columns of a table, so that SQL decides as the filters do.

    rules = register(con, decider.bounds)
    con.sql(f"SELECT id, failed_rule FROM ({rules.judged})")

Which bounds hold depends on a document's language and extension, and there are few different answers.
Each answer becomes one row of a small table with one threshold column per rule, which is joined to the
documents. A rule is all bounds that share reason, signal and side; its thresholds may differ by file.
A signal that was not measured never drops a document, as in `curation.filters.bounds`.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

import duckdb
import pyarrow as pa

from curation.errors import BadInputError
from curation.filters import Decider, FilterSettings
from curation.filters.bounds import Bound
from curation.report.views import quote_name

BoundsOf = Callable[[str, str], Sequence[Bound]]
"""(language, file name) -> the bounds that hold, in the order of the filters, such as `Decider.bounds`. Of a
file name, only the extension may matter."""
OPERATORS: dict[str, str] = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}
SIDES: dict[str, str] = {
    "above": "more than",
    "at_least": "at least",
    "below": "less than",
    "at_most": "at most",
}
"""How a side reads in "dropped if ..."."""
HELD_AT_MOST = 20_000_000
"""Documents that `hold_in_memory` takes, about 6 GB."""
HELD = (
    "id",
    "content_id",
    "path",
    "repo_name",
    "language",
    "extension",
    "length_bytes",
    "decision",
    "reason",
)
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Rule:
    """All bounds that share these three; the threshold may differ by language and extension."""

    reason: str
    signal: str
    side: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What `register` made of the bounds."""

    rules: tuple[Rule, ...]
    judged: str
    """A query: `candidates` plus bounds_set, t0, t1, ... (thresholds; null where a rule does not hold),
    f0, f1, ... (whether a rule is broken) and failed_rule (the number of the rule that counts, or null)."""

    def asked(self, reason: str) -> str:
        """A query: the candidates that the rules with this reason are asked about."""
        return self._where(
            [f"t{n} IS NOT NULL" for n, rule in enumerate(self.rules) if rule.reason == reason]
        )

    def holding(self, bound: Bound) -> str:
        """A query: the candidates for which exactly this bound holds, its threshold included."""
        rule = Rule(bound.reason, bound.signal, bound.side)
        same = [f"t{n} = {float(bound.threshold)!r}" for n, known in enumerate(self.rules) if known == rule]
        return self._where(same)

    def _where(self, conditions: list[str]) -> str:
        return f"(SELECT * FROM ({self.judged}) WHERE {' OR '.join(conditions) or 'false'})"


def run_bounds(manifest: Mapping[str, Any]) -> BoundsOf:
    """The bounds that a run decided with, from the settings in its manifest.

    Raises:
        BadInputError: If the settings are none that this version of the filters knows.
    """
    settings = manifest["config"].get("filters")
    try:
        bounds: BoundsOf = Decider(FilterSettings.model_validate(settings)).bounds
    except ValueError as error:
        raise BadInputError(
            f"expected filter settings of this version in the manifest, saw: {error}. "
            "Use the version of the tool that made the run."
        ) from error
    return bounds


def same_for_all(bounds: Sequence[Bound]) -> BoundsOf:
    """Bounds that hold for every file."""
    fixed = tuple(bounds)
    return lambda _language, _name: fixed


def with_threshold(bounds: BoundsOf, reason: str, threshold: float) -> BoundsOf:
    """The same bounds, but those that count as `reason` have another threshold."""

    def changed(language: str, name: str) -> list[Bound]:
        return [
            replace(bound, threshold=threshold) if bound.reason == reason else bound
            for bound in bounds(language, name)
        ]

    return changed


def without(bounds: BoundsOf, reason: str) -> BoundsOf:
    """The same bounds, without those that count as `reason`."""
    return lambda language, name: [bound for bound in bounds(language, name) if bound.reason != reason]


def register(con: duckdb.DuckDBPyConnection, bounds: BoundsOf | Rules) -> Rules:
    """Make the bounds of every candidate document known to `con`, as two temporary tables in memory.

    Args:
        con: From `curation.report.views.connect`.
        bounds: Asked once per different (language, extension) of the run. What was registered with `con`
            already is returned as it is: worth it where many questions are asked about the same bounds.

    Raises:
        BadInputError: If a bound names a signal that the run has not stored.
    """
    if isinstance(bounds, Rules):
        return bounds
    pairs = con.execute("SELECT DISTINCT language, extension FROM candidates").fetchall()
    sets: dict[tuple[Bound, ...], int] = {}
    numbers = [
        sets.setdefault(tuple(bounds(language or "", f"name.{extension}")), len(sets))
        for language, extension in pairs
    ]
    _check_signals(con, sets)
    numbered = [list(_numbered(each)) for each in sets]
    columns = _in_order([[key for key, _, _ in each] for each in numbered])
    run = next(_numbers)
    keys, table = f"rule_keys_{run}", f"rule_sets_{run}"
    names = {"language": [pair[0] for pair in pairs], "extension": [pair[1] for pair in pairs]}
    types = pa.schema([("language", pa.string()), ("extension", pa.string()), ("bounds_set", pa.int64())])
    _store(con, keys, pa.Table.from_pydict({**names, "bounds_set": numbers}, schema=types))
    _store(con, table, _sets_table(numbered, columns))
    rules = tuple(rule for rule, _ in columns)
    return Rules(rules, _judged(rules, keys, table))


def hold_in_memory(con: duckdb.DuckDBPyConnection, rules: Rules) -> bool:
    """Copy what `rules` ask about the candidates into memory, so that many questions are quick.

    From then on `candidates` of this connection has only the signals of these rules. Takes about 300 bytes
    a document; a run with more than `HELD_AT_MOST` candidates goes on being read from its files.

    Returns:
        Whether it was done.
    """
    (count,) = con.execute("SELECT count(*) FROM ledger WHERE stage = 'filters'").fetchone()
    if count > HELD_AT_MOST:
        return False
    signals = dict.fromkeys(quote_name(rule.signal) for rule in rules.rules)
    columns = ", ".join((*HELD, *signals))
    # a temporary table hides a view of the same name
    con.execute(f"CREATE OR REPLACE TEMP TABLE candidates AS SELECT {columns} FROM main.candidates")
    return True


def _numbered(bounds: tuple[Bound, ...]) -> Iterator[tuple[tuple[Rule, int], int, float]]:
    """(rule, how many of the same rule came before), position and threshold of each bound."""
    seen: Counter[Rule] = Counter()
    for position, bound in enumerate(bounds):
        rule = Rule(bound.reason, bound.signal, bound.side)
        yield (rule, seen[rule]), position, bound.threshold
        seen[rule] += 1


def _in_order(lists: list[list[tuple[Rule, int]]]) -> list[tuple[Rule, int]]:
    """All rules in an order that agrees with every list; that of first appearance if there is none."""
    sorter: TopologicalSorter[tuple[Rule, int]] = TopologicalSorter()
    for each in lists:
        for number, key in enumerate(each):
            sorter.add(key, *each[max(0, number - 1) : number])
    try:
        return list(sorter.static_order())
    except CycleError:
        return list(dict.fromkeys(itertools.chain.from_iterable(lists)))


def _sets_table(
    numbered: list[list[tuple[tuple[Rule, int], int, float]]], columns: list[tuple[Rule, int]]
) -> pa.Table:
    values: dict[str, Any] = {"bounds_set": pa.array(range(len(numbered)), pa.int64())}
    lookups = [{key: (position, threshold) for key, position, threshold in each} for each in numbered]
    for number, key in enumerate(columns):
        found = [lookup.get(key, (None, None)) for lookup in lookups]
        values[f"p{number}"] = pa.array([position for position, _ in found], pa.int64())
        values[f"t{number}"] = pa.array([threshold for _, threshold in found], pa.float64())
    return pa.table(values)


def _store(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    con.register(f"{name}_source", table)
    con.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_source")
    con.unregister(f"{name}_source")


def _check_signals(con: duckdb.DuckDBPyConnection, sets: dict[tuple[Bound, ...], int]) -> None:
    stored = signal_columns(con)
    for bound in itertools.chain.from_iterable(sets):
        if bound.signal not in stored:
            raise BadInputError(
                f"expected a signal that this run has stored ({', '.join(sorted(stored))}), "
                f"saw {bound.signal!r} in the bound {bound.reason!r}. Use a stored one or run again."
            )


def signal_columns(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The numeric columns of the view `signals`."""
    rows = con.execute("DESCRIBE signals").fetchall()
    return frozenset(row[0] for row in rows if row[1] == "DOUBLE")


def breaks(value: str, side: str, threshold: str) -> str:
    """SQL that says whether a value breaks a bound; NaN, null and a missing threshold never do."""
    return f"coalesce(NOT isnan({value}) AND {value} {OPERATORS[side]} {threshold}, false)"


def _judged(rules: tuple[Rule, ...], keys: str, table: str) -> str:
    broken = [
        f"{breaks(quote_name(rule.signal), rule.side, f't{n}')} AS f{n}" for n, rule in enumerate(rules)
    ]
    positions = [f"CASE WHEN f{n} THEN p{n} END" for n in range(len(rules))]
    # least() of one argument or more ignores nulls: the position of the first broken bound, if any
    first = f"least({', '.join([*positions, 'NULL::BIGINT'])})"
    choices = " ".join(f"WHEN f{n} AND p{n} = first_position THEN {n}" for n in range(len(rules)))
    failed = f"CASE {choices} END" if rules else "NULL::BIGINT"
    inner = f"""SELECT {", ".join(["candidates.*", f"{table}.*", *broken])} FROM candidates
        JOIN {keys} ON candidates.language IS NOT DISTINCT FROM {keys}.language
            AND candidates.extension = {keys}.extension
        JOIN {table} USING (bounds_set)"""
    return f"SELECT *, {failed} AS failed_rule FROM (SELECT *, {first} AS first_position FROM ({inner}))"
