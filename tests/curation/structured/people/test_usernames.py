"""Accounts are replaced by numbers wherever a text names them, and nowhere else."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from curation.structured.people.usernames import Participants
from curation.structured.people.words import is_word

REPLACED = [
    (["alice"], "alice Alice ALICE @alice @ALICE", "{0} {0} {0} @{0} @{0}"),
    (["Alice"], "@alice, alice's (alice) alice: alice. Alice!", "@{0}, {0}'s ({0}) {0}: {0}. {0}!"),
    (["john", "johnny", "jo"], "@jo @john @johnny johnny john", "@{2} @{0} @{1} {1} {0}"),
    (["anna", "anna-lee"], "anna-lee anna @anna-lee anna-b", "{1} {0} @{1} {0}-b"),
    (["bob", "username_1"], "bob and username_1 and @username_1", "{0} and {1} and @{1}"),
    (["username_1", "username_0"], "username_0 username_1", "{1} {0}"),
    (["x9"], "thanks @carol-d, carol-d", "thanks @{1}, {1}"),
    (["x9"], "@carol_acme and @dave", "@{1} and @{2}"),
    (["alice"], "github.com/alice/r /home/alice/x", "github.com/{0}/r /home/{0}/x"),
    (["alice"], "https://alice.github.io/x", "https://{0}.github.io/x"),
    (["alice"], "感谢alice的回复 @alice你好", "感谢{0}的回复 @{0}你好"),
    (["张伟强"], "谢谢张伟强的回复", "谢谢{0}的回复"),
    (["josé"], "josé JOSÉ", "{0} {0}"),
    (["иван"], "иван Иван", "{0} {0}"),
    (["a.b*c+(d"], "a.b*c+(d A.B*C+(D", "{0} {0}"),
    (["zoe[x", "olga\\"], "zoe[x @olga\\", "{0} @{1}"),
    (["anna"], "> anna wrote:\n**anna** said:", "> {0} wrote:\n**{0}** said:"),
    (["test"], "@test: run github.com/test/x", "@{0}: run github.com/{0}/x"),
    (["test"], "> test wrote:\n**@test** said:", "> {0} wrote:\n**@{0}** said:"),
    (
        ["a"],
        "@a, thanks\na wrote:\nOn 4 Jan 2016, a wrote:",
        "@{0}, thanks\n{0} wrote:\nOn 4 Jan 2016, {0} wrote:",
    ),
    (["1"], "@1 what", "@{0} what"),
    ([""], "@ghost left", "@{0} left"),
    (["alicesm"], "```\n/home/alicesm/x @alicesm\n```", "```\n/home/{0}/x @{0}\n```"),
]
"""Authors, text and result; {0} stands for username_0."""
KEPT = [
    (["a"], "we have a cat, a dog: a wrote"),
    (["1"], "10 + 11 = 21 and 1 + 1\n1. one"),
    (["e"], "e = mc**2"),
    (["test"], "pytest.py test_foo.py test the test-case test: x test.py `@test` @test/core @test("),
    (["pytest"], "pytest.py @pytest.fixture pytest"),
    (["alice"], "alice.py x.alice alice_x _alice malice alices alic\u00e9 \u00e9alice alice1"),
    (["alice"], "alice@example.com bob@alice.com bob@mail-alice.org x.alice@a.b alice-b@example.com"),
    ([""], "nothing here, but a ghost"),
    (["ghost"], "a ghost story"),
    (["x9"], "`@carol` ```@carol```\n```\n@carol\n```"),
    (["x9"], "@types/node @angular/core @Override @param x @pytest.fixture @app.route('/') @click("),
    (["x9"], "bob@example.com x@@y git@github.com:o/r.git pkg@latest pkg@1.2 /@z .@z"),
    (["x9"], "@-a @_ @ @@ @" + "a" * 40),
    (["x9"], ""),
    (["***", "\u3002"], "*** \u3002"),
    (["long" * 20], "long" * 20),
]


@pytest.mark.parametrize(("logins", "text", "expected"), REPLACED)
def test_names_are_replaced(logins: list[str], text: str, expected: str) -> None:
    """Whole names, whatever their case, the longest that fits, and those that are only mentioned."""
    assert Participants(logins).mask(text) == re.sub(r"\{(\d)\}", r"username_\1", expected)


@pytest.mark.parametrize(("logins", "text"), KEPT)
def test_what_is_no_name_is_kept(logins: list[str], text: str) -> None:
    """Words, parts of words, files, attributes, addresses of mail, decorators and packages."""
    assert Participants(logins).mask(text) == text


def test_numbers_follow_the_first_appearance() -> None:
    """Whatever the case; deleted users are one participant, who is GitHub's ghost."""
    people = Participants(["Ann-K", "bob99", "", "ann-k", "ghost"])
    assert [people.name(login) for login in ("ann-k", "BOB99", "", "ghost", "new1", "New1")] == [
        *("username_0", "username_1", "username_2", "username_2", "username_3", "username_3")
    ]


