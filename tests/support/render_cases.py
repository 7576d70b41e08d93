"""Hostile texts and documents of every kind, for the tests of rendering.

item = data.draw(items("issues"))
plain(item)        the same document with "x" for every text: what its layout writes of itself
expected(item, rendered, settings)      what parsing must give back
"""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from curation.render.files import star_range
from curation.render.item import Item, Parsed, ParsedFile, Rendered
from curation.render.settings import RenderSettings
from curation.sentinels import SENTINELS
from curation.structured.outcome import Kind
from curation.structured.parts import Part, header, join

TOKENS = [one.text for one in SENTINELS]
KINDS: dict[str, tuple[Kind, ...]] = {
    "starcoder": ("code", "jupyter-scripts", "jupyter-structured", "issues", "commits"),
    "starcoder2": (
        "code",
        "jupyter-scripts",
        "jupyter-structured",
        "kaggle",
        "issues",
        "pull-requests",
    ),
}
WHOLE = [f"<{joiners}{token[1:]}" for joiners in ("", "\u2060", "\u2060\u2060") for token in TOKENS]
PIECES = sorted({piece for token in TOKENS for at in range(len(token)) for piece in (token[:at], token[at:])})
SEPARATORS = ["<", ">", "\u2060", "\n", "\r\n", "\r", "\x85", "\u2028", " ", ": ", ":", "\0", "\n\n"]
LOOK_ALIKES = ["Title: ", "username_0: ", "[DIFFS OMITTED]", "True", "closed", "1-10", "\uff1cfim_pad\uff1e"]
FRAGMENTS = st.one_of(
    st.sampled_from(WHOLE),
    st.sampled_from(PIECES),
    st.sampled_from(SEPARATORS + LOOK_ALIKES),
    st.text(max_size=3),
)
TEXTS = st.lists(FRAGMENTS, max_size=5).map("".join)
"""Special tokens whole, escaped and in pieces, separators of layouts, and anything else."""
WILD = st.one_of(TEXTS, st.text(st.characters(), max_size=6), TEXTS.map(lambda text: f"\ud800{text}\udfff"))
"""The same, and lone surrogates, which no tokenizer takes."""
NUMBERS = st.integers(0, 2**40)


def items(kind: Kind, texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[Item]:
    """Documents of a kind."""
    build: dict[str, Callable[[st.SearchStrategy[str]], st.SearchStrategy[list[Part]]]] = {
        "jupyter-structured": _cells,
        "kaggle": _kaggle,
        "issues": _issue,
        "commits": _commit,
        "pull-requests": _pull,
    }
    common = {"repo_name": texts, "path": texts, "stars": st.none() | st.integers(-1, 5000)}
    identity = st.integers(0, 9999).map(str)
    if kind not in build:
        return st.builds(Item, id=identity, kind=st.just(kind), content=texts, **common)
    return st.builds(
        lambda parts, **rest: Item(kind=kind, content=join(parts), parts=header(parts), **rest),
        build[kind](texts),
        id=identity,
        **common,
    )


def _facts(**known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict(known))


def _numbered(*keys: str, **known: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict(known), optional=dict.fromkeys(keys, NUMBERS))


def _cells(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Part]]:
    triple = st.tuples(texts, texts, texts).map(
        lambda three: [Part(role, text) for role, text in zip(("text", "code", "output"), three, strict=True)]
    )
    return st.lists(triple, min_size=1, max_size=3).map(
        lambda triples: [part for one in triples for part in one]
    )


def _kaggle(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Part]]:
    cell = st.tuples(st.sampled_from(["text", "code", "output"]), texts).map(lambda two: Part(*two))
    script = texts.map(lambda text: Part("script", text))
    return st.builds(lambda cells, last: [*cells, last], st.lists(cell, max_size=4), script)


