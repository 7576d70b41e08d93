"""What decides the bytes of a run is written down, and nothing that is secret."""

import json
import os
from pathlib import Path

import pytest
from support import settings

from curation import config, manifest
from curation.errors import BadInputError, BrokenRunError
from curation.sources.base import Unit


def test_an_input_is_unchanged_by_content_not_by_time(tmp_path: Path) -> None:
    """A touched file is the same; another content of the same size is not; a missing file is not."""
    path = tmp_path / "a"
    path.write_bytes(b"one")
    known = manifest.fingerprint(str(path), "content")
    os.utime(path, (1, 1))
    assert manifest.unchanged(known)
    path.write_bytes(b"two")
    assert not manifest.unchanged(known)
    path.write_bytes(b"three")
    assert not manifest.unchanged(known)
    path.unlink()
    assert not manifest.unchanged(known)


def test_by_stat_only_size_and_time_count(tmp_path: Path) -> None:
    """For huge inputs no content is read; then a touched file counts as changed."""
    path = tmp_path / "a"
    path.write_bytes(b"one")
    known = manifest.fingerprint(str(path), "stat")
    assert known.sha256 == ""
    assert manifest.unchanged(known)
    os.utime(path, (1, 1))
    assert not manifest.unchanged(known)


def test_a_missing_input_is_named(tmp_path: Path) -> None:
    """The path, and that it could not be read."""
    with pytest.raises(BadInputError, match="expected a readable input file"):
        manifest.fingerprint(str(tmp_path / "nowhere"), "content")


def test_units_are_read_back_one_by_one(tmp_path: Path) -> None:
    """Each unit comes back as it was fixed, with the settings of its source."""
    sources = config.check(settings(tmp_path, tmp_path / "run"), "test").sources
    units = [Unit("folder", "x", {"files": ["é.py"]}, 7, ("x/é.py",)), Unit("folder", "x", {"files": []})]
    manifest.write_units(tmp_path / "units.jsonl", [(0, unit) for unit in units])
    found = manifest.open_units(tmp_path / "units.jsonl", sources)
    assert len(found) == 2
    assert [found(1), found(0)] == [(units[1], sources[0]), (units[0], sources[0])]


def test_settings_that_do_not_decide_bytes_do_not_count(tmp_path: Path) -> None:
    """Two runs that differ in folder and workers have one configuration hash; another profile has its own."""
    one, two, other = (
        manifest.settings_of(config.check(settings(tmp_path, tmp_path / name, **more), "test"))
        for name, more in (("a", {}), ("b", {"workers": 7}), ("a", {"filters": {"profile": "none"}}))
    )
    assert manifest.config_sha256(one) == manifest.config_sha256(two)
    assert manifest.config_sha256(one) != manifest.config_sha256(other)


def test_credentials_are_never_written_down() -> None:
    """Keys and tokens of storage options are starred; names of columns are not."""
    values = {
        "sources": [{"storage_options": {"key": "AKIA", "client_secret": "s", "anon": True}, "token": ""}]
    }
    hidden = manifest._without_secrets(values)
    assert hidden["sources"][0] == {
        "storage_options": {"key": "***", "client_secret": "***", "anon": True},
        "token": "",
    }


def test_every_version_that_may_change_bytes_is_there() -> None:
    """Python, this package with a hash of its files, and the libraries that read, measure and write."""
    found = manifest.versions()
    assert {"python", "curation", "code", *manifest.LIBRARIES} <= found.keys()
    assert found.keys() - manifest.LIBRARIES <= {"python", "curation", "code", *manifest.OPTIONAL}
    assert len(found["code"]) == 64


def test_a_manifest_of_another_version_or_no_json_is_refused(tmp_path: Path) -> None:
    """No guess is made at books that this version did not write."""
    for content in ("{", json.dumps({"version": 99})):
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(BrokenRunError):
            manifest.load(tmp_path)
    with pytest.raises(BadInputError, match="expected the folder of a run"):
        manifest.load(tmp_path / "elsewhere")
