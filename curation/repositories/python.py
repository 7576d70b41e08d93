"""The modules of a repository, as Python finds them.

    Modules(["src/pkg/__init__.py", "src/pkg/a.py", "t.py"]).absolute("pkg.a", "t.py")  ->  1

A folder that holds packages but is none is a root, wherever it is (`src`, `lib`, the top), so that nothing
need be installed. A folder without `__init__.py` is a namespace below the top, below `src`, and below the
importer's own folders. Installed packages are not in the repository and so are nothing; a module that is
called like a standard one is meant only by files beside or below it, not by all that import the standard one.
"""

import sys
from collections.abc import Iterator, Sequence

from curation.repositories.places import MAX_PARTS, MAX_SAME, Places, folder, nearest

EXTENSIONS = (".py", ".pyx", ".pyw", ".pyi", ".pxd")
INIT = "__init__"


class Modules:
    """Python files by the name of their module."""

    def __init__(self, places: Places, numbers: Sequence[int]) -> None:
        """Take the Python files of a repository.

        Args:
            places: All files.
            numbers: Those that are Python's.
        """
        self.places = places
        self.packages = {folder(places.paths[n]) for n in numbers if _stem(places.paths[n]) == INIT}
        self.by_name: dict[str, list[int]] = {}
        self.by_path: dict[str, int] = {}
        self.tops: set[str] = set()
        by_extension = {
            extension: [n for n in numbers if places.paths[n].endswith(extension)] for extension in EXTENSIONS
        }
        for number in (number for group in by_extension.values() for number in group):
            path = places.paths[number]
            same = self.by_name.setdefault(self._name(path), [])
            if len(same) < MAX_SAME:
                same.append(number)
            self.by_path.setdefault(f"{folder(path)}{_stem(path)}", number)
            self.tops |= {*path.split("/")[:-1], _stem(path)}

    def _name(self, path: str) -> str:
        """The dotted name of a file below the nearest folder that is no package."""
        parts = path.split("/")
        parts[-1] = _stem(path)
        place, at = len(parts) - 1, folder(path)
        while place > 0 and at in self.packages and len(parts) - place <= MAX_PARTS:
            place, at = place - 1, folder(at[:-1])
        names = parts[place:-1] if parts[-1] == INIT else parts[place:]
        return ".".join(names)

    def absolute(self, name: str, importer: str) -> int | None:
        """The file of a module."""
        top = name.partition(".")[0]
        if top not in self.tops:
            return None
        found = self.by_name.get(name, [])
        if top in sys.stdlib_module_names:
            found = [number for number in found if importer.startswith(self._root(number, name))]
        if found:
            return nearest(found, self.places.paths, importer)
        path = name.replace(".", "/")
        return next(
            (at for root in self._roots(importer) if (at := self._file(root + path)) is not None), None
        )

    def _root(self, number: int, name: str) -> str:
        """The folder that the name of a file's module begins in."""
        at = self.places.paths[number]
        for _ in range(name.count(".") + 1 + (_stem(at) == INIT)):
            at = folder(at.removesuffix("/"))
        return at

    def _roots(self, importer: str) -> Iterator[str]:
        """Folders in which a namespace may begin."""
        yield ""
        yield "src/"
        at = folder(importer)
        for _ in range(MAX_PARTS):
            if not at:
                return
            if at not in self.packages:
                yield at
            at = folder(at[:-1])

    def relative(self, name: str, importer: str) -> int | None:
        """The file of a module whose name begins with dots: one dot for the importer's folder."""
        rest = name.lstrip(".")
        at = folder(importer)
        for _ in range(len(name) - len(rest) - 1):
            if not at:
                return None
            at = folder(at[:-1])
        path = at + rest.replace(".", "/")
        return self._file(path) if rest else self._file(path + INIT)

    def _file(self, path: str) -> int | None:
        """The package or the module at a path without extension."""
        found = self.by_path.get(f"{path}/{INIT}")
        return self.by_path.get(path) if found is None else found


def resolve_python(modules: Modules, target: str, name: str, importer: str) -> int | None:
    """The file that an import needs: a submodule of that name, else the module, else what the module is in.

    Args:
        modules: Of the repository.
        target: The module, relative if it begins with a dot.
        name: What is taken from it; "" if nothing is.
        importer: Path of the importing file.
    """
    find = modules.relative if target.startswith(".") else modules.absolute
    joined = f"{target}{name}" if target.endswith(".") else f"{target}.{name}"
    tried = [joined] if name and name != "*" else []
    tried.append(target)
    if not target.startswith("."):
        parts = target.split(".")[:MAX_PARTS]
        tried += [".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
    return next((found for one in tried if (found := find(one, importer)) is not None), None)


def _stem(path: str) -> str:
    return path[path.rfind("/") + 1 :].rpartition(".")[0]
