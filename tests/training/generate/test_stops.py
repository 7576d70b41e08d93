"""Completions end at the family's tokens and at the user's texts."""

from collections.abc import Sequence

import pytest

from curation.sentinels import Family
from training.generate.stops import cut, stop_ids, watcher
from training.tokenizer.coder import Coder


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("starcoder", ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>"]),
        (
            "starcoder2",
            [
                "<|endoftext|>",
                "<file_sep>",
                "<repo_name>",
                "<fim_prefix>",
                "<fim_middle>",
                "<fim_suffix>",
                "<fim_pad>",
            ],
        ),
    ],
)
def test_each_family_has_its_ends(coders: dict[Family, Coder], family: Family, expected: list[str]) -> None:
    """StarCoder2 ends a gap with the next file: without <file_sep> it would never stop."""
    coder = coders[family]
    assert [coder.decode([number]) for number in stop_ids(coder.specials)] == expected


@pytest.mark.parametrize(
    ("text", "stops", "expected"),
    [
        ("a\n\ndef b", ["\ndef "], ("a\n", True)),
        ("abcabc", ["ca", "b"], ("a", True)),
        ("abc", ["x"], ("abc", False)),
        ("abc", [], ("abc", False)),
    ],
)
def test_a_text_is_cut_exactly(text: str, stops: Sequence[str], expected: tuple[str, bool]) -> None:
    """What comes first counts, and nothing of it stays."""
    assert cut(text, stops) == expected


def test_a_row_ends_once_its_text_is_there(coders: dict[Family, Coder]) -> None:
    """A stop may begin and end inside tokens, but not in the prompt, and each row ends alone."""
    import torch

    coder = coders["starcoder2"]
    prompt = coder.encode("stop stop")
    rows = [prompt + coder.encode(text) for text in ("xx st op é yy", "xx stopping é", "xx stops é now")]
    width = min(map(len, rows))
    criterion = watcher(coder, ["é"], len(prompt))
    found = criterion(torch.tensor([row[:width] for row in rows]), None)
    assert found.tolist() == ["é" in coder.decode(row[len(prompt) : width]) for row in rows]
    assert not watcher(coder, ["stop"], len(prompt))(torch.tensor([prompt]), None).any()
    assert watcher(coder, ["st op é"], len(prompt))(torch.tensor([rows[0]]), None).all()
