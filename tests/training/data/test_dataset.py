"""Windows by number: the same for any number of workers, ranks and stops, in any order."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_tokens import MadeSplit
from tiny import texts
from token_runs import config_of, made_run, python_rows, rendered_rows

from curation.errors import BadInputError
from training.data.collator import Collator
from training.data.dataset import Stretch, Windows
from training.data.settings import PackingSettings
from training.errors import BadTokenizerError
from training.fim.settings import FimSettings
from training.tokenise.run import tokenise
from training.tokenise.store import open_tokens
from training.tokenizer.coder import Coder

LENGTH = 256
SEED = 1234


@pytest.fixture(scope="module")
def split(coder: Coder) -> MadeSplit:
    """Real files."""
    return MadeSplit([coder.encode(text[:6000]) for text in texts(30)], {"settings": {"form": "content"}})


def made(split: MadeSplit, coder: Coder, plans: Path | None = None, seed: int = SEED, **fim: Any) -> Windows:
    """Windows of a split."""
    return Windows(split, coder, FimSettings(**fim), PackingSettings(sequence_length=LENGTH), seed, plans)


@pytest.fixture(scope="module")
def windows(split: MadeSplit, coder: Coder) -> Windows:
    """With the usual gaps."""
    return made(split, coder)


def seen(windows: Windows | Stretch, numbers: Sequence[int]) -> list[bytes]:
    """Samples as bytes, to be compared."""
    return [b"".join(np.asarray(array).tobytes() for array in windows[number].values()) for number in numbers]


def test_samples_have_one_length(windows: Windows) -> None:
    """A sample is three arrays of int64, as long as a window."""
    for number in range(len(windows)):
        arrays: dict[str, Any] = dict(windows[number])
        kinds = {name: (array.shape, array.dtype) for name, array in arrays.items()}
        assert kinds == dict.fromkeys(("input_ids", "position_ids", "labels"), ((LENGTH,), np.int64))


def test_the_order_of_asking_does_not_matter(split: MadeSplit, coder: Coder, windows: Windows) -> None:
    """Backwards, twice, from the middle, from another object: a number is the same sample."""
    numbers = list(range(40))
    expected = seen(windows, numbers)
    assert seen(made(split, coder), numbers[::-1]) == expected[::-1]
    assert seen(windows, [7, 3, 7]) == [expected[7], expected[3], expected[7]]
    assert seen(made(split, coder), numbers[25:]) == expected[25:]


def test_an_epoch_has_each_window_once(windows: Windows) -> None:
    """Each epoch has all windows of the plan, in an order of its own, and with gaps of its own."""
    many = len(windows)
    epochs = [[windows.window(many * epoch + place) for place in range(many)] for epoch in range(3)]
    orders = [[window.number for window in epoch] for epoch in epochs]
    assert all(sorted(order) == list(range(many)) for order in orders)
    assert len(set(map(tuple, orders))) == 3
    assert [window.epoch for window in epochs[2]] == [2] * many
    one, other = ({w.number: w.ids.tolist() for w in epoch} for epoch in epochs[:2])
    assert sum(one[number] == other[number] for number in range(many)) < many / 2


def test_another_seed_is_another_order_with_other_gaps(
    split: MadeSplit, coder: Coder, windows: Windows
) -> None:
    """The plan is the same, all that is drawn is not."""
    other = made(split, coder, seed=SEED + 1)
    assert other.plan_sha256 == windows.plan_sha256
    numbers = range(len(windows))
    assert [other.window(n).number for n in numbers] != [windows.window(n).number for n in numbers]


@pytest.mark.parametrize("workers", [0, 2])
def test_loaders_give_the_same_samples(windows: Windows, workers: int) -> None:
    """PyTorch's loader gives the same batches with and without worker processes, over epochs."""
    from torch.utils.data import DataLoader

    first, count = len(windows) - 6, 12
    stretch = windows.stretch(count, first)
    collator = Collator(isolate=True, attention="sdpa")
    loader = DataLoader(stretch, batch_size=2, num_workers=workers, collate_fn=collator)
    rows = [
        b"".join(batch[name][row].numpy().tobytes() for name in ("input_ids", "position_ids", "labels"))
        for batch in loader
        for row in range(2)
    ]
    assert rows == seen(windows, range(first, first + count))


