"""The benchmarks that are known by name: where they are and which columns are looked for.

    resolved(BenchmarkSettings(name="gsm8k"))  ->  path openai/gsm8k, config main, column question

The facts are in data/benchmarks/presets.toml. It loads no benchmark.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from curation.decontaminate.settings import BenchmarkSettings
from curation.errors import BadConfigError

PACKAGED = "package:"
"""What the path of a benchmark begins with that comes with this package."""


@cache
def presets() -> Mapping[str, Mapping[str, Any]]:
    """All presets by name; each has `about` beside settings of a benchmark."""
    return tomllib.loads(_folder().joinpath("presets.toml").read_text(encoding="utf-8"))


def resolved(benchmark: BenchmarkSettings) -> BenchmarkSettings:
    """A benchmark with what its preset says where it says nothing itself.

    Args:
        benchmark: A preset by name, or one with a path and fields of its own.

    Raises:
        BadConfigError: If no preset has this name and path or fields are missing.
    """
    said = {name: value for name, value in benchmark.model_dump().items() if value not in (None, "", ())}
    preset = dict(presets().get(benchmark.name, {}))
    preset.pop("about", None)
    if benchmark.path and benchmark.path != preset.get("path"):
        preset.pop("config", None)
    whole = BenchmarkSettings.model_validate({"split": "test", **preset, **said})
    if whole.path.startswith(PACKAGED):
        whole = whole.model_copy(update={"path": str(_folder() / whole.path.removeprefix(PACKAGED))})
    missing = [name for name in ("path", "fields") if not getattr(whole, name)]
    if missing:
        near = get_close_matches(benchmark.name, presets(), n=1)
        raise BadConfigError(
            f"benchmark {benchmark.name}: no preset has this name"
            f"{f'; did you mean {near[0]}?' if near else ''}. The presets are {', '.join(presets())}; for a "
            f"benchmark of your own set {' and '.join(missing)}"
        )
    return whole


def _folder() -> Any:
    return files("curation").joinpath("data", "benchmarks")
