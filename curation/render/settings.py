"""How documents become training texts.

    RenderSettings(family="starcoder2", names_probability=1.0)

Values only: the layouts read them.
"""

import re
from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

TOKEN = re.compile(r"<[^<>\s\u2060]{1,98}>")


class RenderSettings(BaseModel):
    """Whose layouts, how often they show metadata, and what becomes of special tokens found in data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    """Whether texts to train on are written at all, yes or no, under train/."""
    family: Literal["starcoder", "starcoder2"] = "starcoder2"
    """Model family whose published layouts and figures are used; a kind of document that it was not trained
    on is refused as no_layout (starcoder: pull-requests, kaggle; starcoder2: commits)."""
    seed: int = 0
    """Of every choice, any whole number; a choice depends on it and on the document's id only."""
    context: Literal["family", "file", "repository"] = "family"
    """What one text of code is: a file, or all files of a repository (starcoder2 only); family takes what the
    family was trained on: starcoder file, starcoder2 repository."""
    order: Literal["dependency", "random", "path"] = "random"
    """How the files of a repository follow each other: what is imported first, by chance (StarCoder2 paper,
    section 5), or by path."""
    documents_first: bool = False
    """Whether documentation and build files come before all others in a repository, yes or no (Granite, as
    data-prep-kit's repo_level_ordering does)."""
    repository_name_probability: float = Field(default=0.2, ge=0, le=1)
    """starcoder: chance, 0 to 1, that a file shows the name of its repository (bigcode-dataset,
    add_content_with_meta.py); 0 never."""
    file_name_probability: float = Field(default=0.2, ge=0, le=1)
    """starcoder: chance, 0 to 1, that a file shows its path; 0 never."""
    stars_probability: float = Field(default=0.2, ge=0, le=1)
    """starcoder: chance, 0 to 1, that a file shows the range of its repository's stars; 0 never."""
    star_ranges: tuple[int, ...] = Field(default=(10, 100, 1000), min_length=1)
    """Last count of stars in each range, rising; (10, 100) gives 0, 1-10, 10-100 and 100+."""
    names_probability: float = Field(default=0.5, ge=0, le=1)
    """starcoder2: chance, 0 to 1, that a repository shows its name and the paths of its files, all or none
    (StarCoder2 paper, section 5); 0 never."""
    issue_opening: Literal["start", "start_comment"] = "start"
    """What opens an issue: start is <issue_start> (StarCoder2 paper, section 5), start_comment is
    <issue_start><issue_comment> (StarCoder's playground)."""
    forged: Literal["escape", "drop", "keep"] = "escape"
    """What becomes of special tokens in data: escape puts a word joiner behind their "<", which `parse` takes
    out again; drop refuses the document as forged_sentinel; keep leaves them, and the text may not parse."""
    guard_redactions: bool = False
    """Whether <NAME>, <EMAIL>, <KEY> and <PASSWORD> in data count as forged, yes or no; only for data that
    was not redacted with them."""
    more_sentinels: tuple[str, ...] = ()
    """Further special tokens that count as forged, such as <|user|>, for a tokenizer that was given more;
    each is <...> of at most 100 characters."""
    max_document_bytes: int = Field(default=0, ge=0)
    """UTF-8 bytes of a rendered repository after which another text is begun, between files; a file that is
    larger stands alone. 0 is no limit."""
    end_of_document: bool = False
    """Whether a text ends with <|endoftext|>, yes or no; training puts it there itself."""

    @field_validator("star_ranges")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value[0] < 1 or any(one >= other for one, other in pairwise(value)):
            raise ValueError(f"star_ranges are {value}, expected counts from 1 that rise, such as (10, 100)")
        return value

    @field_validator("more_sentinels")
    @classmethod
    def _tokens(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for token in value:
            if not TOKEN.fullmatch(token):
                raise ValueError(
                    f"more_sentinels has {token!r}, expected <...> of at most 100 characters without <, > "
                    "and white space inside"
                )
        return value

    @model_validator(mode="after")
    def _has_layout(self) -> Self:
        if self.family == "starcoder" and self.context == "repository":
            raise ValueError(
                "context is repository, but starcoder has no layout for repositories; take file, or the "
                "family starcoder2"
            )
        return self

    @property
    def by_repository(self) -> bool:
        """Whether one text of code is a repository, by context or family."""
        return self.context == "repository" or (self.context == "family" and self.family == "starcoder2")
