r"""YAML that means one thing: no aliases, no key twice, no types of its own, bounded size.

    parse_yaml("workers: 2\nworkers: 3\n", "my.yaml")
    -> BadConfigError: my.yaml, line 2: the key 'workers' stands already in line 1

Aliases are refused because a few nested ones expand to gigabytes. Knows nothing of settings.
"""

from typing import Any

import yaml

from curation.errors import BadConfigError

MAX_CHARACTERS = 1 << 20
"""Length of a document; configurations have some hundred characters, profiles some thousand."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, without aliases and without duplicate keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML ships no types
            raise BadConfigError(
                f"line {event.start_mark.line + 1}: YAML aliases (*{event.anchor}) are not taken"
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: dict[Any, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise BadConfigError(
                    f"line {line}: the key {key.value!r} stands already in line {seen[key.value]}"
                )
            seen[key.value] = line
        return super().construct_mapping(node, deep)


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """A YAML mapping as plain values.

    Args:
        text: The YAML.
        name: What to call it in an error.

    Raises:
        BadConfigError: If it is no mapping, is no YAML, has an alias or a duplicate key, or is over 1 MiB.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadConfigError(f"{name}: {len(text)} characters, expected at most {MAX_CHARACTERS}")
    try:
        values = yaml.load(text, _Loader)  # noqa: S506  # a subclass of the safe loader
    except BadConfigError as error:
        raise BadConfigError(f"{name}, {error}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise BadConfigError(f"{name}: expected YAML, saw: {error}") from error
    if not isinstance(values, dict):
        raise BadConfigError(f"{name}: expected settings as `key: value`, saw {type(values).__name__}")
    return values


def parse_value(text: str, name: str) -> Any:
    """A single YAML value, such as 3, true or [a, b].

    Args:
        text: The YAML.
        name: What to call it in an error.

    Raises:
        BadConfigError: If it is no YAML.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # a subclass of the safe loader
    except (yaml.YAMLError, RecursionError) as error:
        raise BadConfigError(f"{name}: {text!r} is no YAML value: {error}") from error
