"""Recognizers of presidio-analyzer that the user asks for: a text -> the spans that they find.

    PresidioRecognizers(("IbanRecognizer",)).find("to GB29 NWBK ...", context)
        ->  [Span(3, 30, "KEY", "presidio:IbanRecognizer", 1.0)]

They run as presidio ships them, without a language model and without a connection. Where presidio gives up
on a slow pattern and lets the text pass, this raises. Findings that presidio trusts little, and would only
believe with the words around them, are left out.
"""

import importlib
import time
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from curation.errors import BadConfigError
from curation.pii.context import Context
from curation.pii.deadline import OutOfTimeError
from curation.pii.extra.kept import is_kept
from curation.pii.extra.tags import tag_of
from curation.pii.presidio import LANGUAGE, presidio_analyzer
from curation.pii.spans import Span

MIN_SCORE = 0.4
"""Trust of presidio from which a finding counts, 0 to 1: as in phone numbers; bare digits have less."""


class PresidioRecognizers:
    """Some of the recognizers that presidio brings."""

    def __init__(self, names: Sequence[str]) -> None:
        """Make the recognizers, with their own defaults.

        Args:
            names: Class names, such as IbanRecognizer.

        Raises:
            BadConfigError: If presidio has no such recognizer, or it needs more than its patterns.
        """
        self.recognizers = [_recognizer(name) for name in names]
        self.patience: float = importlib.import_module(
            "presidio_analyzer.pattern_recognizer"
        ).REGEX_TIMEOUT_SECONDS
        """Seconds after which presidio passes a pattern over, in all of its modules."""

    def find(self, text: str, _context: Context) -> list[Span]:
        """Spans of all recognizers, in their order.

        Args:
            text: A whole document.
            _context: Where it comes from; not looked at.

        Raises:
            OutOfTimeError: If a recognizer took so long that presidio may have passed a pattern over.
        """
        found = []
        for recognizer in self.recognizers:
            for result in self._analyze(recognizer, text):
                tag = tag_of("presidio", result.entity_type)
                if result.score >= MIN_SCORE and not is_kept(tag, text[result.start : result.end]):
                    rule = f"presidio:{type(recognizer).__name__}"
                    found.append(Span(result.start, result.end, tag, rule, result.score))
        return found

    def _analyze(self, recognizer: Any, text: str) -> list[Any]:
        wall, processor = time.monotonic(), time.process_time()
        results: list[Any] = recognizer.analyze(text, recognizer.supported_entities, None)
        # Patterns run on the clock of the processor, which may be ahead of the other where there are threads.
        if max(time.monotonic() - wall, time.process_time() - processor) >= self.patience:
            raise OutOfTimeError
        return results


def _recognizer(name: str) -> Any:
    presidio = presidio_analyzer()
    known = _known(presidio)
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0)
        raise BadConfigError(
            f"presidio_recognizers: unknown recognizer {name!r}; the nearest are {', '.join(near)}"
        )
    try:
        recognizer = known[name](supported_language=LANGUAGE)
    except (ImportError, TypeError, ValueError) as error:
        raise BadConfigError(
            f"presidio_recognizers: {name} cannot be made without more settings; take another: {error}"
        ) from error
    if recognizer.supported_entities == ["EMAIL_ADDRESS"]:
        recognizer.validate_result = _is_domain
    return recognizer


def _known(presidio: Any) -> dict[str, Any]:
    """Class name -> recognizer, of those that need no language model."""
    module = importlib.import_module("presidio_analyzer.predefined_recognizers")
    engines = (presidio.RemoteRecognizer, presidio.LMRecognizer, module.SpacyRecognizer)
    return {
        name: kind
        for name, kind in vars(module).items()
        if isinstance(kind, type)
        and issubclass(kind, presidio.LocalRecognizer)
        and not issubclass(kind, engines)
        and kind.__module__.split(".")[2] in {"generic", "country_specific"}
    }


def _is_domain(address: str) -> bool:
    """Whether an address has a domain by the suffix list as shipped; presidio fetches one."""
    return bool(_suffixes()(address).fqdn)


@cache
def _suffixes() -> Any:
    tldextract = importlib.import_module("tldextract")
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
