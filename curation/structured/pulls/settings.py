"""How pull requests become documents: values only, the other modules of this package apply them.

    PullSettings()                                          -> as the paper of StarCoder2 says
    PullSettings(profile="sc2-code")                        -> as its released code does it
    PullSettings(profile="sc2-code", characters_max=50_000) -> the same, with one other limit

The profiles differ where the paper and the code do (see `PROFILES`); what is given beside a profile wins.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.structured.people.settings import BotSettings, bot_rules

PullProfile = Literal["sc2-paper", "sc2-code"]

KEYS = ("pack", "lock", "yarn", "output", "swagger", "openapi")
PROFILES: dict[PullProfile, dict[str, Any]] = {
    "sc2-paper": {},
    "sc2-code": {
        "bots": bot_rules("sc2"),
        "extra_lines": 31,
        "context_max": 9,
        "json_keys": ("pack", "lock", "output"),
        "characters_min": 200,
        "characters_max": 1_000_000,
    },
}
"""What differs from the defaults, which are the paper's. It names no bots (ours) and no least size (none)."""


class FileRules(BaseModel):
    """Which files are shown, judged by their base (process_commit_pairs.py of the-stack-v2)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alphanumeric_min: float = Field(default=0.25, ge=0, le=1)
    """Share of letters and digits in the characters, 0 to 1, that must be exceeded."""
    hex_max: float = Field(default=0.25, gt=0)
    """Twice the count of \\x divided by the characters must be less than this."""
    lines_max: int = Field(default=100_000, ge=1)
    """A file must have fewer lines."""
    mean_line_max: float = Field(default=100, gt=0)
    """The mean length of lines, in characters, must be less; does not hold for documentation."""
    longest_line_max: int = Field(default=1000, ge=1)
    """The longest line, in characters, must be shorter; does not hold for documentation."""
    documentation: tuple[str, ...] = ("Markdown", "reStructuredText", "RMarkdown", "RDoc", "AsciiDoc")
    """Languages whose lines may be long, linguist names."""
    english: tuple[str, ...] = ("Markdown",)
    """Languages whose files must hold the, be, to, of, and, that, have or with as a word."""
    inspected: bool = True
    """Whether extensions that the reviewers of The Stack v2 marked as out are, yes or no."""


class PullSettings(BaseModel):
    """Which pull requests are kept, and what of them is shown (StarCoder2 2.3; render.py of the-stack-v2)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: PullProfile = "sc2-paper"
    """Whose values count where nothing is given: of the paper (the default) or of the released code."""
    seed: int = 0
    """Of every draw; any whole number."""
    bots: BotSettings = BotSettings()
    """Which accounts are programs: sc2-code takes the published lists, which count some people too."""
    bot_events: Literal["keep", "drop"] = "keep"
    """What becomes of comments and reviews by programs beside those of people; both profiles keep them."""
    require_diff: bool = True
    """Whether the diff at the opening must be known, yes or no; if not, conversations alone do as well."""
    excluded_repositories: tuple[str, ...] = ("Chocogrenouille/github-slideshow",)
    """Repositories, owner/name in any case, whose pull requests are dropped (one in the released code)."""
    subsample: bool = True
    """Whether repositories with many pull requests keep fewer of them, yes or no; see subsample.py."""

    title_min: int = Field(default=10, ge=0)
    """Least characters of a title."""
    title_max: int = Field(default=500, ge=1)
    """Characters after which a title is cut."""
    title_words: tuple[str, ...] = ("dependencies", "dependency", "depend", "release")
    """Texts that no title may hold, whatever their case."""
    text_min: int = Field(default=20, ge=0)
    """Least characters of a description or comment; a review may have none."""
    text_max: int = Field(default=1000, ge=1)
    """Characters after which a description, comment or review is cut."""
    text_lines: int = Field(default=80, ge=1)
    """Lines that such a text may have and stay whole."""
    text_tail: int = Field(default=20, ge=0)
    """Lines kept of the end of a longer text; of its beginning, as many as make up `text_lines`."""
    comment_hunk_max: int = Field(default=10_000, ge=0)
    """Characters of the diff that a review comment is about, at most; a longer one is left out."""

    files: FileRules = FileRules()
    """Which files are shown."""
    change_max: int = Field(default=1_000_000, ge=0)
    """Characters of all base files between the first and the last change, at most, of one head commit."""
    yaml_keys: tuple[str, ...] = KEYS
    """A YAML file whose path holds one of these is kept with probability `data_keep` only."""
    json_keys: tuple[str, ...] = KEYS
    """The same for JSON; the released code has three of the six."""
    data_share: float = Field(default=0.5, ge=0, le=1)
    """YAML and JSON files of more than this share of all base text are also kept with `data_keep` only."""
    data_keep: float = Field(default=0.1, ge=0, le=1)
    """Probability, 0 to 1, that such a file is kept."""
    whole_file: float = Field(default=0.2, ge=0, le=1)
    """Probability, 0 to 1, that the base of a file is shown whole."""
    extra_lines: int = Field(default=32, ge=0)
    """Lines shown before and after the changes otherwise: each number from 0 to this is as likely; the
    released code has 31."""
    context_min: int = Field(default=3, ge=0)
    """Least unchanged lines around a change in a diff."""
    context_max: int = Field(default=10, ge=0)
    """Most unchanged lines around a change, 9 in the released code; each number from the least to this is as
    likely."""
    line_numbers: Literal["shown", "file"] = "shown"
    """shown counts the lines of a diff from the first line shown of its base, and diffs do not reach beyond
    what is shown (as in the released code); file is as git does it."""
    characters_min: int = Field(default=0, ge=0)
    """Least characters of the parts together, 200 in the released code; 0 is off."""
    characters_max: int = Field(default=100_000, ge=1)
    """Most characters of the parts together, 1,000,000 in the released code."""

    @model_validator(mode="before")
    @classmethod
    def _from_profile(cls, given: Any) -> Any:
        """Fill what is not given from the profile; an unknown one is refused later, by its field."""
        if not isinstance(given, dict):
            return given
        return {**PROFILES.get(given.get("profile", "sc2-paper"), {}), **given}

    @model_validator(mode="after")
    def _in_order(self) -> "PullSettings":
        """Refuse limits that no number can meet.

        Raises:
            ValueError: If a least number is above its most.
        """
        for low, high in (("context_min", "context_max"), ("characters_min", "characters_max")):
            least, most = getattr(self, low), getattr(self, high)
            if least > most:
                raise ValueError(f"pull requests: expected {low} <= {high}, saw {least} and {most}")
        if self.text_tail >= self.text_lines:
            raise ValueError(
                f"pull requests: expected text_tail < text_lines, saw {self.text_tail} and {self.text_lines}"
            )
        return self
