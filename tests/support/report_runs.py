r"""A run folder made of real files and hostile ones, without the pipeline.

    make_run(tmp_path / "run", excluded=True)   ->   the folder, complete

Decisions are made by the real filters from really measured signals; the earlier stages are played: a
file name says what happens. Some content is doubled, some names and texts are written by an attacker.
"""

import hashlib
import json
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.blocks.finish import PII_COLUMNS
from curation.blocks.pii import SCHEMA as FINDINGS_SCHEMA
from curation.document import FIELDS, content_id, document_id, schema
from curation.filters import Decider, resolve
from curation.ledger import SCHEMA as LEDGER_SCHEMA
from curation.pii.settings import PiiSettings
from curation.report.views import SHARD_SCHEMA
from curation.signals import INDEX, measure
from curation.store import EXCLUDED_SCHEMA, IDENTITY, SIGNALS_SCHEMA

KINDS = {
    ".py": ("Python", "programming"),
    ".c": ("C", "programming"),
    ".h": ("C", "programming"),
    ".js": ("JavaScript", "programming"),
    ".html": ("HTML", "markup"),
    ".css": ("CSS", "markup"),
    ".json": ("JSON", "data"),
    ".txt": ("Text", "prose"),
    ".svg": ("SVG", "data"),
}
SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
BIDI = "\u202egnp.exe\u2066"
ESCAPE = "\x1b[2J\x1b]0;owned\x07"
FORMULA = "=cmd|'/c calc'!A1"
UNITS = 2
REAL_FILES = 160
BYTES_AT_MOST = 150_000


