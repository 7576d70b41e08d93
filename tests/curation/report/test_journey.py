"""One document of a run before and after every step, without what detectors find."""

from pathlib import Path

import pytest
from kinds_runs import PASSWORD, shared_run
from report_runs import make_run

from curation.errors import BadInputError
from curation.report.journey import Step, examples, journey
from curation.report.views import connect


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all kinds that has kept texts as they were read."""
    return shared_run(tmp_path_factory)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run without them, which is the default."""
    return shared_run(tmp_path_factory, originals=False)


def steps(run: Path, document: str) -> dict[str, Step]:
    """The steps by name."""
    return {step.name: step for step in journey(run, document)}


def dropped(run: Path, reason: str) -> str:
    """A document that left for this reason."""
    row = connect(run).execute("SELECT min(id) FROM outcomes WHERE reason = $1", [reason]).fetchone()
    assert row is not None
    return str(row[0])


def test_there_is_one_example_of_each_kind_that_was_read(kept: Path, bare: Path) -> None:
    """In the order of kinds; the same from equal runs."""
    found = examples(kept)
    assert list(found) == [
        *("code", "jupyter-scripts", "jupyter-structured", "issues", "pull-requests", "commits"),
    ]
    assert len(set(found.values())) == len(found)
    assert examples(bare) == found


def test_examples_got_furthest(kept: Path) -> None:
    """What was rendered rather than what was dropped before."""
    found = examples(kept)
    assert found["jupyter-structured"] != dropped(kept, "bad_json")
    ended = {kind: steps(kept, document)["rendered"].pieces for kind, document in found.items()}
    assert [kind for kind, pieces in ended.items() if not pieces] == ["commits"]


def test_parts_have_their_roles_until_they_are_rendered(kept: Path) -> None:
    """Made and redacted texts have parts with facts; the layout makes one text of them."""
    found = steps(kept, examples(kept)["issues"])
    roles = [(piece.role, piece.about) for piece in found["made"].pieces]
    assert roles == [
        ("title", "closed True"),
        ("comment", "user username_0"),
        ("comment", "user username_1"),
    ]
    assert [piece.role for piece in found["shard"].pieces] == ["title", "comment", "comment"]
    assert [piece.role for piece in found["rendered"].pieces] == [""]
    assert found["rendered"].pieces[0].text.startswith("<issue_start>Title: ")


def test_facts_say_where_it_came_from_and_where_it_is(kept: Path) -> None:
    """Path, language and input file; then the shard and the file of training texts."""
    found = steps(kept, examples(kept)["jupyter-structured"])
    facts = found["made"].facts
    assert facts["path"] == "nb/train.ipynb"
    assert facts["language"] == "Python"
    assert facts["read from"].endswith("acme/tools/nb/train.ipynb")
    name = "jupyter-structured/jupyter-structured-00000-of-00001.parquet"
    assert found["shard"].facts["file"] == f"data/{name}"
    assert found["rendered"].facts == {"file": f"train/{name}", "copies": "1"}


def test_a_value_is_masked_before_redaction_too(kept: Path) -> None:
    """What stands there instead is marked in both texts, at the same words."""
    found = steps(kept, examples(kept)["jupyter-structured"])
    for name in ("made", "shard"):
        output = found[name].pieces[-1]
        assert output.text.endswith("password = '<PASSWORD>'")
        assert [output.text[start:end] for start, end in output.replaced] == ["<PASSWORD>"]
    assert found["shard"].note == "Replaced: 1 PASSWORD."


@pytest.mark.parametrize("originals", [True, False])
def test_no_step_of_any_document_shows_a_secret(kept: Path, bare: Path, originals: bool) -> None:
    """Nor an edit, fact or note."""
    run = kept if originals else bare
    ids = [row[0] for row in connect(run).execute("SELECT DISTINCT id FROM ledger").fetchall()]
    assert len(ids) > 10
    assert not [document for document in ids if PASSWORD in repr(journey(run, document))]


