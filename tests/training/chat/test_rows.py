"""Where rows come from, and what is refused by name."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import BadInputError
from training.chat import rows as module
from training.chat.rows import fingerprint, lines, locate, rows
from training.chat.settings import DialogueSettings

MESSAGES = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
TABLE = {"messages": [MESSAGES] * 3, "other": [1, 2, 3]}


def read(*paths: Path | str, split: str = "train", **settings: Any) -> list[Any]:
    found = rows(DialogueSettings(paths=tuple(map(str, paths)), **settings), split)
    return [(row.where, row.values) for row in found]


def parquet(path: Path, columns: dict[str, Any] = TABLE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def jsonl(path: Path, *values: Any) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in values))
    return path


def test_parquet_gives_the_columns_of_dialogues(tmp_path: Path) -> None:
    """Other columns are not even read; a row says where it is from."""
    path = parquet(tmp_path / "a.parquet")
    assert read(path) == [(f"{path} row {number}", {"messages": MESSAGES}) for number in range(3)]


def test_lines_of_json_are_read_also_compressed(tmp_path: Path) -> None:
    """Empty lines are passed over; a line that is no object stays a row, to be counted."""
    text = b'{"messages": []}\n\n[1]\n{"messages": [\n'
    (tmp_path / "a.jsonl").write_bytes(text)
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(text))
    for name in ("a.jsonl", "b.json.gz"):
        assert [values for _, values in read(tmp_path / name)] == [{"messages": []}, None, None]


def test_a_file_that_was_cut_short_is_named(tmp_path: Path) -> None:
    """A broken archive stops the run; it is no row."""
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"messages": []}\n' * 1000)[:-20])
    with pytest.raises(
        BadInputError, match=r"a\.jsonl\.gz: expected lines of JSON, saw: Compressed file ended"
    ):
        list(lines(path))


def test_several_paths_are_read_in_their_order_up_to_the_limit(tmp_path: Path) -> None:
    """The limit counts rows of all paths together."""
    one, two = parquet(tmp_path / "b.parquet"), parquet(tmp_path / "a.parquet")
    found = read(one, two, limit=4)
    assert [where.split("/")[-1] for where, _ in found] == [
        "b.parquet row 0",
        "b.parquet row 1",
        "b.parquet row 2",
        "a.parquet row 0",
    ]


@pytest.mark.parametrize("saved", ["one", "several"])
def test_a_folder_that_datasets_wrote_is_read(tmp_path: Path, saved: str) -> None:
    """save_to_disk of one split, or of several."""
    import datasets

    data = datasets.Dataset.from_dict(TABLE)
    whole = data if saved == "one" else datasets.DatasetDict({"train": data, "test": data.select([0])})
    whole.save_to_disk(tmp_path / "saved")
    assert [values for _, values in read(tmp_path / "saved")] == [{"messages": MESSAGES}] * 3
    if saved == "several":
        assert len(read(tmp_path / "saved", split="test")) == 1
        with pytest.raises(BadInputError, match="expected a split 'dev', saw test, train"):
            read(tmp_path / "saved", split="dev")
    else:
        with pytest.raises(BadInputError, match="holds no splits, so there is no 'test'"):
            read(tmp_path / "saved", split="test")


def test_a_folder_of_files_is_split_by_their_names(tmp_path: Path) -> None:
    """As in a copy of a data set from the hub; train_sft and train_gen are two splits."""
    for name in ("train_sft", "train_gen", "test_sft"):
        parquet(tmp_path / f"data/{name}-00000-of-00001.parquet")
    found = read(tmp_path, split="train_sft")
    assert {where.split("/")[-1].split("-")[0] for where, _ in found} == {"train_sft"}
    with pytest.raises(BadInputError, match="split 'train', saw test_sft, train_gen, train_sft"):
        read(tmp_path)
    parquet(tmp_path / "data/more.parquet")
    with pytest.raises(BadInputError, match=r"some files name a split, but not .*more\.parquet"):
        read(tmp_path, split="train_sft")


def test_files_that_name_no_split_all_belong_to_the_one_that_is_trained_on(tmp_path: Path) -> None:
    """Nobody's test set is trained on by mistake, so a split that no file names is refused."""
    parquet(tmp_path / "latest.parquet")
    jsonl(tmp_path / "more.jsonl", {"messages": []})
    (tmp_path / "dataset_info.json").write_text("{}")
    assert len(read(tmp_path)) == 4
    with pytest.raises(BadInputError, match="no file names a split, so there is no 'test'"):
        read(tmp_path, split="test")


def test_an_id_is_asked_of_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its configuration and revision; a split is chosen from what comes back."""
    import datasets

    asked: list[Any] = []

    def load_dataset(name: str, subset: str | None, revision: str | None) -> Any:
        asked.append((name, subset, revision))
        return datasets.DatasetDict({"train": datasets.Dataset.from_dict(TABLE)})

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert len(read("owner/name", subset="en", revision="v1")) == 3
    assert asked == [("owner/name", "en", "v1")]


def test_a_hub_that_cannot_be_reached_is_an_error_with_the_id() -> None:
    """Not a traceback of some library."""
    with pytest.raises(BadInputError, match="owner/no-such-data: expected a data set, saw"):
        read("owner/no-such-data")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"prompt": ["Hi"]}, "prompts without answers, from which nothing can be learnt"),
        ({"text": ["Hi"]}, "expected a column messages, or prompt and completion, saw text"),
    ],
)
def test_files_without_dialogues_are_refused(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    """The columns there are stand in the message."""
    row = {name: values[0] for name, values in columns.items()}
    for path in (parquet(tmp_path / "a.parquet", columns), jsonl(tmp_path / "a.jsonl", row)):
        with pytest.raises(BadInputError, match=message):
            read(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.csv", r"expected a file named \.parquet, \.jsonl"),
        ("empty", "saw none of these"),
        ("a/b/c", "not found"),
    ],
)
def test_a_path_that_is_none_of_these_is_refused(tmp_path: Path, name: str, message: str) -> None:
    """Before anything is read."""
    (tmp_path / "a.csv").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match=message):
        locate(str(tmp_path / name))


def test_a_broken_parquet_file_is_named(tmp_path: Path) -> None:
    """Its path, and what the reader says."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(BadInputError, match=r"a\.parquet: expected a parquet file, saw"):
        read(tmp_path / "a.parquet")


def test_the_fingerprint_follows_the_bytes_not_the_place(tmp_path: Path) -> None:
    """A file that is moved is the same; one that is changed is not; an id is what it says."""
    path = jsonl(tmp_path / "a.jsonl", {"messages": []})
    before = fingerprint(DialogueSettings(paths=(str(path),)))
    moved = path.rename(tmp_path / "b.jsonl")
    assert fingerprint(DialogueSettings(paths=(str(moved),))) == before
    jsonl(moved, {"messages": [1]})
    assert fingerprint(DialogueSettings(paths=(str(moved),))) != before
    assert fingerprint(DialogueSettings(paths=("owner/name",), subset="en")) == [
        {"name": "owner/name", "subset": "en", "revision": None}
    ]


def test_batches_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are counted on over batches."""
    monkeypatch.setattr(module, "BATCH", 2)
    assert [where[-1] for where, _ in read(parquet(tmp_path / "a.parquet"))] == ["0", "1", "2"]
