"""Which benchmarks documents are checked against, how, and what counts as found.

    DecontaminateSettings(benchmarks=("humaneval", BenchmarkSettings(name="ours", path="ours.jsonl", ...)))

Values only. Without benchmarks nothing is checked. Which figures StarCoder and StarCoder2 used: methods
("exact",) and ("whitespace_free",) (StarCoder2 paper, section 3); DeepSeek-Coder used ("ngram",) with 10
words and any share.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from curation.errors import BadConfigError
from curation.sources.inputs import is_url
from curation.structured.outcome import Kind

Method = Literal["exact", "whitespace_free", "ngram", "identifiers"]
"""From the strictest to the one that finds most."""


class FieldSettings(BaseModel):
    """One column of a benchmark whose texts are looked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    """Column, dotted for a nested one; null and empty values are no texts, of a list each text is one."""
    kind: Literal["text", "code"] = "text"
    """code: the method identifiers looks for it as well; text: it does not, for prose is all names."""
    rule: Literal["whole", "docstring", "before_solution"] = "whole"
    r"""whole: the value as it is; docstring: what stands between triple quotes, of several blocks the last
    (HumanEval prompts); before_solution: what stands before BEGIN SOLUTION or SOLUTION START (DS-1000)."""
    name: str = ""
    """What reports call it; the column's name if empty."""


class BenchmarkSettings(BaseModel):
    """A benchmark: a preset by its name, or any other with its columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """Of a preset (`curation decontaminate list`), or a name of your own; it is the reason of drops."""
    path: str = ""
    """JSONL or parquet file, glob or URL of these, folder of a data set, or hub id such as owner/name; empty
    takes the preset's."""
    config: str | None = None
    """Configuration of a data set; null takes the preset's, or the only one."""
    split: str = ""
    """Split of a data set; empty takes the preset's, else test."""
    revision: str | None = None
    """Commit, branch or tag on the hub; null takes the newest."""
    id: str = ""
    """Column that names an item, dotted for a nested one; empty takes the preset's, else numbers from 0."""
    ids: tuple[int, int] | None = None
    """First and last id to take, both included (MBPP: 11 to 510); null takes the preset's, else all."""
    fields: tuple[FieldSettings, ...] = ()
    """What is looked for; empty takes the preset's."""

    @property
    def is_local(self) -> bool:
        """Whether the path is a file or folder here, and no URL or hub id."""
        return bool(self.path) and not is_url(self.path) and Path(self.path).expanduser().exists()


class NgramSettings(BaseModel):
    """Windows of words that a document shares with a benchmark text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(default=10, ge=3, le=63)
    """Words in a window (10 in DeepSeek-Coder and Seed-Coder, 13 in GPT-3)."""
    share: float = Field(default=0.5, ge=0, le=1)
    """Share of a text's windows, 0 to 1, from which a document is contaminated; 0 means any window."""
    near: float = Field(default=0.2, ge=0, le=1)
    """Share from which it is listed as a near miss; 1 lists none."""
    distinct: int = Field(default=5, ge=1)
    """Different words that a window must have to count, so that `0 0 0 0` is nothing."""
    short: int = Field(default=3, ge=0)
    """A text of fewer words than a window, but at least this many, must be there word for word, case ignored
    (3 in DeepSeek-Coder); 0 leaves such texts to the other methods."""


class IdentifierSettings(BaseModel):
    """Code that is the same but for names, white space and line breaks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: int = Field(default=32, ge=8)
    """Names, numbers, words and signs that code must have to be looked for."""
    window: int = Field(default=24, ge=8, le=63)
    """Tokens by which it is found first; at most `tokens`."""
    distinct: int = Field(default=10, ge=1)
    """Different tokens that it must have, all names being one."""
    near: float = Field(default=0.8, ge=0, le=1)
    """Share of the names in their places from which code whose names do not map one to one is listed as a
    near miss; 1 lists none."""

    @model_validator(mode="after")
    def _window_fits(self) -> "IdentifierSettings":
        if self.window > self.tokens:
            raise BadConfigError(
                f"decontaminate.identifiers: window is {self.window}, more than tokens, {self.tokens}; "
                f"lower window"
            )
        return self


class TrivialSettings(BaseModel):
    """Benchmark texts that anybody writes, which are not looked for by any method."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    characters: int = Field(default=16, ge=8)
    """Characters other than white space that a text must have."""
    words: int = Field(default=3, ge=0)
    """Different words that a text must have."""
    entropy: float = Field(default=2.0, ge=0)
    """Bits per character, of their frequencies, that a text must have; 0 asks for nothing."""
    answers: tuple[str, ...] = (
        "return x + y",
        "return len(string)",
        "return n**2",
        "return ''.join(strings)",
    )
    """Texts that are trivial whatever their length, white space and case ignored; these are the four answers
    of HumanEval that StarCoder meant to keep, the fourth of which its code had misspelt."""


class DecontaminateSettings(BaseModel):
    """What documents are checked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    benchmarks: tuple[BenchmarkSettings, ...] = ()
    """Names of presets, or benchmarks with their columns; none switches the check off."""
    methods: tuple[Method, ...] = ("exact", "whitespace_free", "ngram", "identifiers")
    """exact: the text, case and carriage returns ignored (StarCoder); whitespace_free: the text without any
    white space (StarCoder2); ngram: a share of its windows of words; identifiers: code with other names."""
    kinds: tuple[Kind, ...] = ()
    """Kinds of documents that are checked; none means all. (StarCoder2 leaves out documentation and prose of
    the web, which are no kinds here; its Table 3.)"""
    ignore_case: bool = True
    """Whether whitespace_free ignores case, yes or no; exact always does."""
    ngram: NgramSettings = NgramSettings()
    """How windows of words count."""
    identifiers: IdentifierSettings = IdentifierSettings()
    """How renamed code counts."""
    trivial: TrivialSettings = TrivialSettings()
    """What is not looked for."""

    @field_validator("benchmarks", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """A text stands for the preset of that name."""
        if isinstance(value, list | tuple):
            return [{"name": item} if isinstance(item, str) else item for item in value]
        return value

    @model_validator(mode="after")
    def _names_differ(self) -> "DecontaminateSettings":
        names = [benchmark.name for benchmark in self.benchmarks]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadConfigError(
                f"decontaminate: benchmark {twice[0]} is named twice; give each its own name"
            )
        if self.benchmarks and not self.methods:
            raise BadConfigError(
                "decontaminate: benchmarks are named but no methods; name one, or no benchmarks"
            )
        return self

    @property
    def enabled(self) -> bool:
        """Whether anything is checked."""
        return bool(self.benchmarks)
