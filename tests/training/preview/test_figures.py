"""Figures are those of the windows, counted another way."""

import pytest

from training.config import TrainConfig
from training.data.windows import IGNORED
from training.fim.settings import FimSettings
from training.preview import figures as module
from training.preview.figures import figures_of
from training.preview.source import Source, opened
from training.train.settings import OptimiserSettings


def test_figures_are_counted_over_windows(tokenised: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Padding, targets, gaps and bytes, over as many windows as are measured."""
    monkeypatch.setattr(module, "MEASURED", 7)
    with opened(tokenised) as source:
        found = figures_of(source, tokenised)
        windows = [source.windows.window(index) for index in range(7)]
        labels = [source.windows[index]["labels"] for index in range(7)]
        specials = source.coder.specials
        epoch = len(source.windows)
    tokens = 7 * 512
    assert found["measured_windows"] == 7
    assert found["waste"] == pytest.approx(sum(window.padding for window in windows) / tokens)
    assert found["fill"] + found["waste"] == pytest.approx(1)
    assert found["target_share"] == pytest.approx(
        sum(int((one[1:] != IGNORED).sum()) for one in labels) / tokens
    )
    assert found["gaps"] == sum(int((window.ids == specials.middle).sum()) for window in windows)
    assert found["psm"] + found["spm"] + found["mixed"] == pytest.approx(found["fim_share"])
    assert (found["windows"], found["estimated"]) == (epoch, False)
    assert found["steps_per_epoch"] == pytest.approx(epoch / 512)
    assert found["epochs"] == pytest.approx(512 / epoch)


def test_bytes_are_those_of_the_texts(sampled: Source, config: TrainConfig) -> None:
    """Special tokens and padding count neither as bytes nor as tokens."""
    plain = config.model_copy(update={"fim": FimSettings(rate=0)})
    with opened(plain) as source:
        found = figures_of(source, plain)
        texts = [source.windows._split.tokens(n).tolist() for n in range(len(source.documents.lengths))]
    size = sum(len(sampled.coder.decode(ids).encode()) for ids in texts)
    assert found["bytes_per_token"] == pytest.approx(size / sum(map(len, texts)))
    assert found["tokens_per_byte"] == pytest.approx(1 / found["bytes_per_token"])
    assert found["fim_share"] == 0


def test_epochs_can_be_what_is_asked_for(sampled: Source, config: TrainConfig) -> None:
    """In the place of steps."""
    asked = config.model_copy(update={"optimiser": OptimiserSettings(epochs=2.5)})
    assert figures_of(sampled, asked)["epochs"] == 2.5


def test_a_gap_that_could_not_be_cut_is_counted_by_reason(tokenised: TrainConfig) -> None:
    """With a floor that most pieces are below."""
    asked = tokenised.model_copy(update={"fim": FimSettings(rate=1.0, min_characters=1500)})
    with opened(asked) as source:
        found = figures_of(source, asked)
    assert found["not_cut"]["short"] > 0
    assert 0 < found["not_cut_share"] < 1
