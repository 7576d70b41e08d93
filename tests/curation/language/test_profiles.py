"""Language profiles, settings and partitions."""

import re

import pytest
from pydantic import ValidationError

from curation.errors import BadConfigError
from curation.language import (
    PROFILES,
    LanguageSettings,
    facts,
    partition,
    profile,
    selected,
    selection,
)

SC1 = [
    "ada",
    "agda",
    "alloy",
    "antlr",
    "applescript",
    "assembly",
    "augeas",
    "awk",
    "batchfile",
    "bluespec",
    "c",
    "c-sharp",
    "clojure",
    "cmake",
    "coffeescript",
    "common-lisp",
    "cpp",
    "css",
    "cuda",
    "dart",
    "dockerfile",
    "elixir",
    "elm",
    "emacs-lisp",
    "erlang",
    "f-sharp",
    "fortran",
    "glsl",
    "go",
    "groovy",
    "haskell",
    "html",
    "idris",
    "isabelle",
    "java",
    "java-server-pages",
    "javascript",
    "json",
    "julia",
    "kotlin",
    "lean",
    "literate-agda",
    "literate-coffeescript",
    "literate-haskell",
    "lua",
    "makefile",
    "maple",
    "markdown",
    "mathematica",
    "matlab",
    "ocaml",
    "pascal",
    "perl",
    "php",
    "powershell",
    "prolog",
    "protocol-buffer",
    "python",
    "r",
    "racket",
    "restructuredtext",
    "rmarkdown",
    "ruby",
    "rust",
    "sas",
    "scala",
    "scheme",
    "shell",
    "smalltalk",
    "solidity",
    "sparql",
    "sql",
    "stan",
    "standard-ml",
    "stata",
    "systemverilog",
    "tcl",
    "tcsh",
    "tex",
    "thrift",
    "typescript",
    "verilog",
    "vhdl",
    "visual-basic",
    "xslt",
    "yacc",
    "yaml",
    "zig",
]


def test_every_language_has_its_own_safe_directory() -> None:
    """834 languages and "unknown": all different, all [a-z0-9-]+, none with a hyphen at an end."""
    slugs = [partition(name) for name in [*facts().languages, ""]]
    assert len(set(slugs)) == len(slugs) == 835
    assert [slug for slug in slugs if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)] == []


@pytest.mark.parametrize(
    ("language", "slug"),
    [
        ("C#", "c-sharp"),
        ("C++", "cpp"),
        ("F#", "f-sharp"),
        ("Python", "python"),
        ("Common Lisp", "common-lisp"),
        ("", "unknown"),
    ],
)
def test_directories_have_the_names_of_starcoderdata(language: str, slug: str) -> None:
    """Lower case, hyphens, and words for signs."""
    assert partition(language) == slug


def test_sc1_has_the_88_partitions() -> None:
    """The languages of sc1 fall into the 88 directories of starcoderdata, all of them used."""
    assert len(SC1) == 88
    assert {partition(name, "sc1") for name in profile("sc1")} == set(SC1)


def test_sc1_joins_dialects_only_in_its_own_partitions() -> None:
    """A dialect shares a directory in sc1 and has its own elsewhere."""
    assert partition("Wolfram Language", "sc1") == "mathematica"
    assert partition("Wolfram Language") == "wolfram-language"
    assert {partition(name, "sc1") for name in ("SQL", "PLSQL", "TSQL", "PLpgSQL", "SQLPL")} == {"sql"}
    assert partition("Swift", "sc1") == "swift"


def test_languages_outside_sc1_never_share_one_of_its_directories() -> None:
    """An extra language cannot fall into a partition that is not its own."""
    others = {partition(name, "sc1") for name in profile("all") - profile("sc1")}
    assert others.isdisjoint(SC1)


def test_sc2_profiles() -> None:
    """17 languages and their company in the small one; all but 53 in the full one."""
    small = profile("sc2-small")
    assert {"C", "C#", "C++", "Go", "Kotlin", "Swift", "TypeScript", "Markdown", "Text", "YAML"} <= small
    assert "Haskell" not in small
    assert len(profile("all") - profile("sc2-full")) == 53
    assert len(profile("sc2-full")) == 834 - 53


def test_profiles_name_known_languages_only() -> None:
    """A name that linguist does not have would select nothing without a word."""
    for name in PROFILES:
        assert profile(name) <= set(facts().languages), name


def test_settings_add_and_drop_languages_by_any_name() -> None:
    """`extra` and `drop` take linguist names and aliases; dropping wins."""
    settings = LanguageSettings(extra=("haskell", "f-sharp", "Zig"), drop=("php", "zig"))
    assert selected("Haskell", settings)
    assert selected("F#", settings)
    assert not selected("PHP", settings)
    assert not selected("Zig", settings)
    assert selection(settings) == (profile("sc2-small") | {"Haskell", "F#"}) - {"PHP"}


@pytest.mark.parametrize("by", ["all", LanguageSettings(profile="all")])
def test_unknown_language_is_never_selected(by: str | LanguageSettings) -> None:
    """A file whose language is not known is in no profile, not even "all"."""
    assert not selected("", by)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"profile": "sc2-smal"}, "language profile 'sc2-smal' is not known; did you mean 'sc2-small'?"),
        ({"extra": ("Pyhton",)}, "language 'Pyhton' is not known; did you mean 'Python'?"),
        ({"drop": ("Haskel",)}, "language 'Haskel' is not known; did you mean 'Haskell'?"),
        ({"drop": ("",)}, "language '' is not known"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(values: dict[str, object], message: str) -> None:
    """A misspelt name never selects nothing silently."""
    with pytest.raises(ValidationError, match=re.escape(message)):
        LanguageSettings.model_validate(values)


def test_unknown_setting_is_refused() -> None:
    """A key that does not exist is an error."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        LanguageSettings.model_validate({"langauges": []})


def test_unknown_profile_and_partition_are_refused() -> None:
    """The functions refuse as the settings do."""
    with pytest.raises(BadConfigError, match="did you mean 'sc1'"):
        profile("sc-1")
    with pytest.raises(BadConfigError, match="did you mean 'Python'"):
        partition("Pythn")
