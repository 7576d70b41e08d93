"""Windows: every dialogue whole and once in an epoch, with positions and labels of its own."""

from pathlib import Path

import numpy as np
import pytest
from chat_runs import LENGTH, settings, sums, write_rows

from curation.settings_file import check_settings
from training.chat.config import ChatConfig
from training.chat.mask import IGNORED
from training.chat.store import Dialogues, prepare
from training.chat.vocabulary import Marked
from training.chat.windows import First, Windows

PAD = 4


@pytest.fixture(scope="module")
def dialogues(marked: Marked, tmp_path_factory: pytest.TempPathFactory) -> Dialogues:
    folder = tmp_path_factory.mktemp("windows")
    data = write_rows(folder / "rows.jsonl", sums(30))
    config = check_settings(ChatConfig, settings(folder / "model", data, folder / "run"), "test")
    prepare(config, marked)
    return Dialogues(config.dialogues, "train")


@pytest.fixture(scope="module")
def windows(dialogues: Dialogues) -> Windows:
    return Windows(dialogues, LENGTH, 1, PAD)


def test_every_dialogue_is_once_in_each_epoch(dialogues: Dialogues, windows: Windows) -> None:
    """In another order each time."""
    epochs = [
        [windows.dialogues(number) for number in range(first, first + len(windows))]
        for first in (0, len(windows))
    ]
    for epoch in epochs:
        assert sorted(one for window in epoch for one in window) == list(range(dialogues.count))
    assert epochs[0] != epochs[1]
    assert sorted(epochs[0]) == sorted(epochs[1])


def test_a_window_holds_whole_dialogues_with_positions_of_their_own(
    dialogues: Dialogues, windows: Windows
) -> None:
    """Then padding, which has positions of its own, too, and no label."""
    for number in range(len(windows)):
        sample, end = windows[number], 0
        for dialogue in windows.dialogues(number):
            ids = dialogues.ids(dialogue)
            span = slice(end, end + len(ids))
            assert (sample["input_ids"][span] == ids).all()
            assert sample["position_ids"][span].tolist() == list(range(len(ids)))
            learnt = sample["labels"][span] != IGNORED
            assert (learnt == dialogues.targets(dialogue)).all()
            assert (sample["labels"][span][learnt] == ids[learnt]).all()
            assert not learnt[0]
            end = span.stop
        assert (sample["input_ids"][end:] == PAD).all()
        assert (sample["labels"][end:] == IGNORED).all()
        assert sample["position_ids"][end:].tolist() == list(range(LENGTH - end))
        assert {len(values) for values in sample.values()} == {LENGTH}


def test_windows_do_not_depend_on_who_asks_and_when(dialogues: Dialogues, windows: Windows) -> None:
    """Another process, another order: the same numbers; another seed: another order."""
    again, other = Windows(dialogues, LENGTH, 1, PAD), Windows(dialogues, LENGTH, 2, PAD)
    numbers = list(range(3 * len(windows)))
    for number in reversed(numbers):
        for name, values in windows[number].items():
            assert np.array_equal(again[number][name], values)
    assert [other.dialogues(n) for n in numbers] != [windows.dialogues(n) for n in numbers]


def test_short_dialogues_share_windows(dialogues: Dialogues, windows: Windows) -> None:
    """So that little is padding."""
    assert len(windows) < dialogues.count
    filled = sum((windows[number]["input_ids"] != PAD).sum() for number in range(len(windows)))
    assert windows.waste == pytest.approx(1 - filled / (len(windows) * LENGTH))
    assert windows.waste < 0.3


def test_what_is_evaluated_is_the_same_each_time(dialogues: Dialogues) -> None:
    """The first windows in the planned order, as many as are asked for."""
    windows = Windows(dialogues, LENGTH, None, PAD)
    few = First(windows, 2)
    assert len(few) == 2
    assert [few[number]["input_ids"].tolist() for number in range(2)] == [
        windows[number]["input_ids"].tolist() for number in range(2)
    ]
    assert windows.dialogues(0) == windows.dialogues(len(windows))


def test_there_may_be_no_dialogue(tmp_path: Path, marked: Marked) -> None:
    """Such as where nothing was held out."""
    data = write_rows(tmp_path / "rows.jsonl", sums(2))
    config = check_settings(ChatConfig, settings(tmp_path / "model", data, tmp_path / "run"), "test")
    prepare(config, marked)
    windows = Windows(Dialogues(config.dialogues, "held_out"), LENGTH, 1, PAD)
    assert len(windows) == 0
