"""Arrays on disk are NumPy's own files, whole or not there, and refused with their path if they are not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.arrays import ArrayFile, read_array, write_array
from curation.dedup.signatures import BAND, signature_type
from curation.errors import BrokenRunError
from curation.shards import sha256_of

KINDS: dict[str, Any] = {
    "numbers": np.dtype("<u8"),
    "bytes": np.dtype("u1"),
    "bands": BAND,
    "signatures": signature_type(250),
}


def values_of(kind: Any, count: int) -> Any:
    """Random values of a type."""
    random = np.random.Generator(np.random.PCG64(count))
    return np.frombuffer(random.bytes(count * np.dtype(kind).itemsize), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [0, 1, 9, 10, 1000, 12_345])
def test_the_file_is_numpys_own(kind: str, rows: int, tmp_path: Path) -> None:
    """Appended in pieces, a file has the bytes that numpy.save writes at once: its header grows in place."""
    values = values_of(KINDS[kind], rows)
    with ArrayFile(tmp_path / "ours.npy", KINDS[kind]) as out:
        for piece in np.array_split(values, 3):
            out.append(piece)
    np.save(tmp_path / "numpy.npy", values)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "numpy.npy").read_bytes()
    assert np.load(tmp_path / "ours.npy").tobytes() == values.tobytes()


def test_the_record_says_what_the_file_is(tmp_path: Path) -> None:
    """Name, rows, bytes and SHA-256 of the finished file; the file is not there before it is whole."""
    path = tmp_path / "numbers.npy"
    with ArrayFile(path, np.int64) as out:
        out.append(np.arange(5))
        assert not path.exists()
    record = write_array(path, np.arange(5))
    assert out.record == record
    assert (record.name, record.rows) == ("numbers.npy", 5)
    assert record.bytes == path.stat().st_size == 128 + 40
    assert record.sha256 == sha256_of(path)


@given(st.lists(st.lists(st.integers(0, 255)), max_size=6))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[list[int]]
) -> None:
    """Any pieces come back as one array, which cannot be written to."""
    path = tmp_path_factory.getbasetemp() / "pieces.npy"
    with ArrayFile(path, np.uint8) as out:
        for piece in pieces:
            out.append(np.array(piece, np.uint8))
    found = read_array(path, np.uint8)
    assert found.tolist() == [value for piece in pieces for value in piece]
    assert not found.flags.writeable


def test_reading_maps_the_file(tmp_path: Path) -> None:
    """A part of a file is read without the rest: the array is a view of the mapped file."""
    write_array(tmp_path / "numbers.npy", np.arange(1000))
    found = read_array(tmp_path / "numbers.npy", np.int64)
    assert isinstance(found.base, np.memmap)
    assert found[10:12].tolist() == [10, 11]


def damage(path: Path, how: str) -> None:
    """Make a good file a bad one."""
    content = path.read_bytes()
    changed = {
        "missing": None,
        "empty": b"",
        "cut in the values": content[:-1],
        "cut in the header": content[:50],
        "no array": b"x" * len(content),
    }[how]
    path.unlink()
    if changed is not None:
        path.write_bytes(changed)


@pytest.mark.parametrize("how", ["missing", "empty", "cut in the values", "cut in the header", "no array"])
def test_a_damaged_file_is_refused(how: str, tmp_path: Path) -> None:
    """A file that is missing, cut short or something else is refused with its path and what to do."""
    path = tmp_path / "numbers.npy"
    write_array(path, np.arange(1000))
    damage(path, how)
    with pytest.raises(
        BrokenRunError, match=r"expected a whole array file, saw: .*delete its folder"
    ) as error:
        read_array(path, np.int64)
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "values", [np.arange(9, dtype=np.int32), np.zeros(3, BAND), np.zeros((3, 3), np.int64)], ids=str
)
def test_another_type_is_refused(values: Any, tmp_path: Path) -> None:
    """Values of another type or shape were written with other settings; the message names both types."""
    path = tmp_path / "numbers.npy"
    np.save(path, values)
    with pytest.raises(BrokenRunError, match=r"expected values of type int64, saw .*other settings") as error:
        read_array(path, np.int64)
    assert str(error.value).startswith(f"{path}: ")


def test_signatures_of_other_sizes_are_refused(tmp_path: Path) -> None:
    """Sketches of 250 values are not read as sketches of 256."""
    write_array(tmp_path / "signatures.npy", np.zeros(2, signature_type(250)))
    with pytest.raises(BrokenRunError, match="expected values of type"):
        read_array(tmp_path / "signatures.npy", signature_type(256))


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    """An array of Python objects, which could run code, is not loaded."""
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(BrokenRunError, match="expected a whole array file"):
        read_array(tmp_path / "objects.npy", np.int64)


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    """An error while writing leaves neither the file nor a temporary one; an old file stays as it was."""
    path = tmp_path / "numbers.npy"
    for before in (None, np.arange(3)):
        if before is not None:
            write_array(path, before)
        with pytest.raises(ValueError, match="no more"), ArrayFile(path, np.int64) as out:
            out.append(np.arange(1000))
            raise ValueError("no more")
        assert out.record is None
        assert [file.name for file in tmp_path.iterdir()] == ([] if before is None else ["numbers.npy"])
    assert read_array(path, np.int64).tolist() == [0, 1, 2]


def test_values_of_another_type_are_our_own_mistake(tmp_path: Path) -> None:
    """Appending another type than the file's stops at once and leaves no file."""
    with pytest.raises(AssertionError), ArrayFile(tmp_path / "numbers.npy", np.int64) as out:
        out.append(np.arange(3, dtype=np.int32))
    assert list(tmp_path.iterdir()) == []
