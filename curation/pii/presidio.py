"""presidio-analyzer as the frame that detectors run in: imported lightly, working offline.

    engine = offline_engine([recognizer_for("email", emails.TRIGGERS, emails.find, ["EMAIL"])])
    engine.analyze("mail ann.lee@uni-ulm.de", "en")  ->  [type: EMAIL_ADDRESS, start: 5, end: 23, score: 1.0]

An engine holds only the recognizers it is given, uses no language model and opens no connection. Importing
this module imports nothing of presidio. It decides nothing about a text.
"""

import importlib
import logging
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

LANGUAGE = "en"
"""The only language of our engines: recognizers of code do not depend on one."""
SILENT = logging.CRITICAL + 1
"""Level of presidio's log: some of its messages hold what was found, at every level."""
UNNEEDED = (
    "torch",
    "transformers",
    "stanza",
    "gliner",
    "langextract",
    "openai",
    "tensorflow",
    "mxnet",
    "cupy",
)
"""What presidio and spaCy import if it is installed, and need for language models only (6.6 s and 420 MB
with torch and transformers, 1.3 s and 105 MB without)."""


def presidio_analyzer() -> ModuleType:
    """The library, imported without the deep-learning packages that it would bring along.

    Those that are loaded already stay visible to it; the others look uninstalled while it is imported, so
    its own model-based recognizers do not work in this process. A program that wants them imports presidio
    before its first call of this function.
    """
    if "presidio_analyzer" not in sys.modules:
        hidden = [name for name in UNNEEDED if name not in sys.modules]
        modules: dict[str, Any] = sys.modules
        modules.update(dict.fromkeys(hidden))  # None is how Python is told that there is none
        try:
            importlib.import_module("presidio_analyzer")
        finally:
            for name in hidden:
                del sys.modules[name]
    logging.getLogger("presidio-analyzer").setLevel(SILENT)
    return sys.modules["presidio_analyzer"]


class _AsFound:
    """In the place of presidio's context enhancer, which copies every result and asks for lemmas."""

    @staticmethod
    def enhance_using_context(raw_results: Any, **_: Any) -> Any:
        """Results as they are: our recognizers have looked at the context themselves."""
        return raw_results


def offline_engine(recognizers: Sequence[Any]) -> Any:
    """An `AnalyzerEngine` of these recognizers and no others.

    Args:
        recognizers: presidio `EntityRecognizer`s for the language "en", at least one; asked in this order
            when `analyze` is called without entities.

    Raises:
        ValueError: If there is none, for then presidio would load its own.
    """
    if not recognizers:
        raise ValueError("an engine without recognizers would load those of presidio; give at least one")
    presidio = presidio_analyzer()
    nlp = presidio.nlp_engine.NoOpNlpEngine([{"lang_code": LANGUAGE, "model_name": "no_op"}])
    registry = presidio.RecognizerRegistry(recognizers=list(recognizers), supported_languages=[LANGUAGE])
    return presidio.AnalyzerEngine(
        registry=registry,
        nlp_engine=nlp,
        supported_languages=[LANGUAGE],
        context_aware_enhancer=_AsFound(),
    )
