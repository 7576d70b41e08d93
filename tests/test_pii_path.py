"""Personal data in whole runs: what is replaced, what is set aside, what a run refuses, what it leaves."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tiny_ner
from planted_runs import manifest_of, run_here, table_of, write_corpus

from curation.errors import BadConfigError, BadInputError, ChangedRunError
from curation.pii import engine
from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.settings import PiiSettings
from curation.verify import verify

SECRET = "vT9qmlwK4zz"  # noqa: S105  # made up
MAIL = "greta.lund@fjordkraft.no"
HEX = "9f86d081884c7d65"
FILES = {
    "clean.py": "def twice(value):\n    return value * 2\n",
    "password.py": f'password = "{SECRET}"\nother_password = "{SECRET}"\n',
    "number.py": "password = '73914658'\n\n\ndef open_it():\n    return password\n",
    "mail.js": f"// ask {MAIL}\nconst x = 1;\n",
    "settings.json": f'{{"password": "{SECRET}", "size": 3}}\n',
    "acme.py": f'x = "acme_{HEX}"\n',
}


def rows(**files: str) -> list[dict[str, Any]]:
    """The files as rows of a corpus."""
    who = {"repo": "apex/library", "licences": ["MIT"], "stars": 9, "forks": 1, "date": 1_400_000_000}
    return [{"content": text, "path": path, **who} for path, text in {**FILES, **files}.items()]


def texts(run: Path) -> dict[str, str]:
    """Path -> text of the shards."""
    return {row["path"]: row["content"] for row in table_of(run, "data/*/*.parquet")}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", rows())


def test_a_run_replaces_what_it_finds_and_keeps_books(
    monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path
) -> None:
    """Shards, findings, ledger and manifest say the same, and the syntax of every file is kept."""
    run = run_here(monkeypatch, corpus, tmp_path / "run", pii={})
    found = texts(run)
    assert found["clean.py"] == FILES["clean.py"]
    assert found["password.py"] == 'password = "<PASSWORD>"\nother_password = "<PASSWORD>"\n'
    assert found["mail.js"] == "// ask <EMAIL>\nconst x = 1;\n"
    assert found["settings.json"] == '{"password": "<PASSWORD>", "size": 3}\n'
    assert "73914658" not in found["number.py"]
    compile(found["number.py"], "number.py", "exec")
    findings = table_of(run, "finish/*/findings.parquet")
    assert len({row["hash"] for row in findings if row["tag"] == "PASSWORD"}) == 2, (
        "equal values, equal hashes"
    )
    assert manifest_of(run)["passes"]["finish"]["changed"] == {"pii/email": 1, "pii/password": 3}
    assert verify(run)[0] == []


def test_a_key_of_the_users_own_makes_other_hashes_and_is_remembered(
    monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path
) -> None:
    """Another key gives other hashes; a run is not continued with another key than it was begun with."""
    first = run_here(monkeypatch, corpus, tmp_path / "first", pii={})
    monkeypatch.setenv("CURATION_PII_KEY", "the key of a test")
    second = run_here(monkeypatch, corpus, tmp_path / "second", pii={})
    hashes = [{row["hash"] for row in table_of(run, "finish/*/findings.parquet")} for run in (first, second)]
    assert not hashes[0] & hashes[1]
    assert "the key of a test" not in (second / "manifest.json").read_text()
    monkeypatch.delenv("CURATION_PII_KEY")
    with pytest.raises(ChangedRunError, match="key of pii has changed"):
        run_here(monkeypatch, corpus, tmp_path / "second", pii={})


def test_a_document_that_cannot_be_told_is_counted_and_not_in_the_shards(
    monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path
) -> None:
    """A failing detector drops its document with a reason; read = kept + dropped holds."""
    ask = Detector._ask

    def fail(self: Detector, text: str, hits: Any, context: Context) -> Any:
        if context.path == "mail.js":
            raise RuntimeError(MAIL)
        return ask(self, text, hits, context)

    monkeypatch.setattr(Detector, "_ask", fail)
    run = run_here(monkeypatch, corpus, tmp_path / "run", pii={})
    assert set(texts(run)) == set(FILES) - {"mail.js"}
    counts = manifest_of(run)["passes"]["finish"]
    assert counts["dropped"] == {"pii/detector_failed": 1}
    (row,) = [r for r in table_of(run, "finish/*/ledger.parquet") if r["decision"] == "dropped"]
    assert row["detail"].startswith("RuntimeError in ")
    assert MAIL not in str(row)


def test_rules_and_recognizers_of_others_are_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A gitleaks file, a plugin of detect-secrets and a recognizer of presidio add their findings."""
    rules = tmp_path / "rules.toml"
    rules.write_text("[[rules]]\nid = 'acme'\nregex = '''acme_[0-9a-f]{16}'''\nkeywords = ['acme_']\n")
    iban = "pay = 'IBAN GB33 BUKB 2020 1555 5555 55'\n"
    stripe = "x = 'rk_live_" + "9k3mQ8vT2xB5nR7wLp4zYc6d'\n"
    corpus = write_corpus(tmp_path / "corpus", rows(**{"iban.py": iban, "stripe.py": stripe}))
    pii = {
        "gitleaks_rules": [str(rules)],
        "detect_secrets_plugins": ["StripeDetector"],
        "presidio_recognizers": ["IbanRecognizer"],
    }
    run = run_here(monkeypatch, corpus, tmp_path / "run", pii=pii)
    found = texts(run)
    assert HEX not in found["acme.py"]
    assert "5555" not in found["iban.py"]
    assert "rk_live_9k3" not in found["stripe.py"]
    rules.write_text(rules.read_text() + "# changed\n")
    with pytest.raises(ChangedRunError, match=r"rules\.toml has changed"):
        run_here(monkeypatch, corpus, tmp_path / "run", pii=pii)


