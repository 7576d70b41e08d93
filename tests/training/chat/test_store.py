"""Dialogues as tokens on disk: every row is used or counted with its reason, and they are made once."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_runs import LENGTH, settings, sums, write_rows

from curation.errors import BadInputError, ChangedRunError
from curation.settings_file import check_settings
from training.chat import store
from training.chat.config import ChatConfig
from training.chat.mask import encode
from training.chat.messages import dialogue_of
from training.chat.store import LEFT_OUT, Dialogues, prepare, summary
from training.chat.vocabulary import Marked

LONG = {"prompt": "word " * 200, "completion": "answer"}
ENDLESS = {
    "messages": [
        {"role": role, "content": content}
        for _ in range(20)
        for role, content in (("user", "question"), ("assistant", "answer"))
    ]
}
WAITING = {"messages": [*sums(1)[0]["messages"], {"role": "user", "content": "thanks"}]}
TOOL = {"messages": [{"role": "tool", "content": "x"}]}


def configured(tmp_path: Path, rows: list[dict[str, Any]], **more: Any) -> ChatConfig:
    data = write_rows(tmp_path / "rows.jsonl", rows)
    return check_settings(ChatConfig, settings(tmp_path / "model", data, tmp_path / "run", **more), "test")


def test_rows_are_used_or_dropped_with_a_reason(marked: Marked, tmp_path: Path) -> None:
    """The counts add up, and a line says of each row that was dropped or shortened where it was and why."""
    config = configured(tmp_path, [*sums(2), LONG, TOOL, WAITING, ENDLESS, {}])
    with (tmp_path / "rows.jsonl").open("a") as out:
        out.write("{broken\n")
    counts = prepare(config, marked)["train"]
    assert counts["dropped"] == {"no_messages": 1, "not_json": 1, "too_long": 2, "unknown_role": 1}
    assert counts["changed"] == {"cut": 1}
    assert counts["rows"] == 8 == counts["used"] + sum(counts["dropped"].values())
    lines = [json.loads(line) for line in (config.dialogues / LEFT_OUT).read_text().splitlines()]
    assert [(line["row"], line.get("dropped") or "cut") for line in lines] == [
        (2, "too_long"),
        (3, "unknown_role"),
        (4, "cut"),
        (5, "too_long"),
        (6, "no_messages"),
        (7, "not_json"),
    ]
    assert lines[0]["where"] == f"{tmp_path}/rows.jsonl row 2"
    assert Dialogues(config.dialogues, "train").rows.tolist() == [0, 1, 4]


def test_dialogues_come_back_as_they_were_encoded(marked: Marked, tmp_path: Path) -> None:
    """Ids and what is learnt, for each dialogue."""
    config = configured(tmp_path, sums(5))
    counts = prepare(config, marked)["train"]
    dialogues = Dialogues(config.dialogues, "train")
    assert dialogues.count == 5
    for number, row in enumerate(sums(5)):
        dialogue = dialogue_of(row)
        assert not isinstance(dialogue, str)
        expected = encode(config.template, dialogue.messages, marked.coder, marked.marks)
        assert dialogues.ids(number).tolist() == expected.ids
        assert dialogues.targets(number).tolist() == expected.targets
        assert dialogues.lengths[number] == len(expected.ids)
    assert counts["tokens"] == dialogues.lengths.sum()
    assert counts["targets"] == sum(dialogues.targets(number).sum() for number in range(5))


def test_long_dialogues_are_truncated_where_that_is_set(marked: Marked, tmp_path: Path) -> None:
    """And counted; what cannot be shortened to whole turns is dropped all the same."""
    config = configured(tmp_path, [LONG, ENDLESS], data={"too_long": "truncate"})
    counts = prepare(config, marked)["train"]
    assert (counts["used"], counts["dropped"], counts["changed"]) == (1, {"too_long": 1}, {"truncated": 1})
    said = marked.coder.hf.decode(Dialogues(config.dialogues, "train").ids(0))
    assert said.startswith("<|system|>\nBelow is")
    assert len(marked.coder.hf.encode(said)) <= LENGTH
    assert said.endswith("<|user|>\nquestion<|end|>\n<|assistant|>\nanswer<|end|>\n")


def test_held_out_dialogues_are_drawn_by_what_they_say(marked: Marked, tmp_path: Path) -> None:
    """A dialogue that stands there twice is on one side; rows that are none count as train."""
    rows = sums(100)
    config = configured(tmp_path, [*rows, TOOL, *rows[::-1]], data={"held_out": 0.3})
    manifest = prepare(config, marked)
    assert manifest["train"]["rows"] + manifest["held_out"]["rows"] == 201
    held_out = Dialogues(config.dialogues, "held_out").rows.tolist()
    assert 20 < len(held_out) < 100
    assert {number for number in held_out if number < 100} == {200 - n for n in held_out if n > 100}
    assert manifest["train"]["dropped"] == {"unknown_role": 1}


def test_a_split_can_be_held_out(marked: Marked, tmp_path: Path) -> None:
    """By its name; nothing of it is trained on."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_rows(folder / "train.jsonl", sums(6))
    write_rows(folder / "test.jsonl", sums(2))
    config = configured(tmp_path, [], data={"paths": [str(folder)], "held_out_split": "test"})
    manifest = prepare(config, marked)
    assert (manifest["train"]["used"], manifest["held_out"]["used"]) == (6, 2)