def _issue(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Part]]:
    title = st.builds(Part, st.just("title"), texts, st.sampled_from([{}, {"closed": True}]))
    comment = st.builds(Part, st.just("comment"), texts, _facts(user=texts))
    return st.builds(lambda first, rest: [first, *rest], title, st.lists(comment, max_size=3))


def _commit(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Part]]:
    return st.tuples(texts, texts, texts).map(
        lambda three: [
            Part(role, text) for role, text in zip(("before", "message", "after"), three, strict=True)
        ]
    )


def _pull(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Part]]:
    def one(role: str, about: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Part]:
        return st.builds(Part, st.just(role), texts, about)

    hunk = one("hunk", _facts(path=texts))
    place = _numbered("line", path=texts)
    closed = st.builds(Part, st.just("closed"), st.just(""), _facts(user=texts, merged=st.booleans()))
    commented = _numbered("id", user=texts, status=texts)
    event = st.one_of(
        one("comment", commented).map(lambda part: [part]),
        one("review", _numbered("id", user=texts, state=texts)).map(lambda part: [part]),
        st.tuples(
            one("comment_hunk", place),
            one("review_comment", _numbered("id", "review", "reply_to", user=texts)),
        ).map(list),
        st.lists(hunk, max_size=2).map(lambda hunks: [Part("update", ""), *hunks]),
        closed.map(lambda part: [part]),
    )
    return st.tuples(
        one("title", _facts(user=texts, status=texts)),
        one("description", st.just({})),
        st.lists(one("base_file", _facts(path=texts)), max_size=2),
        st.lists(hunk, max_size=3),
        st.lists(event, max_size=4),
    ).map(lambda all_of: [*all_of[:2], *all_of[2], *all_of[3], *(part for one in all_of[4] for part in one)])


def one_line(text: str) -> str:
    """Runs of line breaks as one space, written otherwise than in the package."""
    joined = re.sub("[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]", "\n", text)
    return re.sub("\n+", " ", joined)


def plain(item: Item) -> Item:
    """The document with "x" for every text that is not empty, the same id and the same facts."""
    item = dataclasses.replace(item, repo_name=item.repo_name and "x", path=item.path and "x")
    if not item.parts:
        return dataclasses.replace(item, content=item.content and "x")
    # A path in hunks must differ where it did: it decides on the tokens between them.
    known: dict[object, str] = {}
    parts = [
        Part(
            part.role,
            "x" if part.text else "",
            {
                key: (known.setdefault(value, f"x{len(known)}") if key == "path" else "x")
                if isinstance(value, str)
                else value
                for key, value in part.about.items()
            },
        )
        for part in item.split()
    ]
    return dataclasses.replace(item, content=join(parts), parts=header(parts))


def expected(item: Item, rendered: Rendered, settings: RenderSettings) -> Parsed:
    """What a document is after it was rendered and parsed."""
    shown = rendered.shown
    if item.kind == "pull-requests":
        parts = tuple(_in_lines(part) for part in item.split())
        return Parsed(item.kind, parts, repo_name=one_line(item.repo_name))
    if item.parts:
        return Parsed(item.kind, tuple(_in_lines(part) for part in item.split()))
    if settings.family == "starcoder2":
        names = "names" in shown
        file = ParsedFile(item.content, one_line(item.path) if names else None)
        return Parsed(item.kind, files=(file,), repo_name=one_line(item.repo_name) if names else None)
    path = one_line(item.path) if "file_name" in shown else None
    return Parsed(
        item.kind,
        files=(ParsedFile(item.content, path),),
        repo_name=one_line(item.repo_name) if "repository_name" in shown else None,
        stars=star_range(item.stars, settings.star_ranges) if "stars" in shown else None,
    )


def _in_lines(part: Part) -> Part:
    about = {
        key: ("".join(value.split()) if key == "user" else one_line(value))
        if isinstance(value, str)
        else value
        for key, value in part.about.items()
    }
    return Part(part.role, one_line(part.text) if part.role == "title" else part.text, about)
