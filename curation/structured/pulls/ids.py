"""GitHub's numbers of reviews and comments -> 1, 2, 3 in order of appearance in the document.

    numbers = Numbers(events)
    numbers.of("review", 1_483_550_112) -> 1
    numbers.of("review", None)          -> None

So that nothing has to be learnt by heart, and answers still name what they answer.
"""

from collections.abc import Iterable

from curation.structured.records import PullEvent


class Numbers:
    """The numbers of one document; those of events that are not shown do not exist."""

    def __init__(self, shown: Iterable[PullEvent]) -> None:
        events = [event for event in shown if event.id is not None]
        keys = dict.fromkeys((event.kind, event.id) for event in events)
        self._numbers = {key: number for number, key in enumerate(keys, start=1)}

    def of(self, kind: str, identity: int | None) -> int | None:
        """The number of an event that is shown; None if there is none such.

        Args:
            kind: Of the event, as GitHub numbers each kind by itself: comment, review, review_comment.
            identity: GitHub's number.
        """
        return self._numbers.get((kind, identity))
