"""Windows with labels: nothing is lost, nothing counts twice, and the order depends on the seed alone."""

from pathlib import Path
from typing import Any

import labelled_texts
import numpy as np
import pytest

from curation.errors import BadInputError
from curation.settings_file import check_settings
from training.classify.encoding import Encoder, load_encoder
from training.classify.examples import IGNORED, Answers, Collator, Examples, Fixed, Material, Piece, prepare
from training.classify.labelled import Mark, Row
from training.classify.settings import ClassifyConfig


@pytest.fixture(scope="module")
def encoder(models: Path) -> Encoder:
    return load_encoder(models / "encoder")


def config(**more: Any) -> ClassifyConfig:
    data = {"files": ["a.jsonl"], "sequence_length": 32, "overlap": 8, "held_out": 0.3}
    return check_settings(
        ClassifyConfig, {"output": "out", "model": {"name": "m"}, "data": data, **more}, "test"
    )


def texts(task: str = "token", count: int = 60) -> list[Row]:
    made = labelled_texts.rows(count)
    return [
        Row(
            row["id"],
            row["text"],
            tuple(Mark(**span) for span in row["spans"]),
            None if task == "token" else row["label"],
            row["source"],
        )
        for row in made
    ]


def prepared(encoder: Encoder, rows: list[Row], **head: Any) -> Material:
    return prepare(rows, encoder, config(head=head))


def pieces_of(examples: Examples) -> list[dict[str, Any]]:
    return [examples[number] for number in range(len(examples))]


def piece(*ids: int, label: float = 0) -> Piece:
    return Piece(np.array(ids, np.int64), label)


def test_every_token_is_learnt_once(encoder: Encoder) -> None:
    """Over all windows of an epoch; special tokens and what other windows own have no label."""
    material = prepared(encoder, texts())
    learnt = [item["labels"] != IGNORED for item in pieces_of(material.train)]
    counts = material.counts["train"]
    assert sum(map(np.sum, learnt)) == counts.tokens
    assert not any(labels[0] or labels[-1] for labels in learnt)
    assert counts.windows == len(material.train) > counts.texts > counts.long > 0


def test_every_span_is_learnt_once(encoder: Encoder) -> None:
    """As many labels B- as spans, though windows overlap."""
    material = prepared(encoder, texts())
    begins = sum(int((item["labels"] == 1).sum()) for item in pieces_of(material.train))
    assert material.answers == Answers("token", ("O", "B-EMAIL", "I-EMAIL"))
    assert begins == material.counts["train"].labels["EMAIL"] > 20


def test_texts_of_one_file_are_on_one_side(encoder: Encoder) -> None:
    """And every text is on one."""
    material = prepared(encoder, texts())
    aside = {row.group for row in material.held_out}
    assert material.counts["train"].texts + material.counts["held_out"].texts == 60
    assert {row.place for row in material.held_out} == {row.place for row in texts() if row.group in aside}


def test_a_text_is_one_example_in_an_epoch_when_the_whole_is_judged() -> None:
    """A long text does not count more than a short one; its windows take turns by chance."""
    long, short = [piece(1), piece(2), piece(3)], [piece(9)]
    examples = Examples([long, short], one_each=True, seed=3)
    seen = [examples[number]["input_ids"][0] for number in range(60)]
    assert len(examples) == 2
    assert all(9 in seen[place : place + 2] for place in range(0, 60, 2))
    assert {*seen} == {1, 2, 3, 9}


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    """Not on what was asked for before; another epoch has another order of the same."""
    made = [[piece(number)] for number in range(20)]
    one, other, third = (Examples(made, one_each=False, seed=seed) for seed in (1, 1, 2))
    forwards = [int(one[number]["input_ids"][0]) for number in range(60)]
    backwards = [int(other[number]["input_ids"][0]) for number in reversed(range(60))]
    assert forwards == backwards[::-1]
    assert sorted(forwards[:20]) == sorted(forwards[20:40]) == list(range(20))
    assert forwards[:20] != forwards[20:40]
    assert forwards != [int(third[number]["input_ids"][0]) for number in range(60)]


def test_a_run_has_as_many_examples_as_it_asks_for() -> None:
    """Over epochs, and not one more."""
    examples = Examples([[piece(n)] for n in range(4)], one_each=False, seed=1)
    stretch = examples.stretch(10)
    assert len(stretch) == 10
    assert [stretch[n]["input_ids"][0] for n in range(10)] == [examples[n]["input_ids"][0] for n in range(10)]
    with pytest.raises(IndexError, match="example 10 of 10"):
        stretch[10]


