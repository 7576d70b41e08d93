"""The base of an adapter is a folder, or what was fetched from the hub before."""

import json
from pathlib import Path

import pytest

from curation.errors import BadInputError
from training.checkpoints import base


def write(folder: Path, **config: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_folder_is_the_base(tmp_path: Path) -> None:
    """It has no revision; one that is asked for is passed over."""
    write(tmp_path)
    assert base.find_base(str(tmp_path), "main") == base.Base(str(tmp_path), tmp_path, None)


def test_a_name_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Safetensors first, torch's files only if there are none; the commit is remembered."""
    import huggingface_hub

    asked = []

    def fetch(name: str, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((name, revision, allow_patterns[-1]))
        return str(write(tmp_path / "snapshots" / "4c0ffee"))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    found = base.find_base("some/base", "v1")
    assert (found.name, found.revision) == ("some/base", "4c0ffee")
    assert asked == [("some/base", "v1", "*.safetensors"), ("some/base", "v1", "*.bin")]


@pytest.mark.parametrize("name", ["nobody/nothing-here", "no such name at all!"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    """The hub is not reached, or has no such name."""
    with pytest.raises(
        BadInputError, match=r"expected a folder or a model on the hub, saw neither \(.+\); name"
    ):
        base.find_base(name, None)


def test_quantized_weights_are_refused(tmp_path: Path) -> None:
    """They would be rounded twice."""
    write(tmp_path, quantization_config={"load_in_8bit": True})
    with pytest.raises(BadInputError, match="held in 8 or 4 bits; name the full-precision model by --base"):
        base.find_base(str(tmp_path), None)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """Without a configuration."""
    with pytest.raises(BadInputError, match=r"config\.json: expected a JSON file"):
        base.find_base(str(tmp_path), None)
