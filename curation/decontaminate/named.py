"""Benchmarks as the command line names them -> settings.

    settings_of(["humaneval", "ours.jsonl"], ["question"], ["answer"], "id")

A name without columns that is no file is a preset; anything else is a path or hub id and takes the columns.
"""

from collections.abc import Sequence
from pathlib import PurePath

from curation.decontaminate.presets import presets
from curation.decontaminate.settings import BenchmarkSettings, DecontaminateSettings, FieldSettings
from curation.errors import BadConfigError


def settings_of(
    benchmarks: Sequence[str], text: Sequence[str], code: Sequence[str], item: str
) -> DecontaminateSettings:
    """Settings with all defaults for some benchmarks.

    Args:
        benchmarks: Names of presets, paths and hub ids.
        text: Columns of prose, of those that are no presets.
        code: Columns of code, of those that are no presets.
        item: Column that names an item, of those that are no presets; "" numbers them.

    Raises:
        BadConfigError: If one is no preset and there are no columns, or two have the same name.
    """
    fields = (
        *(FieldSettings(column=column) for column in text),
        *(FieldSettings(column=column, kind="code") for column in code),
    )
    found = []
    for name in benchmarks:
        if name in presets():
            found.append(BenchmarkSettings(name=name))
            continue
        if not fields:
            raise BadConfigError(
                f"--benchmark {name}: no preset has this name (they are {', '.join(presets())}). For a file, "
                f"folder or hub id say which columns to look for, with --text and --code"
            )
        own = PurePath(name).name.split(".")[0]
        found.append(BenchmarkSettings(name=own, path=name, id=item, fields=fields))
    return DecontaminateSettings(benchmarks=tuple(found))
