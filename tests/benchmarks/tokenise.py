r"""How fast texts become ids, against Hugging Face's tokenizers, and whether all ids are the same.

    python tests/benchmarks/tokenise.py CACHE                       50 MB of the installed packages' code
    python tests/benchmarks/tokenise.py CACHE --megabytes 200 --folder SOURCES
    python tests/benchmarks/tokenise.py CACHE --classes             how every character of Unicode is cut

A tokenizer with StarCoder2's layout and 49,152 entries is trained once into CACHE, from other files than are
measured. Both sides take turns on the same 2 MB of files, one thread each; a figure is the median over these
turns, in CPU time. Then `training tokenise` is run on a shard of the same texts, with one process and with
one for each core.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one thread each; read when tokenizers is first used
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import numpy as np
from pii_corpus import site_packages, texts
from tokenizers import Tokenizer

from training.tokenizer import proof
from training.tokenizer.classes import SURROGATE, probe, runs
from training.tokenizer.coder import Coder
from training.tokenizer.convert import Converted, convert
from training.tokenizer.fast import FastEncoder
from training.tokenizer.load import load_coder
from training.tokenizer.made import make_tokenizer

CODE = (
    ".c",
    ".cc",
    ".cpp",
    ".css",
    ".cuh",
    ".h",
    ".hpp",
    ".html",
    ".js",
    ".pxd",
    ".py",
    ".pyi",
    ".pyx",
    ".ts",
)
"""Endings of files of code."""
VOCABULARY = 49_152
TRAINED_FROM = 50
"""MB that the tokenizer is trained from."""
TURN = 2_000_000
"""Bytes of files that each side takes before it is the other's turn."""
BAR = 4.0
"""The ratio that is asked for."""


def code(folders: list[Path], part: int, megabytes: float) -> Iterator[str]:
    """Texts of files of code, of one half of all files."""
    left = megabytes * 1e6
    for name, text in texts(folders, part=part, parts=2):
        if name.endswith(CODE):
            yield text
            left -= len(text.encode())
            if left <= 0:
                return


