"""The tables of redactions count what the findings and the ledger say, and show no value and no hash."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from report_runs import make_run

from curation.pii.scorecard.residual import GB, PlantedScore
from curation.pii.settings import NerSettings, PiiSettings
from curation.pii.spans import TAGS
from curation.report import pii
from curation.report.tables import OTHERS
from curation.report.views import connect, read_manifest

TABLES = (
    pii.by_tag,
    pii.by_language,
    pii.languages,
    pii.by_rule,
    pii.set_aside,
    pii.repeats,
    pii.most_repeated,
)
PLANTED = (
    PlantedScore("jwt", "KEY", 50, 40),
    PlantedScore("email", "EMAIL", 50, 50),
    PlantedScore("author", "NAME", 50, 0),
)


@pytest.fixture(scope="module")
def redacted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run with findings and documents that were set aside; not to be written to."""
    return make_run(tmp_path_factory.mktemp("runs") / "redacted", pii=True)


@pytest.fixture
def found(redacted: Path) -> Iterator[Any]:
    """A fresh connection to that run."""
    connection = connect(redacted)
    yield connection
    connection.close()


def rows(con: Any, query: str) -> list[tuple[Any, ...]]:
    """What a query gives."""
    result: list[tuple[Any, ...]] = con.execute(query).fetchall()
    return result


def test_tags_agree_with_the_ledger_and_the_shards(redacted: Path, found: Any) -> None:
    """One changed row per document and tag; the column redactions adds up to the spans."""
    table = pii.by_tag(found)
    changed = read_manifest(redacted)["passes"]["finish"]["changed"]
    assert {
        f"pii/{tag.lower()}": n for tag, n in zip(table["tag"], table["documents"], strict=True)
    } == changed
    assert list(table["tag"]) == [tag for tag in TAGS if tag in set(table["tag"])]
    assert [(table["spans"].sum(),)] == rows(found, "SELECT sum(redactions) FROM documents")
    looked = pii.coverage(found)
    assert table["stay"].sum() == looked["stay"] > 0
    assert (table["per_mb"] * looked["bytes"] / pii.MB - table["spans"]).abs().max() < 1e-6
    assert (table["values"] <= table["spans"]).all()


def test_coverage_is_conserved(redacted: Path, found: Any) -> None:
    """searched = passed + set aside; what passed is what the pass kept, sized as it was before."""
    looked = pii.coverage(found)
    finish = read_manifest(redacted)["passes"]["finish"]
    assert looked["searched"] == looked["passed"] + looked["set_aside"]
    assert looked["passed"] == finish["kept"]
    assert looked["redacted"] == rows(found, "SELECT count(*) FROM documents WHERE redactions > 0")[0][0]
    assert looked["share"] == looked["redacted"] / looked["passed"]
    (size,) = rows(found, "SELECT sum(signals.length_bytes) FROM signals JOIN documents USING (id)")
    assert (looked["bytes"],) == size
    aside = pii.set_aside(found)
    dropped = {f"pii/{row['reason']}": row["documents"] for row in aside.to_dict("records")}
    assert dropped == {name: n for name, n in finish["dropped"].items() if name.startswith("pii/")}
    assert set(aside["detail"]) == {"", "emails: IndexError"}
    assert aside["documents"].sum() == looked["set_aside"]
    assert aside["share"].sum() == pytest.approx(looked["set_aside"] / looked["searched"])


@pytest.mark.parametrize("top", [1, 3, 50])
def test_languages_add_up_whatever_is_shown(found: Any, top: int) -> None:
    """Documents, bytes and spans of all rows are those of the run; languages without findings are there."""
    overview, cells, looked = pii.languages(found, top), pii.by_language(found, top), pii.coverage(found)
    assert overview["documents"].sum() == looked["passed"]
    assert overview["bytes"].sum() == looked["bytes"]
    assert overview["redacted"].sum() == looked["redacted"]
    assert overview["spans"].sum() == cells["spans"].sum() == looked["spans"]
    assert (OTHERS in set(overview["language"])) == (top < 50)
    named = [name for name in overview["language"] if name != OTHERS]
    assert overview[overview["language"].isin(named)]["bytes"].is_monotonic_decreasing
    summed = cells.groupby("language")["per_mb"].sum()
    rates = overview.set_index("language")["per_mb"]
    assert all(abs(summed.get(name, 0.0) - rate) < 1e-6 for name, rate in rates.items())
    assert list(dict.fromkeys(cells["language"])) == list(overview[overview["spans"] > 0]["language"])


