"""Our detectors as presidio recognizers, for our engine and for any other.

    engine.registry.add_recognizer(recognizer_for("email", emails.TRIGGERS, emails.find, ["EMAIL"]))
    engine.analyze("mail ann.lee@uni-ulm.de", "en")  ->  [type: EMAIL_ADDRESS, start: 5, end: 23, score: 1.0]

A recognizer looks for its own triggers, unless it is handed what one scan for all of them has found, in
the place of presidio's NLP artifacts. Results carry the rule that decided in their metadata. An error in a
detector is raised. Nothing of presidio is imported before the first recognizer is made.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from curation.pii.candidates import Hit, Hits, Scanner, Trigger
from curation.pii.context import Context
from curation.pii.presidio import LANGUAGE, presidio_analyzer
from curation.pii.spans import TAGS, Span

PRESIDIO_NAMES = {"EMAIL": "EMAIL_ADDRESS", "NAME": "PERSON"}
"""Tag -> what presidio calls it, where the two differ."""
ENTITY = {tag: PRESIDIO_NAMES.get(tag, tag) for tag in TAGS}
"""Tag -> entity of presidio."""
TAG = {entity: tag for tag, entity in ENTITY.items()}
"""Entity of presidio -> tag."""
RULE_KEY = "rule"
"""Where the metadata of a result names the rule."""

Find = Callable[[str, Sequence[Hit], Context], list[Span]]
"""A detector: text, hits of its triggers, context -> spans."""


class ScanOnce(NamedTuple):
    """What one scan of a text has found, to be handed to every recognizer.

        engine.analyze(text, "en", nlp_artifacts=ScanOnce(text, scanner.scan(text), Context("Python")))

    It counts for this text object only: a recognizer that is given another text scans for itself.
    """

    text: str
    hits: Hits
    """Of all triggers of all recognizers."""
    context: Context = Context()


def recognizer_for(name: str, triggers: Iterable[Trigger], find: Find, tags: Iterable[str]) -> Any:
    """A presidio `EntityRecognizer` around a detector.

    Args:
        name: What presidio calls it.
        triggers: What the detector wants to be called for; without any it sees every text.
        find: The detector.
        tags: Tags of the spans that it may return.
    """
    return _recognizer_class()(name, tuple(triggers), find, [ENTITY[tag] for tag in tags])


def spans_of(results: Iterable[Any]) -> list[Span]:
    """Results of presidio as spans, in their order.

    Args:
        results: `RecognizerResult`s of our recognizers.
    """
    return [
        Span(
            result.start,
            result.end,
            TAG[result.entity_type],
            result.recognition_metadata[RULE_KEY],
            result.score,
        )
        for result in results
    ]


@cache
def _recognizer_class() -> Any:
    """Our subclass of `EntityRecognizer`, made when presidio may be imported."""
    presidio = presidio_analyzer()
    make_result = presidio.RecognizerResult
    base: Any = presidio.EntityRecognizer

    class CurationRecognizer(base):  # type: ignore[misc]  # presidio is not looked into
        def __init__(self, name: str, triggers: tuple[Trigger, ...], find: Find, entities: list[str]) -> None:
            self.find = find
            self.families = list(dict.fromkeys(trigger.family for trigger in triggers))
            self.scanner = Scanner(triggers)
            super().__init__(supported_entities=entities, name=name, supported_language=LANGUAGE)
            self.metadata = {
                make_result.RECOGNIZER_NAME_KEY: self.name,
                make_result.RECOGNIZER_IDENTIFIER_KEY: self.id,
            }

        def load(self) -> None:
            """Nothing to load: triggers are compiled on first use."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            """Results of the asked kinds in the order of the detector.

            Args:
                text: A whole document.
                entities: presidio's names of the kinds that are asked for; empty for all.
                nlp_artifacts: A `ScanOnce` of this text, or whatever an NLP engine made, which is ignored.
            """
            shared = isinstance(nlp_artifacts, ScanOnce) and nlp_artifacts.text is text
            scan = (
                nlp_artifacts if shared else ScanOnce(text, self.scanner.scan(text) if self.families else {})
            )
            own = hits_of(scan.hits, self.families)
            if self.families and not own:
                return []
            wanted = set(entities) if entities else set(self.supported_entities)
            return [
                make_result(ENTITY[span.tag], span.start, span.end, span.score, None, self.about(span.rule))
                for span in self.find(text, own, scan.context)
                if ENTITY[span.tag] in wanted
            ]

        def about(self, rule: str) -> dict[str, str]:
            """Metadata of a result."""
            return {**self.metadata, RULE_KEY: rule}

    return CurationRecognizer


def hits_of(hits: Hits, families: Sequence[str]) -> Sequence[Hit]:
    """The hits of some families in the order of the text."""
    own = [hits[family] for family in families if family in hits]
    if len(own) < 2:
        return own[0] if own else ()
    return sorted((hit for family in own for hit in family), key=attrgetter("end"))
