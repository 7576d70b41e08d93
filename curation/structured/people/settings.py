"""Which rules say that an account is a program: values only, bots.py applies them.

bot_rules("sc1").suffixes -> "published"
BotSettings(more=("our-deployer",))
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Lists = Literal["published", "careful", "off"]
BotProfile = Literal["default", "sc1", "sc2"]


class BotSettings(BaseModel):
    """Which accounts count as programs; curation/data/bots.toml holds the names and says what each finds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stated: bool = True
    """Whether an account counts that GitHub states to be of type Bot, yes or no."""
    authors: Lists = "careful"
    """Whole names: the 15 of StarCoder (published), these and those we know besides (careful), or none."""
    keywords: Lists = "careful"
    """Words anywhere in a name: the 7 of StarCoder wherever they stand (published), only as parts of a name,
    jenkins and travis only beside a word such as ci (careful), or none."""
    suffixes: Lists = "careful"
    """Ends of names: the 13 of StarCoder (published), bot only where a part of the name begins (careful: not
    abbot), or none."""
    nameless: bool = False
    """Whether an account without a name counts, yes or no (as in the code of StarCoder2)."""
    more: tuple[str, ...] = Field(default=())
    """Further whole names that count, whatever their case."""
    people: tuple[str, ...] = Field(default=())
    """Whole names that never count, whatever their case and whatever the other rules say."""


_PUBLISHED = {"authors": "published", "keywords": "published", "suffixes": "published"}
_PROFILES: dict[BotProfile, BotSettings] = {
    "default": BotSettings(),
    "sc1": BotSettings.model_validate(_PUBLISHED),
    "sc2": BotSettings.model_validate(_PUBLISHED | {"nameless": True}),
}


def bot_rules(profile: BotProfile) -> BotSettings:
    """The rules of a profile: of StarCoder, of StarCoder2, or ours, which spare people with such names."""
    return _PROFILES[profile]
