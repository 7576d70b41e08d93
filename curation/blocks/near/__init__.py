"""The blocks of near-dedup: one list of tasks after the other, each with its files under the run.

    Sign      one task per unit                     texts -> signatures and band keys
    Match     one per band group and key partition  keys -> candidate pairs
    Estimate  one per block of documents            pairs -> edges, and pairs to be compared exactly
    Shingle   one per unit                          texts of those -> sets of shingles
    Compare   one per block of documents            sets -> edges
    Cluster   one                                   edges -> who is dropped for whom

Every block reads the committed files of the one before and commits its own; none needs the corpus in
memory. What they write does not depend on how many workers there are. The functions that decide are in
`curation.dedup`; documents are addressed by number (see `curation.dedup.signatures`) and, in the result,
by unit and row, never by position in a shard.
"""

from curation.blocks.near.cluster import DECISION_SCHEMA, DISPLACED_SCHEMA, Cluster, near_decisions
from curation.blocks.near.match import MatchBands
from curation.blocks.near.shared import STAGE, NearRun, rows_of_ids
from curation.blocks.near.sign import Sign
from curation.blocks.near.verify import SET, Compare, Estimate, Shingle

__all__ = [
    "DECISION_SCHEMA",
    "DISPLACED_SCHEMA",
    "SET",
    "STAGE",
    "Cluster",
    "Compare",
    "Estimate",
    "MatchBands",
    "NearRun",
    "Shingle",
    "Sign",
    "near_decisions",
    "rows_of_ids",
]
