"""How often each document is taken: what rules and caps come to, and the draws that carry them out."""

import math
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from curation.errors import BadConfigError
from curation.mix import Cap, MixRow, MixRule, MixSettings, Size, copies, parse_cap, plan_mix, profiles

GB = 10**9
EPOCHS = st.floats(0, 6, allow_nan=False)
SURE = NormalDist().inv_cdf(1 - 1e-9)
"""Standard deviations that a sum of draws stays within, whatever the seed."""


def row(sizes: dict[str, Size], name: str, **settings: Any) -> MixRow:
    """One row of a plan."""
    (found,) = [one for one in plan_mix(sizes, MixSettings(**settings)) if one.name == name]
    return found


# caps


@pytest.mark.parametrize(
    ("text", "cap"),
    [
        ("200GB", Cap(200e9, "bytes")),
        ("200 GB", Cap(200e9, "bytes")),
        (" 0.5 tb ", Cap(5e11, "bytes")),
        ("512 MiB", Cap(512.0 * (1 << 20), "bytes")),
        ("7 B", Cap(7, "bytes")),
        ("5 Mtokens", Cap(5e6, "tokens")),
        ("1.5 Btokens", Cap(1.5e9, "tokens")),
        ("1.5 Gtokens", Cap(1.5e9, "tokens")),
        ("12 tokens", Cap(12, "tokens")),
        ("2 epochs", Cap(2, "epochs")),
        ("1 epoch", Cap(1, "epochs")),
        ("none", None),
        ("None", None),
    ],
)
def test_caps_are_read(text: str, cap: Cap | None) -> None:
    """Bytes in powers of 1000 and of 1024, tokens, epochs, in any case."""
    assert parse_cap(text) == cap


@pytest.mark.parametrize(
    "text", ["", "200", "GB", "-1 GB", "1e3 GB", "200 GBs", "1 gallon", "5 M tokens", "\u0661 GB", "1,5 GB"]
)
def test_other_caps_are_refused(text: str) -> None:
    """What is no cap is said, with what is."""
    with pytest.raises(BadConfigError, match=r"expected a number and a unit, such as 200 GB.* saw "):
        parse_cap(text)


@given(st.text(max_size=30))
def test_any_text_is_a_cap_or_is_refused(text: str) -> None:
    """Nothing else is raised."""
    try:
        cap = parse_cap(text)
    except BadConfigError:
        return
    assert cap is None or cap.amount >= 0


def test_a_number_alone_is_of_epochs() -> None:
    """YAML's `cap: 2` is two epochs, not two bytes."""
    assert row({"python": Size(1, 10)}, "python", rules={"python": {"cap": 2, "epochs": 3}}).epochs == 2


# rules


@pytest.mark.parametrize(
    ("rules", "epochs"),
    [
        ({}, 1.0),
        ({"python": {"epochs": 0.5}}, 0.5),
        ({"python": {"epochs": 2, "weight": 1.25}}, 2.5),
        ({"python": {"epochs": 0}}, 0.0),
        ({"*": {"epochs": 3}}, 3.0),
        ({"*": {"epochs": 3}, "python": {"epochs": 2}}, 2.0),
        ({"*": {"epochs": 3}, "python": {"weight": 0.5}}, 1.5),
        ({"python": {"cap": "25 GB"}}, 0.25),
        ({"python": {"cap": "400 GB"}}, 1.0),
        ({"python": {"cap": "400 GB", "epochs": 5}}, 4.0),
        ({"python": {"cap": "10 Gtokens"}}, 0.35),
        ({"python": {"cap": "0 GB"}}, 0.0),
        ({"*": {"cap": "25 GB"}, "python": {"cap": "none"}}, 1.0),
    ],
)
def test_rules_and_caps_make_epochs(rules: dict[str, Any], epochs: float) -> None:
    """A field of a folder's own rule goes before that for all; a cap never raises what is asked for."""
    assert row({"python": Size(1000, 100 * GB)}, "python", rules=rules).epochs == pytest.approx(epochs)