def test_a_copy_in_another_process_gives_the_same() -> None:
    """As loader workers need it."""
    import pickle

    examples = Examples([[piece(n), piece(n + 50)] for n in range(9)], one_each=True, seed=4)
    copy = pickle.loads(pickle.dumps(examples))  # noqa: S301  # what was pickled here
    assert [copy[n]["input_ids"][0] for n in range(27)] == [examples[n]["input_ids"][0] for n in range(27)]


def test_padding_is_not_attended_to_and_has_no_label() -> None:
    """To a multiple of eight tokens; one label for each text, or for each token."""
    collator = Collator(pad=7)
    whole = collator([{"input_ids": np.arange(3), "labels": 2}, {"input_ids": np.arange(9), "labels": 0}])
    assert whole["input_ids"].shape == (2, 16)
    assert whole["input_ids"][0].tolist() == [0, 1, 2] + [7] * 13
    assert whole["attention_mask"].sum(1).tolist() == [3, 9]
    assert whole["labels"].tolist() == [2, 0]
    tokens = collator([{"input_ids": np.arange(3), "labels": np.array([0, 1, IGNORED])}])
    assert tokens["labels"][0].tolist() == [0, 1] + [IGNORED] * 6
    assert collator([{"input_ids": np.arange(3), "labels": 0.5}])["labels"].tolist() == [0.5]


def test_windows_for_the_loss_keep_their_order() -> None:
    """They are few, and the same at each evaluation."""
    fixed = Fixed([piece(4), piece(5)])
    assert [fixed[number]["input_ids"][0] for number in range(len(fixed))] == [4, 5]


def test_what_is_set_aside_is_counted(encoder: Encoder) -> None:
    """Empty texts, spans with other tags, and spans inside others."""
    odd = Row("odd", "ab cd", (Mark(0, 2, "EMAIL"), Mark(0, 1, "EMAIL"), Mark(3, 5, "PHONE")), group="odd")
    empty = [Row(f"{n}", "", group=f"empty {n}") for n in range(20)]
    material = prepared(encoder, [*texts(), odd, *empty], tags=["EMAIL"])
    sums = [
        sum(getattr(c, name) for c in material.counts.values()) for name in ("empty", "passed_over", "lost")
    ]
    assert sums == [20, 1, 1]
    assert all(row.text for row in material.held_out)


@pytest.mark.parametrize(
    ("labels", "target", "answers"),
    [
        (("b", "a"), "auto", Answers("classes", ("a", "b"))),
        ((1.0, 0.0), "auto", Answers("number", ("score",))),
        ((1.0, 0.0), "classes", Answers("classes", ("0", "1"))),
        ((1.0, "1", 0.5), "auto", Answers("classes", ("0.5", "1"))),
    ],
)
def test_what_the_head_says_follows_from_the_labels(
    encoder: Encoder, labels: tuple[str | float, ...], target: str, answers: Answers
) -> None:
    """Names are classes, numbers a score unless classes are asked for."""
    rows = [Row(f"{n}", f"x{n}", (), labels[n % len(labels)], f"{n}") for n in range(40)]
    material = prepared(encoder, rows, task="sequence", target=target)
    assert material.answers == answers
    items = pieces_of(material.train)
    if answers.target == "number":
        assert {item["labels"] for item in items} == {0.0, 1.0}
        assert material.mean == pytest.approx(np.mean([item["labels"] for item in items]))
    else:
        assert {item["labels"] for item in items} == {*range(len(answers.names))}


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        ([Row("1", "x", group="1")], {}, "texts to learn from and"),
        ([Row(f"{n}", "x y", group=f"{n}") for n in range(40)], {}, "saw the tags []; expected at least one"),
        (
            [Row(f"{n}", "x y", (Mark(0, 1, "B-X"),), group=f"{n}") for n in range(40)],
            {},
            "none that is O or begins with B- or I-",
        ),
        (
            [Row(f"{n}", "x", (), "a", f"{n}") for n in range(40)],
            {"task": "sequence"},
            "every label is ('a',); expected at least two different ones",
        ),
        (
            [Row(f"{n}", "x", (), "ab"[n % 2], f"{n}") for n in range(40)],
            {"task": "sequence", "target": "number"},
            "head.target is number, but there are labels such as ['a', 'b']",
        ),
        (
            [Row(f"{n}", "", (Mark(0, 1, "X"),), group=f"{n}") for n in range(40)],
            {},
            "every text is empty on one side",
        ),
    ],
)
def test_nothing_to_learn_is_refused(
    encoder: Encoder, rows: list[Row], head: dict[str, Any], message: str
) -> None:
    """With what was seen."""
    with pytest.raises(BadInputError) as refused:
        prepared(encoder, rows, **head)
    assert message in str(refused.value)
