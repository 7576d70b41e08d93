"""Curate The Stack-style code corpora.

The path of a document, each step one module:

    sources -> language -> licences, optout -> signals -> filters -> dedup -> shards

`curation.pipeline` holds these steps as readable lists of datatrove blocks; `curation.ledger` and
`curation.manifest` record what happened; `curation.report` shows it. Importing this package loads
nothing heavy.
"""

__version__ = "0.1.0"
