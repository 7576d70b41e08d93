"""What is shown outside the shards holds no personal data."""

import pytest

from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.masked import WITHHELD, masked, settings_of_run
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span

TEXT = 'password = "vT9qmlwK4zz"\n'


def test_a_text_is_masked() -> None:
    """Shown as the shards would hold it; as it is if the run was told to keep personal data."""
    assert masked(TEXT, settings=PiiSettings()) == 'password = "<PASSWORD>"\n'
    assert masked(TEXT, settings=PiiSettings(enabled=False)) == TEXT


def test_what_cannot_be_told_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that a detector fails on is withheld as a whole."""

    def fail(_self: Detector, _text: str, _context: Context) -> list[Span]:
        raise DetectorError("timeout")

    monkeypatch.setattr(Detector, "find", fail)
    assert masked(TEXT, settings=PiiSettings()) == WITHHELD


def test_the_settings_of_a_run() -> None:
    """Those of its manifest; the defaults for a run from before there were any."""
    assert settings_of_run({"config": {"pii": {"names": "off"}}}).names == "off"
    assert settings_of_run({"config": {}}) == PiiSettings()
