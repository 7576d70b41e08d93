"""How notebooks become documents: what settings are taken."""

import pytest
from pydantic import ValidationError

from curation.structured.notebooks.settings import PROFILES, NotebookSettings


def test_a_notebook_becomes_a_script_and_a_structured_document_unless_told_otherwise() -> None:
    """Both forms come out by default, by StarCoder2's rules."""
    settings = NotebookSettings()
    assert settings.forms == ("script", "structured")
    assert settings.profile == "sc2"
    assert settings.enabled


@pytest.mark.parametrize("forms", [(), ("script", "script")])
def test_each_form_is_asked_for_once(forms: tuple[str, ...]) -> None:
    """No form, and a form twice, are refused in words."""
    with pytest.raises(ValidationError, match="at least one of script, structured and kaggle, each once"):
        NotebookSettings.model_validate({"forms": forms})


def test_every_profile_has_its_rules() -> None:
    """The names that the settings take are those of the table."""
    assert set(PROFILES) == {"sc1", "sc2"}