def test_a_plan_adds_up() -> None:
    """Files, bytes and estimated tokens before and after, the largest first; shares are of what comes out."""
    sizes = {"go": Size(10, 35), "python": Size(1000, 700), "issues": Size(7, 70)}
    rules = {"python": MixRule(epochs=0.5), "issues": MixRule(epochs=3), "rust": MixRule(cap="1 GB")}
    plan = plan_mix(sizes, MixSettings(rules=rules, token_bytes=3.5))
    assert plan == (
        MixRow("python", 1000, 700, 200, "", 0.5, 0.5, 500, 350, 100, 350 / 595),
        MixRow("issues", 7, 70, 20, "", 3.0, 3.0, 21, 210, 60, 210 / 595),
        MixRow("go", 10, 35, 10, "", 1.0, 1.0, 10, 35, 10, 35 / 595),
        MixRow("rust", 0, 0, 0, "1 GB", 1.0, 1.0, 0, 0, 0, 0.0),
    )


def test_empty_plans_have_no_share() -> None:
    """Nothing, and folders that hold nothing, are no division by zero."""
    assert plan_mix({}, MixSettings()) == ()
    assert row({"python": Size(0, 0)}, "python", rules={"python": {"cap": "1 GB"}}).share == 0


@pytest.mark.parametrize(
    ("profile", "name", "size", "out"),
    [
        ("none", "java", 480, 480),
        ("sc1", "commits", 64, 32),
        ("sc1", "issues", 54, 54),
        ("sc1", "json", 54, 54),
        ("sc2", "java", 479.68, 200),
        ("sc2", "javascript", 277.25, 200),
        ("sc2", "html", 2420, 100),
        ("sc2", "json", 90, 8),
        ("sc2", "xml", 90, 8),
        ("sc2", "yaml", 90, 8),
        ("sc2", "csv", 90, 1),
        ("sc2", "toml", 90, 1),
        ("sc2", "toml", 0.5, 0.5),
        ("sc2", "sql", 35.75, 35.75),
        ("sc2", "cpp", 204.49, 204.49),
        ("sc2", "python", 190.99, 190.99),
        ("sc2", "markdown", 254, 254),
        ("sc2", "issues", 54, 54),
    ],
)
def test_profiles_are_those_of_the_papers(profile: str, name: str, size: float, out: float) -> None:
    """GB of a folder before and after."""
    found = row({name: Size(10, round(size * GB))}, name, profile=profile)
    assert found.bytes_out == pytest.approx(out * GB)


def test_a_rule_goes_before_the_profile() -> None:
    """What a rule does not say stays as in the profile."""
    sizes = {"java": Size(10, 100 * GB), "csv": Size(10, 100 * GB)}
    rules = {"java": MixRule(epochs=3), "csv": MixRule(cap="none")}
    java, csv = plan_mix(sizes, MixSettings(profile="sc2", rules=rules))
    assert (java.name, java.epochs, java.cap) == ("java", 2.0, "200 GB")
    assert (csv.name, csv.epochs, csv.cap) == ("csv", 1.0, "")


