"""Accounts of programs are told from those of people, as published or with care for people."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.people.bots import is_bot
from curation.structured.people.settings import BotSettings, bot_rules

TABLE = tomllib.loads(files("curation.data").joinpath("bots.toml").read_text("utf-8"))
SC1, CAREFUL = bot_rules("sc1"), bot_rules("default")


def test_the_published_lists_are_whole() -> None:
    """15 names, 7 words and 13 ends, as in the code of StarCoder without the name that stands there twice."""
    published = TABLE["published"]
    assert [len(set(published[key])) for key in ("authors", "keywords", "suffixes")] == [15, 7, 13]


@pytest.mark.parametrize("login", TABLE["published"]["authors"])
@pytest.mark.parametrize("rules", [SC1, CAREFUL])
def test_published_names_are_found_whatever_their_case(login: str, rules: BotSettings) -> None:
    """Upstream lower-cases the login only, so that Apache-HBase never matches."""
    for spelling in (login, login.lower(), login.upper()):
        assert is_bot(spelling, "User", rules) is not None


@pytest.mark.parametrize("end", TABLE["published"]["suffixes"])
def test_published_ends_are_found_whatever_their_case(end: str) -> None:
    """Also -Service-Account, which upstream can never match."""
    assert is_bot(f"acme{end}", "User", SC1) == f"suffix:{end.lower()}"
    assert is_bot(f"ACME{end}".upper(), "User", SC1) == f"suffix:{end.lower()}"


@pytest.mark.parametrize("word", TABLE["published"]["keywords"])
def test_published_words_are_found_anywhere(word: str) -> None:
    """At the beginning, in the middle and at the end."""
    for login in (f"{word}x", f"x{word}x", f"x{word}"):
        assert is_bot(login, "User", SC1) == f"keyword:{word}"


@pytest.mark.parametrize("login", TABLE["spared"]["logins"])
def test_people_whom_published_rules_take_for_programs_are_spared(login: str) -> None:
    """abbot, robot, jenkins-x, travis: dropped as published, kept with care."""
    assert is_bot(login, "User", SC1) is not None
    assert is_bot(login, "User", CAREFUL) is None


@pytest.mark.parametrize(
    ("login", "rule"),
    [
        ("dependabot[bot]", "keyword:[bot]"),
        ("renovate-bot", "suffix:bot"),
        ("acme_bot", "suffix:bot"),
        ("AcmeBot", "suffix:bot"),
        ("acmeBOT", None),
        ("acmebot", None),
        ("bot", None),
        ("Bot", None),
        ("travis-ci", "keyword:travis"),
        ("acme-jenkins-deployer", "keyword:jenkins"),
        ("k8s-ci-robot", "author"),
        ("k8s-merge-runner", "keyword:k8s"),
        ("bors-servo", "keyword:bors"),
        ("acme-build", "suffix:build"),
        ("rebuild", None),
        ("Acme-Service-Account", "suffix:service-account"),
        ("rustbot", "author"),
        ("linguist", None),
        ("ann", None),
        ("", None),
    ],
)
def test_careful_rules(login: str, rule: str | None) -> None:
    """What begins a part of a name counts, what only ends a word does not."""
    assert is_bot(login, "User", CAREFUL) == rule


@pytest.mark.parametrize(("kind", "rule"), [("Bot", "stated"), ("bot", "stated"), ("User", None), ("", None)])
def test_what_github_states_counts(kind: str, rule: str | None) -> None:
    """An account of type Bot is a program whatever its name, unless the settings say otherwise."""
    assert is_bot("ann", kind, CAREFUL) == rule
    assert is_bot("ann", kind, BotSettings(stated=False)) is None


def test_an_account_without_a_name() -> None:
    """It is a deleted user, whom only the rules of StarCoder2 take for a program."""
    assert is_bot("", "", bot_rules("sc1")) is None
    assert is_bot(" ", "", bot_rules("sc2")) == "nameless"


def test_names_that_the_user_gives() -> None:
    """Further programs are found, and people are spared before any other rule."""
    rules = BotSettings(more=("Our-Deploy",), people=("Travis-CI",))
    assert is_bot("our-deploy", "User", rules) == "more"
    assert is_bot("travis-ci", "Bot", rules) is None


def test_rules_can_be_off() -> None:
    """Each of the three lists."""
    off = BotSettings(authors="off", keywords="off", suffixes="off")
    assert [is_bot(login, "User", off) for login in ("coveralls", "x[bot]", "x-ci")] == [None] * 3


@given(st.text(max_size=300), st.text(max_size=5))
def test_any_login_is_decided(login: str, kind: str) -> None:
    """No login is an error, and careful rules find no more by word or end than published ones do."""
    found = is_bot(login, kind, BotSettings(authors="published", keywords="careful", suffixes="careful"))
    if found is not None and found.startswith("suffix:bot"):
        assert is_bot(login, kind, SC1) is not None
