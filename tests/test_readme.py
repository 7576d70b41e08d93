"""Every command of the README works as it stands, in order, in a fresh folder."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from curation import mix
from curation.dedup import banding
from curation.filters import profiles
from curation.language import PROFILES
from curation.render.settings import RenderSettings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_every_command_of_the_tutorials_works(tmp_path: Path) -> None:
    """The bash blocks, line by line, with the repository's configurations and nothing else around."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "cache"),
    }
    commands = [line for block in BLOCKS for line in block.splitlines() if line.strip()]
    assert len(commands) >= 15
    for command in commands:
        result = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout[-2000:]}{result.stderr[-2000:]}"
        assert "Traceback" not in result.stderr, command


def test_the_make_targets_of_the_readme_exist() -> None:
    """What the README says to type first is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_the_tree_of_the_readme_exists() -> None:
    """Every module and folder that the README names is there."""
    tree = README.split("\ncuration/\n", 1)[1].split("```", 1)[0]
    for package, part in zip(("curation", "training"), tree.split("\ntraining/\n"), strict=True):
        for name in re.findall(r"(?:^|\s{2,})([a-z]+(?:/|\.py))\s", part):
            assert (ROOT / package / name).exists(), name


def test_the_profiles_of_the_readme_exist() -> None:
    """Every profile that the tables name, and no other, is there."""
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall("`([a-z0-9-]+)`", row)}
    families = get_args(RenderSettings.model_fields["family"].annotation)
    mixes = set(mix.profiles())
    assert named == set(profiles()) | set(PROFILES) | set(banding.profiles()) | {*families} | mixes
