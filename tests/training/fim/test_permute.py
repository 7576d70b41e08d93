"""A piece gets gaps as often, and in the order, that settings say; or stays as it is, and why."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import TEXTS

from training.fim.permute import Outcome, Permuter, Reason
from training.fim.pieces import Piece
from training.fim.settings import FimSettings
from training.fim.text import Atom, atoms_of, ids_of, shown
from training.fim.undo import undo
from training.fim.vocabulary import Vocabulary, as_ids
from training.tokenizer.coder import Coder

CODE = "def twice(value):\n    return value + value\n"
REPOSITORY = ("<repo_name>", "o/r", "<file_sep>", f"a.py\n{CODE}", "<file_sep>", f"b/c.py\n{CODE}{CODE}")
ROOM = 1000
TRIALS = 3000


class Bench:
    """Pieces are made and permuted here."""

    def __init__(self, coder: Coder, vocabulary: Vocabulary) -> None:
        self.coder = coder
        self.vocabulary = vocabulary

    def piece(self, *parts: str, begins: bool = True, opening: int | None = None) -> Piece:
        """A piece of texts and special tokens by name."""
        of_name = {name: number for number, name in self.coder.specials.control.items()}
        atoms: list[Atom] = [of_name.get(part, part) for part in parts]
        ids = ids_of(atoms, self.coder)
        return Piece(as_ids(ids), begins, ids[0] if opening is None else opening)

    def permuter(self, **fim: Any) -> Permuter:
        """With some settings."""
        return Permuter(FimSettings(**fim), self.coder, self.vocabulary)

    def text(self, ids: Sequence[int]) -> str:
        """Special tokens by name."""
        return shown(atoms_of(ids, self.vocabulary), self.vocabulary)

    def outcomes(self, piece: Piece, trials: int = TRIALS, **fim: Any) -> list[Outcome]:
        """What becomes of a piece with many generators."""
        permuter = self.permuter(**fim)
        return [permuter.permute(piece, np.random.default_rng(seed), ROOM) for seed in range(trials)]


@pytest.fixture(scope="module")
def bench(coder: Coder, vocabulary: Vocabulary) -> Bench:
    """With StarCoder2's special tokens."""
    return Bench(coder, vocabulary)


@pytest.fixture(scope="module")
def first_bench(first_coder: Coder, first_vocabulary: Vocabulary) -> Bench:
    """With those of the first StarCoder."""
    return Bench(first_coder, first_vocabulary)


@pytest.mark.parametrize(("rate", "spm_rate"), [(0.5, 0.5), (0.9, 0.1), (1.0, 1.0), (0.25, 0.0)])
def test_rates_are_kept(bench: Bench, rate: float, spm_rate: float) -> None:
    """So many pieces get a gap, and so many of these have the suffix first; four deviations are allowed."""
    found = bench.outcomes(bench.piece(CODE), rate=rate, spm_rate=spm_rate)
    orders = [gap.order for outcome in found for gap in outcome.gaps]
    for share, expected, trials in (
        (len(orders) / TRIALS, rate, TRIALS),
        (orders.count("spm") / len(orders), spm_rate, len(orders)),
    ):
        assert abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / trials)


def test_without_a_rate_nothing_changes(bench: Bench) -> None:
    """With rate 0 a piece is the very same ids."""
    piece = bench.piece(CODE)
    assert all(outcome == Outcome(piece.ids, (), ()) for outcome in bench.outcomes(piece, 50, rate=0))


@pytest.mark.parametrize("drawn", [True, False])
def test_the_choice_may_be_made_elsewhere(bench: Bench, drawn: bool) -> None:
    """Where a document was drawn as a whole, the piece is not drawn again, whatever the rate."""
    permuter = bench.permuter(rate=0.5)
    for seed in range(50):
        outcome = permuter.permute(bench.piece(CODE), np.random.default_rng(seed), ROOM, drawn=drawn)
        assert bool(outcome.gaps) == drawn


