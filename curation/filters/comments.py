"""Too little or too much comment -> dropped.

    vendor.py with 0.2% comment, limits 1% to 80% -> dropped, min_comments
    licence.js with 95% comment -> dropped, max_comments

Delimiters count as comment. Languages whose comment syntax is not known are never dropped. What the comments
say is asked in `placeholders`.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on the share of comment."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    minimum: Thresholds | None = None
    """Fraction of characters in comments, at least, 0 to 1 (0.01 in SantaCoder); null is off."""
    maximum: Thresholds | None = None
    """Fraction of characters in comments, at most, 0 to 1 (0.8 in SantaCoder and OpenCoder); null is off."""
    strict: bool = False
    """Yes or no: drop also a file exactly at a limit, as SantaCoder's filtering.py does."""

    def rules(self) -> tuple[Rule, ...]:
        """Too little first, then too much."""
        return (
            Rule("comment_fraction", "at_most" if self.strict else "below", self.minimum, "min_comments"),
            Rule("comment_fraction", "at_least" if self.strict else "above", self.maximum, "max_comments"),
        )
