"""YAML to typed settings: all mistakes are named before any data is read."""

from pathlib import Path

import pytest

from curation import config, strict_yaml
from curation.errors import BadConfigError

MINIMAL = "output: runs/x\nsources:\n  - kind: folder\n    path: code\n"


def load(tmp_path: Path, text: str, *overrides: str) -> config.Config:
    """Write and load a configuration."""
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return config.load(path, overrides)


def test_a_minimal_configuration_has_every_default(tmp_path: Path) -> None:
    """Output and one source are enough."""
    found = load(tmp_path, MINIMAL)
    assert found.filters.profile == "sc2-paper"
    assert found.licence.policy == "permissive+no_license"
    assert found.dedup.exact.keep == ("license", "stars", "forks", "earliest_date")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINIMAL + "worker: 2\n", "worker: there is no such setting; did you mean 'workers'?"),
        (MINIMAL + "shards:\n  shard_byte: 2\n", "shards.shard_byte: there is no such setting; did you mean"),
        (
            MINIMAL + "dedup:\n  exact:\n    kep: []\n",
            "dedup.exact.kep: there is no such setting; did you mean 'keep'",
        ),
        (MINIMAL + "    repositry_depth: 1\n", "did you mean 'repository_depth'"),
        (MINIMAL + "zebra: 2\n", "zebra: there is no such setting; known are "),
        ("output: x\n", "sources: this setting is needed"),
        (MINIMAL + "workers: 0\n", "workers: Input should be greater than or equal to 1, saw 0"),
        (MINIMAL + "workers: 1\nworkers: 2\n", "line 6: the key 'workers' stands already in line 5"),
        ("a: &x [1]\nb: *x\n", "YAML aliases (*x) are not taken"),
        ("- 1\n", "expected settings as `key: value`, saw list"),
        ("a: [\n", "expected YAML, saw:"),
        ("a: !!python/object/apply:os.system ['true']\n", "expected YAML, saw:"),
        (MINIMAL + "filters:\n  profile: sc2-papr\n", "did you mean 'sc2-paper'"),
        (MINIMAL + "language:\n  profile: sc3\n", "language profile 'sc3' is not known"),
        (MINIMAL + "licence:\n  policy: custom\n", "list SPDX ids under policy"),
        ("#" * (strict_yaml.MAX_CHARACTERS + 1), "expected at most 1048576"),
    ],
)
def test_each_mistake_has_a_message_that_helps(tmp_path: Path, text: str, message: str) -> None:
    """What was seen, what was expected, and the nearest known name."""
    with pytest.raises(BadConfigError) as error:
        load(tmp_path, text)
    assert message in str(error.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Nobody has to run three times to find three typing errors."""
    with pytest.raises(BadConfigError, match="3 settings are wrong"):
        load(tmp_path, MINIMAL + "worker: 1\nstall_seconds: -1\nshards:\n  shard_bytes: 0\n")


def test_overrides_are_yaml_values_at_dotted_places(tmp_path: Path) -> None:
    """--set a.b=value, later ones win."""
    found = load(tmp_path, MINIMAL, "workers=7", "shards.excluded=true", "filters.profile=none", "workers=3")
    assert (found.workers, found.shards.excluded, found.filters.profile) == (3, True, "none")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("workers", "expected a.b=value"),
        ("output.x=1", "output holds 'runs/x', which has no settings below it"),
        ("workers=[", "is no YAML value"),
    ],
)
def test_a_bad_override_is_named(tmp_path: Path, override: str, message: str) -> None:
    """An override that cannot be applied says why."""
    with pytest.raises(BadConfigError) as error:
        load(tmp_path, MINIMAL, override)
    assert message in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Missing and undecodable files are configuration errors."""
    path = tmp_path / "config.yaml"
    if content:
        path.write_bytes(content)
    with pytest.raises(BadConfigError, match="expected a readable YAML file"):
        config.load(path)


def test_the_resolved_settings_resolve_to_themselves(tmp_path: Path) -> None:
    """What the manifest records is a configuration that gives the same settings."""
    found = load(tmp_path, MINIMAL + "filters:\n  profile: opencoder\n")
    assert config.check(found.model_dump(mode="json"), "again") == found


def test_deeply_nested_yaml_is_refused_not_crashed_on(tmp_path: Path) -> None:
    """A hostile file ends in a message."""
    with pytest.raises(BadConfigError):
        load(tmp_path, "a: " + "[" * 50_000)


def test_the_schema_covers_every_setting() -> None:
    """Editors can complete every top-level setting."""
    assert config.Config.model_json_schema()["properties"].keys() == config.Config.model_fields.keys()


def test_a_language_is_not_seen_more_often_than_its_repositories() -> None:
    """Whole repositories are drawn as a whole: more epochs of a language are refused."""
    values = {"output": "runs/x", "sources": [{"kind": "folder", "path": "src"}]}
    mix = {"rules": {"python": {"epochs": 2}}}
    with pytest.raises(BadConfigError, match=r"mix\.rules: python asks for 2 epochs, but whole"):
        config.check({**values, "mix": mix, "render": {"enabled": True}}, "x.yaml")
    assert config.check({**values, "mix": mix, "render": {"enabled": True, "context": "file"}}, "x.yaml")
    assert config.check({**values, "mix": mix}, "x.yaml")