def test_middles_are_as_long_as_other_parts_on_average(bench: Bench) -> None:
    """Prefix, middle and suffix have a third of the text each, as ends are drawn alike from all places."""
    sizes = Counter[str]()
    for outcome in bench.outcomes(bench.piece(CODE), rate=1.0, spm_rate=0.0):
        for part in outcome.gaps[0].parts:
            ids = outcome.ids[part.start : part.end].tolist()
            sizes[part.name] += len("".join(map(str, atoms_of(ids, bench.vocabulary))))
    for size in sizes.values():
        assert size / sizes.total() == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (["x = 1 + 2"], "short"),
        (["<jupyter_script>"], "short"),
        (["x = 1 + 2 + 3", "<|endoftext|>", "y"], "special_tokens"),
        (["x = 1 + 2 + 3", "<fim_pad>"], "special_tokens"),
        (["<fim_prefix>", "x = 1 + 2 + 3"], "special_tokens"),
    ],
)
def test_what_cannot_have_a_gap_says_why(bench: Bench, parts: list[str], reason: Reason) -> None:
    """Too short texts, and those with the end of a document or parts of gaps, stay as they are."""
    piece = bench.piece(*parts)
    assert all(
        outcome == Outcome(piece.ids, (), (reason,)) for outcome in bench.outcomes(piece, 20, rate=1.0)
    )


@pytest.mark.parametrize("drop", ["first", "last"])
def test_a_piece_that_splits_a_character_says_so(bench: Bench, drop: str) -> None:
    """A piece with a part of a character at an edge stays as it is, and nothing of it becomes U+FFFD."""
    ids = bench.piece("\U0001f642 is a smile \U0001f642").ids
    piece = Piece(ids[1:] if drop == "first" else ids[:-1], begins=False, opening=0)
    assert not bench.vocabulary.is_clean(piece.ids), "the tokenizer has no token for the whole character"
    for outcome in bench.outcomes(piece, 20, rate=1.0):
        assert outcome == Outcome(piece.ids, (), ("split_character",))


def test_just_long_enough_is_cut(bench: Bench) -> None:
    """The floor is the number of characters that are enough."""
    assert bench.outcomes(bench.piece("x = 1 + 23"), 1, rate=1.0)[0].gaps
    assert bench.outcomes(bench.piece("x = 1 + 2"), 1, rate=1.0, min_characters=9)[0].gaps


@given(text=TEXTS, seed=st.integers(0, 500), room=st.integers(-1, 8))
def test_a_piece_never_outgrows_its_room(bench: Bench, text: str, seed: int, room: int) -> None:
    """It grows by no more than there is room for; what does not fit stays as it is, and is counted."""
    piece = bench.piece(text or "x", text)
    permuter = bench.permuter(rate=1.0, min_characters=1)
    tight = permuter.permute(piece, np.random.default_rng(seed), room)
    free = permuter.permute(piece, np.random.default_rng(seed), ROOM)
    if len(free.ids) - len(piece.ids) <= room:
        assert tight.ids.tolist() == free.ids.tolist()
    else:
        assert tight == Outcome(piece.ids, (), ("no_room",))


def test_a_repository_is_permuted_file_by_file(bench: Bench) -> None:
    """Each file has a gap of its own behind its <file_sep>; paths stay first, the repository's name whole."""
    for order, spm_rate in (("psm", 0.0), ("spm", 1.0)):
        for outcome in bench.outcomes(
            bench.piece(*REPOSITORY), 100, rate=1.0, fragment_rate=1.0, spm_rate=spm_rate
        ):
            assert [gap.order for gap in outcome.gaps] == [order, order]
            name, *files = bench.text(outcome.ids.tolist()).split("<file_sep>")
            assert name == "<repo_name>o/r"
            for path, file in zip(("a.py", "b/c.py"), files, strict=True):
                before = "<fim_prefix>" if order == "psm" else "<fim_prefix><fim_suffix>(?s:.*)<fim_middle>"
                assert re.match(f"{before}{path}\n", file)


def test_parts_of_a_repository_are_placed_in_all_of_it(bench: Bench) -> None:
    """Parts of the second file's gap count from the beginning of the piece."""
    outcome = bench.outcomes(bench.piece(*REPOSITORY), 1, rate=1.0, fragment_rate=1.0, spm_rate=0.0)[0]
    marks = bench.coder.specials
    for gap in outcome.gaps:
        before = [int(outcome.ids[part.start - 1]) for part in gap.parts]
        assert before == [marks.prefix, marks.suffix, marks.middle]


