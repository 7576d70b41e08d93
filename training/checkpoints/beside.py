"""What stands beside the weights of a model that is written: tokenizer, settings, record, README.

copy_tokenizer(folder, adapter, base)     -> tokenizer.json, tokenizer_config.json, ...: the adapter's, or
                                             the base's
write_record(folder, adapter, {"base": "bigcode/starcoder2-3b@733247c"})   -> record.json of the training,
                                                                              with these fingerprints
write_card(folder, "my-model", "...", base="bigcode/starcoder2-3b")   -> README.md

Copies and writes small files; knows no weights.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.errors import BadTokenizerError

TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "tokenizer.model",
    "chat_template.jinja",
    "dialogue_template.json",
)
"""Files of a tokenizer, and of how dialogues are written with it."""
SETTINGS = ("generation_config.json",)
"""Small files that belong to a model."""
RECORD = "record.json"
"""What a checkpoint knows of its training: `training.record`."""


def tokenizer_folder(*folders: Path) -> Path | None:
    """The first of some folders that has a tokenizer; None if none has.

    Args:
        folders: In order of preference.
    """
    marks = ("tokenizer.json", "tokenizer_config.json", "vocab.json")
    return next((folder for folder in folders if any((folder / mark).is_file() for mark in marks)), None)


def copy_tokenizer(target: Path, *folders: Path) -> bool:
    """Copy the files of a tokenizer, all from one folder.

    Args:
        target: Where they are copied to.
        folders: In order of preference.

    Returns:
        Whether there was one.
    """
    found = tokenizer_folder(*folders)
    if found is not None:
        _copy(TOKENIZER, target, found)
    return found is not None


def copy_settings(target: Path, *folders: Path) -> None:
    """Copy small files that belong to a model.

    Args:
        target: Where they are copied to.
        folders: In order of preference, for each file.
    """
    _copy(SETTINGS, target, *folders)


def check_tokenizer(config: Mapping[str, Any], *folders: Path) -> None:
    """Refuse a tokenizer with more entries than the model has rows.

    Args:
        config: Values of the model's config.json.
        folders: Where the tokenizer is, in order of preference.

    Raises:
        BadTokenizerError: If an id has no row.
    """
    found = tokenizer_folder(*folders)
    if found is None or not (found / "tokenizer.json").is_file():
        return
    from tokenizers import Tokenizer

    size = max(Tokenizer.from_file(str(found / "tokenizer.json")).get_vocab().values()) + 1
    rows = config.get("vocab_size")
    if rows is not None and size > rows:
        raise BadTokenizerError(
            f"{found}: the tokenizer has {size} ids, the model rows for {rows}; expected the tokenizer that "
            "the model was trained with"
        )


def digest(hashes: Mapping[Path, str]) -> str:
    """One fingerprint for the files of a model: of a single file its own SHA-256.

    Args:
        hashes: File -> its SHA-256 in hexadecimal digits.
    """
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = sorted(f"{value}  {path.name}\n" for path, value in hashes.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def write_record(target: Path, source: Path, data: Mapping[str, str]) -> None:
    """Carry a record over, with further fingerprints; the first one where there was none.

    Args:
        target: Folder it is written to.
        source: Folder of the checkpoint or adapter.
        data: Name -> fingerprint.
    """
    values: dict[str, Any] = {}
    if (source / RECORD).is_file():
        values = json.loads((source / RECORD).read_text(encoding="utf-8"))
    values["data"] = {**values.get("data", {}), **data}
    (target / RECORD).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def licence_of(folder: Path) -> str | None:
    """The licence that a model's README.md names in its header; None if it names none.

    Args:
        folder: Of the model.
    """
    path = folder / "README.md"
    if not path.is_file():
        return None
    header = path.read_text(encoding="utf-8", errors="replace").partition("---\n")[2].partition("\n---")[0]
    named = [line.partition(":")[2].strip() for line in header.splitlines() if line.startswith("license:")]
    return named[0] if named and named[0] else None


def write_card(
    target: Path,
    name: str,
    text: str,
    *,
    base: str | None = None,
    licence: str | None = None,
    library: str = "transformers",
) -> None:
    """Write README.md, with the header that the hub reads.

    Args:
        target: Folder of the model.
        name: Of the model.
        text: What it is.
        base: Hub id of what it was made from; None if that is not on the hub.
        licence: Of the base, which a model made from it keeps; None if it is not known.
        library: What loads it: transformers, or peft for an adapter.
    """
    header = [f"library_name: {library}", "pipeline_tag: text-generation", "tags: [code]"]
    if base is not None:
        header.append(f"base_model: {json.dumps(base)}")
    if licence is not None:
        header.append(f"license: {licence}")
    lines = ["---", *header, "---", "", f"# {name}", "", text.strip(), ""]
    if (target / RECORD).is_file():
        lines += [f"`{RECORD}` holds fingerprints of what it was made from.", ""]
    (target / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _copy(names: tuple[str, ...], target: Path, *folders: Path) -> None:
    for name in names:
        for folder in folders:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, target / name)
                break
