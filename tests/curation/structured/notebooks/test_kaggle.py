"""Kaggle notebooks -> what is known of their data, and a script."""

from typing import Any

import pytest
from notebook_json import PYTHON, code, notebook, raw, result, stream, text

from curation.sources.base import Problem
from curation.structured.notebooks.kaggle import kaggle
from curation.structured.notebooks.read import Notebook, read
from curation.structured.notebooks.settings import KaggleRules, NotebookSettings
from curation.structured.parts import Part

SETTINGS = NotebookSettings(forms=("kaggle",))
LONG = code("\n".join(f"value_{number} = {number}" for number in range(10)))
INFO = "<class 'pandas.core.frame.DataFrame'>\nRangeIndex: 2 entries"
STARTER = code(
    "# This Python 3 environment comes with many helpful analytics libraries installed\n"
    "import numpy as np\n"
    "import os\n"
    "for dirname, _, filenames in os.walk('/kaggle/input'):\n"
    "    for filename in filenames:\n"
    "        print(os.path.join(dirname, filename))\n"
    "\n"
    "# You can write up to 20GB to the current directory (/kaggle/working/) that gets preserved\n"
    "x = 1"
)


def made(*cells: Any, metadata: Any = PYTHON, **rules: Any) -> Any:
    """The parts, or the reason of the problem."""
    settings = SETTINGS.model_copy(update={"kaggle": KaggleRules(**rules)})
    found = read(notebook(*cells, metadata=metadata), settings)
    assert isinstance(found, Notebook)
    parts = kaggle(found, settings)
    return parts.reason if isinstance(parts, Problem) else parts


def script(*cells: Any, **rules: Any) -> str:
    """The script alone."""
    parts = made(*cells, least_cells=1, least_characters=0, **rules)
    assert not isinstance(parts, str), parts
    assert parts[-1].role == "script"
    return str(parts[-1].text)


@pytest.mark.parametrize(
    ("cells", "rules", "reason"),
    [
        ([LONG, LONG, LONG], {}, "too_few_cells"),
        ([text("a")] * 4, {}, "no_code"),
        ([code("a")] * 4, {}, "too_short"),
        ([LONG, code("print 1"), LONG, LONG], {}, "does_not_compile"),
        ([LONG, code("return 1"), LONG, LONG], {}, "does_not_compile"),
        ([LONG] * 4, {"most_characters": 99}, "too_large"),
    ],
)
def test_a_notebook_that_breaks_a_rule_says_which(cells: list[Any], rules: Any, reason: str) -> None:
    """Each rule of the conversion has its reason."""
    assert made(*cells, **rules) == reason


def test_a_notebook_that_keeps_all_rules_is_a_script() -> None:
    """Nothing but the script where nothing is known of the data."""
    assert [part.role for part in made(LONG, text("a"), LONG, LONG)] == ["script"]
    assert [part.role for part in made(LONG, code("await f()"), LONG, LONG)] == ["script"]
    assert [part.role for part in made(LONG, code("print 1"), LONG, LONG, must_compile=False)] == ["script"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([text("# A\n\n<b>b</b>"), code("x = 1")], "# # A\n#\n# b\n\nx = 1"),
        ([code("x = 1"), text("The end")], "x = 1"),
        ([text("Thank You for reading!"), code("x = 1")], "x = 1"),
        ([raw("r"), code("x = 1")], "x = 1"),
        ([STARTER], "import numpy as np\nimport os\n\n\n\n\n\nx = 1"),
        ([code("%matplotlib inline\n!ls\npip install a\nwget b\ncd /c\nx = 1")], "x = 1"),
        ([code("if a:\n    !ls\nx = 1")], "if a:\n    pass\nx = 1"),
        ([code("%%time\nx = 1")], "x = 1"),
        ([code("%%bash\nls"), code("x = 1")], "x = 1"),
        ([code("x = 1\ny = '" + "a" * 600 + "'")], "x = 1"),
        ([code("x = 1\n# Copyright (C) 2020 A")], "x = 1"),
        ([code("for dirname, _, filenames in os.walk('/kaggle/input'):\n    x = 1")],
         "for dirname, _, filenames in os.walk('/kaggle/input'):\n    x = 1"),
    ],
)  # fmt: skip
def test_the_script_holds_what_a_person_wrote(cells: list[Any], expected: str) -> None:
    """Markdown as comments without tags; no commands, no words of Kaggle, no last Markdown cell."""
    assert script(*cells) == expected


READ = code('import pandas as pd\ntrain = pd.read_csv("../input/titanic/train.csv")')


def test_a_data_frame_that_is_shown_comes_first() -> None:
    """How it is read, what info() printed, and rows that are shown after that."""
    cells = (
        READ,
        code("train.info()", stream(INFO)),
        code("train.head()", result(text_plain="   Age\n0   22")),
        LONG,
    )
    assert made(*cells)[:-1] == (
        Part("text", "Kaggle dataset identifier: titanic"),
        Part(
            "code", 'import pandas as pd\n\ntrain = pd.read_csv("../input/titanic/train.csv")\ntrain.info()'
        ),
        Part("output", INFO),
        Part("text", "Examples:\nAge\n0   22"),
    )
    assert [part.role for part in made(*cells, data_frame=False)] == ["text", "script"]


@pytest.mark.parametrize(
    ("cells", "roles"),
    [
        ([READ, code("train.info()", stream(INFO))], ["text", "code", "output", "script"]),
        ([READ, code("test.info()", stream(INFO))], ["text", "script"]),
        ([READ, code("train.info()", stream("None"))], ["text", "script"]),
        ([READ, code("train.head()", stream("a")), code("train.info()", stream(INFO))],
         ["text", "code", "output", "script"]),
        ([code("a = pd.read_csv('/kaggle/input/x.csv')"), code("a.info()", stream(INFO))],
         ["code", "output", "script"]),
        ([code("a = pd.read_csv('/home/me/x.csv')"), code("a.info()", stream(INFO))], ["script"]),
    ],
)  # fmt: skip
def test_nothing_is_made_up_about_the_data(cells: list[Any], roles: list[str]) -> None:
    """No part without its evidence in the notebook."""
    assert [part.role for part in made(*cells, LONG, LONG)] == roles


def test_title_and_description_are_taken_from_where_they_may_be_put() -> None:
    """In the metadata, by whoever has Kaggle's tables; values of other types are passed over."""
    about = {"title": " Titanic ", "description": "Who survived", "id": "owner/titanic"}
    metadata = PYTHON | {"kaggle": {"dataset": about}}
    lines = "Titanic\nWho survived\nKaggle dataset identifier: owner/titanic"
    assert made(*[LONG] * 4, metadata=metadata)[0] == Part("text", lines)
    broken = PYTHON | {"kaggle": {"dataset": {"title": 3, "id": None}}}
    assert [part.role for part in made(*[LONG] * 4, metadata=broken)] == ["script"]
