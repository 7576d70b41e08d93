"""Near-dedup in a few lines of slow Python on strings: what the kernels and the clusters must equal.

    tokens("if (x) return 中文;", "words")  ->  ["if", "x", "return", "中", "文"]
    tokens("if (x)", "sc1-code")             ->  ["if", "", "x", ""]

Written from the rules alone, without hashes: sets of shingles are sets of tuples of strings.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from curation.dedup.token_classes import ALONE, WORD, token_classes

SEPARATOR_OF_BIGCODE = re.compile("[^A-Za-z_0-9]")
Edge = tuple[int, int, float]
"""Two documents and the Jaccard similarity of their shingles."""
Shingles = set[tuple[str, ...]]


def tokens(text: str, mode: str) -> list[str]:
    """The tokens of a text, in order, by the rule `words` or `sc1-code`."""
    if mode == "sc1-code":
        return SEPARATOR_OF_BIGCODE.split(text)
    assert mode == "words", mode
    found: list[str] = []
    inside = False
    for character in text:
        kind = token_classes()[ord(character)]
        if kind == WORD and inside:
            found[-1] += character
        elif kind in {WORD, ALONE}:
            found.append(character)
        inside = kind == WORD
    return found


def shingle_set(text: str, mode: str, size: int = 5) -> Shingles:
    """Every different run of `size` tokens that is not all empty; none if there are fewer tokens."""
    listed = tokens(text, mode)
    windows = (tuple(listed[first : first + size]) for first in range(len(listed) - size + 1))
    return {window for window in windows if any(window)}


def jaccard(one: Shingles, other: Shingles) -> float:
    """Share of common shingles in all of them; 0 where there is none, which matches nothing."""
    return len(one & other) / len(one | other) if one or other else 0.0


def near_pairs(texts: Sequence[str], mode: str, threshold: float, size: int = 5) -> list[Edge]:
    """Every pair of texts at the threshold and above, lower index first, in order: all are compared."""
    sets = [shingle_set(text, mode, size) for text in texts]
    pairs = ((a, b, jaccard(sets[a], sets[b])) for a, b in combinations(range(len(sets)), 2))
    return [edge for edge in pairs if edge[2] >= threshold and sets[edge[0]]]


def _neighbours(n: int, edges: Iterable[Edge], threshold: float) -> list[dict[int, float]]:
    """Who is near whom, and how near; the nearest counts if a pair is listed twice."""
    near: list[dict[int, float]] = [{} for _ in range(n)]
    for one, other, similar in edges:
        if similar >= threshold and one != other:
            near[one][other] = near[other][one] = max(similar, near[one].get(other, 0.0))
    return near


def star(
    n: int, edges_with_jaccard: Iterable[Edge], order: Sequence[int], threshold: float
) -> list[tuple[int, float]]:
    """Keeper of each of `n` documents and the Jaccard similarity to it; a kept one names itself, with 1.

    In the given order, best first, a document is kept unless one that is already kept is near it. It is
    dropped for the nearest of these; of equally near ones, for the first in order.
    """
    assert sorted(order) == list(range(n))
    near = _neighbours(n, edges_with_jaccard, threshold)
    place = {document: rank for rank, document in enumerate(order)}
    result: dict[int, tuple[int, float]] = {}
    for document in order:
        kept = [other for other in near[document] if result.get(other, (-1, 0.0))[0] == other]
        best = min(kept, key=lambda other: (-near[document][other], place[other]), default=None)
        result[document] = (document, 1.0) if best is None else (best, near[document][best])
    return [result[document] for document in range(n)]


def components(n: int, edges: Iterable[Edge], order: Sequence[int], threshold: float = 0.0) -> list[int]:
    """Keeper of each of `n` documents: the first in order of all that a chain of near pairs leads to."""
    assert sorted(order) == list(range(n))
    near = _neighbours(n, edges, threshold)
    keeper = [-1] * n
    for first in order:
        reached = [first] if keeper[first] < 0 else []
        for document in reached:  # grows while it is walked
            if keeper[document] < 0:
                keeper[document] = first
                reached.extend(near[document])
    return keeper
