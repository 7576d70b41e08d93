"""The programming language of a document, from its path and content.

    identify("src/a.rs", b"fn main() {}")  -> Identified("Rust", "programming", "extension", False, False)

    facts     linguist's 833 languages and one of ours: extensions, names, interpreters, aliases
    markers   modelines and #! lines
    rules     who wins an extension that several languages share
    labels    magika, the last resort
    origin    vendored or generated
    identify  the order in which these decide
    profiles  which languages are kept, and the directory of each

Says what a file is; `LanguageSettings` say what is kept. Does not use the language that an input declares.
"""

from curation.language.facts import Language, canonical, facts
from curation.language.identify import Identified, identify
from curation.language.profiles import (
    PROFILES,
    LanguageSettings,
    partition,
    profile,
    selected,
    selection,
)

__all__ = [
    "PROFILES",
    "Identified",
    "Language",
    "LanguageSettings",
    "canonical",
    "facts",
    "identify",
    "partition",
    "profile",
    "selected",
    "selection",
]
