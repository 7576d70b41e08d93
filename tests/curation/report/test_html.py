"""The report is one page without script, whoever wrote the names and texts in it."""

import json
import re
from pathlib import Path

import pytest
from kinds_runs import shared_run
from pages import ALLOWED, Page
from report_runs import BIDI, ESCAPE, FORMULA, IMAGE, SCRIPT, make_run

from curation.errors import BadInputError
from curation.report.html import count, environment, percent, size, write_report
from curation.report.summary import summary


@pytest.fixture(scope="module")
def page(run: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the example run."""
    out = tmp_path_factory.mktemp("page") / "report.html"
    return write_report(run, out, examples=12).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parsed(page: str) -> Page:
    """The same, parsed."""
    return Page(page)


def test_only_harmless_elements(parsed: Page) -> None:
    """No script, frame, form, link or object; no handler; well nested."""
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    assert parsed.open == []


def test_nothing_is_loaded(parsed: Page) -> None:
    """Images are inside the page, links stay on it, and the policy forbids the rest."""
    sources = [attributes["src"] or "" for _, attributes in parsed.tags if "src" in attributes]
    assert sources
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert all(
        (attributes["href"] or "").startswith("#") for _, attributes in parsed.tags if "href" in attributes
    )
    policy = [a["content"] for tag, a in parsed.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_hostile_names_and_texts_are_shown_as_text(page: str, parsed: Page) -> None:
    """What an attacker wrote appears, escaped, and acts on nothing."""
    shown = "".join(parsed.text)
    for hostile in (SCRIPT, IMAGE, FORMULA, "{{ 7 * 7 }}", "</pre></style>", "⟨ESC⟩[2J", "⟨U+202E⟩gnp.exe"):
        assert hostile in shown, hostile
    assert SCRIPT not in page
    assert "49" not in re.findall(r"<pre>(\d+)", page)
    for character in (*BIDI, *ESCAPE):
        assert character.isprintable() or character not in page
    assert all(character.isprintable() or character == "\n" for character in page)


def test_the_balance_is_stated(run: Path, parsed: Page) -> None:
    """read = kept + dropped with its numbers, and every check agrees."""
    shown = "".join(parsed.text)
    found = summary(run)
    dropped = found["read"] - found["kept"]
    assert f"read = kept + dropped: {found['read']} = {found['kept']} + {dropped}" in shown
    assert "0 differ from the ledger" in shown
    assert "✗ DIFFERS" not in shown
    assert shown.count("✓ AGREES") == 5


def test_every_rule_has_a_section_with_examples(parsed: Page) -> None:
    """Survival curve, numbers, and documents on both sides of the threshold."""
    shown = "".join(parsed.text)
    assert "dropped if mean_line_length is more than 100 characters" in shown
    assert "dropped if name_is_documentation is not set" in shown
    assert "(by kind of file: 1,000 to 100,000)" in shown
    assert "Dropped side" in shown
    assert "Kept side" in shown


def test_the_same_run_gives_the_same_page(run: Path, page: str, tmp_path: Path) -> None:
    """Byte for byte."""
    assert write_report(run, tmp_path / "again.html", examples=12).read_text(encoding="utf-8") == page


def test_a_run_that_has_read_nothing_has_a_page(tmp_path: Path) -> None:
    """It says that it is not finished; a hostile name of the run is text too."""
    run = make_run(tmp_path / "run", state="planned", name=SCRIPT)
    assert write_report(run) == run / "report.html"
    parsed = Page((run / "report.html").read_text(encoding="utf-8"))
    assert "This run is not finished." in "".join(parsed.text)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED


def test_an_unfinished_run_that_lies_is_shown_to_differ(tmp_path: Path) -> None:
    """The page recounts the ledger and does not repeat what the manifest claims."""
    run = make_run(tmp_path / "run", state="clean")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["passes"]["clean"]["read"] += 1
    (run / "manifest.json").write_text(json.dumps(manifest))
    shown = "".join(Page(write_report(run, examples=1).read_text()).text)
    assert "This run is not finished." in shown
    assert shown.count("✗ DIFFERS") == 1


def test_unknown_settings_leave_the_rest_of_the_page(tmp_path: Path) -> None:
    """A run of another version still shows its ledger, and says what cannot be shown."""
    run = make_run(tmp_path / "run")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["config"]["filters"] = {"profile": SCRIPT}
    manifest["config"]["filters"]["unknown"] = 1
    (run / "manifest.json").write_text(json.dumps(manifest))
    shown = "".join(Page(write_report(run).read_text()).text)
    assert "The rules cannot be shown: expected filter settings of this version" in shown


def test_the_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """An error leaves the old page, and no other file beside it."""
    out = tmp_path / "page" / "report.html"
    out.parent.mkdir()
    out.write_text("old")
    with pytest.raises(BadInputError):
        write_report(tmp_path, out)
    assert out.read_text() == "old"
    write_report(make_run(tmp_path / "run", state="planned"), out)
    assert [path.name for path in out.parent.iterdir()] == ["report.html"]


def test_a_template_cannot_forget_to_escape() -> None:
    """Escaping and making visible are the environment's, not the template's."""
    template = environment().from_string("{{ value }}")
    assert template.render(value=f"<b>{ESCAPE[:1]}") == "&lt;b&gt;⟨ESC⟩"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (count(1234567), "1,234,567"),
        (count(None), "\N{EN DASH}"),
        (size(float("nan")), "\N{EN DASH}"),
        (percent(0.0004), "<0.1%"),
        (percent(0), "0.0%"),
        (percent(0.5), "50.0%"),
    ],
)
def test_numbers_are_readable(shown: str, expected: str) -> None:
    """Thousands are separated, unknown is a dash, little is not none."""
    assert shown == expected


def test_kinds_benchmarks_and_mix_have_sections_where_there_are_any(
    parsed: Page, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A run of all kinds shows them, a run of code files alone does not mention them."""
    page = write_report(shared_run(tmp_path_factory), tmp_path / "kinds.html").read_text(encoding="utf-8")
    found = Page(page)
    ids = [attributes["id"] for tag, attributes in found.tags if tag == "h2"]
    assert [name for name in ids if name in {"kinds", "benchmarks", "mix"}] == ["kinds", "benchmarks", "mix"]
    links = {attributes.get("href") for tag, attributes in found.tags if tag == "a"}
    assert {"#kinds", "#benchmarks", "#mix"} <= links
    shown = "".join(found.text)
    assert "several_files 2, no_layout (render) 1" in shown
    assert "Sample/0docstring10exact 11" in shown
    assert "pull-requests" in shown
    assert {tag for tag, _ in found.tags} <= ALLOWED
    assert found.open == []
    assert all(character.isprintable() or character == "\n" for character in page)
    assert not {"kinds", "benchmarks", "mix"} & {
        attributes.get("id") for tag, attributes in parsed.tags if tag == "h2"
    }


def test_a_benchmark_of_which_nothing_was_found_is_named(tmp_path: Path) -> None:
    """Looked for and not found is not the same as not looked for."""
    run = make_run(tmp_path / "run")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["config"]["decontaminate"] = {"benchmarks": [{"name": SCRIPT}]}
    (run / "manifest.json").write_text(json.dumps(manifest))
    shown = "".join(Page(write_report(run, examples=1).read_text()).text)
    assert "No document holds anything of it." in shown
    assert SCRIPT in shown
