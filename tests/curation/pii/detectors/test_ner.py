"""Names by a model: windows, spans, and that nothing goes wrong in silence."""

import copy
import pickle
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_ner
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadConfigError
from curation.pii.detectors import ner
from curation.pii.detectors.ner import BrokenModelError, Ner
from curation.pii.detectors.ner_spans import (
    BEGIN,
    END,
    INSIDE,
    MAX_COMPLETED,
    SINGLE,
    Tokens,
    read_labels,
    spans_of,
)
from curation.pii.detectors.ner_windows import MAX_BLOCK, batches, blocks, windows
from curation.pii.settings import NerSettings
from curation.pii.spans import TAGS, Span

LINE = "return list of x by Karun Mines for value\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # matrices this small are slower on several
    yield tiny_ner.make(tmp_path_factory.mktemp("ner") / "model")
    torch.set_num_threads(threads)


def settings(model: Path, **values: Any) -> NerSettings:
    return NerSettings(
        **{"model": str(model), "window": 40, "overlap": 16, "batch": 4, "device": "cpu", **values}
    )


def found(text: str, spans: list[Span]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def tokens_of(text: str, words: list[tuple[str, str, int, float]]) -> Tokens:
    """Tokens of the given pieces of a text, each with tag, part and score."""
    starts, ends, place = [], [], 0
    for piece, *_ in words:
        place = text.index(piece, place)
        starts.append(place)
        place += len(piece)
        ends.append(place)
    return Tokens(
        np.array(starts, np.int64),
        np.array(ends, np.int64),
        np.array([TAGS.index(tag) if tag else -1 for _, tag, _, _ in words], np.int8),
        np.array([part for _, _, part, _ in words], np.int8),
        np.array([score for *_, score in words], np.float32),
    )


# windows


@given(st.integers(0, 400), st.integers(2, 50), st.data())
def test_every_token_is_owned_once_by_the_window_where_it_stands_deepest(
    count: int, size: int, data: st.DataObject
) -> None:
    """Windows cover the text; a token that two see belongs to the one with the farther border."""
    overlap = data.draw(st.integers(0, size // 2))
    cut = windows(count, size, overlap)
    assert [n for w in cut for n in range(w.own_start, w.own_end)] == list(range(count))
    for window in cut:
        assert window.start <= window.own_start <= window.own_end <= window.end <= window.start + size

        def depth(token: int, start: int, end: int) -> float:
            left = token - start if start else float("inf")
            return min(left, end - 1 - token if end < count else float("inf"))

        for token in range(window.own_start, window.own_end):
            mine = depth(token, window.start, window.end)
            assert all(mine >= depth(token, w.start, w.end) - 1 for w in cut if w.start <= token < w.end)


def test_windows_are_as_many_as_the_text_is_long() -> None:
    """No window at all for no token, one for a short text, then one per size less overlap."""
    assert windows(0, 10, 2) == []
    assert len(windows(10, 10, 2)) == 1
    assert len(windows(10_000, 10, 2)) == pytest.approx(10_000 / 8, abs=2)


@given(st.text(alphabet="ab\n", max_size=50), st.integers(0, 3))
def test_blocks_are_the_text(text: str, times: int) -> None:
    """Pieces for the tokeniser join to the text, none is longer than the limit, and lines are kept whole."""
    whole = text + ("x" * 1000 + "\n") * (times * MAX_BLOCK // 1001)
    pieces = list(blocks(whole))
    assert "".join(piece for _, piece in pieces) == whole
    assert all(whole.startswith(piece, start) and len(piece) <= MAX_BLOCK for start, piece in pieces)
    assert all(piece.endswith("\n") for _, piece in pieces[:-1])


def test_batches_hold_every_window_once_the_longest_first() -> None:
    """Windows of like length run together."""
    assert list(batches([3, 9, 3, 8, 1], 2)) == [[1, 3], [0, 2], [4]]


# spans


SPANS = [
    # text, tokens, expected
    ("by Ann Lee.", [("Ann", "NAME", BEGIN, 0.9), ("Lee", "NAME", INSIDE, 0.8)], ["Ann Lee"]),
    ("by Ann Lee.", [("Ann", "NAME", INSIDE, 0.9), ("Lee.", "NAME", INSIDE, 0.8)], ["Ann Lee"]),
    ("(Ann Lee)", [("(Ann", "NAME", INSIDE, 0.9), ("Lee)", "NAME", INSIDE, 0.8)], ["Ann Lee"]),
    (
        "Ann Lee Per Lind",
        [
            ("Ann", "NAME", BEGIN, 1),
            ("Lee", "NAME", INSIDE, 1),
            ("Per", "NAME", BEGIN, 1),
            ("Lind", "NAME", INSIDE, 1),
        ],
        ["Ann Lee", "Per Lind"],
    ),
    (
        "Ann Lee Per Lind",
        [
            ("Ann", "NAME", BEGIN, 1),
            ("Lee", "NAME", END, 1),
            ("Per", "NAME", INSIDE, 1),
            ("Lind", "NAME", INSIDE, 1),
        ],
        ["Ann Lee", "Per Lind"],
    ),
    (
        "Ann Lee\nPer Lind",
        [
            ("Ann", "NAME", INSIDE, 1),
            ("Lee", "NAME", INSIDE, 1),
            ("Per", "NAME", INSIDE, 1),
            ("Lind", "NAME", INSIDE, 1),
        ],
        ["Ann Lee", "Per Lind"],
    ),
    (
        "Anneli Lee",
        [("Ann", "NAME", BEGIN, 1), ("eli", "NAME", BEGIN, 1), (" Lee", "NAME", INSIDE, 1)],
        ["Anneli Lee"],
    ),
    ("Anneli Leeson", [("Ann", "NAME", BEGIN, 1), (" Lee", "NAME", INSIDE, 1)], []),
    ("Ann Leeson, x", [("Ann", "NAME", BEGIN, 1), (" Lee", "NAME", INSIDE, 1)], ["Ann Leeson"]),
    ("by Ann", [("Ann", "NAME", SINGLE, 1)], []),  # a name has two words
    ("by Jane Doe", [("Jane", "NAME", BEGIN, 1), ("Doe", "NAME", INSIDE, 1)], []),  # made up
    ("<NAME> here", [("<NAME>", "NAME", BEGIN, 1)], []),
    ("<EMAIL>", [("EMAIL", "EMAIL", BEGIN, 1)], []),
    ("k = 'kQ7/x+9='", [("'kQ7/x+9='", "KEY", SINGLE, 1)], ["kQ7/x+9='"]),  # a key may end so
    ("p = 'kQ7/x+9='", [("'kQ7/x+9='", "PASSWORD", SINGLE, 1)], ["kQ7/x+9"]),
    ("key = xxxxxxxxxxxx", [("xxxxxxxxxxxx", "KEY", SINGLE, 1)], []),
    ("u = abc", [("abc", "USERNAME", SINGLE, 1)], []),  # three characters
    ("AB12 \n CD34", [("AB12", "KEY", BEGIN, 1), ("CD34", "KEY", INSIDE, 1)], ["AB12 \n CD34"]),
    (
        "Ann Lee ann@q.org",
        [("Ann", "NAME", BEGIN, 1), ("Lee", "NAME", INSIDE, 1), ("ann@q.org", "EMAIL", INSIDE, 1)],
        ["Ann Lee", "ann@q.org"],
    ),
    ("... !!", [("...", "NAME", BEGIN, 1), ("!!", "NAME", INSIDE, 1)], []),
]


@pytest.mark.parametrize(("text", "words", "expected"), SPANS)
def test_tokens_become_clean_spans(
    text: str, words: list[tuple[str, str, int, float]], expected: list[str]
) -> None:
    """Tokens of an entity are joined and completed, punctuation falls off, what counts for nothing goes."""
    assert found(text, spans_of(text, tokens_of(text, words))) == expected


def test_a_span_has_the_mean_score_of_its_tokens() -> None:
    """The score is rounded, so that it does not tell in which batch a text ran."""
    words = [("Ann", "NAME", BEGIN, 0.9), ("Lee", "NAME", INSIDE, 0.8)]
    (span,) = spans_of("Ann Lee", tokens_of("Ann Lee", words))
    assert span == Span(0, 7, "NAME", "ner", 0.85)


def test_a_word_is_completed_by_a_bounded_number_of_characters() -> None:
    """One tagged token in a megabyte of letters does not take it all."""
    noise = "".join(random.Random(1).choices("abcdefgHIJKLMN0123456789", k=1000))
    text = f"{noise}kQ7z{noise}"
    (span,) = spans_of(text, tokens_of(text, [("kQ7z", "KEY", SINGLE, 1.0)]))
    assert (span.start, span.end) == (1000 - MAX_COMPLETED, 1004 + MAX_COMPLETED)


LABELS = [
    (["O", "B-NAME", "I-NAME"], {}, [(-1, INSIDE), (4, BEGIN), (4, INSIDE)]),
    (["O", "S-KEY", "E-KEY", "L-KEY", "U-KEY"], {}, [(-1, 0), (0, SINGLE), (0, END), (0, END), (0, SINGLE)]),
    (["NAME", "IP_ADDRESS", "O"], {}, [(4, INSIDE), (3, INSIDE), (-1, INSIDE)]),
    (
        ["O", "B-PER", "I-PER", "B-MISC"],
        {"PER": "NAME", "MISC": ""},
        [(-1, 0), (4, BEGIN), (4, INSIDE), (-1, BEGIN)],
    ),
    (["O", "E-MAIL"], {"E-MAIL": "EMAIL"}, [(-1, INSIDE), (2, END)]),
]


@pytest.mark.parametrize(("names", "labels", "expected"), LABELS)
def test_labels_of_a_model_are_read_as_tags(
    names: list[str], labels: dict[str, str], expected: list[tuple[int, int]]
) -> None:
    """BIO, BIOES, BILOU and plain labels are understood; settings say what other words mean."""
    read = read_labels(dict(enumerate(names)), NerSettings(model="m", labels=labels))
    assert list(zip(read.tags, read.parts, strict=True)) == expected


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        (["O", "B-PER"], {}, r"has the label 'B-PER', which is no tag"),
        (["LABEL_0", "LABEL_1"], {}, r"has the label 'LABEL_0', which is no tag"),
        (["O", "B-PER"], {"labels": {"PER": "PERSON"}}, r"names the tag 'PERSON'; a tag is one of KEY"),
        (["O", "B-NAME"], {"thresholds": {"NAMES": 0.5}}, r"names the tag 'NAMES'"),
        (["O", "B-PER"], {"labels": {"PER": ""}}, r"finds nothing"),
    ],
)
def test_labels_that_mean_nothing_are_refused(names: list[str], values: dict[str, Any], message: str) -> None:
    """A model whose labels are not understood would find nothing; that is said before any data is read."""
    with pytest.raises(BadConfigError, match=message):
        read_labels(dict(enumerate(names)), NerSettings(model="m", **values))


# with a model


@pytest.mark.slow
def test_a_name_is_found_in_a_text_of_any_length(model: Path) -> None:
    """The same line is found whole wherever it stands, also across the borders of windows."""
    ner = Ner(settings(model))
    rng = random.Random(3)
    texts = [
        "= value of list " * 0 + " ".join(rng.choices(tiny_ner.FILLER, k=k)) + " " + LINE for k in range(60)
    ]
    assert [found(text, spans) for text, spans in zip(texts, ner.find_many(texts), strict=True)] == [
        ["Karun Mines"]
    ] * len(texts)


def test_without_overlap_a_border_cuts_names(model: Path) -> None:
    """What the test above shows is owed to the overlap."""
    rng = random.Random(3)
    texts = [" ".join(rng.choices(tiny_ner.FILLER, k=k)) + " " + LINE for k in range(60)]
    spans = Ner(settings(model, overlap=0)).find_many(texts)
    assert any(found(text, own) != ["Karun Mines"] for text, own in zip(texts, spans, strict=True))


def test_spans_do_not_depend_on_what_runs_beside(model: Path) -> None:
    """Any batch size and order give the same spans; scores differ by rounding at most."""
    rng = random.Random(5)
    texts = [tiny_ner.a_line(rng)[0] * rng.randint(1, 4) for _ in range(30)] + [
        "",
        "\n",
        "é" * 300,
        "\ud800 by \udfff",
    ]
    alone = [Ner(settings(model, batch=1)).find_many([text])[0] for text in texts]
    assert sum(map(len, alone)) > 25
    for batch in (2, 7, 64):
        together = Ner(settings(model, batch=batch)).find_many(texts)
        turned = Ner(settings(model, batch=batch)).find_many(texts[::-1])[::-1]
        for one, two, three in zip(alone, together, turned, strict=True):
            assert [s[:4] for s in one] == [s[:4] for s in two] == [s[:4] for s in three]
            assert [s.score for s in one] == pytest.approx([s.score for s in two], abs=2e-4)


def test_a_threshold_decides_what_counts(model: Path) -> None:
    """A threshold of one lets nothing pass; one for another tag changes nothing."""
    ner = [Ner(settings(model, thresholds=values)) for values in ({"NAME": 1.0}, {"KEY": 1.0}, {})]
    none, other, default = (each.find_many([LINE])[0] for each in ner)
    assert (none, found(LINE, default)) == ([], ["Karun Mines"])
    assert other == default


def test_work_is_linear_in_the_length_of_a_text(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the text is four times the tokens for the model, also if it is one long line."""
    given: list[int] = []

    def counted(loaded: Any, documents: Any, work: Any) -> None:
        given.append(sum(window.end - window.start for _, window in work))
        run(loaded, documents, work)

    run = ner._run
    monkeypatch.setattr(ner, "_run", counted)
    tokens = []
    for times in (1, 4):
        given.clear()
        (spans,) = Ner(settings(model, batch=32)).find_many([LINE.replace("\n", " ") * 150 * times])
        assert len(spans) >= 140 * times
        tokens.append(sum(given))
    assert tokens[1] == pytest.approx(4 * tokens[0], rel=0.05)


def test_a_copy_loads_its_own_model(model: Path) -> None:
    """What is sent to another process are the settings."""
    ner = Ner(settings(model))
    ner.load()
    assert len(pickle.dumps(ner)) < 2000
    assert copy.deepcopy(ner).find_many([LINE]) == ner.find_many([LINE])


def test_an_error_of_the_model_is_raised(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in a forward pass is never taken for nothing found."""
    ner = Ner(settings(model))
    ner.load()

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    assert ner._loaded is not None
    monkeypatch.setattr(ner._loaded.model, "forward", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        ner.find_many([LINE])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_an_error(model: Path, value: float) -> None:
    """Broken weights give no numbers, and no number is no answer."""
    ner = Ner(settings(model))
    ner.load()
    assert ner._loaded is not None
    ner._loaded.model.score.bias.data[1] = value
    with pytest.raises(BrokenModelError, match="scores that are no numbers"):
        ner.find_many([LINE])


def test_a_model_without_a_trained_head_is_refused(model: Path, tmp_path: Path) -> None:
    """Weights that are missing are filled with random ones by the library: such a model would guess."""
    transformers = pytest.importorskip("transformers")
    headless = tmp_path / "headless"
    shutil.copytree(model, headless)
    whole = transformers.AutoModelForTokenClassification.from_pretrained(model)
    whole.model.save_pretrained(headless)
    transformers.AutoConfig.from_pretrained(model).save_pretrained(headless)
    with pytest.raises(BadConfigError, match=r"lack score\.bias"):
        Ner(settings(headless)).load()


def test_a_missing_model_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder, an empty folder, no model at all: each is a wrong setting with a way out."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(BadConfigError, match=r"there is no such folder; give a local folder"):
        Ner(settings(tmp_path / "none")).load()
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadConfigError, match=r"cannot be loaded: .*give a local folder"):
        Ner(settings(tmp_path / "empty")).load()
    with pytest.raises(BadConfigError, match=r"pii\.ner\.model names no model"):
        Ner(NerSettings())


def test_windows_must_overlap_by_less_than_half(model: Path) -> None:
    """The model's own limit counts: 128 positions leave 126 tokens."""
    with pytest.raises(BadConfigError, match=r"overlap is 64 tokens, more than half of the 126"):
        Ner(settings(model, window=512, overlap=64)).load()


def test_a_gpu_that_is_not_there_is_a_wrong_setting(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for by name, a missing GPU is said; auto takes the CPU."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadConfigError, match="torch sees no GPU"):
        Ner(settings(model, device="cuda")).load()
    assert len(Ner(settings(model, device="auto")).find_many([LINE])[0]) == 1
