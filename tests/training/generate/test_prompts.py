"""Prompts have the layout of the family, real control ids, and what does not fit is cut far from the gap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadConfigError, BadInputError
from curation.sentinels import Family
from training.generate.prompts import Prompt, Where, build, split_at_mark
from training.generate.settings import Order
from training.tokenizer.coder import Coder

NAMED = Where("owner/name", "a.py")
OTHERS = Where("owner/name", "a.py", (("far.py", "far = 1"), ("near.py", "near = 2")))


@pytest.mark.parametrize(
    ("family", "suffix", "where", "order", "expected"),
    [
        ("starcoder", None, None, "psm", "P"),
        ("starcoder", "S", None, "psm", "<fim_prefix>P<fim_suffix>S<fim_middle>"),
        ("starcoder", "S", None, "spm", "<fim_prefix><fim_suffix>S<fim_middle>P"),
        ("starcoder", None, NAMED, "psm", "<reponame>owner/name<filename>a.py\nP"),
        (
            "starcoder",
            "S",
            NAMED,
            "psm",
            "<fim_prefix><reponame>owner/name<filename>a.py\nP<fim_suffix>S<fim_middle>",
        ),
        ("starcoder2", None, None, "psm", "P"),
        ("starcoder2", "S", None, "psm", "<fim_prefix>P<fim_suffix>S<fim_middle>"),
        ("starcoder2", None, NAMED, "psm", "<repo_name>owner/name<file_sep>a.py\nP"),
        (
            "starcoder2",
            "S",
            NAMED,
            "psm",
            "<repo_name>owner/name<file_sep><fim_prefix>a.py\nP<fim_suffix>S<fim_middle>",
        ),
        (
            "starcoder2",
            "S",
            OTHERS,
            "spm",
            (
                "<repo_name>owner/name<file_sep>far.py\nfar = 1<file_sep>near.py\nnear = 2"
                "<file_sep><fim_prefix><fim_suffix>S<fim_middle>a.py\nP"
            ),
        ),
    ],
)
def test_a_prompt_has_the_layout_of_its_family(
    coders: dict[Family, Coder],
    family: Family,
    suffix: str | None,
    where: Where | None,
    order: Order,
    expected: str,
) -> None:
    """Gaps, names and other files stand where the family was trained to see them, with real control ids."""
    coder = coders[family]
    prompt = build(coder, "P", suffix, 200, where=where, order=order)
    assert coder.decode(prompt.ids) == expected
    assert prompt.ids == coder.encode_layout(expected)
    assert prompt.losses == ""


@given(
    st.text(alphabet="ab\n <>", max_size=20), st.sampled_from(["<fim_middle>", "<|endoftext|>", "<file_sep>"])
)
def test_text_never_becomes_a_control_token(coders: dict[Family, Coder], text: str, token: str) -> None:
    """What looks like a special token in a prompt stays text."""
    coder = coders["starcoder2"]
    ids = build(coder, text + token, token + text, 500).ids
    marks = [number for number in ids if number in coder.specials.control]
    assert marks == [coder.specials.prefix, coder.specials.suffix, coder.specials.middle]


def test_an_empty_prompt_begins_a_document(coders: dict[Family, Coder]) -> None:
    """Where there is nothing to continue, the end of the document before stands for the beginning."""
    assert build(coders["starcoder"], "", None, 10).ids == [coders["starcoder"].specials.end]


@pytest.mark.parametrize("order", ["psm", "spm"])
@pytest.mark.parametrize(("before", "after"), [(400, 400), (400, 3), (3, 400)])
def test_what_does_not_fit_is_cut_far_from_the_gap(
    coders: dict[Family, Coder], before: int, after: int, order: Order
) -> None:
    """The prefix keeps its end and the suffix its beginning; each takes what the other leaves."""
    coder = coders["starcoder2"]
    prefix, suffix = (" ".join(f"{name}{number}" for number in range(length)) for name, length in
                      (("p", before), ("s", after)))  # fmt: skip
    prompt = build(coder, prefix, suffix, 100, order=order)
    assert len(prompt.ids) == 100
    left, right = coder.encode(prefix)[prompt.lost_before :], coder.encode(suffix)
    right = right[: len(right) - prompt.lost_after]
    special = coder.specials
    expected = {
        "psm": [special.prefix, *left, special.suffix, *right, special.middle],
        "spm": [special.prefix, special.suffix, *right, special.middle, *left],
    }
    assert prompt.ids == expected[order]
    assert min(len(left), len(right)) >= min(48, len(coder.encode(prefix)), len(coder.encode(suffix)))


def test_the_path_stays_when_the_prefix_is_cut(coders: dict[Family, Coder]) -> None:
    """The name of the file is worth more than the file's beginning."""
    coder = coders["starcoder2"]
    prompt = build(coder, "x = 1\n" * 200, None, 60, where=NAMED)
    assert coder.decode(prompt.ids).startswith("<repo_name>owner/name<file_sep>a.py\n")
    assert len(prompt.ids) == 60
    assert prompt.losses.endswith("tokens at the beginning of the prefix")


def test_other_files_go_before_any_text_of_the_file(coders: dict[Family, Coder]) -> None:
    """The first of them, which is the farthest, goes first."""
    coder = coders["starcoder2"]
    full = build(coder, "P", "S", 200, where=OTHERS)
    one = build(coder, "P", "S", len(full.ids) - 1, where=OTHERS)
    none = build(coder, "P", "S", len(one.ids) - 1, where=OTHERS)
    assert ("far.py" in coder.decode(one.ids), "near.py" in coder.decode(one.ids)) == (False, True)
    assert (one.lost_files, one.losses) == (1, "1 other files")
    assert (none.lost_files, none.lost_before) == (2, 0)


def test_no_room_for_any_text_is_refused(coders: dict[Family, Coder]) -> None:
    """A prompt of marks alone would say nothing."""
    with pytest.raises(BadInputError, match="room for 0 tokens of text: ask for fewer new tokens"):
        build(coders["starcoder2"], "some text", "more", 3)


def test_starcoder_has_no_layout_for_several_files(coders: dict[Family, Coder]) -> None:
    """What the family was never shown is refused."""
    with pytest.raises(BadConfigError, match="starcoder has no layout for several files"):
        build(coders["starcoder"], "P", None, 100, where=OTHERS)


@pytest.mark.parametrize(("text", "seen"), [("no mark", 0), ("<FILL> and <FILL>", 2)])
def test_a_file_has_one_mark(text: str, seen: int) -> None:
    """Neither none nor two marks say where the gap is."""
    with pytest.raises(
        BadInputError, match=f"f.py: expected <FILL> once, where the gap is; saw it {seen} times"
    ):
        split_at_mark(text, "f.py")
    assert split_at_mark("a<FILL>b") == ("a", "b")


def test_losses_are_said_in_words() -> None:
    """All that was cut is counted."""
    told = Prompt([1], 1200, 2, 3).losses
    assert told == (
        "3 other files, 1,200 tokens at the beginning of the prefix, 2 tokens at the end of the suffix"
    )
