"""Plans as files."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from made_tokens import MadeSplit

from curation.errors import BadInputError, BrokenRunError
from training.data.plan import Block, Plan, in_memory
from training.data.plan_store import PIECES, STARTS, SUMMARY, fingerprint, stored


def made(many: int = 30) -> Iterator[Block]:
    """Windows of one to three pieces, in blocks of ten."""
    for first in range(0, many, 10):
        counts = np.arange(first, first + 10) % 3 + 1
        starts = np.concatenate([[0], np.cumsum(counts)])
        numbers = np.arange(starts[-1]) + 100 * first
        yield Block(np.stack([numbers, numbers % 7, numbers % 7 + 5], axis=1).astype(np.uint32), starts)


def refused() -> list[Block]:
    """Is not to be asked for.

    Raises:
        AssertionError: Always.
    """
    raise AssertionError("made again")


def same(one: Plan, other: Plan) -> bool:
    """Whether two plans are the same."""
    windows = all(
        one.window(number).tolist() == other.window(number).tolist() for number in range(other.windows)
    )
    return windows and (one.windows, one.tokens, one.sha256) == (other.windows, other.tokens, other.sha256)


def test_what_is_stored_is_what_was_made(tmp_path: Path) -> None:
    """The arrays come back, from files, with the hash of a plan in memory."""
    plan = stored(tmp_path / "plans", {"sequence_length": 64}, made)
    assert same(plan, in_memory(made()))
    assert isinstance(plan.pieces, np.memmap)
    assert isinstance(plan.starts, np.memmap)


def test_a_plan_is_made_once(tmp_path: Path) -> None:
    """Who asks again for the same gets what is there."""
    first = stored(tmp_path, {"sequence_length": 64}, made)
    assert same(stored(tmp_path, {"sequence_length": 64}, refused), first)


def test_something_else_has_another_folder(tmp_path: Path) -> None:
    """Another length, say, is another plan beside the first."""
    stored(tmp_path, {"sequence_length": 64}, made)
    other = stored(tmp_path, {"sequence_length": 128}, lambda: made(10))
    assert other.windows == 10
    assert stored(tmp_path, {"sequence_length": 64}, refused).windows == 30


def test_the_summary_says_what_it_was_made_from(tmp_path: Path) -> None:
    """Beside the arrays stands, for people and checks, what decided on them."""
    plan = stored(tmp_path, {"sequence_length": 64}, made)
    [path] = tmp_path.glob(f"*/{SUMMARY}")
    summary = json.loads(path.read_text())
    assert summary["made_from"] == {"version": 1, "sequence_length": 64}
    assert (summary["windows"], summary["tokens"], summary["sha256"]) == (30, plan.tokens, plan.sha256)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted([PIECES, STARTS, SUMMARY])


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    """A plan that was not finished, or has no window, is not there; nor is what a killed process left."""

    def broken() -> Iterator[Block]:
        yield from made(10)
        raise BrokenRunError("stop")

    left = tmp_path / ".0123456789abcdef.77.tmp"
    left.mkdir()
    with pytest.raises(BrokenRunError, match="stop"):
        stored(tmp_path, {}, broken)
    with pytest.raises(BadInputError, match="nothing to make windows of"):
        stored(tmp_path, {}, lambda: iter(()))
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (SUMMARY, b"{}", "expected a plan of windows, saw KeyError.*delete the folder"),
        (SUMMARY, b"{", "expected a plan of windows, saw JSONDecodeError"),
        (STARTS, b"", "expected a plan of windows, saw EOFError"),
        (PIECES, b"\x93NUMPY", "expected a plan of windows, saw ValueError"),
        (PIECES, None, "expected a plan of windows, saw FileNotFoundError"),
    ],
)
def test_a_damaged_plan_is_refused(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """A plan that cannot be read says where it is and what to do."""
    stored(tmp_path, {}, made)
    [path] = tmp_path.glob(f"*/{name}")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BrokenRunError, match=message):
        stored(tmp_path, {}, refused)


def test_a_plan_with_too_few_rows_is_refused(tmp_path: Path) -> None:
    """Arrays that are not as long as the summary says are refused."""
    stored(tmp_path, {}, made)
    [path] = tmp_path.glob(f"*/{STARTS}")
    np.save(path, np.zeros(5, np.int64))
    with pytest.raises(BrokenRunError, match=r"expected arrays of .*saw \(60, 3\) and \(5,\)"):
        stored(tmp_path, {}, refused)


def test_who_asks_at_once_gets_one_plan(tmp_path: Path) -> None:
    """Of several that need the same plan at the same time one makes it, and the others wait for it."""
    begun: list[int] = []
    together = threading.Barrier(4)

    def noted() -> Iterator[Block]:
        begun.append(1)
        yield from made(3000)

    def ask(_: int) -> int:
        together.wait(60)
        return stored(tmp_path, {}, noted).windows

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [3000] * 4
    assert begun == [1]


def test_a_fingerprint_tells_splits_apart() -> None:
    """Another manifest, or another length of any document, is another split."""
    split, manifest = MadeSplit([[1, 2], [3]]), {"rows": 2}
    base = fingerprint(split, manifest)
    assert base == fingerprint(MadeSplit([[4, 5], [6]]), {"rows": 2}), "content is known by the manifest"
    assert base != fingerprint(split, {"rows": 3})
    assert base != fingerprint(MadeSplit([[1], [2, 3]]), manifest)
