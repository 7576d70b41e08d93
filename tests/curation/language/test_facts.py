"""Linguist's list as we read it, and the script that writes it."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import curation
from curation.language import canonical, facts
from curation.language.facts import nearest

DATA = Path(curation.__file__).parent / "data"


def generator() -> ModuleType:
    """The generator script, loaded by its path."""
    path = DATA / "generate" / "languages.py"
    spec = importlib.util.spec_from_file_location("generate_languages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_languages_of_linguist_and_one_of_ours_are_known() -> None:
    """833 languages of linguist-languages 9.5.0, and Maple."""
    known = facts()
    assert known.source == "linguist-languages 9.5.0"
    assert len(known.languages) == 833 + 1
    assert known.languages["Maple"].kind == "programming"


def test_every_language_has_a_kind() -> None:
    """Kinds are the four that linguist has."""
    assert {one.kind for one in facts().languages.values()} == {"programming", "data", "markup", "prose"}


def test_an_extension_leads_to_all_languages_that_claim_it() -> None:
    """Candidates are sorted by name."""
    assert facts().by_extension[".pl"] == ("Perl", "Prolog", "Raku")


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Python", "Python"),
        ("python", "Python"),
        ("c-sharp", "C#"),
        ("c++", "C++"),
        ("FORTRAN", "Fortran"),
        ("Matlab", "MATLAB"),
        ("Mathematica", "Wolfram Language"),
        ("VimL", "Vim script"),
        ("Visual Basic", "Visual Basic .NET"),
        ("common-lisp", "Common Lisp"),
        ("golang", "Go"),
        ("no such language", ""),
        ("", ""),
    ],
)
def test_other_names_lead_to_the_linguist_name(name: str, language: str) -> None:
    """Aliases, partitions and names of older lists are understood in any case."""
    assert canonical(name) == language


def test_every_name_is_its_own_canonical_name() -> None:
    """No alias takes the place of a language's own name."""
    assert [name for name in facts().languages if canonical(name) != name] == []


def test_nearest_name_is_for_messages_only() -> None:
    """A near name is found in any case, a far one is not."""
    assert nearest("pyhton", facts().languages) == "Python"
    assert nearest("zzzzzzzz", facts().languages) == ""


def test_generator_writes_the_same_bytes_whatever_the_order() -> None:
    """Rows are sorted by name and so are names in them, but extensions keep their order."""
    one = {"name": "B", "type": "data", "extensions": [".z", ".a"], "aliases": ["y", "x"]}
    two = {"name": "A", "type": "prose", "group": "B"}
    script = generator()
    text = script.render("1.0", [one, two])
    assert text == script.render("1.0", [two, one])
    assert json.loads(text)["languages"] == [
        ["A", "prose", "B", [], [], [], []],
        ["B", "data", "", [".z", ".a"], [], [], ["x", "y"]],
    ]


def test_data_file_is_what_the_generator_writes() -> None:
    """Nobody has edited languages.json by hand: rendering its own content gives its own bytes."""
    text = (DATA / "languages.json").read_text(encoding="utf-8")
    keys = ("name", "type", "group", "extensions", "filenames", "interpreters", "aliases")
    rows = [dict(zip(keys, row, strict=True)) for row in json.loads(text)["languages"]]
    assert generator().render("9.5.0", rows) == text


def test_facts_load_once_and_load_no_model() -> None:
    """The list is read once in a process; importing it loads no model and no heavy library."""
    code = (
        "import sys; from curation.language import facts; first = facts(); print(first is facts(),"
        " [name for name in ('torch', 'magika', 'onnxruntime', 'pandas') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["True", "[]"]