@pytest.mark.parametrize("stopped", [0, 3])
def test_ranks_share_the_samples_of_a_step(windows: Windows, stopped: int) -> None:
    """With one rank or two, as Accelerate deals batches, a step sees the same samples; after a stop, too."""
    from accelerate.data_loader import BatchSamplerShard
    from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

    count, step = 16, 4
    stretch = windows.stretch(count)
    steps: dict[int, list[set[bytes]]] = {}
    for world in (1, 2):
        found: list[list[bytes]] = [[] for _ in range(count // step)]
        for rank in range(world):
            batches = BatchSampler(SequentialSampler(stretch), step // world, drop_last=False)
            shard = BatchSamplerShard(batches, world, rank)
            loader = DataLoader(stretch, batch_sampler=shard, collate_fn=list)
            for number, batch in enumerate(loader):
                if number >= stopped:
                    found[number] += [
                        b"".join(np.asarray(array).tobytes() for array in sample.values()) for sample in batch
                    ]
        steps[world] = [set(batch) for batch in found]
    expected = seen(windows, range(count))
    assert steps[1] == steps[2]
    assert steps[1][stopped:] == [set(expected[n : n + step]) for n in range(stopped * step, count, step)]


def test_another_process_gets_the_same(
    split: MadeSplit, coder: Coder, windows: Windows, tmp_path: Path
) -> None:
    """What is sent to another process is the same, and of a saved plan only its folder is sent."""
    kept = made(split, coder, tmp_path)
    sent = pickle.dumps(kept)
    restored: Windows = pickle.loads(sent)  # noqa: S301  # our own bytes
    assert isinstance(restored.plan.pieces, np.memmap)
    assert kept.plan.pieces.tobytes() not in sent
    assert windows.plan.pieces.tobytes() in pickle.dumps(windows)
    assert seen(restored, range(10)) == seen(windows, range(10))
    assert seen(pickle.loads(pickle.dumps(windows)), [3]) == seen(windows, [3])  # noqa: S301  # as above


def test_a_saved_plan_is_the_same(split: MadeSplit, coder: Coder, windows: Windows, tmp_path: Path) -> None:
    """Saved or not, the windows are the same; other rates and ways have plans of their own, orders not."""
    assert seen(made(split, coder, tmp_path), range(10)) == seen(windows, range(10))
    assert seen(made(split, coder, tmp_path), range(10)) == seen(windows, range(10))
    assert len(list(tmp_path.glob("*/plan.json"))) == 1
    for fim in ({"rate": 0.0}, {"megatron": True}, {"rate": 0.9}, {"spm_rate": 0.1}):
        made(split, coder, tmp_path, **fim)
    assert len(list(tmp_path.glob("*/plan.json"))) == 4


@pytest.mark.parametrize(
    ("fim", "least"), [({}, 0.93), ({"rate": 0.0}, 0.96), ({"megatron": True}, 0.99), ({"cut": "line"}, 0.93)]
)
def test_figures_are_those_of_the_windows(
    split: MadeSplit, coder: Coder, fim: dict[str, Any], least: float
) -> None:
    """Shares, fill and waste are those of the windows; even small windows are well filled."""
    windows = made(split, coder, **fim)
    found = windows.statistics(range(len(windows)))
    assert found.windows == len(windows)
    assert windows.tokens - found.lost <= found.content <= windows.tokens
    assert (found.lost > 0) == bool(fim.get("megatron"))
    assert windows.waste == pytest.approx(1 - windows.tokens / found.tokens)
    figures = found.as_json()
    assert least <= figures["fill"] <= 1
    expected = 0 if fim.get("rate") == 0 else 0.5
    assert figures["psm"] + figures["spm"] + figures["mixed"] == pytest.approx(expected, abs=0.1)
    assert figures["not_cut_share"] < 0.03
    targets = sum(int((windows[number]["labels"][1:] != -100).sum()) for number in range(len(windows)))
    assert found.targets == targets


@pytest.mark.parametrize("length", [2048, 8192])
def test_long_windows_are_well_filled(coder: Coder, length: int) -> None:
    """At the usual lengths 98.5 % of a window or more are tokens of documents, and 1 % of gaps fail."""
    every = [coder.encode(text) for text in texts(120)]
    split = MadeSplit([ids for ids in every for _ in range(12)])
    windows = Windows(split, coder, FimSettings(), PackingSettings(sequence_length=length), SEED)
    found = windows.statistics(range(400)).as_json()
    assert 1 - windows.waste >= 0.985
    assert found["fill"] >= 0.985
    assert found["not_cut_share"] <= 0.01


def test_documents_that_are_not_isolated_see_all_before(split: MadeSplit, coder: Coder) -> None:
    """Without isolation the same ids come with positions that run through."""
    packing = PackingSettings(sequence_length=LENGTH, isolate=False)
    windows = Windows(split, coder, FimSettings(), packing, SEED)
    sample = windows[0]
    assert sample["position_ids"].tolist() == list(range(LENGTH))
    assert sample["input_ids"].tolist() == made(split, coder)[0]["input_ids"].tolist()


@pytest.mark.parametrize("documents", [[], [[], []]])
@pytest.mark.parametrize("fim", [{}, {"rate": 0.0}, {"megatron": True}])
def test_an_empty_split_is_refused(coder: Coder, documents: list[list[int]], fim: dict[str, Any]) -> None:
    """Without any token there is no window, and the message says which settings may be why."""
    with pytest.raises(BadInputError, match=r"expected documents with tokens.*corpus.held_out"):
        made(MadeSplit(documents), coder, **fim)


def test_tokens_of_another_tokenizer_are_refused(coder: Coder) -> None:
    """Tokens that say which tokenizer made them are read with that one only."""
    ours, theirs = ({"tokenizer": {"name": "t", "sha256": sha}} for sha in (coder.sha256, "0" * 64))
    assert len(made(MadeSplit([[5] * 20], ours), coder)) == 1
    with pytest.raises(BadTokenizerError, match=r"made with the tokenizer t .000000000000."):
        made(MadeSplit([[5] * 20], theirs), coder)


def test_numbers_below_0_are_none(windows: Windows) -> None:
    """Windows begin with 0 and do not end; a stretch of them does both."""
    with pytest.raises(IndexError, match="window -1: expected a number from 0 on"):
        windows.window(-1)
    stretch = windows.stretch(3, 5)
    assert len(stretch) == 3
    assert seen(stretch, [2]) == seen(windows, [7])
    for number in (-1, 3):
        with pytest.raises(IndexError, match=f"window {number} of 3"):
            stretch[number]


@pytest.mark.parametrize("form", ["content", "text"])
def test_token_files_are_read(coder: Coder, tmp_path: Path, form: str) -> None:
    """Windows of token files hold the corpus; repositories are cut file by file, with names first."""
    folder = {"content": "data/python", "text": "train/repositories"}[form]
    rows = python_rows()[:40] if form == "content" else rendered_rows()
    run = made_run(tmp_path / "run", {f"{folder}/part-00000-of-00001": rows})
    coder.hf.save_pretrained(tmp_path / "tokenizer")
    config = config_of(
        run,
        tmp_path / "out",
        tokenizer=tmp_path / "tokenizer",
        form=form,
        folders=[Path(folder).name],
        held_out=0.0,
    )
    tokenise(config)
    split = open_tokens(config.tokens, "train", coder)
    fim = FimSettings(rate=1.0, fragment_rate=1.0, spm_rate=0.0, min_characters=1)
    windows = Windows(
        split, coder, fim, PackingSettings(sequence_length=LENGTH), SEED, config.tokens / "plans"
    )
    content = 0
    for number in range(len(windows)):
        window = windows.window(number)
        for segment in window.segments:
            content += segment.last - segment.first
            text = coder.decode(window.ids[segment.start : segment.end].tolist())
            name = split.about(segment.document).repo_name or "octo/99"
            if form == "text":
                assert text.startswith(f"<repo_name>{name}<file_sep><fim_prefix>a.py\n")
                assert segment.gaps + len(segment.plain) == 2
    assert content == windows.tokens == split.lengths.sum()
