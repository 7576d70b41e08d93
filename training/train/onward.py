"""What a run goes on from: nothing, a checkpoint that fits what is asked for, or a model that is finished.

    goes_on_from(output, record, steps=8500)    -> runs/train/smoke/checkpoint-500, or None at the beginning
    finished(output, steps=8500)                -> runs/train/smoke/final, or None if steps are left

Reads records only. What makes two records differ is decided by `training.record`.
"""

from pathlib import Path

from curation.errors import BadConfigError, ChangedRunError
from training import record
from training.record import Record
from training.train import kept
from training.train.fit import FINAL


def goes_on_from(output: Path, now: Record, *, steps: int, resume: bool = True) -> Path | None:
    """The checkpoint to go on from.

    Args:
        output: Folder of the run.
        now: The record that the run would write.
        steps: How many are asked for.
        resume: Whether to go on at all.

    Raises:
        BadConfigError: If there is a checkpoint and none is wanted.
        ChangedRunError: If it was made from other data or settings, or has more steps behind it.
    """
    newest = kept.newest(output)
    if newest is None:
        return None
    if not resume:
        raise BadConfigError(
            f"output: {newest} is there; remove the folder or take another one to start anew, or leave out "
            "--no-resume to go on"
        )
    before = record.read(newest)
    changed = record.differences(before, now)
    if before.step > steps:
        changed.append(f"optimiser.steps: {before.step} are behind it, {steps} are asked for")
    if changed:
        raise ChangedRunError(
            f"{newest} was made by a run that differs:\n  " + "\n  ".join(changed) + "\n"
            "go on with what it had, or take another `output`"
        )
    return newest


def finished(output: Path, *, steps: int) -> Path | None:
    """The finished model of a run.

    Args:
        output: Folder of the run.
        steps: How many are asked for.
    """
    final = output / FINAL
    return final if (final / kept.RECORD).is_file() and record.read(final).step == steps else None
