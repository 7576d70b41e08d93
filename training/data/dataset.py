"""Windows of a split, by number: what a loader, a preview and an evaluation read.

    windows = Windows(open_tokens(folder, "train"), coder, config.fim, config.packing, seed=1234,
                      plans=folder / "plans")
    len(windows)          -> windows of one epoch
    windows[3]            -> {"input_ids": ..., "position_ids": ..., "labels": ...} of one window
    windows[len(windows)] -> the first window of the second epoch: another order, other gaps
    windows.stretch(8500 * 512)       -> as many windows, for a Trainer that asks for len()

A window depends on nothing but its number, the seed, the settings and the corpus: not on the number of
workers or ranks, on what was asked for before, or on where a run was stopped. There is nothing to save but
the step. It is a map-style data set in PyTorch's sense without being a subclass of anything; it imports no
torch.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from training.data.assemble import Assembler
from training.data.cutting import Documents
from training.data.plan import Block, Plan, in_memory, packed
from training.data.plan_store import fingerprint, opened, stored
from training.data.randomness import shuffled
from training.data.reserve import Reserve
from training.data.settings import PackingSettings
from training.data.statistics import Statistics, statistics_of
from training.data.stream import laid_out
from training.data.windows import Sample, Window, sample
from training.fim.permute import Permuter
from training.fim.settings import FimSettings
from training.fim.vocabulary import Vocabulary, vocabulary_of
from training.tokenise.store import check_tokenizer
from training.tokenizer.coder import Coder


class Split(Documents, Protocol):
    """What is read of the tokens (see `training.tokenise.store`)."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What made the tokens."""
        ...


class Windows:
    """The windows of a split, epoch after epoch.

    Attributes:
        plan: Which pieces make which window.
        vocabulary: What the ids are in bytes and characters.
    """

    def __init__(
        self,
        split: Split,
        coder: Coder,
        fim: FimSettings,
        packing: PackingSettings,
        seed: int,
        plans: Path | None = None,
    ) -> None:
        """Plan the windows, or open their plan.

        Where several processes open the same windows, one plans and the others wait for it.

        Args:
            split: The tokens.
            coder: The tokenizer that made them.
            fim: How often, where and in which order gaps are cut.
            packing: Length of windows, and whether documents are isolated.
            seed: Of all draws.
            plans: Folder where plans are saved; None to keep this one in memory.

        Raises:
            BadTokenizerError: If the tokens were made by another tokenizer, or it is not byte-level.
            BadInputError: If there is nothing to make a window of.
            BrokenRunError: If a saved plan cannot be read.
        """
        if "tokenizer" in split.manifest:
            check_tokenizer(split.manifest, coder, plans.parent if plans else Path("tokens"))
        self.vocabulary = vocabulary_of(coder)
        self.plan = _plan(split, fim, packing, seed, self.vocabulary, plans)
        self._split = split
        self._packing = packing
        self._padding_counts = fim.megatron
        self._seed = seed
        permuter = Permuter(fim, coder, self.vocabulary)
        self._assembler = Assembler(split, permuter, packing.sequence_length, seed)

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process: of a plan that is saved only where it is."""
        return {**self.__dict__, "plan": self.plan.folder or self.plan}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was sent.

        Raises:
            BrokenRunError: If the plan is not there any more.
        """
        self.__dict__.update(state)
        if isinstance(state["plan"], Path):
            self.plan = opened(state["plan"])

    def __len__(self) -> int:
        """Windows of an epoch."""
        return self.plan.windows

    def __getitem__(self, index: int) -> Sample:
        """What the model is trained on, for any number from 0 on.

        Raises:
            IndexError: If the number is below 0.
        """
        return sample(self.window(index), isolate=self._packing.isolate, padding_counts=self._padding_counts)

    def window(self, index: int) -> Window:
        """A window as it was made.

        Args:
            index: From 0; counts on over epochs.

        Raises:
            IndexError: If it is below 0.
        """
        if index < 0:
            raise IndexError(f"window {index}: expected a number from 0 on")
        epoch, place = divmod(int(index), self.plan.windows)
        number = shuffled(place, self.plan.windows, self._seed, epoch)
        return self._assembler.window(self.plan.window(number), number, epoch)

    def stretch(self, count: int, first: int = 0) -> "Stretch":
        """So many windows from a first one on, as a data set that has as many."""
        return Stretch(self, count, first)

    def statistics(self, indices: Iterable[int]) -> Statistics:
        """Figures over some windows."""
        return statistics_of(
            map(self.window, indices), isolate=self._packing.isolate, padding_counts=self._padding_counts
        )

    @property
    def tokens(self) -> int:
        """Tokens of documents that are seen in an epoch, without those that are added."""
        return self.plan.tokens

    @property
    def waste(self) -> float:
        """Share of an epoch that is not from documents, before gaps are cut, 0 to 1."""
        return 1 - self.plan.tokens / (self.plan.windows * self._packing.sequence_length)

    @property
    def plan_sha256(self) -> str:
        """Hash of the plan, in hexadecimal digits; a run that is resumed must find the same."""
        return self.plan.sha256


class Stretch:
    """A stretch of the endless row of windows."""

    def __init__(self, windows: Windows, count: int, first: int) -> None:
        self._windows = windows
        self._count = count
        self._first = first

    def __len__(self) -> int:
        """Windows of the stretch."""
        return self._count

    def __getitem__(self, index: int) -> Sample:
        """One of them.

        Raises:
            IndexError: If there is none with that number, by which plain loops end.
        """
        if not 0 <= index < self._count:
            raise IndexError(f"window {index} of {self._count}")
        return self._windows[self._first + int(index)]


def _plan(
    split: Split,
    fim: FimSettings,
    packing: PackingSettings,
    seed: int,
    vocabulary: Vocabulary,
    plans: Path | None,
) -> Plan:
    """Which pieces make which window."""
    reserve = Reserve.of(packing.sequence_length, fim)
    layouts = split.manifest.get("settings", {}).get("form") != "content"
    repositories = layouts and fim.rate > 0 and vocabulary.specials.file_sep is not None

    def make() -> Iterable[Block]:
        if fim.megatron:
            return laid_out(split, packing.sequence_length, seed)
        return packed(split, reserve, vocabulary, repositories=repositories)

    if plans is None:
        return in_memory(make())
    made_from: dict[str, Any] = {"tokens": fingerprint(split, split.manifest)}
    if fim.megatron:
        made_from |= {"sequence_length": packing.sequence_length, "stream": seed}
    else:
        made_from |= {**reserve._asdict(), "repositories": repositories}
    return stored(plans, made_from, make)
