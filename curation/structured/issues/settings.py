"""Thresholds for issues, with the profiles of StarCoder and StarCoder2.

    IssueSettings()                                -> ours
    IssueSettings(profile="sc1").head_lines        -> 60
    IssueSettings(profile="sc1", minimum_users=3)  -> one value different from the profile

A profile fills in what is not given, so what `model_dump` gives resolves to the same settings again.
Where paper and code of StarCoder differ, both have a profile: sc1 is the code (bigcode-dataset
preprocessing/filtering_issues.py and utils/utils_issues.py), sc1-paper what StarCoder2 (section 2.2) states.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.structured.people.settings import BotSettings, bot_rules

Profile = Literal["default", "sc1", "sc1-paper", "sc2"]

_CODE = {
    "lines": 80,
    "head_lines": 60,
    "bots": bot_rules("sc1"),
    "count_silent": True,
    "first_bot_call": False,
}
_PAPER = _CODE | {"lines": 100, "head_lines": 80}
_PROFILES: dict[str, dict[str, Any]] = {
    "default": {},
    "sc1": _CODE,
    "sc1-paper": _PAPER,
    "sc2": _PAPER | {"bots": bot_rules("sc2")},
}


class IssueSettings(BaseModel):
    """How threads of GitHub's issues become documents, and which do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    """Whether issues are converted, yes or no."""
    profile: Profile = "default"
    """Where the values come from that are not given: default is ours; sc1, sc1-paper and sc2 as published."""
    pulls: bool = False
    """Whether discussions of pull requests count as issues, yes or no (StarCoder2 section 2.2: no)."""
    strip_email: bool = True
    """Whether what mail added to comments is removed, yes or no."""
    lines: int | None = Field(default=100, ge=1)
    """Lines of a comment that stays whole, at most (code of StarCoder: 80, papers: 100); null cuts none."""
    head_lines: int = Field(default=80, ge=0)
    """Lines kept from the beginning of a longer comment (code: 60, papers: 80, which is 100 less the end)."""
    tail_lines: int = Field(default=20, ge=0)
    """Lines kept from the end of a longer comment (code and papers: 20)."""
    marker: str = "[Truncated]"
    """The line that stands for the others (code of StarCoder)."""
    bots: BotSettings = BotSettings()
    """Which accounts are programs, whose events are dropped."""
    bot_calls: bool = True
    """Whether the comment before one of a program is dropped too if it names the program or begins with a
    slash, yes or no (code of StarCoder: yes); never the description."""
    first_bot_call: bool = True
    """Whether that also holds for the first comment of a program in a thread, yes or no (code: no)."""
    minimum_characters: int = Field(default=200, ge=0)
    """Characters of all comments together, after mail, truncation and programs (code of StarCoder: 200)."""
    minimum_users: int = Field(default=2, ge=1)
    """People with whom a thread stays whatever its length (code of StarCoder: 2); 1 keeps all."""
    few_users_characters: int = Field(default=7000, ge=0)
    """Characters of a thread with fewer people, at most (code of StarCoder: 7000)."""
    few_users_events: int = Field(default=10, ge=0)
    """Events of a thread with fewer people, at most (code of StarCoder: 10)."""
    count_silent: bool = False
    """Whether events without text (closed, reopened) count as events, and their authors as people, yes or no
    (code of StarCoder: yes)."""
    language: str | None = "en"
    """Human language that is kept, an ISO 639 code (StarCoder: en); null keeps all and loads no model."""
    language_letters: int = Field(default=40, ge=1)
    """Letters of prose below which a thread stays undecided, and is kept."""
    language_score: float = Field(default=0.7, ge=0, le=1)
    """Probability of another language from which a thread is dropped, 0 to 1."""
    usernames: bool = True
    """Whether people in texts are replaced by username_0, username_1 and so on, yes or no; as authors they
    always are."""

    @model_validator(mode="before")
    @classmethod
    def _from_profile(cls, values: Any) -> Any:
        """Fill in what is not given from the profile; what is no profile is refused as any wrong value."""
        if not isinstance(values, dict) or not isinstance(values.get("profile", "default"), str):
            return values
        return _PROFILES.get(values.get("profile", "default"), {}) | values
