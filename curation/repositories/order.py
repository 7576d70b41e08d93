"""In which order the files of a repository are shown.

    order(files, "random", seed=0, repository="octo/hello")  ->  [2, 0, 1]     places in `files`

    random      by a draw for each path (StarCoder2, section 5)
    path        by path: a walk through the folders, depth first
    dependency  what is needed before what needs it (DeepSeek-Coder, section 2.2); see `graph`

All three depend on paths, texts and the seed only, not on the order in which the files are given; but files
with the same path keep theirs.
"""

from collections.abc import Sequence
from typing import Literal

from curation.draw import uniform
from curation.repositories.graph import needed_first
from curation.repositories.places import RepoFile
from curation.repositories.resolve import needs
from curation.repositories.rules import comes_first

How = Literal["random", "path", "dependency"]


def order(
    files: Sequence[RepoFile], how: How, *, seed: int, repository: str, documents_first: bool = False
) -> list[int]:
    """Places in `files`, each once, in the order in which the files are to be shown.

    Args:
        files: All files of a repository.
        how: By chance, by path, or by need.
        seed: Of the draws.
        repository: Its name, so that repositories with the same paths get different orders.
        documents_first: With "dependency": documentation and build files first, then what needs or is needed
            by other files, then the rest by path, as in Granite; if not, what has nothing to do with others
            stands where its path puts it.
    """
    ranked = sorted(range(len(files)), key=lambda place: (files[place].path.split("/"), place))
    if how == "path":
        return ranked
    if how == "random":
        return sorted(
            ranked, key=lambda place: uniform(seed, f"{repository}\x1f{files[place].path}", "order")
        )
    first = [place for place in ranked if comes_first(*files[place][:2])] if documents_first else []
    taken = set(first)
    rest = [place for place in ranked if place not in taken]
    found = needs([files[place] for place in rest])
    numbers = needed_first(len(rest), found.pairs, found.hubs)
    if documents_first:
        linked = {number for pair in found.pairs for number in pair}
        alone = [number for number in range(len(rest)) if number not in linked]
        numbers = [*(number for number in numbers if number in linked), *alone]
    return [*first, *(rest[number] for number in numbers)]
