"""The key comes from the environment, and a run remembers which it was without knowing it."""

from pathlib import Path

import pytest

from curation.pii.settings import PUBLIC_KEY, PiiSettings


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key a public one is used; another key has another fingerprint."""
    monkeypatch.delenv("CURATION_PII_KEY", raising=False)
    public = PiiSettings()
    assert public.key() == PUBLIC_KEY.encode()
    before = public.key_fingerprint()
    monkeypatch.setenv("CURATION_PII_KEY", "mine")
    assert PiiSettings().key() == b"mine"
    assert PiiSettings().key_fingerprint() != before
    assert PiiSettings(key_env="OTHER_KEY").key() == PUBLIC_KEY.encode()


def test_off_may_be_written_without_quotes() -> None:
    """YAML reads a bare off as false; as the choice of names it means off."""
    assert PiiSettings.model_validate({"names": False}).names == "off"


def test_files_that_decide_what_is_found(tmp_path: Path) -> None:
    """Rule files, and the files of a local model if it is used."""
    (tmp_path / "model").mkdir()
    weights = tmp_path / "model" / "model.safetensors"
    weights.write_bytes(b"x")
    rules = tmp_path / "rules.toml"
    ner = {"model": str(tmp_path / "model")}
    chosen = PiiSettings.model_validate({"names": "ner", "ner": ner, "gitleaks_rules": [str(rules)]})
    assert chosen.files() == [rules, weights]
    assert PiiSettings.model_validate({"ner": ner}).files() == []