def line(characters: int) -> str:
    """A line of code of this length, terminator left out."""
    return ("value = compute(argument, other) " * (characters // 32 + 1))[:characters]


HOSTILE: tuple[tuple[str, str, str], ...] = (
    # repository, path, content: mean lines close to the 100 characters at which papers cut
    (IMAGE, f"{SCRIPT}.py", f"{SCRIPT}\n{line(178)}\n"),
    (SCRIPT, f"src/{IMAGE}.py", f"</pre></style>{SCRIPT}{line(65)}\n{line(102)}\n"),
    (f"evil/{BIDI}", f"{BIDI}.py", f"# {BIDI}\n{line(181)}\n"),
    (f"evil/{ESCAPE}", f"{ESCAPE}.py", f"# {ESCAPE}\n{line(187)}\n"),
    (FORMULA, f"{FORMULA}.py", f"{FORMULA}\n{line(184)}\n"),
    ("evil/template", "{{ 7 * 7 }}{% raw %}.py", "{{ 7 * 7 }}\n" + line(183) + "\n"),
    ("evil/mathematics", r"$\frac{1}{0}$ it's.py", f"$\\alpha\n{line(193)}\n"),
    ("evil/long", "a" * 5000 + ".py", line(5000) + "\n"),
    ("evil/dot", "src/.py", f"x = 2\n{line(170)}\n"),
    ("evil/line", "two\nlines.py", f"x = 1\r{line(196)}\n"),
)


PLAYED: tuple[tuple[str, str, str], ...] = (
    # tag, rule and what stands there now: empty if the value stays
    ("EMAIL", "email", "<EMAIL>"),
    ("NAME", "author-tag", "<NAME>"),
    ("EMAIL", "email", "<EMAIL>"),
    ("IP_ADDRESS", "ipv4", "172.16.58.3"),
    ("KEY", "aws-access-key-id", "<KEY>"),
    ("IP_ADDRESS", "ipv4", ""),
    ("PASSWORD", "assigned-password", "<PASSWORD>"),
    ("EMAIL", "mailto-url", "<EMAIL>"),
    ("NAME", "copyright-line", "<NAME>"),
    ("KEY", "assigned-key", "<KEY>"),
)
"""What long words of the documents are taken for, in turn."""
ASIDE = {17: ("timeout", None), 29: ("syntax", None), 41: ("detector_failed", "emails: IndexError")}
"""Documents that pii sets aside, by their place, with reason and detail."""
SPANS = 4
"""Long words of a document that are redacted, at most."""


@dataclass
class Tables:
    """Rows of the tables of a run, by column order of their schemas."""

    ledger: list[dict[str, Any]] = field(default_factory=list)
    signals: list[dict[str, Any]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    excluded: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)


def real_files() -> list[tuple[str, str, bytes]]:
    """(repository, path, content) of files of the installed packages, some of every kind."""
    root = Path(sysconfig.get_paths()["purelib"])
    found = [
        (f"python/{package}", str(path.relative_to(root)), path)
        for package in ("matplotlib", "numpy", "pandas", "jinja2", "pygments", "IPython")
        for path in (root / package).rglob("*")
        if path.suffix in {*KINDS, ".png"} and path.is_file() and path.stat().st_size < BYTES_AT_MOST
    ]
    by_kind: Counter[str] = Counter()
    chosen: list[tuple[str, str, bytes]] = []
    for repository, name, path in sorted(found, key=lambda item: hashlib.sha256(item[1].encode()).digest()):
        by_kind[path.suffix] += 1
        if by_kind[path.suffix] <= (80 if path.suffix == ".py" else 18) and len(chosen) < REAL_FILES:
            chosen.append((repository, name, path.read_bytes()))
    return chosen


def files() -> list[tuple[str, str, bytes]]:
    """Real files, doubled ones and hostile ones."""
    real = real_files()
    copies = [("fork/" + repository, path, content) for repository, path, content in real[:12]]
    hostile = [(repository, path, content.encode()) for repository, path, content in HOSTILE]
    return [*real, *copies, *hostile, ("python/empty", "undecodable.py", b"\xff\xfe\x00\xd8")]


def _early(repository: str, path: str, language: str) -> tuple[str, str]:
    """Stage and reason of a document that leaves before the filters; two empty strings if none."""
    if repository == "python/jinja2":
        return "optout", "repository"
    if language == "SVG":
        return "language", "language_not_selected"
    return ("licence", "non_permissive") if "pygments/lexers" in path else ("", "")


def _row(document: str, repository: str, path: str, text: str) -> dict[str, Any]:
    suffix = "." + path.rpartition(".")[2]
    language, kind = KINDS.get(suffix, ("", ""))
    row: dict[str, Any] = dict.fromkeys(each.name for each in FIELDS)
    content = text.encode()
    return row | {
        "id": document,
        "content": text,
        "content_id": content_id(content),
        "kind": "code",
        "parts": "",
        "repo_name": repository,
        "path": path,
        "length_bytes": len(content),
        "language": language,
        "language_kind": kind,
        "license_type": "no_license",
    }


def _ledger(document: str, stage: str, decision: str, reason: str = "", **more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(LEDGER_SCHEMA.names)
    return empty | {"id": document, "stage": stage, "decision": decision, "reason": reason} | more


def _clean(unit: int, decider: Decider) -> Tables:
    out = Tables()
    for number, (repository, path, content) in enumerate(files()[unit::UNITS]):
        document = document_id(unit, number)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            out.ledger.append(_ledger(document, "read", "dropped", "undecodable", detail=path))
            continue
        row = _row(document, repository, path, text)
        if number % 10 == 0:
            out.ledger.append(_ledger(document, "read", "changed", "bom_removed"))
        language = row["language"]
        values = measure(text, content, language=language, path=path, groups=decider.groups)
        out.signals.append(
            {"id": document, **{name: row[name] for name in IDENTITY}}
            | {name: values[place] for name, place in INDEX.items()}
        )
        stage, reason = _early(repository, path, language)
        more: dict[str, Any] = {}
        if not stage and (bound := decider.decide(language, path, values)):
            stage, reason = "filters", bound.reason
            more = {
                "signal": bound.signal,
                "value": values[INDEX[bound.signal]],
                "threshold": bound.threshold,
            }
        if stage:
            out.ledger.append(_ledger(document, stage, "dropped", reason, **more))
            if stage != "optout":
                numbers = {"value": more.get("value"), "threshold": more.get("threshold")}
                out.excluded.append(row | {"stage": stage, "reason": reason} | numbers)
        else:
            out.ledger.append(_ledger(document, "filters", "kept"))
            out.kept.append(row)
    return out


def _finish(kept: list[dict[str, Any]], reason: str) -> Tables:
    out = Tables()
    first: dict[str, str] = {}
    copies = Counter(row["content_id"] for row in kept)
    for row in kept:
        keeper = first.setdefault(row["content_id"], row["id"])
        if keeper == row["id"]:
            out.ledger.append(_ledger(row["id"], "exact_dedup", "kept"))
            out.kept.append(row | {"cluster_id": keeper, "cluster_size": copies[row["content_id"]]})
        else:
            out.ledger.append(_ledger(row["id"], "exact_dedup", "dropped", reason, detail=f"of {keeper}"))
    return out


def _redacted(kept: list[dict[str, Any]]) -> Tables:
    """Documents after a played pii block: long words are secrets, every third document has none."""
    out = Tables()
    for place, row in enumerate(kept):
        if place in ASIDE:
            reason, detail = ASIDE[place]
            out.ledger.append(_ledger(row["id"], "pii", "dropped", reason, detail=detail))
            continue
        found = list(_findings(row, place)) if place % 3 else []
        text = row["content"]
        for one, new in reversed(found):
            text = text[: one["start"]] + new + text[one["end"] :] if one["replaced"] else text
        replaced = [one for one, _ in found if one["replaced"]]
        out.findings += [one for one, _ in found]
        tags = sorted({one["tag"].lower() for one in replaced})
        out.ledger += [_ledger(row["id"], "pii", "changed", tag) for tag in tags]
        out.ledger.append(_ledger(row["id"], "pii", "kept"))
        size = len(text.encode())
        out.kept.append(row | {"content": text, "length_bytes": size, "redactions": len(replaced)})
    return out


def _findings(row: dict[str, Any], place: int) -> Iterator[tuple[dict[str, Any], str]]:
    """Findings of a document, in order, each with what stands there now."""
    words = re.finditer(r"\b[A-Za-z]\w{8,}\b", row["content"])
    for number, word in zip(range(SPANS), words, strict=False):
        tag, rule, new = PLAYED[(place + number) % len(PLAYED)]
        digest = hashlib.blake2b(f"{tag}{word.group()}".encode(), digest_size=8).hexdigest()
        length = len(new or word.group())
        values = (row["id"], tag, rule, *word.span(), bool(new), length, digest)
        yield dict(zip(FINDINGS_SCHEMA.names, values, strict=True)), new


def _counts(ledger: list[dict[str, Any]], read: int, kept: int) -> dict[str, Any]:
    by_decision: dict[str, Counter[str]] = {"kept": Counter(), "dropped": Counter(), "changed": Counter()}
    for row in ledger:
        by_decision[row["decision"]][f"{row['stage']}/{row['reason']}"] += 1
    return {
        "read": by_decision["kept"].total() + by_decision["dropped"].total(),
        "kept": by_decision["kept"].total(),
        "dropped": dict(by_decision["dropped"]),
        "changed": dict(by_decision["changed"]),
        "bytes_read": read,
        "bytes_kept": kept,
        "seconds": 1.5,
    }


class Files:
    """Writes the tables of a run and remembers what the manifest has to list."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.listed: list[dict[str, Any]] = []

    def write(self, path: str, role: str, rows: list[dict[str, Any]], columns: pa.Schema) -> None:
        """Write one table."""
        target = self.run / path
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=columns), target)
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        size = target.stat().st_size
        self.listed.append({"path": path, "role": role, "rows": len(rows), "bytes": size, "sha256": digest})


def _bytes(rows: list[dict[str, Any]]) -> int:
    return sum(row["length_bytes"] for row in rows)


def _write_clean(files: Files, units: list[Tables], *, excluded: bool) -> dict[str, Any]:
    for number, unit in enumerate(units):
        folder = f"clean/unit-{number:06d}"
        files.write(f"{folder}/documents.parquet", "documents", unit.kept, schema())
        files.write(f"{folder}/signals.parquet", "signals", unit.signals, SIGNALS_SCHEMA)
        files.write(f"{folder}/ledger.parquet", "ledger", unit.ledger, LEDGER_SCHEMA)
        if excluded:
            files.write(f"{folder}/excluded.parquet", "excluded", unit.excluded, EXCLUDED_SCHEMA)
    ledger = [row for unit in units for row in unit.ledger]
    read = sum(_bytes(unit.signals) for unit in units)
    return _counts(ledger, read, sum(_bytes(unit.kept) for unit in units))


def _write_finish(files: Files, kept: list[dict[str, Any]], reason: str, *, pii: bool) -> dict[str, Any]:
    done, columns = _finish(kept, reason), SHARD_SCHEMA
    if pii:
        dropped = [row for row in done.ledger if row["decision"] != "kept"]
        done, columns = _redacted(done.kept), pa.schema([*SHARD_SCHEMA, *PII_COLUMNS])
        done.ledger = [*dropped, *done.ledger]
        files.write("finish/shard-00000/findings.parquet", "findings", done.findings, FINDINGS_SCHEMA)
    files.write("finish/shard-00000/ledger.parquet", "ledger", done.ledger, LEDGER_SCHEMA)
    for language in sorted({row["language"] for row in done.kept}):
        slug = language.lower() or "unknown"
        rows = [row for row in done.kept if row["language"] == language]
        files.write(f"data/{slug}/{slug}-00000-of-00001.parquet", "shard", rows, columns)
    return _counts(done.ledger, _bytes(kept), _bytes(done.kept))


def make_run(
    run: Path,
    *,
    excluded: bool = False,
    state: str = "complete",
    name: str = "example",
    reason: str = "exact_duplicate",
    pii: bool = False,
) -> Path:
    """Write a run folder with the layout and the schemas of the pipeline.

    Args:
        run: Folder to make.
        excluded: Whether dropped documents are set aside with their content.
        state: "planned", "clean" or "complete".
        name: Name of the run.
        reason: Under which exact copies are counted.
        pii: Whether long words are played to be personal data, and documents set aside for it; otherwise
            the run is one from before there was such a pass.
    """
    run.mkdir(parents=True)
    files = Files(run)
    settings = resolve("sc2-paper", {})
    passes: dict[str, Any] = {}
    if state != "planned":
        units = [_clean(unit, Decider(settings)) for unit in range(UNITS)]
        passes["clean"] = _write_clean(files, units, excluded=excluded)
    if state == "complete":
        kept = [row for unit in units for row in unit.kept]
        passes["deduplicate"] = {"read": len(kept)}
        passes["finish"] = _write_finish(files, kept, reason, pii=pii)
    asked = PiiSettings(key_env="")
    manifest: dict[str, Any] = {
        "version": 1,
        "name": name,
        "created": "2025-01-02T03:04:05+00:00",
        "config": {"filters": settings.model_dump(mode="json"), "output": SCRIPT},
        "config_sha256": hashlib.sha256(b"config").hexdigest(),
        "versions": {"python": "3.11.9", "curation": "0.1.0", "hostile": IMAGE},
        "units": UNITS,
        "inputs": 1,
        "state": state,
        "passes": passes,
        "files": files.listed,
    }
    if pii:
        manifest["config"] |= {"pii": asked.model_dump(mode="json")}
        manifest["seeds"] = {"key of pii": asked.key_fingerprint()}
    (run / "manifest.json").write_text(json.dumps(manifest))
    return run
