"""A program that trains heads one after the other, as a plan says: `python classify_runs.py plan.json`.

    [{"config": {"output": "out/tagger", ...}},
     {"config": {"output": "out/again", ...}, "goes_on_from": "out/tagger/checkpoint-10"},
     {"config": {...}, "refused": "out/refused.txt"}]

The output of a run that goes on from a checkpoint gets a copy of it; the message of one that is refused is
written. Started as it is, or by torchrun.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, TypedDict

from curation.errors import CurationError
from curation.settings_file import check_settings
from training.classify.run import train
from training.classify.settings import ClassifyConfig


class Training(TypedDict, total=False):
    """One run of a plan."""

    config: dict[str, Any]
    goes_on_from: str
    refused: str


def main(plan: list[Training]) -> None:
    """Run all of a plan."""
    for training in plan:
        config = check_settings(ClassifyConfig, training["config"], "plan")
        if "goes_on_from" in training and os.environ.get("RANK", "0") == "0":
            before = Path(training["goes_on_from"])
            shutil.copytree(before, config.output / before.name)
        try:
            train(config)
        except CurationError as error:
            if "refused" not in training:
                raise
            Path(training["refused"]).write_text(str(error), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