def test_those_who_are_mentioned_late_are_replaced_before() -> None:
    """If every text is learnt first."""
    people = Participants(["ann99"])
    texts = ["Carol-d knows", "ask @carol-d or @dave77", "dave77?"]
    for text in texts:
        people.learn(text)
    assert [people.mask(text) for text in texts] == [
        "username_1 knows",
        "ask @username_1 or @username_2",
        "username_2?",
    ]


def test_participants_count_even_if_they_are_called_as_a_tag() -> None:
    """@Override is no person, unless one of the thread is called so."""
    assert Participants(["ann99"]).mask("@Override me") == "@Override me"
    assert Participants(["override"]).mask("@Override me") == "@username_0 me"


LOGINS = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4})?", fullmatch=True)
GLUE = st.sampled_from([" ", ", ", "\n", " (", ") ", ": ", "! ", " \u2014 ", "'s ", " @", "\n> ", "\u8c22"])


@given(st.lists(LOGINS, min_size=1, max_size=6), st.data())
def test_no_name_is_left(logins: list[str], data: st.DataObject) -> None:
    """Of four characters or more that is no word, whatever stands around it."""
    pieces = data.draw(st.lists(st.tuples(st.sampled_from(logins), GLUE, st.booleans()), max_size=12))
    text = "".join((login.upper() if loud else login) + glue for login, glue, loud in pieces)
    masked = Participants(logins).mask(text).lower()
    for login in logins:
        if len(login) >= 4 and not is_word(login) and not login.startswith("username"):
            assert re.search(rf"(?<![\w-]){login}(?![\w-])", masked) is None


@given(st.lists(LOGINS, min_size=1, max_size=6), st.lists(LOGINS, max_size=6))
def test_a_thread_that_is_masked_stays_the_same(logins: list[str], absent: list[str]) -> None:
    """Masking again, with the numbers as authors, changes nothing."""
    assume(not any("username" in login for login in logins + absent))
    texts = [
        f"{login} and @{other}, thanks" for login, other in zip(logins, [*absent, *logins], strict=False)
    ]
    people = Participants(logins)
    for text in texts:
        people.learn(text)
    once = [people.mask(text) for text in texts]
    again = Participants(people.name(login) for login in logins)
    for text in once:
        again.learn(text)
    assert [again.mask(text) for text in once] == once


@given(st.lists(st.text(max_size=70), max_size=5), st.text(max_size=200))
def test_any_login_and_any_text(logins: list[str], text: str) -> None:
    """None is an error, and a text without @ in which no participant is named stays the same."""
    masked = Participants(logins).mask(text)
    if "@" not in text and not any(login.strip().lower() in text.lower() for login in [*logins, "ghost"]):
        assert masked == text


@given(LOGINS, st.text("abc@` \n-.", max_size=60))
def test_masking_only_writes_numbers(login: str, text: str) -> None:
    """What stands between two numbers stands in the text, in this order."""
    position = 0
    for piece in re.split(r"username_\d+", Participants([login]).mask(text)):
        position = text.index(piece, position) + len(piece)
