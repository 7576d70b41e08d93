"""Which commits are kept, and what of their files is shown.

    CommitSettings(data_keep=0.1, message="whole")

Values only. The defaults are those of StarCoder (`filtering_git_commits.ipynb` of bigcode-dataset);
StarCoder2 was not trained on commits.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CommitSettings(BaseModel):
    """Rules for commits of one file; the shares are chances that a commit of the kind is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Literal["sc1"] = "sc1"
    """Named settings that the others start from; StarCoder's is the only one published."""
    seed: int = 0
    """Of every random choice; a choice depends on it and on the commit alone."""
    max_before_characters: int = Field(default=100_000, ge=1)
    """Characters that the file before the commit must be below (100,000 in StarCoder)."""
    tiny_lines: int = Field(default=2, ge=0)
    """Lines of the change up to which a commit is tiny (2 in StarCoder); 0 calls none tiny."""
    tiny_keep: float = Field(default=0.1, ge=0, le=1)
    """Share of tiny commits that is kept, 0 to 1 (0.1 in StarCoder)."""
    huge_lines: int = Field(default=200, ge=0)
    """Lines of the change from which a commit is huge (200 in StarCoder); 0 calls none huge."""
    huge_keep: float = Field(default=0.1, ge=0, le=1)
    """Share of huge commits that is kept, 0 to 1 (0.1 in StarCoder)."""
    short_words: int = Field(default=5, ge=0)
    """Words that a subject needs in order not to be short (5 in StarCoder); 0 calls none short."""
    short_keep: float = Field(default=0.5, ge=0, le=1)
    """Share of commits with a short subject that is kept, 0 to 1 (0.5 in StarCoder)."""
    max_characters_per_word: float = Field(default=20.0, ge=0)
    """Characters of the subject, spaces included, per word, above which it counts as a hash or an address
    and the commit is dropped (20 in StarCoder); 0 drops none."""
    known_language: bool = True
    """Whether the path must be that of a known language, a Dockerfile or a Makefile, yes or no (yes in
    StarCoder)."""
    first_of_file: bool = True
    """Whether only the first commit of each file that passes the rules above is taken, yes or no (yes in
    StarCoder). The first in the order of history, within a unit: of a repository that is split into several
    units, each may give one commit per file."""
    data_extensions: tuple[str, ...] = ("html", "json", "xml", "yaml", "yml")
    """Extensions of data formats, without the dot, in lower case (these five in StarCoder)."""
    data_keep: float = Field(default=0.5, ge=0, le=1)
    """Share of commits on data formats that is kept, 0 to 1, decided last (0.5 in StarCoder)."""
    message: Literal["subject", "whole"] = "subject"
    """subject: the first line of the message, as in StarCoder; whole: all of it but the trailers at its end,
    such as Signed-off-by. The rules look at the subject in either case."""
    whole_files: float = Field(default=0.2, ge=0, le=1)
    """Share of documents that show the whole file, 0 to 1 (0.2 in StarCoder); the others show the change."""
    context_lines: int = Field(default=31, ge=0)
    """Most lines shown before and after a change, each a random number from 0 on (31 in StarCoder)."""
