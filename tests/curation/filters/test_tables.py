"""The tables under curation/data say what their sources say."""

from collections import Counter
from pathlib import Path

import pytest

from curation.errors import BadConfigError
from curation.filters.tables import family, table_column
from curation.language import facts, profile


@pytest.mark.parametrize(
    ("column", "counts"),
    [
        ("excluded", {True: 36, False: 266}),
        ("max_line_length", {1000.0: 235, 500.0: 1, None: 30}),
        ("mean_line_length", {100.0: 236, None: 30}),
        ("alphanumeric", {0.25: 262, None: 4}),
        ("alphabetic", {0.25: 16, 0.5: 3, None: 247}),
        ("xml", {True: 264, False: 2}),
    ],
)
def test_counts_of_the_starcoder_inspection(column: str, counts: dict[object, int]) -> None:
    """303 rows, of which stan.stan stands there twice; 267 included, 30 without line limit, and so on."""
    assert Counter(table_column(f"sc1_extensions.{column}").values.values()) == counts


def test_every_included_partition_is_one_of_starcoderdata() -> None:
    """The 88 languages with an included row are reached from the languages of the sc1 selection."""
    column = table_column("sc1_extensions.excluded")
    included = {partition for (partition, _), excluded in column.values.items() if not excluded}
    assert len(included) == 88
    rows = [column.row(language, ext) for language in profile("sc1") for _, ext in column.values]
    assert included <= {row[0] for row in rows if row}


def test_every_language_of_the_starcoder2_labels_is_known() -> None:
    """Its rows name linguist languages, 53 of them as a whole, and are otherwise single extensions."""
    values = table_column("sc2_extensions.excluded").values
    assert {language for language, _ in values} <= set(facts().languages)
    assert sum(extension == "*" for _, extension in values) == 53
    assert set(values.values()) == {True}


@pytest.mark.parametrize(
    ("table", "language", "extension", "row"),
    [
        ("sc1_extensions.excluded", "C++", "hpp", ("cpp", "hpp")),
        ("sc1_extensions.excluded", "Wolfram Language", "nb", ("mathematica", "nb")),
        ("sc1_extensions.excluded", "Dockerfile", "prod", None),
        ("sc1_extensions.excluded", "", "py", None),
        ("sc1_extensions.excluded", "no such language", "py", None),
        ("sc2_extensions.excluded", "CSV", "csv", ("CSV", "*")),
        ("sc2_extensions.excluded", "Shell", "env", ("Shell", "env")),
        ("sc2_extensions.excluded", "Shell", "sh", None),
    ],
)
def test_rows_are_found(table: str, language: str, extension: str, row: tuple[str, str] | None) -> None:
    """By linguist name or by partition, as the table is keyed; * stands for every extension."""
    assert table_column(table).row(language, extension) == row


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "sc9.excluded",
            "expected a table of curation/data and a column, as table.column, saw 'sc9.excluded'",
        ),
        ("../data/sc1_extensions.xml", "expected a table of curation/data"),
        (
            "sc1_extensions.exclude",
            "table sc1_extensions has no column 'exclude'; known are excluded, max_line",
        ),
        ("sc1_extensions.partition", "no column 'partition'"),
    ],
)
def test_unknown_tables_and_columns_are_refused(name: str, message: str) -> None:
    """The error names what was asked for and what there is."""
    with pytest.raises(BadConfigError, match=message):
        table_column(name)


def test_families_hold_known_languages() -> None:
    """OpenCoder's data and prose are told apart, and every name is linguist's."""
    data, text = family("opencoder.data"), family("opencoder.text")
    assert {"JSON", "CSS", "SVG", "Protocol Buffer"} <= data
    assert {"Markdown", "TeX", "AsciiDoc"} <= text
    assert not data & text
    assert data | text <= set(facts().languages)


def test_unknown_families_are_refused() -> None:
    """The error lists the families that there are."""
    with pytest.raises(BadConfigError, match=r"opencoder\.data, opencoder\.text.*saw 'opencoder\.prose'"):
        family("opencoder.prose")


def test_tables_elsewhere_are_not_read(tmp_path: Path) -> None:
    """A table is named, not pointed at, even where the file exists."""
    (tmp_path / "mine.csv").write_text("language,extension,excluded\nC,c,yes\n")
    with pytest.raises(BadConfigError, match=r"expected a table of curation/data"):
        table_column(f"{tmp_path}/mine.excluded")
