"""Which languages are kept, and the directory that each is written to.

    profile("sc1")                     -> frozenset of linguist names, the 88 partitions of starcoderdata
    partition("C#")                    -> "c-sharp"      partition("") -> "unknown"
    partition("Wolfram Language")      -> "wolfram-language"
    partition("Wolfram Language", "sc1") -> "mathematica"
    selected("Python", LanguageSettings())  -> True

Profiles are data (curation/data/language_profiles.toml, with sources). Nothing here looks at a file.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from curation.errors import BadConfigError
from curation.language.facts import canonical, data, facts, nearest

PROFILES = ("sc1", "sc2-small", "sc2-full", "all")
TABLES = "language_profiles.toml"


class LanguageSettings(BaseModel):
    """Which documents are kept by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str = "sc2-small"
    """sc1 (starcoderdata's 88 partitions), sc2-small (StarCoder2's 17 languages, documentation and
    configuration), sc2-full (all but 53 that its inspection rejected) or all."""
    extra: tuple[str, ...] = ()
    """Languages kept beside the profile's; linguist names or their aliases, in any case."""
    drop: tuple[str, ...] = ()
    """Languages not kept although the profile or `extra` has them; as `extra`."""
    magika: bool = True
    """Ask magika's model for files whose name says nothing, about 10 ms each; without it they are unknown."""

    @model_validator(mode="after")
    def known_names(self) -> Self:
        """Refuse names that are not known.

        Raises:
            BadConfigError: If the profile or a language is not known; names the nearest one. Pydantic
                passes the message on in its own ValidationError.
        """
        selection(self)
        return self


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    """The message for a name that is not known."""
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else "`curation.language.facts().languages` holds the names."
    return f"{what} {name!r} is not known; {hint}"


def _known(name: str) -> str:
    """The linguist name of `name`.

    Raises:
        BadConfigError: If it is not known.
    """
    language = canonical(name)
    if not language:
        raise BadConfigError(_unknown("language", name, facts().languages))
    return language


@cache
def _sc1_partitions() -> dict[str, str]:
    """Linguist name to directory of starcoderdata."""
    return {name: slug for slug, names in data(TABLES)["sc1"].items() for name in names}


@cache
def profile(name: str) -> frozenset[str]:
    """The linguist names that a profile keeps.

    Raises:
        BadConfigError: If there is no such profile.
    """
    tables = data(TABLES)
    if name == "sc1":
        return frozenset(_sc1_partitions())
    if name == "sc2-small":
        return frozenset(language for names in tables["sc2-small"].values() for language in names)
    if name == "sc2-full":
        return profile("all") - frozenset(tables["sc2-full"]["excluded"])
    if name == "all":
        return frozenset(facts().languages)
    raise BadConfigError(_unknown("language profile", name, PROFILES))


@cache
def selection(settings: LanguageSettings) -> frozenset[str]:
    """The linguist names that these settings keep.

    Raises:
        BadConfigError: If the profile or a language is not known; names the nearest one.
    """
    extra = {_known(name) for name in settings.extra}
    return (profile(settings.profile) | extra) - {_known(name) for name in settings.drop}


def selected(language: str, by: str | LanguageSettings) -> bool:
    """Whether a language, as `identify` names it, is kept by a profile or by settings; unknown ("") never is.

    Raises:
        BadConfigError: If the profile is not known.
    """
    return language in (profile(by) if isinstance(by, str) else selection(by))


@cache
def partition(language: str, profile_name: str = "all") -> str:
    """The directory of a language: [a-z0-9-]+, one per language, "unknown" for "".

    Args:
        language: A linguist name.
        profile_name: With "sc1", the languages of one starcoderdata partition share its directory.

    Raises:
        BadConfigError: If the language is not known.
    """
    if not language:
        return "unknown"
    if profile_name == "sc1" and language in _sc1_partitions():
        return _sc1_partitions()[language]
    if language not in facts().languages:
        raise BadConfigError(_unknown("language", language, facts().languages))
    slugs = data(TABLES)["slugs"]
    return slugs[language] if language in slugs else re.sub(r"[^a-z0-9]+", "-", language.lower()).strip("-")
