"""What files import -> the files of the same repository that they need.

    needs([RepoFile("a.h", "C", ""), RepoFile("b.c", "C", '#include "a.h"')])  ->  pairs [(1, 0)], no hubs

A name that stands for several files (a package, a namespace, a folder of Go) is a hub: a number of its own,
which the importer needs and which needs each of those files; so there are never more pairs than imports and
names declared. What is not in the repository is left out. Packages of a workspace (package.json, Cargo.toml),
search paths of build files, and names that need no import are not known.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from curation.repositories.imports import Import, find_imports
from curation.repositories.places import MAX_PARTS, MAX_SAME, Places, RepoFile, folder, nearest, normal, stem
from curation.repositories.python import Modules, resolve_python

PYTHON = frozenset({"Python", "Cython"})
ENDS = frozenset({"search", "library", "dotted"})
"""Rules that look for the end of a path."""
RUST_TOPS = frozenset({"mod", "lib", "main"})
"""Names of Rust files that stand for their folder."""
SCRIPTS = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""TypeScript is imported by the name of what it is compiled to."""
_GO_MODULE = re.compile(r"^module[ \t]+\"?([^\s\"/]+(?:/[^\s\"/]+)*)", re.MULTILINE)


class Needs(NamedTuple):
    """Who needs whom."""

    pairs: list[tuple[int, int]]
    """The first needs the second; numbers of files, and of hubs behind them."""
    hubs: int


class Repository:
    """The files of a repository, and what they declare."""

    def __init__(self, files: Sequence[RepoFile]) -> None:
        """Look through all files."""
        self.files = files
        self.found = [find_imports(file.content, file.language) for file in files]
        self.places = Places([file.path for file in files])
        self.places.want(end for found in self.found for one in found.imports for end in _ends(one))
        numbers = self.places.by_path.values()
        self.modules = Modules(self.places, [n for n in numbers if files[n].language in PYTHON])
        self.called: dict[tuple[str, str], list[int]] = {}
        self.members: dict[tuple[str, str], list[int]] = {}
        self.go_modules: dict[str, str] = {}
        self.hubs: dict[tuple[str, str], int] = {}
        for number, file in enumerate(files):
            self._add(number, file)

    def _add(self, number: int, file: RepoFile) -> None:
        """Take what a file declares."""
        for find, name in self.found[number].declared:
            same = self.called.setdefault((find.family, f"{name}{find.separator}{stem(file.path)}"), [])
            if len(same) < MAX_SAME:
                same.append(number)
            self.members.setdefault((find.family, name), []).append(number)
        if file.path.endswith(".go") and not file.path.endswith("_test.go"):
            self.members.setdefault(("go", folder(file.path)), []).append(number)
        is_go_mod = f"/{file.path}".endswith("/go.mod")
        if is_go_mod and (named := _GO_MODULE.search(file.content[:MAX_GO_MOD])):
            self.go_modules.setdefault(named[1], folder(file.path))

    def find(self, number: int, one: Import) -> int | None:
        """The file, or the hub, that an import of a file means."""
        return HOW[one.find.how](self, self.files[number].path, one)

    def all_of(self, family: str, name: str) -> int | None:
        """The file or the hub of all that declare a name."""
        members = self.members.get((family, name), ())
        if len(members) < 2:
            return members[0] if members else None
        return self.hubs.setdefault((family, name), len(self.files) + len(self.hubs))


MAX_GO_MOD = 10_000
"""Characters of go.mod that are looked through for the name of the module."""


def needs(files: Sequence[RepoFile]) -> Needs:
    """Who needs whom, in a repository.

    Args:
        files: All its files; their numbers are their places in it.
    """
    repository = Repository(files)
    pairs: dict[tuple[int, int], None] = {}
    weak: dict[tuple[int, int], None] = {}
    for number, found in enumerate(repository.found):
        for one in found.imports:
            other = repository.find(number, one)
            if other is not None and other != number:
                (weak if one.find.how == "rust_mod" else pairs)[number, other] = None
    own: set[tuple[int, int]] = set()
    for key, hub in repository.hubs.items():
        own |= {(member, hub) for member in repository.members[key]}
    kept = [pair for pair in pairs if pair not in own]
    kept += [pair for pair in weak if pair not in pairs and (pair[1], pair[0]) not in pairs]
    return Needs(kept + [(hub, member) for member, hub in sorted(own)], len(repository.hubs))


def _names(path: str, one: Import) -> Iterator[str]:
    """A path as it is written, and with what it may begin and end with; none for one that leads nowhere."""
    target = normal(path)
    if target is None:
        return
    at, name = folder(target), target[target.rfind("/") + 1 :]
    for before in ("", *one.find.prefixes):
        for after in ("", *one.find.extensions):
            yield f"{at}{before}{name}{after}".removeprefix("/")


def _first(repository: Repository, names: Iterable[str]) -> int | None:
    """The file at the first path where there is one."""
    by_path = repository.places.by_path
    return next((by_path[name] for name in names if name in by_path), None)


def _as_path(one: Import) -> str:
    """The target with slashes between its names."""
    return one.target.replace(one.find.separator, "/") if one.find.how == "dotted" else one.target


