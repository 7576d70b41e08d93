"""Weights go into files and come out as they were, in shards, in any dtype, and never as code."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from curation.errors import BadInputError
from training.checkpoints.weights import all_finite, find_files, open_weights, resolve_dtype, write_weights

SOME = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.arange(4, dtype=torch.int64), "c": torch.ones(5)}


class Evil:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def write_bin(folder: Path) -> None:
    torch.save(SOME, folder / "pytorch_model.bin")


def write_sharded_bin(folder: Path) -> None:
    for name, value in SOME.items():
        torch.save({name: value}, folder / f"{name}.bin")
    where = {"weight_map": {name: f"{name}.bin" for name in SOME}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(where))


def write_safetensors(folder: Path) -> None:
    save_file(SOME, folder / "model.safetensors")


def write_sharded_safetensors(folder: Path) -> None:
    assert write_weights(folder, SOME.items(), "fp32", shard_bytes=40) == 76


@pytest.mark.parametrize(
    "write", [write_bin, write_sharded_bin, write_safetensors, write_sharded_safetensors]
)
def test_weights_are_read_from_any_kind_of_file(tmp_path: Path, write: Callable[[Path], None]) -> None:
    """Names, sizes and values are the same, whether torch or safetensors wrote one file or several."""
    write(tmp_path)
    weights = open_weights(tmp_path)
    assert weights.names == ["a", "b", "c"]
    assert [weights.shape(name) for name in weights.names] == [(2, 3), (4,), (5,)]
    assert all(torch.equal(weights.tensor(name), value) for name, value in SOME.items())


def test_safetensors_are_preferred(tmp_path: Path) -> None:
    """A folder that holds both kinds is read from the one that cannot run code."""
    write_bin(tmp_path)
    write_safetensors(tmp_path)
    assert {path.name for path in open_weights(tmp_path).files.values()} == {"model.safetensors"}


@given(sizes=st.lists(st.integers(1, 40), max_size=12), limit=st.integers(1, 200))
def test_shards_hold_every_weight_once(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int
) -> None:
    """Whatever the sizes: each shard is small enough or a single weight, and all come back."""
    folder = tmp_path_factory.mktemp("shards")
    tensors = {f"w{number}": torch.full((size,), float(number)) for number, size in enumerate(sizes)}
    total = write_weights(folder, tensors.items(), "fp32", shard_bytes=limit)
    assert total == 4 * sum(sizes)
    found: dict[str, Any] = {}
    for path in folder.glob("*.safetensors"):
        shard = load_file(path)
        assert len(shard) == 1 or sum(4 * value.numel() for value in shard.values()) <= limit
        assert not found.keys() & shard.keys()
        found |= shard
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], value) for name, value in tensors.items())
    if sizes:
        assert open_weights(folder).names == sorted(tensors)


def test_one_shard_has_the_plain_name(tmp_path: Path) -> None:
    """No index is written for it, and no other file is left."""
    write_weights(tmp_path, SOME.items(), "fp32")
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    """Also in another order."""
    written = []
    for order in (list(SOME), list(reversed(SOME))):
        folder = tmp_path / order[0]
        folder.mkdir()
        write_weights(folder, ((name, SOME[name]) for name in order), "bf16")
        written.append((folder / "model.safetensors").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("dtype", "expected"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_numbers_get_the_dtype_and_others_keep_theirs(
    tmp_path: Path, dtype: str, expected: torch.dtype
) -> None:
    """Floating point numbers are rounded once; integers are not touched."""
    value = torch.tensor([1.0, 1.001, -3e-3])
    write_weights(tmp_path, [("a", value), ("b", torch.tensor([1 << 40]))], dtype)
    written = load_file(tmp_path / "model.safetensors")
    assert torch.equal(written["a"], value.to(expected))
    assert written["b"].tolist() == [1 << 40]


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        (float("nan"), "fp32", "w: NaN or infinite values; the training diverged"),
        (float("inf"), "bf16", "w: NaN or infinite values; the training diverged"),
        (7e4, "fp16", "w: values up to 7e[+]04 are beyond what fp16 holds; take bf16 or fp32"),
    ],
)
def test_numbers_that_are_none_are_refused(tmp_path: Path, value: float, dtype: str, message: str) -> None:
    """NaN, infinity, and what becomes infinite in fp16, with the name of the weight."""
    with pytest.raises(BadInputError, match=message):
        write_weights(tmp_path, [("w", torch.tensor([1.0, value]))], dtype)


@given(
    values=st.lists(st.floats(width=16), max_size=20),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float16]),
)
def test_what_is_finite_is_what_torch_finds_finite(values: list[float], dtype: torch.dtype) -> None:
    """Wherever the NaN or infinity is, in any dtype, and of no values at all."""
    tensor = torch.tensor(values, dtype=dtype)
    assert all_finite(tensor) == bool(torch.isfinite(tensor).all())


@pytest.mark.parametrize(
    ("dtype", "config", "expected"),
    [
        ("auto", {"dtype": "bfloat16"}, "bf16"),
        ("auto", {"torch_dtype": "float16"}, "fp16"),
        ("auto", {"dtype": None}, "fp32"),
        ("auto", {}, "fp32"),
        ("fp32", {"dtype": "bfloat16"}, "fp32"),
    ],
)
def test_auto_is_what_the_configuration_says(dtype: str, config: dict[str, Any], expected: str) -> None:
    """Under its old name, too; without one it is fp32; what is asked for comes first."""
    assert resolve_dtype(dtype, config) == expected


def test_a_dtype_that_is_none_of_ours_is_refused() -> None:
    """8-bit floats are not written."""
    with pytest.raises(BadInputError, match="dtype 'float8_e4m3fn', expected one of float32, bfloat16"):
        resolve_dtype("auto", {"dtype": "float8_e4m3fn"})


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    """With what is expected, and where they may be."""
    assert find_files(tmp_path) is None
    with pytest.raises(BadInputError, match=r"expected weights \(model.safetensors\).*training export"):
        open_weights(tmp_path)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """It is opened by torch's restricted reader, which runs nothing."""
    torch.save({"a": Evil(tmp_path / "run")}, tmp_path / "pytorch_model.bin")
    with pytest.raises(BadInputError, match="expected a file of weights"):
        open_weights(tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"model.safetensors": b"short"}, "expected a file of weights, saw: .*; fetch it again"),
        ({"pytorch_model.bin": b"short"}, "expected a file of weights, saw: .*; fetch it again"),
        ({"model.safetensors.index.json": b"{"}, "expected a weight_map in JSON"),
        ({"model.safetensors.index.json": b"[]"}, "expected a weight_map in JSON"),
        (
            {"model.safetensors.index.json": b'{"weight_map": {"a": "m1.safetensors"}}'},
            "lacks m1.safetensors, which it names",
        ),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    """Cut files, an index that is none, and one that names what is not there."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=message):
        open_weights(tmp_path)


def test_an_index_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    """What is outside the folder is not read, though it is there."""
    (tmp_path / "in").mkdir()
    save_file(SOME, tmp_path / "m1.safetensors")
    where = {"weight_map": {"a": "../m1.safetensors"}}
    (tmp_path / "in" / "model.safetensors.index.json").write_text(json.dumps(where))
    with pytest.raises(BadInputError, match=r"lacks m1\.safetensors, which it names"):
        open_weights(tmp_path / "in")
