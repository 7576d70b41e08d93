"""A YAML file and overrides -> settings of any class, checked whole.

    load_settings(Config, Path("configs/curate/demo.yaml"), ["workers=1"]).workers -> 1

An unknown key is refused with the nearest known one, a duplicate key and any YAML alias are refused, and all
that is wrong is said at once. Knows no setting by name: `curation.config` and `training.config` have them.
"""

import difflib
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from curation.errors import BadConfigError
from curation.strict_yaml import parse_value, parse_yaml

Settings = TypeVar("Settings", bound=BaseModel)


def load_settings(model: type[Settings], path: Path, overrides: Sequence[str] = ()) -> Settings:
    """Read, override and check settings.

    Args:
        model: Class of the settings.
        path: A YAML file.
        overrides: Such as "shards.excluded=true"; values are YAML.

    Raises:
        BadConfigError: If the file cannot be read or any setting is wrong, naming all that are.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfigError(f"{path}: expected a readable YAML file, saw: {error}") from error
    values = parse_yaml(text, str(path))
    for override in overrides:
        _override(values, override)
    return check_settings(model, values, str(path))


def check_settings(model: type[Settings], values: dict[str, Any], name: str) -> Settings:
    """Plain values as checked settings.

    Args:
        model: Class of the settings.
        values: As YAML gives them.
        name: What to call them in an error.

    Raises:
        BadConfigError: If any setting is wrong, naming all that are.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = [f"  {_explain(model, problem)}" for problem in error.errors(include_url=False)]
        raise BadConfigError(f"{name}: {len(lines)} settings are wrong\n" + "\n".join(lines)) from None


def _override(values: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise BadConfigError(f"--set {override}: expected a.b=value")
    *parents, last = key.strip().split(".")
    for parent in parents:
        child = values.setdefault(parent, {})
        if not isinstance(child, dict):
            raise BadConfigError(
                f"--set {override}: {parent} holds {child!r}, which has no settings below it"
            )
        values = child
    values[last] = parse_value(value, f"--set {override}")


def _explain(model: type[BaseModel], problem: Any) -> str:
    """One line for one wrong setting: where, what was seen, what was expected."""
    where = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        known = _known_keys(model, problem["loc"][:-1])
        near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
        return f"{where}: there is no such setting; {hint}"
    if problem["type"] == "missing":
        return f"{where}: this setting is needed"
    if problem["type"] == "value_error" and isinstance(problem["ctx"]["error"], BadConfigError):
        return str(problem["ctx"]["error"])
    return f"{where}: {problem['msg']}, saw {problem['input']!r}"


def _known_keys(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Names of the settings at a place in the configuration."""
    models: list[Any] = [model]
    for part in location:
        if isinstance(part, int):
            continue
        fields = [m.model_fields[part].annotation for m in models if part in m.model_fields]
        tagged = [m for m in models if part == _kind(m)]
        models = tagged or [model for annotation in fields for model in _models(annotation)]
    return [name for model in models for name in model.model_fields]


def _kind(model: Any) -> Any:
    field = model.model_fields.get("kind")
    return field.default if field else None


def _models(annotation: Any) -> list[Any]:
    """The settings classes that an annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, Annotated, tuple, types.UnionType):
        return [model for part in get_args(annotation) for model in _models(part)]
    return []
