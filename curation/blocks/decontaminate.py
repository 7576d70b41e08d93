"""The block that drops documents which hold items of a benchmark.

    a file with the solution of HumanEval/0  ->  dropped, reason "humaneval", detail "HumanEval/0"

Every hit is a row of the shard's hits, also those beside the first one and near misses, which drop nothing.
The text of a document is not changed and not written anywhere.
"""

from collections.abc import Iterator

from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation.decontaminate.hits import Hits
from curation.decontaminate.matcher import matcher_of
from curation.decontaminate.settings import DecontaminateSettings
from curation.ledger import Ledger

Documents = Iterator[Document]
STAGE = "decontaminate"


class Decontaminate(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Does it hold what models are tested with? Drops it then."""

    name, type = "🧪 decontaminate", "🔻 - FILTER"

    def __init__(self, settings: DecontaminateSettings, ledger: Ledger, hits: Hits) -> None:
        super().__init__()
        self.settings = settings
        self.ledger = ledger
        self.hits = hits

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on the documents that hold no benchmark item."""
        if not self.settings.enabled:
            yield from data
            return
        matcher = matcher_of(self.settings)
        kinds = self.settings.kinds
        for doc in data:
            if kinds and (doc.metadata.get("kind") or "code") not in kinds:
                yield doc
                continue
            found = matcher.find(doc.text)
            self.hits.add(doc.id, found)
            if found and found[0].contaminated:
                first = found[0]
                self.ledger.drop(
                    doc.id, STAGE, first.benchmark, signal=first.method, value=first.score, detail=first.item
                )
            else:
                yield doc
