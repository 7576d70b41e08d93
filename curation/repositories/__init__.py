"""The order of the files of a repository: by chance, by path, or what is needed before what needs it.

    app.py "import util", util.py ""   --dependency-->   util.py, app.py

    rules     how each language names what it needs: curation/data/imports.toml, compiled
    imports   text -> what it imports and what it declares, without parsing
    places    where the files are: paths and ends of paths
    resolve   imports -> files of the same repository
    python    the modules of a repository, as Python finds them
    graph     an order in which what is needed comes first, cycles broken where the least is missing
    order     the three orders

Texts are neither changed nor judged, and nothing outside of the repository is looked at.
"""

from curation.repositories.order import How, order
from curation.repositories.places import RepoFile

__all__ = ["How", "RepoFile", "order"]
