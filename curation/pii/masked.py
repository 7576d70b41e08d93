"""A text that leaves the pipeline by another way than the shards -> the same without personal data.

    masked('mail = "ann.lee@uni-ulm.de"', settings=PiiSettings())  ->  'mail = "<EMAIL>"'

For documents that are set aside and for texts that reports, audits and notebooks show. What no detector
can answer for is not shown at all. It counts nothing: the pipeline's own block does that.
"""

from collections.abc import Mapping
from typing import Any

from curation.pii.context import Context
from curation.pii.engine import DetectorError, detector_of
from curation.pii.redact import redact
from curation.pii.settings import PiiSettings

WITHHELD = "(withheld: personal data could not be ruled out)"
"""Stands for a text that a detector failed on."""


def masked(text: str, *, settings: PiiSettings, language: str = "", path: str = "") -> str:
    """`text` as it may be shown.

    Args:
        text: Any text, also the beginning of a longer one.
        settings: Of the run that it comes from; if they are off, the text is returned as it is.
        language: A linguist name; empty if unknown.
        path: Path inside its repository; empty if unknown.
    """
    if not settings.enabled:
        return text
    try:
        spans = detector_of(settings).find(text, Context(language, path))
    except DetectorError:
        return WITHHELD
    found = redact(text, spans, settings=settings, key=settings.key(), language=language, path=path)
    return WITHHELD if found.problem else found.text


def settings_of_run(manifest: Mapping[str, Any]) -> PiiSettings:
    """The settings under which texts of a run may be shown; the defaults if it is older than they are.

    Args:
        manifest: Of the run.
    """
    return PiiSettings.model_validate(manifest["config"].get("pii", {}))
