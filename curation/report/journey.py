"""One document of a run, before and after every step.

    steps = journey(Path("runs/demo"), "000003-00000017")
    [step.name for step in steps]   ->  ["made", "decided", "shard", "rendered"]

As it was read or made of a notebook, thread or commit, with its parts; what was decided about it; in the
shard, after redaction; and rendered, to train on. What a detector finds is never shown: texts from before
redaction are redacted first, and are not shown where that fails. Texts are whole and as they are;
`journey_html` cuts and escapes them. It reads one run and writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from curation.errors import BadInputError
from curation.ledger import STAGES
from curation.pii.masked import masked, settings_of_run
from curation.render.guard import all_tokens, guard_for
from curation.report.journey_pieces import Piece, Place, after, parts_of, pieces_of, shown
from curation.report.kinds import ORDER
from curation.report.kinds_view import KIND
from curation.report.views import connect, quote, read_manifest

READABLE = 3_000
"""Bytes of a document that shows well on a page: of those that got equally far, the one nearest to it, but
rather one in which something was replaced, if it has at most four times as many."""
AROUND = 200
"""Characters shown of a repository's text before and after one of its files."""
COLUMNS = (
    *("id", "content", "kind", "repo_name", "path", "language", "license_type", "length_bytes"),
    *("source_file", "source_row", "src_encoding", "parts"),
)
FACTS = {
    "kind": "kind",
    "repo_name": "repository",
    "path": "path",
    "language": "language",
    "license_type": "licence",
    "length_bytes": "bytes",
    "source_file": "read from",
    "source_row": "row or member",
    "src_encoding": "encoding",
}
"""Columns of a document, and what they are called."""
MEASURED = ("kind", "repo_name", "path", "language", "license_type", "length_bytes")
"""What the signals table repeats of them."""


class Decision(NamedTuple):
    """One row of the ledger, or a hit of a benchmark."""

    stage: str
    decision: str
    """kept, dropped, changed, or near miss."""
    reason: str
    why: str
    """Value, threshold and detail, as far as there are any."""


@dataclass(frozen=True, slots=True)
class Step:
    """A document at one point of its way."""

    name: Literal["made", "decided", "shard", "rendered"]
    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    decisions: Sequence[Decision] = ()
    pieces: Sequence[Piece] = ()
    note: str = ""
    """What there is to know about the text, or why there is none; sentences."""


def journey(run: Path, document: str) -> list[Step]:
    """The document as it was made, what was decided, as it is in its shard, and rendered.

    Args:
        run: Folder of a run, finished or not.
        document: Its id, such as 000003-00000017.

    Raises:
        BadInputError: If `run` is not the folder of a run, or has read no such document.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    way = _Way(run, document)
    return [way.made(), way.decided(), way.in_shard(), way.rendered()]


def examples(run: Path) -> dict[str, str]:
    """For each kind that was read, a document that got furthest, always the same of the same run.

    Args:
        run: Folder of a run, finished or not.

    Returns:
        Kind -> id, in the order of kinds.

    Raises:
        BadInputError: If `run` is not the folder of a run.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    query = f"""SELECT {KIND} AS kind, outcomes.id FROM outcomes
        LEFT JOIN (SELECT id, decision = 'kept' AS used FROM rendered WHERE decision <> 'changed') USING (id)
        LEFT JOIN (SELECT DISTINCT id, true AS edited FROM findings WHERE replaced) USING (id)
        QUALIFY row_number() OVER (PARTITION BY {KIND} ORDER BY coalesce(used, false) DESC, kept DESC,
            list_position($1, stage) DESC, coalesce(edited, false) AND length_bytes < 4 * {READABLE} DESC,
            abs(coalesce(length_bytes, 0) - {READABLE}), outcomes.id) = 1"""
    rows = connect(run).execute(query, [list(STAGES)]).fetchall()
    found = dict(rows)
    return {kind: found[kind] for kind in ORDER if kind in found}


