"""What a person sees of redactions: the section of the page, the terminal, the explanation of a document."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pages import ALLOWED, Page
from report_runs import make_run
from rich.console import Console

from curation import explain, terminal
from curation.filters import Decider, resolve
from curation.pii.scorecard.residual import PlantedScore
from curation.report import pii
from curation.report.html import MISSING, rate, write_report
from curation.report.pii_view import view_of
from curation.report.text import redactions_text
from curation.report.views import connect

PLANTED = (PlantedScore("jwt", "KEY", 50, 40), PlantedScore("email", "EMAIL", 50, 50))


@pytest.fixture(scope="module")
def redacted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run with findings and documents that were set aside."""
    return make_run(tmp_path_factory.mktemp("runs") / "redacted", pii=True)


@pytest.fixture(scope="module")
def page(redacted: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of that run, with planted secrets that take no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pii, "plant_again", lambda _settings: (PLANTED, ""))
        return write_report(redacted, tmp_path_factory.mktemp("page") / "r.html").read_text(encoding="utf-8")


def section(page: str) -> str:
    """The part about personal data, as its reader sees it."""
    shown = "".join(Page(page).text)
    return shown[shown.index("Personal data and secrets") : shown.index("\nRules\n")]


def printed(what: Any, width: int = 120) -> str:
    """What a terminal without colours shows."""
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(what)
    return stream.getvalue()


def test_the_page_shows_redactions(page: str, redacted: Path) -> None:
    """Counts, the estimate with interval and assumption, rules, lines, reasons, what is not looked for."""
    shown = section(page)
    looked = pii.coverage(connect(redacted))
    assert f"{looked['spans']}spans replaced in 1.4 MB" in shown
    assert re.search(r"Between [\d,]+ and [\d,]+ spans per GB of text are probably left", shown)
    assert "Assumes that planted secrets are found as often as real ones" in shown
    assert "Not looked for, and so in no number here: people's names outside author tags" in shown
    assert "made with the public key" in shown
    for words in (
        "mailto-url",
        "By language and tag in numbers",
        "Redactions in their lines (20)",
        "timeout",
        "emails: IndexError",
        "The values replaced most often",
        "jwt",
    ):
        assert words in shown, words
    assert page.count('<img src="data:image/svg', page.index('id="pii"'), page.index('id="rules"')) == 5
    assert '<a href="#pii">' in page


def test_the_page_is_harmless(page: str) -> None:
    """Nothing acts, nothing is loaded, nothing hides."""
    parsed = Page(page)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    assert parsed.open == []
    assert all(character.isprintable() or character == "\n" for character in page)


def test_the_page_holds_no_hash(page: str, redacted: Path) -> None:
    """Of any value that was found."""
    hashes = [row[0] for row in connect(redacted).execute("SELECT DISTINCT hash FROM findings").fetchall()]
    assert not [each for each in hashes if each in page]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"pii": None},
            "Personal data and secrets are not shown: this run was made before personal data was",
        ),
        ({"pii": {"enabled": False}}, "this run did not look for it (pii.enabled is false)."),
    ],
)
def test_runs_without_findings_say_so(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    """In one sentence, on the page, in the notebook and in the terminal."""
    run = make_run(tmp_path / "run", state="planned")
    manifest = json.loads((run / "manifest.json").read_bytes())
    manifest["config"] |= {name: value for name, value in change.items() if value}
    (run / "manifest.json").write_text(json.dumps(manifest))
    view = view_of(run)
    assert sentence in view.statement
    assert sentence in section(write_report(run).read_text(encoding="utf-8"))
    assert view.problem in " ".join(printed(redactions_text(run)).split())


def test_without_detectors_the_rest_is_there(redacted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate says why it is missing."""
    monkeypatch.setattr(pii, "plant_again", lambda _settings: ((), "rules.toml: no such\x1b file"))
    view = view_of(redacted)
    assert view.left == "There is no estimate of what is left: rules.toml: no such⟨ESC⟩ file."
    assert "Not looked for" in view.statement
    assert not view.tags.empty


def test_a_model_that_was_not_asked_is_mentioned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate of a run with a model is made by its rules."""
    run = make_run(tmp_path / "run", pii=True)
    manifest = json.loads((run / "manifest.json").read_bytes())
    manifest["config"]["pii"] |= {"names": "ner", "ner": {"model": "not/here"}, "replacement": "typed-fake"}
    (run / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(pii, "plant_again", lambda _settings: (PLANTED, ""))
    view = view_of(run)
    assert "the model of the run was not asked" in view.left
    assert view.profile == "typed-fake"


def test_the_terminal_shows_tags_and_languages(redacted: Path) -> None:
    """Beside each other where there is room, below each other where there is not."""
    looked = pii.coverage(connect(redacted))
    wide, narrow = printed(redactions_text(redacted), 140), printed(redactions_text(redacted), 70)
    for shown in (wide, narrow):
        assert f"{looked['spans']} spans of personal data and secrets replaced in" in " ".join(shown.split())
        for words in ("KEY", "PASSWORD", "EMAIL", "IP_ADDRESS", "NAME", "Python", "JavaScript"):
            assert words in shown
    assert len(narrow.splitlines()) > len(wide.splitlines())
    assert "KEY" in next(line for line in wide.splitlines() if "Python" in line)


def test_a_run_in_which_nothing_was_found_has_one_line(redacted: Path, tmp_path: Path) -> None:
    """No empty tables."""
    manifest = json.loads((redacted / "manifest.json").read_bytes())
    manifest["files"] = []
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    shown = printed(redactions_text(tmp_path))
    assert shown == "0 spans of personal data and secrets replaced in 0 of 0 documents\n"


def test_a_finished_run_ends_with_its_redactions(redacted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below the funnel."""
    terminal.show_result(redacted)
    shown = capsys.readouterr().out
    assert shown.index("documents read") < shown.index("spans of personal data") < shown.index("next:")


def test_explain_shows_places_and_no_values(redacted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tag, rule and characters of each redaction, in order."""
    con = connect(redacted)
    (document,) = con.execute(
        "SELECT id FROM findings GROUP BY id HAVING count(*) = 4 AND bool_or(NOT replaced) ORDER BY id"
    ).fetchone()
    found = explain._explain_one(con, Decider(resolve("sc2-paper", {})), document)
    redactions = found["redactions"]
    assert len(redactions) == 4
    assert [each["start"] for each in redactions] == sorted(each["start"] for each in redactions)
    names = {"tag", "rule", "start", "end", "replaced", "replacement_length"}
    assert all(set(each) == names for each in redactions)
    terminal.show_explanations([found])
    shown = capsys.readouterr().out
    assert re.search(r"IP_ADDRESS +ipv4 +[\d,]+-[\d,]+ +stays by rule", shown)
    assert shown.count("replaced") == sum(each["replaced"] for each in redactions)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, MISSING), (0, "0"), (0.01, "<0.1"), (1.26, "1.3"), (99.94, "99.9"), (1234.5, "1,234")],
)
def test_rates_have_the_digits_that_matter(value: float | None, text: str) -> None:
    """One after the point where they are small."""
    assert rate(value) == text
