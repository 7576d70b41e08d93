"""A document -> the spans of all its personal data and secrets, or an error that says why it cannot be told.

    detect('mail = "ann.lee@uni-ulm.de"')  ->  [Span(8, 26, "EMAIL", "email", 1.0)]

The whole document is scanned once for candidates; documents without any are done. The others go to a
presidio `AnalyzerEngine` that holds our detectors and those the user adds, and works offline. Whatever
goes wrong in a detector is raised, never taken for "nothing found". It edits nothing.
"""

import importlib.util
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, Protocol

from curation.errors import BadConfigError, CurationError
from curation.pii.candidates import Hit, Hits, Scanner, TooManyCandidatesError, Trigger
from curation.pii.context import Context
from curation.pii.deadline import OutOfTimeError, deadline
from curation.pii.detectors import addresses, emails, names, private_keys, secrets, urls, usernames, vendors
from curation.pii.detectors.ner import Ner
from curation.pii.extra.detect_secrets import DetectSecrets
from curation.pii.extra.gitleaks import GitleaksRules
from curation.pii.extra.presidio import PresidioRecognizers
from curation.pii.presidio import LANGUAGE, offline_engine
from curation.pii.recognizers import Find, ScanOnce, recognizer_for, spans_of
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span, resolve


class DetectorError(CurationError):
    """It cannot be told what a document holds; it must not pass."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        """timeout, too_large, too_many_candidates or detector_failed."""
        self.detail = detail
        """Kind of the error and where it arose; never content."""


class Part(NamedTuple):
    """A detector of ours; `recognizer_for(*part)` makes it a recognizer for any engine of presidio."""

    name: str
    triggers: tuple[Trigger, ...]
    find: Find
    tags: tuple[str, ...]


def parts_of(settings: PiiSettings) -> list[Part]:
    """Our detectors that are on, each by itself.

    Args:
        settings: What to look for.
    """
    parts = [
        Part("keys", vendors.triggers(), vendors.find, ("KEY", "PASSWORD")),
        Part("private keys", private_keys.TRIGGERS, private_keys.find, ("KEY",)),
        Part("urls", urls.TRIGGERS, urls.find, ("KEY", "PASSWORD")),
        Part("secrets", secrets.TRIGGERS, secrets.find, ("KEY", "PASSWORD")),
        Part("emails", emails.TRIGGERS, emails.find, ("EMAIL",)),
        Part("addresses", addresses.TRIGGERS, addresses.find, ("IP_ADDRESS",)),
    ]
    if settings.names != "off":
        parts.append(Part("names", names.TRIGGERS, names.find, ("NAME",)))
    if settings.usernames:
        parts.append(Part("usernames", usernames.TRIGGERS, usernames.find, ("USERNAME",)))
    return parts


def together(parts: Sequence[Part]) -> Part:
    """Several detectors as one, so that what presidio does for each of them is done once.

    Args:
        parts: Detectors whose triggers have different rule ids.
    """
    finders = {trigger.rule: part.find for part in parts for trigger in part.triggers}
    triggers = tuple(trigger._replace(family="all") for part in parts for trigger in part.triggers)
    assert len(finders) == len(triggers), "a hit must tell whose it is"
    tags = tuple(dict.fromkeys(tag for part in parts for tag in part.tags))

    def find(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
        asked: dict[Find, list[Hit]] = {}
        for hit in hits:
            asked.setdefault(finders[hit.rule], []).append(hit)
        return [span for finder, own in asked.items() for span in finder(text, own, context)]

    return Part("personal data", triggers, find, tags)


class Extra(Protocol):
    """A detector of another project, which sees the whole text."""

    def find(self, text: str, context: Context, /) -> list[Span]:
        """Its findings as spans."""


def _extras(settings: PiiSettings) -> list[Extra]:
    """What the user adds by name.

    Raises:
        BadConfigError: If a rule file, plugin or recognizer is not there or not what it should be.
    """
    found: list[Extra] = [GitleaksRules.load(path) for path in settings.gitleaks_rules]
    if settings.detect_secrets_plugins:
        found.append(DetectSecrets(settings.detect_secrets_plugins))
    if settings.presidio_recognizers:
        found.append(PresidioRecognizers(settings.presidio_recognizers))
    return found


class Detector:
    """All detectors of some settings."""

    def __init__(self, settings: PiiSettings) -> None:
        """Build the detectors; patterns are compiled on first use.

        Raises:
            BadConfigError: If the settings name a model, rule file or class that is not there.
        """
        self.settings = settings
        whole = together(parts_of(settings))
        self.scanner = Scanner(whole.triggers)
        self.engine = offline_engine([recognizer_for(*whole)])
        self.extras = _extras(settings)
        self.ner = Ner(settings.ner) if settings.names == "ner" else None

    def find(self, text: str, context: Context = Context()) -> list[Span]:  # noqa: B008  # immutable
        """Spans of a document, in order, none overlapping.

        Args:
            text: A whole document.
            context: Its language and path.

        Raises:
            DetectorError: If a detector failed, took too long or was not asked.
        """
        found = self.find_many([(text, context)])[0]
        if isinstance(found, DetectorError):
            raise found
        return found

    def find_many(self, documents: Sequence[tuple[str, Context]]) -> list[list[Span] | DetectorError]:
        """Spans of several documents, which a model looks at together; or why they cannot be told.

        Args:
            documents: Texts with their contexts.
        """
        found = [self._by_rules(text, context) for text, context in documents]
        if self.ner is None:
            return found
        asked = [n for n, spans in enumerate(found) if not isinstance(spans, DetectorError)]
        try:
            with deadline(self.settings.timeout_seconds * len(documents)):
                named = self.ner.find_many([documents[n][0] for n in asked])
        except Exception as error:  # noqa: BLE001  # a model that fails in any way must not let a document pass
            return [reason_of(error)] * len(documents)
        for n, spans in zip(asked, named, strict=True):
            found[n] = resolve([*self._spans(found[n]), *spans])
        return found

    @staticmethod
    def _spans(found: list[Span] | DetectorError) -> list[Span]:
        assert not isinstance(found, DetectorError)
        return found

    def _by_rules(self, text: str, context: Context) -> list[Span] | DetectorError:
        limit = self.settings.max_bytes
        if len(text) > limit or (len(text) > limit // 4 and len(text.encode("utf-8", "replace")) > limit):
            return DetectorError("too_large")
        try:
            hits = self.scanner.scan(text)  # in linear time, so without a deadline
            if not hits and not self.extras:
                return []
            with deadline(self.settings.timeout_seconds):
                return self._ask(text, hits, context)
        except Exception as error:  # noqa: BLE001  # a detector that fails in any way must not let a document pass
            return reason_of(error)

    def _ask(self, text: str, hits: Hits, context: Context) -> list[Span]:
        spans: list[Span] = []
        if hits:
            once = ScanOnce(text, hits, context)
            spans = spans_of(self.engine.analyze(text, LANGUAGE, nlp_artifacts=once))
        for extra in self.extras:
            spans += extra.find(text, context)
        return resolve(spans) if spans else spans


def reason_of(error: Exception) -> DetectorError:
    """Why a document cannot be told, without any of its content.

    Args:
        error: Whatever a detector has raised.
    """
    if isinstance(error, OutOfTimeError):
        return DetectorError("timeout")
    if isinstance(error, TooManyCandidatesError):
        return DetectorError("too_many_candidates")
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    place = f" in {last.tb_frame.f_globals.get('__name__', '')}:{last.tb_lineno}" if last else ""
    return DetectorError("detector_failed", f"{type(error).__name__}{place}")


def check(settings: PiiSettings) -> None:
    """Find out before a run starts whether its detectors can be built.

    Raises:
        BadConfigError: If a package, model, rule file or class is missing.
    """
    if not settings.enabled:
        return
    if importlib.util.find_spec("presidio_analyzer") is None:
        raise BadConfigError(
            "pii: presidio-analyzer is not installed; pip install 'starcoder-curation[pii]', "
            "or set pii.enabled to false to keep personal data in the shards"
        )
    _extras(settings)
    if settings.names == "ner":
        Ner(settings.ner).load()


def detector_of(settings: PiiSettings) -> Detector:
    """The detectors of these settings; built once in a process, for it takes seconds.

    Raises:
        BadConfigError: If the settings name a model, rule file or class that is not there.
    """
    return _built(settings.model_dump_json())


@cache
def _built(settings: str) -> Detector:
    return Detector(PiiSettings.model_validate_json(settings))


def detect(
    text: str, *, language: str = "", path: str = "", settings: PiiSettings | None = None
) -> list[Span]:
    """Spans of one text.

    Args:
        text: A whole document.
        language: A linguist name; empty if unknown.
        path: Path inside its repository; empty if unknown.
        settings: What to look for; the defaults if None.

    Raises:
        DetectorError: If a detector failed, took too long or was not asked.
    """
    return detector_of(settings or PiiSettings()).find(text, Context(language, path))