def test_every_profile_can_be_taken() -> None:
    """The table's rules are rules, for folders that there are."""
    assert profiles() == ("none", "sc1", "sc2")
    for name in profiles():
        assert plan_mix({}, MixSettings(profile=name)) == ()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rules": {"phyton": {}}}, "there is no folder 'phyton'; did you mean 'python'"),
        ({"rules": {"C++": {}}}, "there is no folder 'C\\+\\+'"),
        ({"profile": "sc3"}, "there is no profile 'sc3'; did you mean 'sc[12]'"),
        (
            {"rules": {"python": {"epochs": 6}}},
            "python asks for 6 epochs, and max_epochs is 5; .* raise max_epochs",
        ),
        ({"rules": {"*": {"epochs": 2}, "go": {"weight": 3}}}, "go asks for 6 epochs"),
        ({"rules": {"*": {"epochs": 5.5}}}, "\\* asks for 5.5 epochs"),
        ({"rules": {"python": {"cap": "much"}}}, "cap: expected a number and a unit"),
        ({"rules": {"python": {"cap": True}}}, "valid string"),
        ({"rules": {"python": {"epochs": -1}}}, "greater than or equal to 0"),
        ({"rules": {"python": {"epochs": math.inf}}}, "finite number"),
        ({"rules": {"python": {"size": 1}}}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    """Before anything is read, with what was meant or what is allowed."""
    with pytest.raises((ValidationError, BadConfigError), match=message):
        MixSettings(**settings)


def test_more_epochs_can_be_asked_for() -> None:
    """Whoever raises the limit gets them."""
    assert row({"go": Size(1, 1)}, "go", rules={"go": {"epochs": 9}}, max_epochs=10).epochs == 9


# draws


def test_draws_are_the_same_everywhere() -> None:
    """Fixed values: another machine, order or version that draws otherwise is a break."""
    drawn = [copies(f"000000-{n:08d}", 0.5, seed) for seed in (0, 1) for n in range(12)]
    assert drawn == [1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1]


@given(st.text(), EPOCHS, st.integers())
def test_a_document_is_taken_the_whole_number_of_times_or_once_more(
    document: str, epochs: float, seed: int
) -> None:
    """2.5 is 2 or 3; a whole number leaves no choice."""
    taken = copies(document, epochs, seed)
    assert taken in {math.floor(epochs), math.ceil(epochs)}


@given(st.text(), EPOCHS, EPOCHS, st.integers())
def test_more_epochs_never_take_a_document_less_often(
    document: str, one: float, other: float, seed: int
) -> None:
    """So a corpus with a higher cap contains the one with a lower cap."""
    assert copies(document, min(one, other), seed) <= copies(document, max(one, other), seed)


@pytest.mark.parametrize("epochs", [0.0, 0.001, 0.3, 0.5, 1.0, 2.5, 4.99])
@pytest.mark.parametrize("seed", [0, 7])
def test_draws_come_to_the_epochs(epochs: float, seed: int) -> None:
    """20,000 documents come to what is expected, within what chance allows."""
    count, part = 20_000, epochs % 1
    taken = sum(copies(f"{n:06d}", epochs, seed) for n in range(count))
    assert abs(taken - count * epochs) <= SURE * math.sqrt(count * part * (1 - part)) + 1e-6


def test_two_seeds_choose_other_documents() -> None:
    """Of 2,000 documents at a half, two seeds share about a half of their choices."""
    one, other = ([copies(str(n), 0.5, seed) for n in range(2000)] for seed in (1, 2))
    assert 900 < sum(a == b for a, b in zip(one, other, strict=True)) < 1100


@settings(max_examples=25)
@given(st.lists(st.integers(1, 5000), min_size=200, max_size=400), st.floats(0.05, 1.5))
def test_a_cap_holds_within_what_chance_allows(lengths: list[int], part: float) -> None:
    """Documents of any lengths, drawn as planned, come to the cap and little more."""
    cap = round(sum(lengths) * part)
    found = row({"go": Size(len(lengths), sum(lengths))}, "go", rules={"go": {"cap": f"{cap} B"}})
    assert found.bytes_out <= cap
    taken = sum(length * copies(str(n), found.epochs, 0) for n, length in enumerate(lengths))
    spread = math.sqrt(sum(length**2 for length in lengths) * found.epochs * max(1 - found.epochs, 0))
    assert taken <= cap + 6 * spread


@given(
    st.dictionaries(st.sampled_from(["go", "java", "csv", "issues"]), st.integers(0, 10**13), min_size=1),
    st.sampled_from(["none", "sc1", "sc2"]),
)
def test_folders_do_not_matter_to_each_other(sizes: dict[str, int], profile: str) -> None:
    """But for the shares, a row is the same whatever else is planned, and shares come to one."""
    folders = {name: Size(10, size) for name, size in sizes.items()}
    plan = plan_mix(folders, MixSettings(profile=profile))
    for found in plan:
        alone = row({found.name: folders[found.name]}, found.name, profile=profile)
        assert alone._replace(share=0) == found._replace(share=0)
    assert sum(found.share for found in plan) == pytest.approx(1.0 if any(sizes.values()) else 0.0)


def test_of_whole_repositories_a_file_is_drawn_once_and_the_repository_as_often_as_asked() -> None:
    """Caps still leave files out; issues are no part of a repository."""
    rules = {"repositories": {"epochs": 2}, "c": {"cap": "50 B"}, "issues": {"epochs": 3}}
    settings = MixSettings.model_validate({"rules": rules})
    sizes = {"python": Size(10, 1000), "c": Size(10, 100), "issues": Size(1, 10)}
    rows = {row.name: row for row in plan_mix(sizes, settings, by_repository=True)}
    assert "repositories" not in rows
    assert {name: (row.epochs, row.document_epochs) for name, row in rows.items()} == {
        "python": (2.0, 1.0),
        "c": (1.0, 0.5),
        "issues": (3.0, 3.0),
    }
    assert rows["python"].bytes_out == 2000
    alone = {row.name: row.epochs for row in plan_mix(sizes, settings)}
    assert alone == {"python": 1.0, "c": 0.5, "issues": 3.0}
