"""One threshold with its exceptions per language and extension -> the threshold of one file.

    limit = Thresholds(default=1000, languages={"HTML": 100_000})
    limit.at("HTML", "html") -> 100000.0;  limit.at("Go", "go") -> 1000.0

In YAML a bare number is the default: `maximum: 1000`. The most particular entry counts: an extension of one
language, an extension, a language, a row of an inspection table, a family of languages, the default. An
entry of null lifts the limit there. Long tables are files under `curation/data`. This decides nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from curation.errors import BadConfigError
from curation.filters.bounds import Bound, Side
from curation.filters.tables import family, table_column
from curation.language import canonical, facts
from curation.language.facts import nearest

Value = TypeVar("Value", float, bool)
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
YesNo = Annotated[bool, Field(strict=True)]


def _language(name: str) -> str:
    """The linguist name of a language, for a key of `languages`.

    Raises:
        BadConfigError: If it is not known; names the nearest one.
    """
    language = canonical(name)
    if not language:
        near = nearest(name, facts().languages)
        raise BadConfigError(
            f"expected a linguist language{f', such as {near},' if near else ''} saw {name!r}"
        )
    return language


def _extension(key: str) -> str:
    """A key of `extensions`.

    Raises:
        BadConfigError: If the extension has a dot or upper case, or the language is not known.
    """
    language, slash, extension = key.rpartition("/")
    if "." in extension or extension != extension.lower():
        raise BadConfigError(
            f"expected an extension in lower case without dot, as xsl or XSLT/xsl, saw {key!r}"
        )
    return f"{_language(language)}/{extension}" if slash else extension


def _column(name: str) -> str:
    """The name of a table column, checked."""
    table_column(name)
    return name


def _family(name: str) -> str:
    """The name of a family of languages, checked."""
    family(name)
    return name


class PerFile(BaseModel, Generic[Value]):
    """A value and its exceptions; `None` means that the rule does not hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    default: Value | None = None
    """Holds for files that no exception names, in the unit of the signal; null holds for none of them."""
    languages: dict[Annotated[str, AfterValidator(_language)], Value | None] = {}
    """Linguist name of a language to its own value, in the unit of the signal; null lifts the rule."""
    extensions: dict[Annotated[str, AfterValidator(_extension)], Value | None] = {}
    """`xsl`, or `XSLT/xsl` for one language (`C/` for none), to its own value; null lifts the rule."""
    families: dict[Annotated[str, AfterValidator(_family)], Value | None] = {}
    """A list in language_families.toml, as `opencoder.data`, to its own value; null lifts the rule."""
    table: Annotated[str, AfterValidator(_column)] | None = None
    """A column of a CSV under `curation/data`, as `sc1_extensions.max_line_length`; null uses no table."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        """A bare value is the default."""
        return value if isinstance(value, Mapping | PerFile) else {"default": value}

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """The name in error messages and in the JSON schema."""
        return {Number: "Thresholds", YesNo: "Switch"}.get(params[0], "PerFile")

    @model_validator(mode="after")
    def _same_kind(self) -> "PerFile[Value]":
        """A column of numbers goes with thresholds, one of yes and no with a switch.

        Raises:
            BadConfigError: If the table holds the other kind.
        """
        if self.table is not None:
            numbers = type(self) is Thresholds
            if any(isinstance(value, bool) == numbers for value in table_column(self.table).values.values()):
                kind = "numbers" if numbers else "yes and no"
                raise BadConfigError(f"expected a column of {kind}, saw {self.table}")
        return self

    def at(self, language: str, extension: str) -> float | bool | None:
        """The value for files of a language with an extension (lower case, no dot, "" for none)."""
        for key in (f"{language}/{extension}", extension):
            if key in self.extensions:
                return self.extensions[key]
        if language in self.languages:
            return self.languages[language]
        if self.table is not None:
            column = table_column(self.table)
            row = column.row(language, extension)
            if row is not None:
                return column.values[row]
        for name, value in self.families.items():
            if language in family(name):
                return value
        return self.default

    def exceptions(self) -> Iterator[float | bool | None]:
        """Every value that differs from the default, once per language, extension, table row or family."""
        table = table_column(self.table).values if self.table is not None else {}
        for values in (self.extensions, self.languages, table, self.families):
            yield from (value for value in values.values() if value != self.default)


Thresholds = PerFile[Number]
"""A limit, in the unit of its signal."""
Switch = PerFile[YesNo]
"""Whether a rule without a number holds, yes or no."""


@dataclass(frozen=True)
class Rule:
    """A bound before the file is known: which signal, which side, which limits, which reason."""

    signal: str
    side: Side
    limit: PerFile[Any] | None
    """None: the rule is off."""
    reason: str
    on: float = 0.0
    """The threshold where `limit` is a `Switch` that says yes."""

    def bound(self, language: str, extension: str) -> Bound | None:
        """The bound for files of a language with an extension (lower case, no dot); None if there is none."""
        threshold = self._threshold(self.limit.at(language, extension)) if self.limit else None
        return None if threshold is None else Bound(self.signal, self.side, threshold, self.reason)

    @property
    def default(self) -> float | None:
        """The threshold for files that no exception names, in the unit of the signal; None if it is off."""
        return self._threshold(self.limit.default) if self.limit else None

    @cached_property
    def exceptions(self) -> tuple[float | None, ...]:
        """The thresholds that differ from the default, in the unit of the signal; None where it is off."""
        if self.limit is None:
            return ()
        found = (self._threshold(value) for value in self.limit.exceptions())
        return tuple(value for value in found if value != self.default)

    @property
    def enabled(self) -> bool:
        """Whether it holds for any file."""
        return self.default is not None or any(value is not None for value in self.exceptions)

    def _threshold(self, value: float | bool | None) -> float | None:
        if value is None or value is False:
            return None
        return self.on if value is True else float(value)
