"""Keep fewer pull requests of repositories that have many, so that a few do not outweigh all others.

    keep_probability(1)      -> 0.8
    keep_probability(1000)   -> 0.1007
    keep_probability(10_000) -> 0.01

The rule needs the number of pull requests of the repository. Who has grouped by repository gives it; where
it is not known, the pull request's own number stands in, which GitHub counts up per repository: it needs no
look at other documents, and of a large repository the first are favoured.
"""

LINEAR_UNTIL = 1000
"""Pull requests of a repository up to which the probability falls in a straight line (render.py)."""


def keep_probability(count: int) -> float:
    """How likely a pull request of a repository with so many of them is kept, 0 to 1."""
    count = max(count, 1)
    if count <= LINEAR_UNTIL:
        return 0.8007 - 0.0007 * count
    return 100 / count