def test_rules_add_up_and_say_what_stays(found: Any) -> None:
    """Most frequent first; only the rule of addresses lets values stay."""
    table = pii.by_rule(found)
    looked = pii.coverage(found)
    assert table["spans"].sum() == looked["spans"]
    assert (table["spans"] + table["stay"]).is_monotonic_decreasing
    assert dict(zip(table["rule"], table["stay"], strict=True)) == {
        rule: looked["stay"] if rule == "ipv4" else 0 for rule in table["rule"]
    }
    assert pii.by_rule(found, top=2).equals(table[:2])


def test_repeated_values_are_counted_as_a_counter_does(found: Any) -> None:
    """Ranges 1, 2 to 9, 10 to 99; every value and every span is in one of them."""
    times = Counter(rows(found, "SELECT tag, hash FROM findings WHERE replaced"))
    table = pii.repeats(found)
    for row in table.to_dict("records"):
        inside = [
            n for (tag, _), n in times.items() if tag == row["tag"] and row["lower"] <= n < row["upper"]
        ]
        assert (row["values"], row["spans"]) == (len(inside), sum(inside))
    assert table["values"].sum() == len(times)
    assert set(zip(table["lower"], table["upper"], strict=True)) == {(1, 2), (2, 10)}
    most = pii.most_repeated(found, top=5)
    assert list(most["spans"]) == sorted(times.values(), reverse=True)[:5]
    assert (most["documents"] <= most["spans"]).all()
    assert (most["repositories"] <= most["documents"]).all()


def test_ranges_of_repeats_are_powers_of_ten() -> None:
    """At their borders too."""
    con = duckdb.connect()
    con.execute("CREATE TABLE findings (id VARCHAR, tag VARCHAR, hash VARCHAR, replaced BOOLEAN)")
    for times in (1, 2, 9, 10, 99, 100, 999, 1000):
        con.execute(
            f"INSERT INTO findings SELECT 'd', 'KEY', 'h{times}', true FROM range({times})",
        )
    table = pii.repeats(con)
    assert list(zip(table["lower"], table["upper"], table["values"], strict=True)) == [
        (1, 2, 1),
        (2, 10, 2),
        (10, 100, 2),
        (100, 1000, 2),
        (1000, 10000, 1),
    ]


def test_no_hash_leaves_the_findings(found: Any) -> None:
    """Who has a hash and the key can confirm a guess, so no table shows one."""
    shown = "\n".join(table(found).to_csv() for table in TABLES)
    hashes = [row[0] for row in rows(found, "SELECT DISTINCT hash FROM findings")]
    assert hashes
    assert not [each for each in hashes if each in shown]


def test_a_run_from_before_has_empty_tables(run: Path, con: Any) -> None:
    """And the reason is one clause."""
    assert pii.missing(read_manifest(run)) == "this run was made before personal data was looked for"
    for table in (pii.by_tag, pii.by_language, pii.by_rule, pii.set_aside, pii.repeats, pii.most_repeated):
        assert table(con).empty
    assert pii.languages(con)["spans"].sum() == 0
    assert pii.coverage(con)["spans"] == 0


@pytest.mark.parametrize(
    ("config", "state", "clause"),
    [
        ({"pii": {}}, "complete", ""),
        ({"pii": {"enabled": False}}, "complete", "did not look for it (pii.enabled is false)"),
        ({"pii": {}}, "finish", "is not finished"),
        ({}, "complete", "before personal data was looked for"),
    ],
)
def test_why_there_is_nothing_to_see(config: dict[str, Any], state: str, clause: str) -> None:
    """One clause, or none if there is something."""
    found = pii.missing({"config": config, "state": state})
    assert clause in found
    assert bool(found) == bool(clause)


def test_a_run_that_has_read_nothing_divides_by_nothing(tmp_path: Path) -> None:
    """No text, no estimate."""
    con = connect(make_run(tmp_path / "run", state="planned", pii=True))
    assert pii.coverage(con)["share"] is None
    assert pii.languages(con).empty
    assert pii.residual(con, PiiSettings(), PLANTED) is None


@pytest.mark.parametrize(
    ("settings", "said", "unsaid"),
    [
        (PiiSettings(), ("no model was asked", "pii.usernames is false", "telephone numbers"), "but for"),
        (PiiSettings(names="off"), ("pii.names is off",), "no model"),
        (PiiSettings(usernames=True), ("telephone",), "account names"),
        (PiiSettings(names="ner", ner=NerSettings(model="m")), ("telephone",), "people's names"),
        (
            PiiSettings(presidio_recognizers=("IbanRecognizer",)),
            ("but for IbanRecognizer",),
            "pii.names is off",
        ),
    ],
)
def test_what_is_not_looked_for_is_said(settings: PiiSettings, said: tuple[str, ...], unsaid: str) -> None:
    """By the settings of the run."""
    shown = "; ".join(pii.not_sought(settings))
    assert all(words in shown for words in said)
    assert unsaid not in shown


