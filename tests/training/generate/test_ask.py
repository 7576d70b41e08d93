"""A model is asked with what it can see, and told of with what it takes."""

import shutil
from pathlib import Path

import pytest
from tiny import tiny_tokenizer

from curation.errors import BadConfigError
from curation.sentinels import Family
from training.errors import BadTokenizerError
from training.generate.ask import Loaded, Way, load
from training.generate.prompts import Where
from training.generate.settings import Sampling


@pytest.fixture(scope="module")
def loaded(lively: dict[Family, Path]) -> Loaded:
    """A model of StarCoder2 with its tokenizer."""
    return load(str(lively["starcoder2"]), quantize="none")


def test_a_prompt_leaves_room_for_its_completion(loaded: Loaded) -> None:
    """Prompt and completion together are what the model sees, no more."""
    way = Way(Sampling(max_new_tokens=100), "psm", Where())
    prompt = way.prompt(loaded, "x = 1\n" * 500, "y = 2\n" * 500)
    assert len(prompt.ids) == 256 - 100
    own = way.prompt(loaded, "x", None, Where("o/n", "a.py"))
    assert loaded.coder.decode(own.ids) == "<repo_name>o/n<file_sep>a.py\nx"


@pytest.mark.parametrize("tokens", [256, 1000])
def test_a_completion_that_leaves_no_room_is_refused(loaded: Loaded, tokens: int) -> None:
    """The message says how much the model sees."""
    with pytest.raises(
        BadConfigError, match=rf"--max-new-tokens {tokens}: expected fewer than the 256 tokens"
    ):
        Way(Sampling(max_new_tokens=tokens), "psm", Where()).prompt(loaded, "x", None)


def test_what_a_model_takes_is_told(loaded: Loaded, lively: dict[Family, Path]) -> None:
    """Name, bytes, precision and place in one line."""
    assert loaded.told == f"{lively['starcoder2']}: 891 kB of weights (float32) on cpu"


def test_a_tokenizer_of_another_model_is_refused(lively: dict[Family, Path], tmp_path: Path) -> None:
    """Ids without a row would fail in the middle of a text, or worse, not fail."""
    folder = shutil.copytree(lively["starcoder2"], tmp_path / "mixed")
    (folder / "tokenizer.json").unlink()
    tiny_tokenizer("starcoder2", folder, 1400)
    with pytest.raises(BadTokenizerError, match="the tokenizer has 1400 entries, the model 1024 rows"):
        load(str(folder), quantize="none")
