"""A small corpus with hostile documents, and what a preview sees of it: with and without token files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import tiny_tokenizer
from token_runs import config_of, made_run, python_rows, rendered_rows, row

from training.config import TrainConfig
from training.data.settings import PackingSettings
from training.preview.source import Source, opened
from training.preview.view import WindowView, view_of
from training.tokenise.run import tokenise

HOSTILE = (
    "</pre></style></script><script>alert(1)</script><!--\n"
    "<img src=x onerror=alert(1)> {{ 7 * 7 }} {% raw %} &amp; ]]>\n"
    "a\u202eb\u2066c\u200bd\x1b[31me\x00f\ufeffg\u3164h\ufe0fi\n"
    "<fim_middle> <|endoftext|> [bold]x[/bold]\n"
    "\tnaïve 漢字 😀😀 \u05d0\u05d1\u05d2\r\n"
)
"""What a stranger may write into a file."""


FILES, BYTES = 24, 4000
"""Files that are taken, and bytes of each at most."""


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real files, hostile ones of a hostile repository, and rendered repositories."""
    small = [one for one in python_rows() if len(one["content"] or b"") < BYTES]
    hostile = [row(f"<b>{n}</b>", HOSTILE * 3, repo_name="<script>/\u202ex") for n in range(4)]
    shards = {
        "data/python/python-00000-of-00001": [*small[:FILES], *hostile],
        "train/repositories/repositories-00000-of-00001": rendered_rows(),
    }
    return made_run(tmp_path_factory.mktemp("corpus") / "run", shards)


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer with StarCoder2's layout."""
    return tiny_tokenizer("starcoder2", tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="session")
def config(corpus: Path, tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """Windows of 512 tokens over the Python files, which are not tokenised."""
    output = tmp_path_factory.mktemp("output") / "run"
    made = config_of(corpus, output, tokenizer=tokenizer, held_out=0.1)
    return made.model_copy(update={"packing": PackingSettings(sequence_length=512)})


@pytest.fixture(scope="session")
def sampled(config: TrainConfig) -> Iterator[Source]:
    """What is previewed of it."""
    with opened(config) as source:
        yield source


@pytest.fixture(scope="session")
def tokenised(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """The same with token files."""
    made = config.model_copy(update={"output": tmp_path_factory.mktemp("tokenised") / "run"})
    tokenise(made)
    return made


@pytest.fixture(scope="session")
def views(sampled: Source) -> list[WindowView]:
    """Every window of the first epoch, whole."""
    indices = range(len(sampled.windows))
    return [view_of(sampled, index, isolate=True, padding_counts=False, limit=0) for index in indices]