def test_dialogues_are_made_once(marked: Marked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that goes on finds them; what a kill left is made anew."""
    config = configured(tmp_path, sums(3))
    (config.output / ".dialogues" / "train").mkdir(parents=True)
    shown: list[str] = []
    manifest = prepare(config, marked, shown.append)
    assert len(shown) == 1
    monkeypatch.setattr(store, "_write", None)
    assert prepare(config, marked, shown.append) == manifest
    assert len(shown) == 1
    assert not (config.output / ".dialogues").exists()


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"sequence_length": 64}, "sequence_length"),
        ({"template": "no-system"}, "template"),
        ({"seed": 7}, "seed"),
        ({"data": {"limit": 2}}, "data"),
        ({}, "sources"),
    ],
)
def test_dialogues_of_something_else_are_refused(
    marked: Marked, tmp_path: Path, more: dict[str, Any], what: str
) -> None:
    """The message names what differs."""
    prepare(configured(tmp_path, sums(3)), marked)
    config = configured(tmp_path, sums(3) if more else sums(4), **more)
    with pytest.raises(ChangedRunError, match=f"holds dialogues of another {what}; take another `output`"):
        prepare(config, marked)


def test_data_without_a_dialogue_is_refused(marked: Marked, tmp_path: Path) -> None:
    """With the counts, so that one sees why; nothing is left behind that would be gone on from."""
    config = configured(tmp_path, [TOOL, LONG])
    with pytest.raises(BadInputError, match="no dialogue is left to train on") as caught:
        prepare(config, marked)
    assert "train: 0 dialogues of 2 rows" in str(caught.value)
    assert "1 dropped: a role that is none of system, user, assistant" in str(caught.value)
    assert not config.dialogues.exists()


def test_the_summary_says_what_is_learnt_and_what_is_not_used(marked: Marked, tmp_path: Path) -> None:
    """One line for each split and reason."""
    manifest = prepare(configured(tmp_path, [*sums(2), WAITING, TOOL]), marked)
    first, *others = summary(manifest).splitlines()
    share = manifest["train"]["targets"] / manifest["train"]["tokens"]
    assert first.startswith("train: 3 dialogues of 4 rows, ")
    assert first.endswith(f"of which {share:.1%} are learnt")
    assert others == [
        "  1 dropped: a role that is none of system, user, assistant",
        "  1 ended with turns of users, which were cut",
    ]


def test_numbers_are_stored_as_they_are_told(marked: Marked, tmp_path: Path) -> None:
    """Ids in four bytes, what is learnt in one."""
    config = configured(tmp_path, sums(3))
    tokens = prepare(config, marked)["train"]["tokens"]
    folder = config.dialogues / "train"
    assert (folder / "ids.bin").stat().st_size == 4 * tokens
    assert (folder / "targets.bin").stat().st_size == tokens
    assert np.load(folder / "ends.npy")[-1] == tokens
