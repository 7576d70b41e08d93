"""Shards of a curation run -> token files, once, in processes, resumable at any point.

    manifest = tokenise(config)      -> {"tokenizer": {...}, "corpus": {...}, "totals": {...}, ...}
    coder_of(config), base_of(config)   the tokenizer and the model that the run starts from

What is asked for is fixed in plan.json before the first shard; a shard is done when its folder stands under
its final name; manifest.json comes last. Running it again goes on where it ended, gives the same bytes for
any number of workers, and returns at once when all is there. Asking for something else is refused, saying
what. See `training.tokenise.store` for what lies where.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from curation.errors import BadInputError, BrokenRunError, ChangedRunError
from curation.shards import remove_temporary, sha256_of, write_atomically
from training.config import TrainConfig
from training.errors import BadTokenizerError
from training.tokenise.base import TOKENIZER, base_of, coder_of
from training.tokenise.changes import changes
from training.tokenise.corpus import Corpus, corpus_of, is_there
from training.tokenise.counts import Counts, total
from training.tokenise.progress import Progress, Watch, quiet, unseen
from training.tokenise.store import MANIFEST, PLAN, RECORD, SPLITS, SUMS, VERSION, read_manifest
from training.tokenise.whole import only_writer, remove_attempts
from training.tokenizer.coder import Coder

__all__ = ["base_of", "coder_of", "tokenise"]

SAME = frozenset({"tokenizer.name", "corpus.run"})
"""What may differ: both are told by their checksums, wherever they lie."""
SHOWN = 5
"""Failed shards that a message lists before it only counts."""
Record = dict[str, Any]


def tokenise(
    config: TrainConfig, *, show: Callable[[str], None] = quiet, watch: Watch = unseen
) -> dict[str, Any]:
    """Make the token files of a run, or go on making them.

    Args:
        config: Of the run.
        show: Given lines about what is done, if anything is to do.
        watch: Told how far it is, see `training.tokenise.progress.bar`.

    Returns:
        The manifest, see `training.tokenise.store.read_manifest`.

    Raises:
        BadInputError: If there is no complete curation run, a shard is damaged, or nothing is left.
        BadTokenizerError: If the tokenizer cannot be used, or has more tokens than the model has rows.
        BrokenRunError: If a process died, or the books do not add up.
        ChangedRunError: If the folder holds tokens of something else.
    """
    coder = coder_of(config)
    _check_vocabulary(config, coder)
    folder = config.tokens
    if (folder / MANIFEST).is_file():
        return _finished(config, coder)
    corpus = corpus_of(config.corpus)
    plan = _plan(config, corpus, coder)
    how = "tiktoken" if coder.fast else f"Hugging Face's tokenizers ({coder.slow_because or 'as asked'})"
    show(f"tokenising {len(corpus.shards):,} shards of {corpus.run} into {folder} with {how}")
    with only_writer(folder):
        _fix_plan(folder, plan)
        _clean_up(folder, corpus)
        _run(config, corpus, coder, watch)
        records = [_record(folder / shard.name) for shard in corpus.shards]
        manifest = _manifest(plan, records)
        _check_not_empty(config, manifest)
        write_atomically(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    return manifest


def _finished(config: TrainConfig, coder: Coder) -> dict[str, Any]:
    """The manifest of tokens that are there; their corpus need not be there any more.

    Raises:
        BadInputError: If a file is missing or has another size.
    """
    folder = config.tokens
    manifest = read_manifest(folder)
    if is_there(config.corpus.run):
        plan = _plan(config, corpus_of(config.corpus), coder)
    else:
        plan = {**_plan(config, None, coder), "corpus": manifest["corpus"]}
    _refuse_changes(folder, manifest, plan)
    for file in manifest["files"]:
        path = folder / file["path"]
        size = path.stat().st_size if path.is_file() else 0
        if size != file["bytes"]:
            raise BadInputError(
                f"{path}: {size:,} bytes, expected {file['bytes']:,}: the file was cut off or changed; "
                f"delete {path.parent} and {folder / MANIFEST}, and run this again"
            )
    return manifest


def _plan(config: TrainConfig, corpus: Corpus | None, coder: Coder) -> dict[str, Any]:
    """All that decides what the token files hold."""
    from training.tokenise.blocks import token_type

    settings = config.corpus.model_dump(mode="json", include={"form", "folders", "languages", "held_out"})
    plan: dict[str, Any] = {
        "version": VERSION,
        "tokenizer": {
            "name": _name(config),
            "sha256": coder.sha256,
            "size": coder.size,
            "family": coder.specials.family,
            "end": coder.specials.end,
        },
        "token_type": token_type(coder),
        "settings": {**settings, "seed": config.seed},
    }
    if corpus is not None:
        shards = [{"path": s.path, "sha256": s.sha256, "rows": s.rows} for s in corpus.shards]
        run = {"run": str(corpus.run), "manifest_sha256": corpus.manifest_sha256, "shards": shards}
        plan["corpus"] = run
    return plan


def _name(config: TrainConfig) -> str:
    """Where the tokenizer can be loaded from."""
    return config.tokenizer.name or config.model.name or str(config.output / TOKENIZER)


def _fix_plan(folder: Path, plan: dict[str, Any]) -> None:
    path = folder / PLAN
    if path.is_file():
        _refuse_changes(folder, json.loads(path.read_bytes()), plan)
    else:
        write_atomically(path, json.dumps(plan, indent=1).encode())


def _refuse_changes(folder: Path, before: dict[str, Any], plan: dict[str, Any]) -> None:
    """Whether the tokens are those that are asked for.

    Raises:
        ChangedRunError: If not.
    """
    found = changes({key: before.get(key) for key in plan}, plan, SAME)
    if found:
        lines = "\n".join(f"  {line}" for line in found)
        raise ChangedRunError(
            f"{folder} holds tokens of something else:\n{lines}\n"
            "take these settings back, set corpus.tokens or output to another folder, or delete this one"
        )


def _clean_up(folder: Path, corpus: Corpus) -> None:
    """Remove what killed attempts have left, and shards whose files are not as they were written."""
    remove_attempts(folder)
    remove_temporary(folder)
    for shard in corpus.shards:
        if (folder / shard.name).exists() and _is_damaged(folder, shard.name):
            shutil.rmtree(folder / shard.name)


def _is_damaged(folder: Path, name: str) -> bool:
    if not (folder / name / RECORD).is_file():
        return True
    files = _record(folder / name)["files"]
    there = all((folder / file["path"]).is_file() for file in files)
    return not there or any(sha256_of(folder / file["path"]) != file["sha256"] for file in files)


def _run(config: TrainConfig, corpus: Corpus, coder: Coder, watch: Watch) -> None:
    """Run the tasks that are not done.

    Raises:
        BadInputError: If shards cannot be read.
        BrokenRunError: If tasks fail for another reason.
    """
    from training.tokenise.blocks import Choose, ReadShard, WriteTokens
    from training.tokenise.executor import TokenExecutor

    folder, settings, counts = config.tokens, config.corpus, Counts()
    blocks = [
        ReadShard(corpus, settings.form, counts),
        Choose(settings.languages, counts),
        WriteTokens(folder, corpus, settings, config.seed, coder, counts),
    ]
    done = partial(_is_done, folder, tuple(shard.name for shard in corpus.shards))
    executor = TokenExecutor(
        blocks,
        tasks=len(corpus.shards),
        workers=settings.workers or len(os.sched_getaffinity(0)),
        logging_dir=folder / "logs",
        done=done,
    )
    before = [rank for rank in range(len(corpus.shards)) if done(rank)]
    failures = executor.run(partial(_tell, watch, corpus, done, sum(corpus.shards[r].rows for r in before)))
    if failures:
        names = [f"\n  {corpus.shards[rank].path}: {error}" for rank, error in sorted(failures.items())]
        kind = BadInputError if _all_bad_input(failures.values()) else BrokenRunError
        raise kind(
            f"{len(failures)} of {len(corpus.shards)} shards could not be tokenised:"
            f"{''.join(names[:SHOWN])}\nthe others are kept; mend the cause and run this again"
        )


def _all_bad_input(errors: Iterable[BaseException]) -> bool:
    return all(isinstance(error, BadInputError) for error in errors)


def _is_done(folder: Path, names: Sequence[str], rank: int) -> bool:
    return (folder / names[rank] / RECORD).is_file()


def _tell(watch: Watch, corpus: Corpus, done: Any, before: int, board: Sequence[int]) -> None:
    """Sum the figures of all tasks up."""
    read, size, tokens = (sum(board[place::3]) for place in range(3))
    whole = sum(map(done, range(len(corpus.shards))))
    rows = sum(shard.rows for shard in corpus.shards)
    watch(Progress(len(corpus.shards), whole, rows, before + read, size, tokens))


def _record(folder: Path) -> Record:
    """The record of a shard."""
    record: Record = json.loads((folder / RECORD).read_bytes())
    return record


def _manifest(plan: dict[str, Any], records: list[Record]) -> dict[str, Any]:
    """The plan with its results.

    Raises:
        BrokenRunError: If the books do not add up.
    """
    counts = total(record["counts"] for record in records)
    counts.check("all shards")
    expected = sum(shard["rows"] for shard in plan["corpus"]["shards"])
    if counts.read != expected:
        raise BrokenRunError(
            f"{counts.read} documents were read, but the shards have {expected} rows. "
            "This is a defect of the tool."
        )
    splits = {split: [record["splits"][split] for record in records] for split in SPLITS}
    totals = {
        split: {name: sum(part[name] for part in parts) for name in SUMS} for split, parts in splits.items()
    }
    files = [file for record in records for file in record["files"]]
    return {**plan, "totals": totals, **counts.as_json(), "splits": splits, "files": files}


def _check_not_empty(config: TrainConfig, manifest: dict[str, Any]) -> None:
    """Whether there is anything to train on.

    Raises:
        BadInputError: If not.
    """
    if manifest["totals"]["train"]["stored"]:
        return
    where = f"{config.corpus.run}, {', '.join(config.corpus.folders)}"
    if not manifest["read"]:
        raise BadInputError(f"{where}: the shards are empty; look at `curation explain` for what was dropped")
    aside = manifest["totals"]["held_out"]["stored"]
    if aside:
        raise BadInputError(
            f"{where}: all {aside:,} documents are held out, because their repositories were drawn; set "
            f"corpus.held_out lower than {config.corpus.held_out}, or 0"
        )
    seen = ", ".join(f"{name or 'none'} ({n:,})" for name, n in manifest["languages"].items())
    raise BadInputError(
        f"{where}: none of {manifest['read']:,} documents is left ({manifest['dropped']}); their languages "
        f"are {seen}, corpus.languages asks for {', '.join(config.corpus.languages) or 'all'}"
    )


def _check_vocabulary(config: TrainConfig, coder: Coder) -> None:
    """Whether the model has a row for every token.

    Raises:
        BadTokenizerError: If not.
    """
    rows = _rows_of(config)
    if rows is not None and coder.size > rows:
        raise BadTokenizerError(
            f"the tokenizer {_name(config)} has {coder.size:,} tokens, the model {config.model.name} has "
            f"rows for {rows:,}: take the model's own tokenizer, or a model whose embedding was resized to "
            f"{coder.size:,} rows"
        )


def _rows_of(config: TrainConfig) -> int | None:
    """Rows of the embedding of the model that is continued; None if it is made, or cannot be asked now."""
    if config.model.name is None:
        return None
    from transformers.utils import cached_file

    try:
        path = cached_file(config.model.name, "config.json", revision=config.model.revision or "main")
    except (OSError, ValueError):
        return None
    rows = json.loads(Path(path).read_bytes()).get("vocab_size")
    return rows if isinstance(rows, int) else None
