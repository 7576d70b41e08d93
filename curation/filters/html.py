"""HTML that shows little text -> dropped.

    index.html with 40 visible characters, limit 100 -> dropped, min_visible_characters
    guide.html with 3,000 visible characters of 9,000 -> kept

Visible is what is left without tags, scripts and styles. Whether the text is worth reading is not asked.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.bounds import Side
from curation.filters.thresholds import Rule, Switch, Thresholds


class Settings(BaseModel):
    """Limits on visible text; they hold only where it was measured, in HTML-like languages."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    minimum_visible_characters: Thresholds | None = None
    """Visible characters, at least, 0 or more (100 in StarCoder2 2.1); null is off."""
    minimum_visible_fraction: Thresholds | None = None
    """Visible characters as a fraction of all, at least, 0 to 1 (0.2 in StarCoder2 2.1); null is off."""
    unparsable: Switch | None = None
    """Yes or no: drop what the HTML parser gives up on (as bigcode-dataset filtering.py does); null is no."""
    strict: bool = False
    """Yes or no: drop also a file exactly at a limit, as bigcode-dataset filtering.py does."""

    def rules(self) -> tuple[Rule, ...]:
        """Unparsable first, because its visible text is not to be trusted."""
        side: Side = "at_most" if self.strict else "below"
        return (
            Rule("html_parse_failed", "above", self.unparsable, "html_unparsable"),
            Rule("html_visible_characters", side, self.minimum_visible_characters, "min_visible_characters"),
            Rule("html_visible_fraction", side, self.minimum_visible_fraction, "min_visible_fraction"),
        )