@pytest.mark.slow
def test_a_model_finds_names_that_rules_do_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a token-classification model names in running text are replaced as well."""
    pytest.importorskip("transformers")
    model = tiny_ner.make(tmp_path / "model")
    line = "return value of the list by Kalo Mines file open\n"
    corpus = write_corpus(tmp_path / "corpus", rows(**{"prose.py": "# " + line * 2}))
    pii = {"names": "ner", "ner": {"model": str(model), "window": 64, "overlap": 16}}
    run = run_here(monkeypatch, corpus, tmp_path / "run", pii=pii)
    assert "Kalo Mines" not in texts(run)["prose.py"]
    assert "<NAME>" in texts(run)["prose.py"]
    assert texts(run)["password.py"].startswith('password = "<PASSWORD>"')


def test_a_run_that_keeps_no_originals(monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path) -> None:
    """It verifies, can be asked for again, and is refused as an index whose texts are needed."""
    pii = {"keep_originals": False}
    run = run_here(monkeypatch, corpus, tmp_path / "run", pii=pii)
    assert list(run.glob("clean/*/documents.parquet")) == []
    assert verify(run)[0] == []
    before = {path: path.read_bytes() for path in run.rglob("*.parquet")}
    run_here(monkeypatch, corpus, run, pii=pii)
    assert before == {path: path.read_bytes() for path in run.rglob("*.parquet")}
    with pytest.raises(BadInputError, match="has not kept its texts"):
        run_here(
            monkeypatch, corpus, tmp_path / "next", near={}, pii={}, dedup={"index": str(run), "near": {}}
        )


def test_without_presidio_a_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the package, the command and the switch."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BadConfigError, match=r"presidio-analyzer is not installed.*\[pii\].*pii\.enabled"):
        engine.check(PiiSettings())
    engine.check(PiiSettings(enabled=False))


def test_too_large_a_document_is_not_looked_at() -> None:
    """Above the limit in bytes, whatever the characters, it cannot be told."""
    detector = Detector(PiiSettings(max_bytes=2000))
    assert detector.find("x" * 2000) == []
    for text in ("x" * 2001, "é" * 1001):
        with pytest.raises(DetectorError, match="too_large"):
            detector.find(text)


def test_the_columns_of_the_shards_say_how_much_was_replaced(
    monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path
) -> None:
    """`redactions` counts replaced spans; `content_id` stays that of the text as it was read."""
    run = run_here(monkeypatch, corpus, tmp_path / "run", pii={})
    by_path = {
        row["path"]: row for path in run.glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()
    }
    assert {path: row["redactions"] for path, row in by_path.items()} == {
        "clean.py": 0,
        "password.py": 2,
        "number.py": 1,
        "mail.js": 1,
        "settings.json": 1,
        "acme.py": 0,
    }
    off = run_here(monkeypatch, corpus, tmp_path / "off")
    ids = {row["path"]: row["content_id"] for row in table_of(off, "data/*/*.parquet")}
    assert ids == {path: row["content_id"] for path, row in by_path.items()}
