"""Which files hold a licence, judged by their path alone, and where they apply.

    is_licence_file_name("vendor/x/LICENSE-MIT")  -> True
    is_licence_file_name("src/license_server.py") -> False   source code, unlike in the Stack v2 rule
    is_strong_name("README.md")                   -> False   counts only if it holds an id or a full text
    home("LICENSES/MIT.txt")                      -> ""      the folder that the licence is about

The words are those of SV2 `get_file_contents.py` (bigcode-project/the-stack-v2): whole words between
"-", "_", "." and spaces, whatever their case. Ours differ in that source code (by its extension) is no
licence file, and in that every text file of a folder named LICENSES is one (the REUSE layout).
Nothing is read here.
"""

import re
from posixpath import basename, dirname, splitext

from curation.licences.tables import names_table

SEPARATORS = re.compile(r"[-_. ]+")
WORD = re.compile(
    r"licen[cs]es?|legal|copyleft|copyright|copying(v?\d+)?|un[-]?licen[cs]e|[al]?gpl(v?\d+)?|bsdl?|mitx?"
    r"|apache|artistic|disclaimer|eupl|gfdl|[cm]pl|cc0|al(v?\d+)?|about|notice|readme|guidelines"
)
STRONG = re.compile(r"licen[cs]es?|copying(v?\d+)?|unlicen[cs]e|copyleft")
FOLDERS = frozenset({"licenses", "licences"})
SEE_THROUGH = (".dist-info", ".egg-info", "meta-inf", *FOLDERS)
"""Folders that carry the licence of the folder above them: wheels, jars and REUSE."""


def is_licence_file_name(path: str) -> bool:
    """Whether the file at `path` may hold a licence, by the rule of the module docstring."""
    stem, extension = splitext(basename(path).lower())
    if extension[1:] in names_table().code_extensions:
        return False
    if basename(dirname(path)).lower() in FOLDERS and extension in {"", ".txt"}:
        return True
    return any(WORD.fullmatch(word) for word in SEPARATORS.split(stem + extension))


def is_strong_name(path: str) -> bool:
    """Whether the name alone says "this is the licence", so that an unknown text counts as a licence.

    False for readme, notice, about, legal, mit ... and for names about others' licences, such as
    THIRD-PARTY-LICENSES.
    """
    words = SEPARATORS.split(basename(path).lower())
    if names_table().not_ours.intersection(words):
        return False
    return any(STRONG.fullmatch(word) for word in words)


def home(path: str) -> str:
    """The folder whose files a licence file is about: its own, or the one above LICENSES and *.dist-info."""
    folder = dirname(path)
    while folder and basename(folder).lower().endswith(SEE_THROUGH):
        folder = dirname(folder)
    return folder


def is_indirect(path: str) -> bool:
    """Whether the licence file stands in a folder below its home, so that a direct one goes first."""
    return home(path) != dirname(path)