def test_the_public_key_is_noticed(redacted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the fingerprint in the manifest, whatever key is set now."""
    monkeypatch.setenv("CURATION_PII_KEY", "another")
    manifest = read_manifest(redacted)
    assert pii.has_public_key(manifest)
    own = PiiSettings().key_fingerprint()
    assert not pii.has_public_key({**manifest, "seeds": {pii.KEY_SEED: own}})
    assert not pii.has_public_key({"config": {}})


def test_the_estimate_counts_what_was_replaced(found: Any) -> None:
    """Values that stay are not found secrets; tags that are not looked for are left out."""
    left = pii.residual(found, PiiSettings(names="off"), PLANTED)
    assert left is not None
    counts = {each.tag: each.found for each in left.tags}
    spans = dict(zip(pii.by_tag(found)["tag"], pii.by_tag(found)["spans"], strict=True))
    assert counts == spans
    assert left.bytes == pii.coverage(found)["bytes"]
    names = next(each for each in left.tags if each.tag == "NAME")
    assert names.recall is None
    table = pii.residual_table(left)
    assert list(table["tag"]) == [each.tag for each in left.tags]
    key = table.set_index("tag").loc["KEY"]
    assert key["left_per_gb"] == pytest.approx(spans["KEY"] * GB / left.bytes * 0.25)
    assert pii.residual_table(None).empty


def test_the_estimate_is_a_sentence(found: Any) -> None:
    """With its interval and its assumption, or with what is missing of them."""
    bounded = pii.residual(found, PiiSettings(), PLANTED[:2])
    assert bounded is not None
    said = pii.left_sentence(bounded)
    assert said.startswith("Between ")
    assert "95% intervals" in said
    assert "the estimate is 9,600)" in said
    assert said.endswith(bounded.assumption)
    nothing = pii.residual(found, PiiSettings(), ())
    assert nothing is not None
    assert pii.left_sentence(nothing).startswith("It cannot be told how much is left. Assumes")
    blind = pii.residual(found, PiiSettings(), (PlantedScore("jwt", "KEY", 50, 1),))
    assert blind is not None
    open_ended = pii.left_sentence(type(blind)(**{**_fields(blind), "high": None}))
    assert open_ended.startswith("At least ")
    assert "no upper bound" in open_ended


def _fields(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__slots__}


def test_planting_uses_the_detectors_of_the_run() -> None:
    """Real detectors find most of the planted secrets; the table says how many of each kind."""
    planted, problem = pii.plant_again(PiiSettings())
    assert problem == ""
    table = pii.planted_table(planted)
    assert {"vendor", "password", "email", "ipv4", "author"} <= set(table["kind"])
    assert (table["recall"] >= 0.5).all()
    assert pii.planted_table(()).empty


def test_detectors_that_cannot_be_had_are_a_reason(tmp_path: Path) -> None:
    """A rule file that is gone leaves the page without an estimate, not without the page."""
    planted, problem = pii.plant_again(PiiSettings(gitleaks_rules=(tmp_path / "gone.toml",)))
    assert planted == ()
    assert "gone.toml" in problem


def test_a_model_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may not be here, and what it would find more lowers the estimate."""
    asked: list[PiiSettings] = []

    class Fake:
        find = None

    def detector_of(settings: PiiSettings) -> Any:
        asked.append(settings)
        return Fake

    monkeypatch.setattr(pii, "detector_of", detector_of)
    monkeypatch.setattr(pii, "measure_planted", lambda _find: PLANTED)
    settings = PiiSettings(names="ner", ner=NerSettings(model="not/here"))
    assert pii.plant_again(settings) == (PLANTED, "")
    assert [each.names for each in asked] == ["rules"]


def test_findings_of_the_played_run_are_those_of_the_pipeline(redacted: Path) -> None:
    """The test's run has the columns that the pipeline writes."""
    manifest = json.loads((redacted / "manifest.json").read_bytes())
    (listed,) = [file for file in manifest["files"] if file["role"] == "findings"]
    assert listed["path"] == "finish/shard-00000/findings.parquet"
    assert listed["rows"] > 100
