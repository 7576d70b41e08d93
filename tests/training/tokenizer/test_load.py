"""A tokenizer is what its tokenizer.json says, or is refused."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from training.errors import BadTokenizerError
from training.tokenizer import load
from training.tokenizer.load import load_coder, load_hf


def published(folder: Path, target: Path) -> Path:
    """The tokenizer as StarCoder2 is published: its configuration names the class of GPT-2."""
    shutil.copytree(folder, target)
    content = json.loads((target / "tokenizer_config.json").read_bytes())
    content["tokenizer_class"] = "GPT2Tokenizer"
    (target / "tokenizer_config.json").write_text(json.dumps(content))
    (target / "config.json").write_text(json.dumps({"model_type": "starcoder2", "vocab_size": 2048}))
    return target


def test_the_published_starcoder2_cuts_digit_by_digit(folder: Path, tmp_path: Path, original: Any) -> None:
    """AutoTokenizer of transformers 5 makes GPT-2's pieces of it, without a word; we do not."""
    from transformers import AutoTokenizer

    place = published(folder, tmp_path / "published")
    text = "if x:\n        12 34\n"
    expected = original.encode(text, add_special_tokens=False).ids
    assert load_coder(place).encode(text) == expected
    assert load_coder(place, fast=False).encode(text) == expected
    assert AutoTokenizer.from_pretrained(place)(text)["input_ids"] != expected


def test_what_is_saved_beside_a_model_is_loaded_right_by_others(
    folder: Path, tmp_path: Path, original: Any
) -> None:
    """Saved by us, AutoTokenizer cuts it digit by digit too, also beside a configuration of StarCoder2."""
    from transformers import AutoTokenizer

    place = published(folder, tmp_path / "published")
    load_hf(place).save_pretrained(tmp_path / "saved")
    shutil.copyfile(place / "config.json", tmp_path / "saved" / "config.json")
    text = "if x:\n        12 34\n"
    ids = AutoTokenizer.from_pretrained(tmp_path / "saved")(text)["input_ids"]
    assert ids == original.encode(text, add_special_tokens=False).ids


def test_a_tokenizer_that_transformers_changes_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a version do to other classes what it does to that of GPT-2."""
    import transformers
    from tokenizers import pre_tokenizers

    plain = transformers.PreTrainedTokenizerFast.from_pretrained

    def broken(*args: Any, **options: Any) -> Any:
        hf = plain(*args, **options)
        hf.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        return hf

    monkeypatch.setattr(transformers.PreTrainedTokenizerFast, "from_pretrained", broken)
    with pytest.raises(
        BadTokenizerError, match=r"its pre_tokenizer is .*Digits.*, but transformers has made"
    ):
        load_coder(folder)


def test_a_place_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    """A folder that is not there or lacks the file, and a hub that cannot be reached."""
    (tmp_path / "empty").mkdir()
    for name in (tmp_path / "empty", tmp_path / "nowhere", "octo/hello"):
        with pytest.raises(
            BadTokenizerError, match=r"expected a folder with tokenizer\.json, or a tokenizer"
        ):
            load_coder(name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected JSON, saw: Expecting property name"),
        ("[]", "expected a tokenizer of Hugging Face, with `model`"),
        ('{"vocab": {}}', "expected a tokenizer of Hugging Face, with `model`"),
        ('{"model": {"type": "BPE"}, "added_tokens": []}', "expected a tokenizer, saw: "),
    ],
)
def test_a_damaged_file_is_refused(folder: Path, tmp_path: Path, content: str, message: str) -> None:
    """The message names the file."""
    place = tmp_path / "damaged"
    shutil.copytree(folder, place)
    (place / "tokenizer.json").write_text(content)
    with pytest.raises(BadTokenizerError, match=message) as raised:
        load_coder(place)
    assert str(place / "tokenizer.json") in str(raised.value)


def test_a_tokenizer_without_the_tokens_of_gaps_is_refused(
    folder: Path, definition: dict[str, Any], tmp_path: Path
) -> None:
    """Never is fill-in-the-middle switched off without a word."""
    place = tmp_path / "plain"
    shutil.copytree(folder, place)
    definition["added_tokens"] = definition["added_tokens"][:1]
    for name in ("<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>"):
        del definition["model"]["vocab"][name]
    (place / "tokenizer.json").write_text(json.dumps(definition))
    config = json.loads((place / "tokenizer_config.json").read_bytes())
    config.pop("extra_special_tokens")
    (place / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(
        BadTokenizerError, match="the tokenizer lacks <fim_prefix>, <fim_middle>, <fim_suffix>, <fim_pad>"
    ) as raised:
        load_coder(place)
    assert str(raised.value).startswith(str(place))


def test_an_older_file_without_all_fields_is_taken(
    folder: Path, definition: dict[str, Any], tmp_path: Path, original: Any
) -> None:
    """Fields that older versions did not write have their defaults."""
    place = tmp_path / "older"
    shutil.copytree(folder, place)
    del definition["pre_tokenizer"]["pretokenizers"][1]["use_regex"]
    (place / "tokenizer.json").write_text(json.dumps(definition))
    coder = load_coder(place)
    assert coder.fast
    assert coder.encode("x = 12") == original.encode("x = 12", add_special_tokens=False).ids


def test_loading_imports_no_torch(folder: Path) -> None:
    """A tokenizer is there in a second or two."""
    code = (
        "import sys; from training.tokenizer.load import load_coder; print('transformers' in sys.modules);"
        f"load_coder({str(folder)!r}); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False", "False"]
    assert load.FILE == "tokenizer.json"