class _Way:
    """What a run knows of one document."""

    def __init__(self, run: Path, document: str) -> None:
        self.con = connect(run)
        self.run = run
        self.id = document
        self.manifest = read_manifest(run)
        self.settings = settings_of_run(self.manifest)
        self.ledger = self._rows("SELECT * FROM ledger WHERE id = $1")
        if not self.ledger:
            raise BadInputError(
                f"{run}: no document {document!r} was read; expected an id such as 000003-00000017, "
                "which `curation explain RUN PATH` finds"
            )
        signals = self._rows(f"SELECT {', '.join(MEASURED)}, characters FROM signals WHERE id = $1")
        self.signals: Mapping[str, Any] = signals[0] if signals else {}
        self.row = self._stored("shard")

    def made(self) -> Step:
        """As it was read, or made of something else."""
        title = "As it was read or made, before anything was decided"
        read = self._stored("documents")
        if read:
            parts, replaced = shown(read, self.settings)
            note = "Personal data and secrets are replaced already, so that none is shown here."
            pieces = pieces_of(parts, replaced)
            return Step("made", title, _facts(read), pieces=pieces, note=note if any(replaced) else "")
        aside = self._stored("excluded")
        if aside:
            text = masked(aside["content"] or "", settings=self.settings, path=aside["path"] or "")
            note = "It was set aside with personal data and secrets replaced, and without its parts."
            return Step("made", title, _facts(aside), pieces=(Piece("", "", text),), note=note)
        facts = _facts({**(self.row or {}), **self.signals})
        return Step("made", title, facts, note=self._why_no_text())

    def decided(self) -> Step:
        """Every row of the ledger, in the order in which a document meets the stages, and benchmark hits."""
        rows = sorted(self.ledger, key=_order)
        hits = self._rows('SELECT * FROM hits WHERE id = $1 ORDER BY contaminated DESC, benchmark, "start"')
        found = [
            Decision(
                "decontaminate",
                "hit" if hit["contaminated"] else "near miss",
                hit["benchmark"],
                f"{hit['item']} {hit['field']}, {hit['method']}, score {hit['score']:.2f}",
            )
            for hit in hits
        ]
        return Step("decided", "What was decided", decisions=(*map(_decision, rows), *found))

    def in_shard(self) -> Step:
        """After redaction."""
        title = "In its shard, after redaction"
        if not self.row:
            dropped = [row for row in self.ledger if row["decision"] == "dropped"]
            why = f"It was dropped: {dropped[0]['stage']}, {dropped[0]['reason']}." if dropped else ""
            return Step("shard", title, note=why or "The run has not written its shard yet.")
        facts = {"file": self.row["file"], "bytes": f"{self.row['length_bytes']:,}"}
        places = self._replaced()
        tags = self._rows(
            "SELECT tag, count(*) AS times FROM findings WHERE id = $1 AND replaced GROUP BY ALL ORDER BY tag"
        )
        note = "Personal data and secrets were not looked for."
        if self.settings.enabled:
            found = ", ".join(f"{row['times']} {row['tag']}" for row in tags)
            note = f"Replaced: {found}." if found else "Nothing in it was replaced."
        return Step("shard", title, facts, pieces=pieces_of(parts_of(self.row), places), note=note)

    def rendered(self) -> Step:
        """The text that a model is trained on, or the part of it that is about this document."""
        title = "Rendered, to train on"
        rows = [_decision(row) for row in self._rows("SELECT * FROM rendered WHERE id = $1 ORDER BY reason")]
        if not self.row or not rows:
            done = "render" in self.manifest["passes"]
            note = "It did not get here." if done or not self.row else "The run has rendered nothing."
            return Step("rendered", title, note=note)
        found = self._train(self.row) if any(row.decision == "kept" for row in rows) else None
        edits = tuple(row for row in rows if row.decision != "kept")
        if not found:
            return Step("rendered", title, decisions=edits, note="There is no text of it to train on.")
        text, note = self._own_part(found["text"], self.row["content"])
        facts = {"file": found["file"], "copies": f"{found['copies']:,}"}
        if found["documents"] > 1:
            facts["documents in the text"] = f"{found['documents']:,}"
        return Step("rendered", title, facts, edits, (Piece("", "", text),), note)

    def _why_no_text(self) -> str:
        """Why the run has no text from before redaction."""
        if not self.signals:
            return "Nothing could be read or made, so there is no text; below is why."
        if not self.row:
            return (
                "The run has not kept its text: pii.keep_originals and shards.excluded say whether such "
                "texts are kept."
            )
        replaced = self._rows("SELECT 1 FROM findings WHERE id = $1 AND replaced")
        same = f"with {len(replaced):,} places replaced" if replaced else "of which nothing was replaced"
        return (
            "When the run was complete, it deleted the texts as they were read (pii.keep_originals is off). "
            f"What is left is the text in the shard, {same}."
        )

    def _replaced(self) -> list[Place]:
        """Places of replacements in the text of the shard; none if it does not fit its findings."""
        assert self.row is not None
        found = self._rows('SELECT * FROM findings WHERE id = $1 ORDER BY "start", "end"')
        edits = [(row["start"], row["end"], row["replaced"], row["replacement_length"]) for row in found]
        places, shift = after(edits)
        fits = self.signals.get("characters", -1) + shift == len(self.row["content"])
        return places if fits else []

    def _train(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row with the document's text; a repository's has the id of its first file."""
        own = self._escaped(row["content"])
        return self._one(
            "train",
            "id, text, documents, copies",
            """WHERE id = $1 OR (kind = 'code' AND documents > 1 AND repo_name = $2 AND contains(text, $3))
            ORDER BY id = $1 DESC, id LIMIT 1""",
            [self.id, row["repo_name"], own],
        )

    def _own_part(self, text: str, content: str) -> tuple[str, str]:
        """The part of a text that is about this document, with a little around it, and a sentence on that."""
        own = self._escaped(content)
        place = text.find(own)
        start, end = max(0, place - AROUND), place + len(own) + AROUND
        if place < 0 or (start == 0 and end >= len(text)):
            return text, ""
        note = f"The text has {len(text):,} characters; these are the ones of this document and around it."
        return text[start:end], note

    def _escaped(self, content: str) -> str:
        """The content as it stands in a rendered text."""
        render = self.manifest["config"].get("render", {})
        if render.get("forged", "escape") != "escape":
            return content
        more = tuple(render.get("more_sentinels", ()))
        tokens = all_tokens(redactions=bool(render.get("guard_redactions")), more=more)
        return guard_for(tokens).escape(content)[0]

    def _stored(self, role: str) -> dict[str, Any] | None:
        """The row of the document in the files of a role."""
        return self._one(role, ", ".join(COLUMNS), "WHERE id = $1 LIMIT 1", [self.id])

    def _one(
        self, role: str, columns: str, condition: str, parameters: Sequence[Any]
    ) -> dict[str, Any] | None:
        """The first row that fits, with the path of its file in the run; `connect` has checked the paths."""
        paths = (self.run / file["path"] for file in self.manifest["files"] if file["role"] == role)
        files = [str(path) for path in paths if path.is_file()]
        if not files:
            return None
        source = f"read_parquet([{', '.join(map(quote, files))}], filename = true, hive_partitioning = false)"
        rows = self._rows(f"SELECT {columns}, filename FROM {source} {condition}", parameters)
        for row in rows:
            row["file"] = Path(row.pop("filename")).relative_to(self.run).as_posix()
        return rows[0] if rows else None

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        result = self.con.execute(query, list(parameters) or [self.id])
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _facts(row: Mapping[str, Any]) -> dict[str, str]:
    """What is known of a document, without what is not."""
    known = {name: row.get(column) for column, name in FACTS.items()}
    return {
        name: f"{value:,}" if isinstance(value, int) else str(value)
        for name, value in known.items()
        if value not in {None, "", -1} and (name, value) != ("encoding", "str")
    }


def _order(row: Mapping[str, Any]) -> tuple[int, bool, str]:
    stage = row["stage"]
    place = STAGES.index(stage) if stage in STAGES else len(STAGES)
    return place, row["decision"] != "changed", row["reason"]


def _decision(row: Mapping[str, Any]) -> Decision:
    said = {name: row[name] for name in ("signal", "value", "threshold", "detail")}
    why = ", ".join(
        f"{value:g}" if name == "value" else f"threshold {value:g}" if name == "threshold" else str(value)
        for name, value in said.items()
        if value not in {None, ""}
    )
    return Decision(row["stage"], row["decision"], row["reason"], why)
