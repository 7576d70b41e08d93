"""Near-dedup: its settings, and the whole of it in one process for texts that fit on one machine.

    deduplicate(lambda: batches, NearSettings()).keeper  ->  [0, 1, 0, 3]     document 2 is dropped for 0

The path of a document: sketch (`minhash`) -> candidate pairs (`match`) -> verified pairs (`verify`,
`jaccard`) -> clusters (`clusters`). A run on shards takes the same functions in datatrove tasks with files
between them (`curation.blocks.near`), and makes the same decisions. In process, memory is about 1 kB per
document and the shingle sets of the documents that are compared exactly, 8 bytes per shingle.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.dedup import banding, clusters, jaccard, match, minhash
from curation.dedup import verify as verification
from curation.dedup.exact import Criterion
from curation.dedup.tokens import Hashes, TokenRule, texts
from curation.kernels import Ints

Scope = Literal["language", "all", "repository"]
ESTIMATED_AT_ONCE = 1 << 19
"""Pairs whose sketches are gathered at a time: 0.3 GB at 256 values."""
Columns = Callable[[], Iterable[Any]]
"""Called for every reading of the texts; gives Arrow string arrays without nulls, always the same ones."""


class NearSettings(BaseModel):
    """Which documents count as near-duplicates, and which of them stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str = "default"
    """Named settings that the others start from: default, 32x8, sc1, sc2, stack-v1, datatrove, opencoder."""
    enabled: bool = True
    """Whether near-duplicates are looked for, yes or no."""
    drop: bool = True
    """Whether they are dropped; if not, they only get the columns."""
    columns: bool = False
    """Whether shards get the columns near_cluster_id, near_cluster_size and near_jaccard."""
    kernel: minhash.Kernel = "sketch"
    """The fast similarity sketch, or datasketch's MinHash for comparison."""
    tokens: TokenRule = "words"
    """What a token is; see `curation.dedup.tokens`."""
    shingle: int = Field(default=5, ge=1, le=64)
    """Tokens in a shingle; 5 in SantaCoder, StarCoder and StarCoder2."""
    minimum_tokens: int = Field(default=0, ge=0)
    """Tokens below which a document is left to exact dedup; never less than a shingle."""
    values: int = Field(default=256, ge=8, le=8192)
    """Values of a sketch, a byte each; more of them estimate better and cost disk."""
    threshold: float = Field(default=0.7, gt=0, le=1)
    """Jaccard similarity of shingles from which documents are near-duplicates; 0.7 in StarCoder."""
    bands: int = Field(default=36, ge=0)
    """Bands of a sketch; 0 chooses bands and rows from the threshold as datasketch does."""
    rows: int = Field(default=7, ge=0)
    """Values in a band; 0 only with bands 0. Fewer rows find more pairs and more candidates in vain."""
    verify: verification.Verify = "exact"
    """How candidates are checked: exact Jaccard near the threshold, the sketch alone, or not at all."""
    margin: float = Field(default=3.0, ge=0, le=100)
    """Standard deviations of the estimate below the threshold under which "exact" refuses a candidate
    without comparing it; 100 compares every candidate."""
    margin_above: float = Field(default=100.0, ge=0, le=100)
    """The same above the threshold, over which "exact" accepts without comparing; 100 never does, 3 halves
    the comparisons and their files, and then a similarity just below the threshold may pass."""
    cluster: clusters.Cluster = "star"
    """Star clusters around kept documents, or plain connected components."""
    scope: Scope = "language"
    """Within what documents are compared: a language, everything, or a repository."""
    keep: tuple[Criterion, ...] = ("license", "stars", "forks", "earliest_date")
    """What decides which document stays, most important first; the document id settles what is left."""
    skip_languages: tuple[str, ...] = ()
    """Languages that are left to exact dedup, linguist names."""
    skip_sources: tuple[int, ...] = ()
    """Sources that are left to exact dedup, by their place in `sources`, from 0."""

    @model_validator(mode="before")
    @classmethod
    def _from_profile(cls, given: Any) -> Any:
        """Fill what is not given from the profile."""
        if not isinstance(given, dict):
            return given
        return {**banding.profile(given.get("profile", "default")).settings, **given}

    @model_validator(mode="after")
    def _fits(self) -> "NearSettings":
        """Check what hangs together.

        Raises:
            ValueError: If the bands do not fit the sketch, or a criterion is named twice.
        """
        if (self.bands == 0) != (self.rows == 0):
            raise ValueError(f"bands and rows: give both or neither, saw {self.bands} and {self.rows}")
        if self.bands * self.rows > self.values:
            raise ValueError(
                f"bands x rows: expected at most {self.values} values, saw {self.bands * self.rows}"
            )
        if len(set(self.keep)) < len(self.keep):
            raise ValueError(f"keep: expected each criterion once, saw {self.keep}")
        return self

    @property
    def banding(self) -> tuple[int, int]:
        """Bands and rows."""
        return (self.bands, self.rows) if self.bands else banding.choose(self.threshold, self.values)

    @property
    def parameters(self) -> dict[str, Any]:
        """What signatures and verified pairs depend on: an index must have been made with the same."""
        bands, rows = self.banding
        return {
            "format": 1,
            "kernel": self.kernel,
            "tokens": self.tokens,
            "shingle": self.shingle,
            "minimum_tokens": self.minimum_tokens,
            "values": self.values,
            "bands": bands,
            "rows": rows,
            "scope": self.scope,
            "keep": list(self.keep),
            "threshold": self.threshold,
            "verify": self.verify,
            "margin": self.margin,
            "margin_above": self.margin_above,
        }

    @property
    def bar(self) -> verification.Bar:
        """What a candidate pair has to pass."""
        return verification.Bar(self.verify, self.threshold, self.margin, self.margin_above, self.values)

    def signed(self, shingles: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Which documents have enough tokens, by their numbers of shingles."""
        return shingles > max(self.minimum_tokens - self.shingle, 0)

    def sketch(self, column: Any) -> minhash.Sketched:
        """Sketches of an Arrow string array, chunked or not."""
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        parts = [
            minhash.sketch(chunk, values=self.values, size=self.shingle, rule=self.tokens, kernel=self.kernel)
            for chunk in chunks
        ]
        if len(parts) == 1:
            return parts[0]
        none = minhash.Sketched(np.empty((0, self.values), np.uint8), np.empty(0, np.uint32))
        sketches, shingles = zip(none, *parts, strict=True)
        return minhash.Sketched(np.concatenate(sketches), np.concatenate(shingles))


@dataclass(frozen=True, slots=True)
class Result:
    """What in-process near-dedup found; documents are numbered in the order of the texts."""

    keeper: npt.NDArray[np.int64]
    """The kept document that each one is dropped for; itself if it is kept. Shape (documents,)."""
    jaccard: npt.NDArray[np.float32]
    """Similarity to the keeper, 1 for kept documents. Shape (documents,)."""
    pairs: npt.NDArray[np.uint32]
    """Verified pairs, lower number first, shape (pairs, 2)."""
    pair_jaccard: npt.NDArray[np.float32]
    """Similarity of each pair."""
    pair_exact: npt.NDArray[np.bool_]
    """Whether it was compared exactly; else it is the estimate."""
    counts: dict[str, int]
    """documents, too_few_tokens, signed, candidate_pairs, large_runs, compared_exactly, verified_pairs,
    dropped."""


def deduplicate(
    columns: Columns, settings: NearSettings, *, groups: Hashes | None = None, policy: Hashes | None = None
) -> Result:
    """Find the near-duplicates among texts.

    Args:
        columns: The texts; read a second time if pairs are compared exactly.
        settings: What a near-duplicate is; scope, skips and `keep` have no effect here.
        groups: Documents of different groups are never compared, shape (documents,).
        policy: Policy keys, lower stays first (`curation.dedup.policy`); by default the first text stays.
    """
    signed, sketches, documents = _sign(columns, settings)
    policy = np.zeros(documents, np.uint64) if policy is None else policy
    groups = np.zeros(documents, np.uint64) if groups is None else groups
    keys = minhash.band_keys(sketches, groups[signed], *settings.banding)
    numbers = np.arange(len(signed), dtype=np.uint64)
    own_policy, own_groups = policy[signed], groups[signed]
    found = [match.candidates(band, numbers, own_policy.__getitem__) for band in keys]
    del keys
    pairs = match.unique([band.pairs for band in found])
    first, second = match.sides(pairs)
    estimate = np.concatenate(
        [np.empty(0), *(verification.estimates(sketches, first[s], second[s]) for s in _slices(len(pairs)))]
    )
    verdicts = verification.judge(estimate, own_groups[first] == own_groups[second], settings.bar)
    similar = verdicts.accepted.copy()
    open_ = np.flatnonzero(verdicts.open)
    exact = _compare(columns, settings, signed, first[open_], second[open_])
    estimate[open_] = exact
    similar[open_] = exact >= settings.threshold
    edges = clusters.orient(
        first[similar],
        second[similar],
        (own_policy[first[similar]], own_policy[second[similar]]),
        estimate[similar],
    )
    keeper, jaccards = _assign(settings, edges, own_policy)
    all_keepers, all_jaccards = np.arange(documents), np.ones(documents, np.float32)
    all_keepers[signed], all_jaccards[signed] = signed[keeper], jaccards
    return Result(
        all_keepers,
        all_jaccards,
        np.stack([signed[first[similar]], signed[second[similar]]], axis=1).astype(np.uint32),
        estimate[similar].astype(np.float32),
        verdicts.open[similar],
        {
            "documents": documents,
            "too_few_tokens": documents - len(signed),
            "signed": len(signed),
            "candidate_pairs": len(pairs),
            "large_runs": sum(band.large_runs for band in found),
            "compared_exactly": len(open_),
            "verified_pairs": int(similar.sum()),
            "dropped": int(np.count_nonzero(all_keepers != np.arange(documents))),
        },
    )


def _slices(count: int) -> Iterable[slice]:
    return (slice(start, start + ESTIMATED_AT_ONCE) for start in range(0, count, ESTIMATED_AT_ONCE))


def _sign(columns: Columns, settings: NearSettings) -> tuple[Ints, minhash.Sketches, int]:
    """Numbers of the documents that have a sketch, their sketches, and how many documents there are."""
    signed, sketches, documents = [np.empty(0, np.int64)], [np.empty((0, settings.values), np.uint8)], 0
    for column in columns():
        sketched = settings.sketch(column)
        enough = np.flatnonzero(settings.signed(sketched.shingles))
        signed.append(enough + documents)
        sketches.append(sketched.sketches if len(enough) == len(column) else sketched.sketches[enough])
        documents += len(column)
    return np.concatenate(signed), np.concatenate(sketches), documents


def _compare(columns: Columns, settings: NearSettings, signed: Ints, first: Ints, second: Ints) -> Any:
    """Exact Jaccard similarity of pairs of signed documents; reads the texts again if there are any."""
    if not len(first):
        return np.empty(0)
    wanted, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    numbers = signed[wanted]
    sets, start = [], 0
    for column in columns():
        low, high = np.searchsorted(numbers, (start, start + len(column)))
        if high > low:
            here = numbers[low:high] - start
            sets.append(
                jaccard.shingle_sets(texts(column), here, size=settings.shingle, rule=settings.tokens)
            )
        start += len(column)
    lengths = np.concatenate([np.diff(part.offsets) for part in sets])
    joined = jaccard.Sets(
        np.concatenate([part.shingles for part in sets]), np.concatenate([[0], np.cumsum(lengths)])
    )
    return jaccard.compare(joined, places[: len(first)], places[len(first) :])


def _assign(settings: NearSettings, edges: clusters.Edges, policy: Hashes) -> tuple[Any, Any]:
    count = len(policy)
    into = clusters.Assignment(
        np.empty(count, np.uint32), np.empty(count, np.float32), np.empty(count, np.uint32)
    )
    clusters.assign(settings.cluster, lambda: [edges], lambda: [policy], into)
    return into.keeper, into.jaccard