def test_without_names_a_file_of_a_repository_is_cut_anywhere(bench: Bench) -> None:
    """If no names are shown, or they need not stay, the first line is cut like others."""
    cut_in_line = {"shown": 0, "not shown": 0, "not kept": 0}
    for name, parts, keep in (
        ("shown", REPOSITORY, True),
        ("not shown", REPOSITORY[2:], True),
        ("not kept", REPOSITORY, False),
    ):
        for outcome in bench.outcomes(
            bench.piece(*parts), 200, rate=1.0, fragment_rate=1.0, spm_rate=0.0, keep_head=keep
        ):
            prefix = outcome.gaps[0].parts[0]
            text = bench.text(outcome.ids[prefix.start : prefix.end].tolist())
            cut_in_line[name] += "\n" not in text
    assert cut_in_line["shown"] == 0
    assert cut_in_line["not shown"] > 10
    assert cut_in_line["not kept"] > 10


def test_files_are_drawn_where_their_repository_is(bench: Bench) -> None:
    """Repositories are drawn with one rate, and files in those with another; neither in the others."""
    found = bench.outcomes(bench.piece(*REPOSITORY), rate=0.4, fragment_rate=0.7)
    gaps = Counter(len(outcome.gaps) for outcome in found)
    expected = {0: 0.6 + 0.4 * 0.3**2, 1: 0.4 * 2 * 0.7 * 0.3, 2: 0.4 * 0.7**2}
    for number, share in expected.items():
        assert abs(gaps[number] / TRIALS - share) <= 4 * np.sqrt(share * (1 - share) / TRIALS)


def test_files_that_do_not_fit_stay_and_the_others_do_not(bench: Bench) -> None:
    """Room goes to files in their order; one that has none stays as it is, with all that was around."""
    piece = bench.piece(*REPOSITORY)
    permuter = bench.permuter(rate=1.0, fragment_rate=1.0)
    seen = set()
    for seed in range(100):
        outcome = permuter.permute(piece, np.random.default_rng(seed), 8)
        seen.add((len(outcome.gaps), outcome.plain))
        assert len(outcome.ids) <= len(piece.ids) + 8
        assert undo(outcome.ids.tolist(), bench.vocabulary) == atoms_of(piece.ids, bench.vocabulary)
    assert (1, ("no_room",)) in seen


def test_metadata_stay_in_the_prefix(first_bench: Bench) -> None:
    """In the first StarCoder's layout no gap begins before the code, unless heads are not kept."""
    piece = first_bench.piece("<reponame>", "o/r", "<filename>", "a.py", "<gh_stars>", f"10-100\n{CODE}")
    head = "<reponame>o/r<filename>a.py<gh_stars>10-100\n"
    kept = [
        first_bench.text(outcome.ids.tolist())
        for outcome in first_bench.outcomes(piece, 200, rate=1.0, spm_rate=0.0)
    ]
    assert all(text.startswith(f"<fim_prefix>{head}") for text in kept)
    cut = [
        first_bench.text(outcome.ids.tolist())
        for outcome in first_bench.outcomes(piece, 200, rate=1.0, spm_rate=0.0, keep_head=False)
    ]
    assert any(not text.startswith(f"<fim_prefix>{head}") for text in cut)


def test_metadata_without_code_are_too_short(first_bench: Bench) -> None:
    """If there is too little behind the metadata, or their line does not end, there is no gap."""
    for rest in ("x = 1", "0\nx = 1"):
        piece = first_bench.piece("<gh_stars>", rest)
        assert first_bench.outcomes(piece, 1, rate=1.0)[0].plain == ("short",)


def test_the_published_way_keeps_nothing_and_encodes_apart(first_bench: Bench) -> None:
    """As published: metadata are cut like the rest, single characters too, and prefix and middle are two."""
    piece = first_bench.piece("<gh_stars>", f"0\n{CODE}")
    texts = set()
    for outcome in first_bench.outcomes(piece, 300, rate=1.0, spm_rate=1.0, megatron=True):
        prefix, middle = (outcome.ids[part.start : part.end].tolist() for part in outcome.gaps[0].parts[1:])
        for part in (prefix, middle):
            assert part == ids_of(atoms_of(part, first_bench.vocabulary), first_bench.coder)
        texts.add(first_bench.text(prefix))
    assert "" in texts
    short = first_bench.outcomes(first_bench.piece("x"), 1, rate=1.0, megatron=True)[0]
    assert short.gaps


def test_cuts_at_lines(bench: Bench) -> None:
    """With cuts at lines every part begins where a line does."""
    for outcome in bench.outcomes(bench.piece(CODE * 3), 200, rate=1.0, spm_rate=0.0, cut="line"):
        for part in outcome.gaps[0].parts:
            text = bench.text(outcome.ids[part.start : part.end].tolist())
            assert text == "" or text.startswith(("def", "    return"))
