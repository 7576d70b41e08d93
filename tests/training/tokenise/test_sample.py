"""A bounded sample that is always the same."""

from pathlib import Path

import pytest
from token_runs import config_of, made_run, row

from curation.errors import BadInputError
from training.tokenise.corpus import corpus_of
from training.tokenise.sample import sample

NAMES = [f"data/python/python-{n:05d}-of-00030" for n in range(30)]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 shards of 120 documents of 1,000 bytes."""
    shards = {
        name: [row(f"{name}-{n}", f"{name} {n} ".ljust(1000, "x"), repo_name=f"o/{n}") for n in range(120)]
        for name in NAMES
    }
    return made_run(tmp_path_factory.mktemp("large"), shards)


def drawn(run: Path, limit: int, **settings: object) -> list[str]:
    config = config_of(run, run / "out", tokenizer=None, **settings)
    return list(sample(corpus_of(config.corpus), config.corpus, config.seed, limit))


def test_it_is_bounded_and_comes_from_many_shards(large: Path) -> None:
    """Sixteen of them, each with its share."""
    texts = drawn(large, 160_000)
    assert 155_000 < sum(map(len, texts)) < 180_000
    shards = [text.split()[0] for text in texts]
    assert len(set(shards)) == 16
    assert max(map(shards.count, shards)) <= 11


def test_it_is_always_the_same_and_another_for_another_seed(large: Path) -> None:
    """Whatever else is in the folder."""
    assert drawn(large, 50_000) == drawn(large, 50_000)
    assert drawn(large, 50_000) != drawn(large, 50_000, seed=8)


def test_what_is_not_trained_on_is_not_in_it(small: Path) -> None:
    """Neither held-out documents, nor other languages, nor empty ones."""
    everything = drawn(small, 10**7, languages=["Python"])
    assert "print 'old'\n" not in everything
    assert all(everything)
    assert len(everything) == 87
    part = drawn(small, 10**7, languages=["Python"], held_out=0.25)
    assert set(part) < set(everything)


def test_special_tokens_of_layouts_are_not_learned(small: Path) -> None:
    """They are tokens already."""
    texts = drawn(small, 10**7, form="text", folders=["repositories"])
    assert "octo/3" in texts
    assert not any("<" in text for text in texts)


def test_nothing_to_train_from_is_refused(small: Path) -> None:
    """With what to do."""
    with pytest.raises(BadInputError, match=r"no document in data/python/.* give tokenizer.name"):
        drawn(small, 1000, languages=["COBOL"])
