"""The proof of the guard: a tokenizer finds the special tokens of a text's layout in it, and no others.

The tokenizers are trained here, small, byte-level BPE as the published ones of both families are, with all
special tokens of the family; what they must find is known from the same document without any hostile text.
"""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_cases import KINDS, TEXTS, items, plain
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from curation.render.guard import guard_for
from curation.render.item import Item, Rendered
from curation.render.layouts import render
from curation.render.repositories import render_repository
from curation.render.settings import RenderSettings
from curation.sentinels import REDACTIONS, STRUCTURE, of
from curation.structured.outcome import Kind
from curation.structured.parts import Part, header, join

PAIRS = [(family, kind) for family, kinds in KINDS.items() for kind in kinds]
CORPUS = [
    "def f(x):\n    return x + 123  # <fim_prefix> <|endoftext|> fim_prefix endoftext pr_diff issue_start\n",
    *(token.strip("<>|") for token in STRUCTURE),
] * 4
EVERYTHING = (*STRUCTURE, *REDACTIONS)


@cache
def tokenizer(tokens: tuple[str, ...], form: str = "published") -> Tokenizer:
    """A tokenizer with these special tokens, which takes white space with them or normalises if asked to."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    made.decoder = decoders.ByteLevel()
    if form.startswith("NFKC"):
        made.normalizer = normalizers.NFKC()
    strips = form == "strips"
    special = [
        AddedToken(token, lstrip=strips, rstrip=strips, normalized="normalized" in form) for token in tokens
    ]
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(CORPUS, trainer)
    return made


def special(text: str, made: Tokenizer, tokens: tuple[str, ...]) -> list[str]:
    """The special tokens that a tokenizer finds, in order."""
    ids = {made.token_to_id(token): token for token in tokens}
    return [ids[found] for found in made.encode(text).ids if found in ids]


def intended(item: Item, chosen: RenderSettings) -> list[str]:
    """The special tokens that the layout writes for this document."""
    rendered = render(plain(item), chosen)
    assert isinstance(rendered, Rendered)
    return guard_for(STRUCTURE).literal.findall(rendered.text)


@pytest.mark.parametrize(("family", "kind"), PAIRS)
@pytest.mark.parametrize("form", ["published", "strips"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_only_the_intended_tokens_are_found(family: str, kind: Kind, form: str, data: st.DataObject) -> None:
    """With the tokens of both families, with redactions guarded as well, and the text is all there."""
    item = data.draw(items(kind))
    chosen = RenderSettings.model_validate({"family": family, "guard_redactions": True})
    rendered = render(item, chosen)
    assert isinstance(rendered, Rendered)
    made = tokenizer(EVERYTHING, form)
    assert special(rendered.text, made, EVERYTHING) == intended(item, chosen)
    if form == "published":
        ids = made.encode(rendered.text).ids
        assert made.decode(ids, skip_special_tokens=False) == rendered.text


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
@settings(max_examples=150, deadline=None)
@given(text=TEXTS, path=TEXTS, name=TEXTS)
def test_a_familys_own_tokenizer_finds_its_tokens(family: Any, text: str, path: str, name: str) -> None:
    """As published: StarCoder2's has redactions as special tokens, and they stay where redaction put them."""
    chosen = RenderSettings.model_validate({"family": family, "seed": len(text)})
    item = Item("1", "code", text, repo_name=name, path=path)
    rendered = render(item, chosen)
    assert isinstance(rendered, Rendered)
    found = special(rendered.text, tokenizer(of(family)), of(family))
    assert [token for token in found if token not in REDACTIONS] == intended(item, chosen)
    names = bool({"names", "repository_name"} & set(rendered.shown)) * name.count("<NAME>")
    paths = bool({"names", "file_name"} & set(rendered.shown)) * path.count("<NAME>")
    here = text.count("<NAME>") + names + paths
    assert found.count("<NAME>") == (here if family == "starcoder2" else 0)


@pytest.mark.parametrize("form", ["NFKC", "NFKC normalized"])
@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_a_tokenizer_that_normalises_does_not_undo_the_escape(form: str, text: str) -> None:
    """Escaped tokens stay escaped under NFKC, whether special tokens are looked for before it or after it.

    Full-width letters that become a token under NFKC are none before; only a tokenizer that looks for
    special tokens after normalising would take them, and none of the families normalises at all.
    """
    text = text.replace("\uff1c", "").replace("\ufe64", "")
    rendered = render(Item("1", "jupyter-scripts", text), RenderSettings(guard_redactions=True))
    assert isinstance(rendered, Rendered)
    assert special(rendered.text, tokenizer(EVERYTHING, form), EVERYTHING) == ["<jupyter_script>"]


def test_full_width_letters_are_no_token_for_special_tokens_as_they_are_published() -> None:
    """They are looked for before a text is normalised."""
    made = tokenizer(EVERYTHING, "NFKC")
    assert special("\uff1cfim_pad\uff1e<fim_pad>", made, EVERYTHING) == ["<fim_pad>"]


@pytest.mark.parametrize("token", STRUCTURE)
def test_without_the_guard_every_token_is_found(token: str) -> None:
    """So the tests above can fail: with the policy keep, data writes special tokens."""
    keep = RenderSettings(forged="keep", names_probability=0)
    rendered = render(Item("1", "code", f"x{token}y"), keep)
    assert isinstance(rendered, Rendered)
    assert special(rendered.text, tokenizer(EVERYTHING), EVERYTHING) == ["<file_sep>", token]


@pytest.mark.parametrize(
    ("end", "start"),
    [
        ("<fim_", "prefix>"),
        ("<", "|endoftext|>"),
        ("<\u2060", "pr>"),
        ("<pr", ">"),
        ("<issue_comment", ">: x"),
    ],
)
def test_pieces_of_a_token_in_neighbouring_fields_stay_pieces(end: str, start: str) -> None:
    """A text that ends with the beginning of a token, and the next that begins with its end."""
    parts = (Part("title", end), Part("comment", end, {"user": start}), Part("comment", start, {"user": end}))
    issue = render(Item("1", "issues", join(parts), header(parts)), RenderSettings())
    files = [Item("1", "code", start + end, path=start + end), Item("2", "code", start, path=start)]
    (repository,) = render_repository(end, files, RenderSettings(names_probability=1), "r")
    for text, tokens in (
        (issue, ["<issue_start>", "<issue_comment>"]),
        (repository, ["<repo_name>", "<file_sep>", "<file_sep>"]),
    ):
        assert isinstance(text, Rendered)
        assert special(text.text, tokenizer(EVERYTHING), EVERYTHING) == tokens


@settings(max_examples=60, deadline=None)
@given(
    name=TEXTS,
    files=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4),
    chance=st.sampled_from([0.0, 1.0]),
    ends=st.booleans(),
)
def test_a_repository_has_a_token_for_each_file(
    name: str, files: list[tuple[str, str]], chance: float, ends: bool
) -> None:
    """One for its name, one before each file, and the end if asked for."""
    chosen = RenderSettings(names_probability=chance, end_of_document=ends, guard_redactions=True)
    items_ = [Item(str(number), "code", code, path=path) for number, (path, code) in enumerate(files)]
    (rendered,) = render_repository(name, items_, chosen, "r")
    assert isinstance(rendered, Rendered)
    first = ["<repo_name>"] if chance and name else []
    last = ["<|endoftext|>"] if ends else []
    expected = [*first, *["<file_sep>"] * len(files), *last]
    assert special(rendered.text, tokenizer(EVERYTHING), EVERYTHING) == expected