def test_decisions_come_in_the_order_of_the_stages(kept: Path) -> None:
    """Edits before the decision of their stage."""
    rows = steps(kept, examples(kept)["issues"])["decided"].decisions
    assert [(row.stage, row.decision, row.reason) for row in rows] == [
        ("issues", "changed", "bots_removed"),
        ("issues", "changed", "usernames_replaced"),
        ("filters", "kept", ""),
        ("decontaminate", "kept", ""),
    ]


def test_hits_of_benchmarks_are_decisions(kept: Path) -> None:
    """The item, what of it, and how it was found; the document is in no shard."""
    found = steps(kept, dropped(kept, "sample"))
    hits = [row for row in found["decided"].decisions if row.decision == "hit"]
    assert {row.why for row in hits} == {
        "Sample/0 docstring, exact, score 1.00",
        "Sample/0 solution, exact, score 1.00",
    }
    assert found["made"].pieces
    assert found["shard"].note == "It was dropped: decontaminate, sample."
    assert found["rendered"].note == "It did not get here."


def test_originals_that_were_deleted_are_not_missed_silently(bare: Path) -> None:
    """The first step says why there is no text, and whether it differed from the one that is left."""
    found = steps(bare, examples(bare)["jupyter-structured"])["made"]
    assert found.pieces == ()
    assert "pii.keep_originals is off" in found.note
    assert found.note.endswith("the text in the shard, with 1 places replaced.")
    assert found.facts["bytes"] == "110"
    assert steps(bare, examples(bare)["commits"])["made"].note.endswith("of which nothing was replaced.")
    gone = steps(bare, dropped(bare, "sample"))["made"]
    assert gone.note.startswith("The run has not kept its text")


def test_what_could_not_be_made_has_reasons_only(kept: Path) -> None:
    """No text and no fact; the ledger's row with its detail."""
    found = steps(kept, dropped(kept, "too_short"))
    assert found["made"].note.startswith("Nothing could be read or made")
    (row,) = found["decided"].decisions
    assert (row.stage, row.decision, row.reason) == ("issues", "dropped", "too_short")
    assert "threshold 200" in row.why


def test_of_a_repository_the_part_of_the_file_is_shown(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a file that is not the first, and whose forged tokens were escaped."""
    monkeypatch.setattr("curation.report.journey.AROUND", 10)
    con = connect(kept)
    rows = con.execute("SELECT id FROM documents WHERE path = 'forged.py'").fetchall()
    found = steps(kept, rows[0][0])["rendered"]
    assert found.pieces[0].text.startswith("forged.py\nTOKEN = '<\u2060fim_prefix>'")
    assert found.facts["documents in the text"] == "3"
    assert "these are the ones of this document and around it" in found.note


def test_a_commit_without_a_layout_says_so(kept: Path) -> None:
    """StarCoder2 was not trained on commits."""
    found = steps(kept, examples(kept)["commits"])["rendered"]
    assert [(row.decision, row.reason) for row in found.decisions] == [("dropped", "no_layout")]
    assert found.note == "There is no text of it to train on."


def test_a_run_under_way_shows_what_there_is(tmp_path: Path) -> None:
    """No shard and no text to train on yet; what was set aside is shown as it was."""
    run = make_run(tmp_path / "run", state="clean", excluded=True)
    found = steps(run, examples(run)["code"])
    assert found["made"].pieces
    assert found["shard"].note == "The run has not written its shard yet."
    aside = steps(run, dropped(run, "max_mean_line_length"))["made"]
    assert aside.note.startswith("It was set aside")
    assert aside.pieces


def test_an_unknown_document_is_refused(kept: Path) -> None:
    """With the form of an id."""
    with pytest.raises(BadInputError, match="no document '999999-00000000' was read; expected an id such as"):
        journey(kept, "999999-00000000")
