"""How fast windows are made, how full they are, and how many gaps fail: tokens per second of processor time.

    python tests/benchmarks/windows.py                       Python files of the running environment
    python tests/benchmarks/windows.py FOLDER --tokenizer bigcode/starcoder2-3b --megabytes 100 --rounds 7

FOLDER holds text files, or parquet files with a column `content` (such as data/python of a curation run).
Without a tokenizer one with 49,152 entries is trained from the texts.

`peer` does what the published loader does (Megatron-LM, gpt_dataset.py), written anew and plainly: slices of
one stream, split at ends of documents; half of the segments are decoded, cut and encoded in three parts with
the tokenizers of Hugging Face. All take turns on windows of the same length, so that a busy machine slows
them alike; figures are medians over rounds, ratios are medians of the rounds' ratios. Planning is timed for a
million documents with made lengths like those of code. --kept and --look set what `training.data.reserve` and
`training.data.cutting` have measured: WINDOW_TOKENS and LINE_TOKENS.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pii_corpus import site_packages, texts

from training.data import cutting, reserve
from training.data.dataset import Windows
from training.data.plan import in_memory, packed
from training.data.reserve import Reserve
from training.data.settings import PackingSettings
from training.fim.settings import FimSettings
from training.fim.vocabulary import vocabulary_of
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder
from training.tokenizer.made import make_tokenizer

LENGTHS = (2048, 8192)
VOCABULARY = 49_152
TRAINED_ON = 4000
"""Texts that a tokenizer is trained from at most."""
PLANNED = 1_000_000
"""Documents that planning is timed for."""
WAYS: dict[str, dict[str, Any]] = {
    "gaps": {},
    "gaps, at lines": {"cut": "line"},
    "gaps, by document": {"level": "document"},
    "no gaps": {"rate": 0.0},
    "published way": {"megatron": True},
}


class InMemory:
    """A split of tokens in one array."""

    def __init__(self, documents: list[list[int]]) -> None:
        self.lengths = np.array([len(document) for document in documents], np.int64)
        self.manifest = {"settings": {"form": "content"}}
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self._ids = np.concatenate([np.array(document, np.uint16) for document in documents])

    def tokens(self, document: int, first: int = 0, last: int | None = None) -> npt.NDArray[Any]:
        """Ids of a document, or of a part of it."""
        start, end = self._starts[document : document + 2].tolist()
        return self._ids[start + first : end if last is None else start + last]


class Lengths:
    """A split of which only lengths are known, for planning; its one token is no newline."""

    def __init__(self, lengths: npt.NDArray[np.int64], token: int) -> None:
        self.lengths = lengths
        self._token = token

    def tokens(self, document: int, first: int = 0, last: int | None = None) -> npt.NDArray[Any]:
        """The same token again and again."""
        end = int(self.lengths[document]) if last is None else last
        return np.full(end - first, self._token, np.uint16)


class Peer:
    """The published loader, plainly."""

    def __init__(self, split: InMemory, coder: Coder, length: int) -> None:
        self._length = length
        self._specials = coder.specials
        self._hf = coder.hf.backend_tokenizer
        self._hf.encode_special_tokens = True
        end = [coder.specials.end]
        self._stream = np.concatenate(
            [part for number in range(len(split.lengths)) for part in (split.tokens(number), end)]
        )
        self._generator = np.random.RandomState(1234)  # as in the published loader

    def __len__(self) -> int:
        """Windows of the stream."""
        return len(self._stream) // self._length

    def __getitem__(self, number: int) -> npt.NDArray[np.int64]:
        """A slice of the stream, permuted."""
        some = self._stream[number * self._length : (number + 1) * self._length].astype(np.int64)
        pieces = []
        for segment in np.split(some, np.flatnonzero(some == self._specials.end) + 1):
            closed = segment[-1:] == self._specials.end
            body = segment[:-1] if closed.any() else segment
            pieces += [self._permuted(body), segment[len(body) :]]
        out = np.concatenate(pieces)[: self._length]
        return np.concatenate([out, np.full(self._length - len(out), self._specials.pad)])

    def _permuted(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        if not len(ids) or not self._generator.binomial(1, 0.5):
            return ids
        text = self._hf.decode(ids.tolist(), skip_special_tokens=False)
        first, last = sorted(self._generator.randint(0, len(text) + 1, 2).tolist())
        prefix, middle, suffix = map(self._encoded, (text[:first], text[first:last], text[last:]))
        marks = self._specials
        if self._generator.binomial(1, 0.5):
            out = [marks.prefix, marks.suffix, *suffix, marks.middle, *prefix, *middle]
        else:
            out = [marks.prefix, *prefix, marks.suffix, *suffix, marks.middle, *middle]
        return np.array(out, np.int64)

    def _encoded(self, text: str) -> list[int]:
        ids: list[int] = self._hf.encode(text, add_special_tokens=False).ids
        return ids


def main() -> int:
    """Run all and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=None, help="default: site-packages")
    parser.add_argument("--megabytes", type=float, default=60.0, help="of texts; default 60")
    parser.add_argument("--tokenizer", default=None, help="hub id or folder; default: one that is trained")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--tokens", type=int, default=400_000, help="of a round; default 400,000")
    parser.add_argument("--kept", type=int, default=reserve.WINDOW_TOKENS, help="tokens kept in a window")
    parser.add_argument(
        "--look", type=int, default=cutting.LINE_TOKENS, help="tokens before a cut, for lines"
    )
    options = parser.parse_args()
    reserve.WINDOW_TOKENS, cutting.LINE_TOKENS = options.kept, options.look
    every = list(_texts(options.folder, options.megabytes))
    with tempfile.TemporaryDirectory() as made:
        coder = _coder(options.tokenizer, every, Path(made))
    _say(f"{len(every):,} texts, {sum(map(len, every)) / 1e6:.0f} million characters, fast: {coder.fast}")
    split = InMemory([ids for text in every if (ids := coder.encode(text))])
    _say(f"{len(split.lengths):,} documents, {split.lengths.sum() / 1e6:.1f} million tokens\n")
    for length in LENGTHS:
        ours = {
            name: Windows(split, coder, FimSettings(**fim), PackingSettings(sequence_length=length), 1234)
            for name, fim in WAYS.items()
        }
        _tell_fill(ours, length)
        _tell_cuts(ours["gaps"], split)
        _tell_speed({**ours, "peer": Peer(split, coder, length)}, length, options.rounds, options.tokens)
    _tell_planning(coder)
    _say(f"\npeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    return 0


def _say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _texts(folder: Path | None, megabytes: float) -> Iterator[str]:
    for name, text in texts([folder or site_packages()], megabytes=megabytes if folder else 0):
        if folder is not None or name.endswith(".py"):
            yield text
            megabytes -= len(text) / 1e6
            if megabytes <= 0:
                return


def _coder(name: str | None, every: list[str], folder: Path) -> Coder:
    if name is None:
        make_tokenizer(every[:TRAINED_ON], VOCABULARY, "starcoder2", folder)
    return load_coder(name or folder)


def _tell_fill(ours: dict[str, Windows], length: int) -> None:
    """Shares of windows, and of gaps that were drawn and not cut."""
    _say(f"windows of {length:,}       windows  content     fill  not cut    lost  reasons")
    for name, windows in ours.items():
        found = windows.statistics(range(min(len(windows), 4_000_000 // length))).as_json()
        _say(
            f"  {name:20} {len(windows):8,}  {1 - windows.waste:7.2%}  {found['fill']:7.2%}  "
            f"{found['not_cut_share']:7.2%}  {found['lost'] / found['tokens']:6.2%}  {found['not_cut']}"
        )


def _tell_cuts(windows: Windows, split: InMemory) -> None:
    """Share of cuts in long documents that are at lines."""
    table, cuts, at_line = windows.vocabulary, 0, 0
    for document, first, _ in windows.plan.pieces.tolist():
        if first:
            before, after = split.tokens(document, first - 1, first + 1).tolist()
            at_line += bool(table.ends_with_newline[before] or table.begins_with_newline[after])
            cuts += 1
    _say(f"  {cuts:,} cuts in long documents, {at_line / max(cuts, 1):.2%} of them at lines")


def _tell_speed(contestants: dict[str, Any], length: int, rounds: int, tokens: int) -> None:
    """Tokens per second of processor time, and ratios to the peer."""
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    many = max(1, tokens // length)
    for turn in range(rounds):
        for name, windows in contestants.items():
            numbers = [(turn * many + one) % len(windows) for one in range(many)]
            speeds[name].append(many * length / _seconds(windows, numbers))
    _say(f"windows of {length:,}       million tokens / CPU s   times the peer")
    for name, found in speeds.items():
        ratios = [own / peer for own, peer in zip(found, speeds["peer"], strict=True)]
        _say(f"  {name:20} {statistics.median(found) / 1e6:20.2f} {statistics.median(ratios):16.1f}")
    _say()


def _seconds(windows: Any, numbers: list[int]) -> float:
    begun = time.process_time()
    for number in numbers:
        windows[number]
    return time.process_time() - begun


def _tell_planning(coder: Coder) -> None:
    """Time to plan a million documents."""
    lengths = np.random.default_rng(0).lognormal(6.9, 1.4, PLANNED).astype(np.int64) + 1
    vocabulary = vocabulary_of(coder)
    split = Lengths(lengths, coder.encode("x")[0])
    _say(f"planning {PLANNED:,} documents, {lengths.sum() / 1e9:.1f} thousand million tokens")
    for length in LENGTHS:
        room = Reserve.of(length, FimSettings())
        in_memory(packed(Lengths(lengths[:1000], 5), room, vocabulary))  # compiles
        begun = time.process_time()
        plan = in_memory(packed(split, room, vocabulary, repositories=False))
        seconds = time.process_time() - begun
        _say(
            f"  windows of {length:,}: {len(plan.pieces):,} pieces in {plan.windows:,} windows, "
            f"{plan.tokens / plan.windows / length:.2%} filled, {seconds:.1f} CPU s"
        )


if __name__ == "__main__":
    sys.exit(main())