def turns(found: list[str]) -> Iterator[list[str]]:
    """The texts in portions of about `TURN` bytes."""
    portion: list[str] = []
    size = 0
    for text in found:
        portion.append(text)
        size += len(text.encode())
        if size >= TURN:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and seconds of CPU time."""
    begun = time.process_time()
    result = work()
    return result, time.process_time() - begun


def by_coder(coder: Coder, portion: list[str]) -> list[list[int]]:
    """Ids as training gets them."""
    return [coder.encode(text) for text in portion]


def by_batch(encode: Callable[..., list[Any]], portion: list[str]) -> list[list[int]]:
    """Ids as Hugging Face gives them."""
    return [one.ids for one in encode(portion, add_special_tokens=False)]


def compare(coder: Coder, found: list[str]) -> tuple[list[dict[str, float]], int]:
    """MB/s of each side in each turn, and the files whose ids differ."""
    backend = coder._backend
    rows, wrong = [], 0
    for number, portion in enumerate(turns(found)):
        size = sum(len(text.encode()) for text in portion) / 1e6
        sides: dict[str, Callable[[], list[list[int]]]] = {
            "coder": partial(by_coder, coder, portion),
            "encode_batch": partial(by_batch, backend.encode_batch, portion),
            "encode_batch_fast": partial(by_batch, backend.encode_batch_fast, portion),
        }
        order = list(sides) if number % 2 else list(reversed(sides))
        results = {name: timed(sides[name]) for name in order}
        rows.append({name: size / seconds for name, (_, seconds) in results.items()})
        pairs = zip(results["coder"][0], results["encode_batch"][0], strict=True)
        wrong += sum(ours != theirs for ours, theirs in pairs)
    return rows, wrong


def peak(cache: str, side: str, folders: list[Path], megabytes: float) -> float:
    """Largest resident memory of a process that encodes all texts one way, in MB; run in a new process."""
    coder = load_coder(cache)
    for text in code(folders, 1, megabytes):
        if side == "coder":
            coder.encode(text)
        else:
            coder._backend.encode_batch([text], add_special_tokens=False)
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def end_to_end(cache: Path, found: list[str], workers: int) -> tuple[float, float]:
    """MB of text per second of `training tokenise`, from start to manifest, and peak memory of a process."""
    from token_runs import config_of, made_run, row

    from training.tokenise.run import tokenise

    with tempfile.TemporaryDirectory() as folder:
        rows = [row(number, text, repo_name=f"octo/{number % 500}") for number, text in enumerate(found)]
        names = [f"data/python/python-{shard:05d}-of-{workers:05d}" for shard in range(workers)]
        shards = {name: rows[place::workers] for place, name in enumerate(names)}
        run = made_run(Path(folder) / "run", shards)
        config = config_of(run, Path(folder) / "out", tokenizer=cache, workers=workers, held_out=0.01)
        with watched() as largest:
            begun = time.perf_counter()
            manifest = tokenise(config)
            seconds = time.perf_counter() - begun
    return manifest["bytes"] / 1e6 / seconds, max(largest)


@contextmanager
def watched() -> Iterator[list[float]]:
    """Resident memory of the largest process below this one, in MB, looked at ten times a second."""
    import psutil

    largest, ended = [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    largest.append(process.memory_info().rss / 1e6)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    yield largest
    ended.set()
    thread.join()


def classes(cache: Path) -> int:
    """Characters of Unicode that are cut differently though no text with them is sent to the original."""
    coder = load_coder(cache)
    shape = proof._shape(json.loads((cache / "tokenizer.json").read_bytes()))
    converted = convert(json.loads(shape))
    assert isinstance(converted, Converted)
    encoder, backend = FastEncoder(converted), Tokenizer.from_str(shape)
    sure = ~coder._doubted
    sure[[p for one in runs() if one.kind == SURROGATE for p in range(one.first, one.last + 1)]] = False
    points, wrong = np.flatnonzero(sure).tolist(), []
    for start in range(0, len(points), 64):
        together = "".join(probe(chr(point)) for point in points[start : start + 64])
        if encoder.encode(together) != backend.encode(together, add_special_tokens=False).ids:
            wrong.append(hex(points[start]))
    sys.stdout.write(
        f"{len(points):,} characters, {len(wrong)} stretches of 64 cut differently {wrong[:5]}\n"
    )
    return len(wrong)


def report(cache: Path, folders: list[Path], megabytes: float) -> None:
    """Measure and print."""
    coder = load_coder(cache)
    sys.stdout.write(f"coder.fast {coder.fast} {coder.slow_because}\n")
    found = list(code(folders, 1, megabytes))
    size = sum(len(text.encode()) for text in found) / 1e6
    rows, wrong = compare(coder, found)
    sys.stdout.write(f"{len(found):,} files, {size:.1f} MB; files with other ids: {wrong}\n")
    for name in rows[0]:
        rates = sorted(row[name] for row in rows)
        sys.stdout.write(f"{name:<20}{statistics.median(rates):>8.2f} MB per CPU-second\n")
    for name in ("encode_batch", "encode_batch_fast"):
        ratios = [row["coder"] / row[name] for row in rows]
        sys.stdout.write(
            f"ratio to {name:<18}{statistics.median(ratios):>6.2f} (bar {BAR}, {min(ratios):.2f} to "
            f"{max(ratios):.2f})\n"
        )
    for side in ("coder", "encode_batch"):
        with get_context("spawn").Pool(1) as pool:
            memory = pool.apply(peak, (str(cache), side, folders, megabytes))
        sys.stdout.write(f"peak memory {side:<14}{memory:>8.0f} MB\n")
    for workers in sorted({1, len(os.sched_getaffinity(0))}):
        rate, memory = end_to_end(cache, found, workers)
        sys.stdout.write(
            f"tokenise, {workers} workers{rate:>12.2f} MB/s, {memory:.0f} MB in the largest worker\n"
        )


def main() -> None:
    """Train the tokenizer if it is not there, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cache", type=Path, help="folder of the tokenizer; made if needed")
    parser.add_argument("--folder", type=Path, action="append", help="of source code; the installed packages")
    parser.add_argument("--megabytes", type=float, default=50, help="of code that is encoded")
    parser.add_argument("--classes", action="store_true", help="compare how every character is cut instead")
    arguments = parser.parse_args()
    folders = arguments.folder or [site_packages()]
    if not (arguments.cache / "tokenizer.json").is_file():
        make_tokenizer(code(folders, 0, TRAINED_FROM), VOCABULARY, "starcoder2", arguments.cache)
    if arguments.classes:
        sys.exit(classes(arguments.cache) > 0)
    report(arguments.cache, folders, arguments.megabytes)


if __name__ == "__main__":
    main()