def _ends(one: Import) -> Iterator[str]:
    """The ends of paths that an import is looked for by."""
    target = _as_path(one)
    if one.find.how in ENDS and ("/" in target or one.find.how != "library"):
        yield from _names(target, one)


def _path(repository: Repository, importer: str, one: Import) -> int | None:
    """A path from the importer's folder, else from the top."""
    target = _as_path(one)
    return _first(
        repository, (name for root in (folder(importer), "") for name in _names(root + target, one))
    )


def _search(repository: Repository, importer: str, one: Import) -> int | None:
    """As a path, else by its end."""
    found = _path(repository, importer, one)
    return _library(repository, importer, one) if found is None else found


def _library(repository: Repository, importer: str, one: Import) -> int | None:
    """By the end of a path."""
    ends = (repository.places.near(end, importer) for end in _ends(one))
    return next((found for found in ends if found is not None), None)


def _module(repository: Repository, importer: str, one: Import) -> int | None:
    """JavaScript's: relative, or in a folder src."""
    if one.target.startswith("."):
        roots, target = [folder(importer)], one.target
    elif one.target.startswith(("@/", "~/")):
        roots, target = [f"{at}src/" for at in _folders(importer)], one.target[2:]
    else:
        return None
    ending = target[target.rfind(".") :] if "." in target else ""
    written = [target, *(target.removesuffix(ending) + other for other in SCRIPTS.get(ending, ()))]
    paths = (root + each for root in roots for each in written)
    return _first(repository, (name for path in paths for name in _names(path, one)))


def _name(repository: Repository, importer: str, one: Import) -> int | None:
    """A name that files declare: the file called so, all files that declare it, or what it is in."""
    family, separator = one.find.family, one.find.separator
    parts = one.target.split(separator)[:MAX_PARTS]
    found = repository.all_of(family, one.target)
    for count in range(len(parts), 1, -1):
        files = repository.called.get((family, separator.join(parts[:count])), ())
        if files and (found is None or count == len(parts)):
            return nearest(files, repository.places.paths, importer)
    if found is None and one.find.loose:
        return repository.all_of(family, separator.join(parts[:-1]))
    return found


def _python(repository: Repository, importer: str, one: Import) -> int | None:
    return resolve_python(repository.modules, one.target, one.name, importer)


def _go(repository: Repository, importer: str, one: Import) -> int | None:
    """A folder: below a module of the repository, vendored, or as hosts name it: host/owner/name/folder."""
    if one.target.startswith("."):
        at = normal(folder(importer) + one.target)
        return None if at is None else repository.all_of("go", _slashed(at))
    parts = one.target.split("/")[: 2 * MAX_PARTS]
    tried = [f"vendor/{one.target}/"]
    for count in range(len(parts), 0, -1):
        root = repository.go_modules.get("/".join(parts[:count]))
        if root is not None:
            tried.append(root + _slashed("/".join(parts[count:])))
    if not repository.go_modules and "." in parts[0]:
        tried.append(_slashed("/".join(parts[3:])))
    return next((found for at in tried if (found := repository.all_of("go", at)) is not None), None)


def _rust_mod(repository: Repository, importer: str, one: Import) -> int | None:
    """A module that is declared to be in a file of its own."""
    return _rust_file(repository, _rust_folder(importer) + one.target)


def _rust_use(repository: Repository, importer: str, one: Import) -> int | None:
    """The module that a name is in, if it has a file."""
    head, *rest = one.target.lstrip(":").split("::")[:MAX_PARTS]
    at: str | None = _rust_folder(importer)
    if head == "crate":
        by_path = repository.places.by_path
        at = next(
            (up for up in _folders(importer) if f"{up}lib.rs" in by_path or f"{up}main.rs" in by_path), None
        )
    elif head not in {"self", "super"}:
        rest = [head, *rest]
    while head == "super" and at is not None:
        at = folder(at[:-1]) if at else None
        head, rest = (rest[0], rest[1:]) if rest[:1] == ["super"] else ("", rest)
    for count in range(len(rest) if at is not None else 0, 0, -1):
        found = _rust_file(repository, f"{at}{'/'.join(rest[:count])}")
        if found is not None:
            return found
    return None


def _rust_folder(path: str) -> str:
    """Where the submodules of a file are."""
    return folder(path) if stem(path) in RUST_TOPS else f"{folder(path)}{stem(path)}/"


def _rust_file(repository: Repository, path: str) -> int | None:
    return _first(repository, (f"{path}.rs", f"{path}/mod.rs"))


def _folders(path: str) -> Iterator[str]:
    """The folders that a file is in, the innermost first, the top last."""
    at = folder(path)
    for _ in range(MAX_PARTS):
        if not at:
            break
        yield at
        at = folder(at[:-1])
    yield ""


def _slashed(path: str) -> str:
    return f"{path}/" if path else ""


HOW: Mapping[str, Callable[[Repository, str, Import], int | None]] = {
    "path": _path,
    "search": _search,
    "library": _library,
    "dotted": _search,
    "module": _module,
    "name": _name,
    "python": _python,
    "go": _go,
    "rust_mod": _rust_mod,
    "rust_use": _rust_use,
}
"""What the `how` of a rule does."""
