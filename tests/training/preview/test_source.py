"""What is previewed is what would be trained on, whether it is tokenised or not."""

from pathlib import Path

import numpy as np
import pytest
from token_runs import config_of, made_run, row

from curation.errors import BadInputError
from training.config import TrainConfig
from training.data.dataset import Windows
from training.preview import source as module
from training.preview.figures import figures_of
from training.preview.source import Source, opened
from training.tokenise.base import coder_of
from training.tokenise.store import open_tokens


def texts(source: Source) -> dict[str, str]:
    """Documents by id."""
    split = source.windows._split
    return {
        source.documents.about(number).id: source.coder.decode(split.tokens(number).tolist())
        for number in range(len(source.documents.lengths))
    }


def test_token_files_are_used_where_there_are_any(tokenised: TrainConfig) -> None:
    """The windows are those of the run, and their plan is left for it."""
    split = open_tokens(tokenised.tokens, "train")
    coder = coder_of(tokenised)
    expected = Windows(split, coder, tokenised.fim, tokenised.packing, tokenised.seed)
    with opened(tokenised) as source:
        assert source.sampled is None
        assert len(source.windows) == len(expected)
        for index in (0, 1, len(expected) + 3):
            assert np.array_equal(source.windows.window(index).ids, expected.window(index).ids)
    assert list((tokenised.tokens / "plans").glob("*/plan.json"))


def test_without_tokens_the_same_documents_are_seen(
    config: TrainConfig, sampled: Source, tokenised: TrainConfig
) -> None:
    """Texts, ids and facts are those of the token files; nothing is written."""
    with opened(tokenised) as whole:
        assert texts(sampled) == texts(whole)
        about = {one.documents.about(0).repo_name for one in (sampled, whole)}
    assert about <= {"", "<script>/\u202ex", *(f"octo/{n}" for n in range(30))}
    assert not config.output.exists()


def test_what_is_held_out_or_not_asked_for_is_not_shown(
    corpus: Path, tokenizer: Path, tmp_path: Path
) -> None:
    """As when it is tokenised: by repository, language, and where there is no text."""
    asked = config_of(corpus, tmp_path / "x", tokenizer=tokenizer, languages=["Python 2"])
    with opened(asked) as source:
        assert [*texts(source)] == ["7"]
        assert source.sampled is not None
        assert (source.sampled.read, source.sampled.kept) == (28, 1)


def test_rendered_texts_have_their_special_tokens(corpus: Path, tokenizer: Path, tmp_path: Path) -> None:
    """And what the mix does not want is not shown; what it wants thrice counts so."""
    asked = config_of(corpus, tmp_path / "x", tokenizer=tokenizer, form="text", folders=["repositories"])
    with opened(asked) as source:
        assert "never" not in texts(source)
        ids = source.windows._split.tokens(0)
        assert ids[0] == source.coder.specials.repo_name
        assert source.sampled is not None
        assert 1.0 < source.sampled.scale < 1.5


@pytest.mark.parametrize(("documents", "rows"), [(10, 4), (20, 20)])
def test_what_concerns_an_epoch_is_estimated_from_few_documents(
    tokenised: TrainConfig, config: TrainConfig, monkeypatch: pytest.MonkeyPatch, documents: int, rows: int
) -> None:
    """Within a factor of two for so few of so different lengths; and said to be an estimate."""
    monkeypatch.setattr(module, "DOCUMENTS", documents)
    monkeypatch.setattr(module, "ROWS", rows)
    with opened(tokenised) as source:
        exact = figures_of(source, tokenised)
    with opened(config) as source:
        few = figures_of(source, config)
        assert source.sampled is not None
        assert source.sampled.sentence.startswith(
            f"There are no token files yet: {source.sampled.read} of 28 documents were read"
        )
    assert (exact["estimated"], few["estimated"]) == (False, True)
    assert 0.5 < few["tokens"] / exact["tokens"] < 2
    assert 0.7 < few["documents"] / exact["documents"] < 1.4


def test_the_beginning_of_a_long_document_is_enough(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said how many were cut, and the rest counts in the estimate."""
    monkeypatch.setattr(module, "LONGEST", 100)
    with opened(config) as source:
        assert max(map(len, texts(source).values())) == 100
        assert source.sampled is not None
        assert source.sampled.cut > 10
        assert source.sampled.scale > 5
        assert f"and {source.sampled.cut} were cut after 100 characters" in source.sampled.sentence


def test_a_tokenizer_that_must_be_trained_is_that_of_the_run(corpus: Path, tmp_path: Path) -> None:
    """It is trained beside, and said to be; the run's folder is not made."""
    asked = config_of(corpus, tmp_path / "run", tokenizer=None, vocabulary=300)
    told: list[str] = []
    with opened(asked, show=told.append) as source:
        previewed = source.coder.sha256
    assert told == ["training the tokenizer that the run will have, for this preview only"]
    assert not asked.output.exists()
    assert coder_of(asked).sha256 == previewed
    with opened(asked, show=told.append) as source:
        assert source.coder.sha256 == previewed
    assert len(told) == 1


def test_nothing_to_show_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    """It says what was read and where to look."""
    run = made_run(tmp_path / "run", {"data/python/a": [row(1, "x = 1\n", language="Perl")]})
    asked = config_of(run, tmp_path / "x", tokenizer=tokenizer, languages=["Python"])
    with (
        pytest.raises(BadInputError, match="none of 1 documents would be trained on; look at corpus"),
        opened(asked),
    ):
        pass
