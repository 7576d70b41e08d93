"""Too many or too few lines -> dropped.

    fixtures.json with 40,000 lines, limit 512 -> dropped, max_lines
    package.json with 60 lines -> kept

How long the lines are is not asked here but in `line_length`.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on the number of lines, blank ones included."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum: Thresholds | None = None
    """Lines, at most, 0 or more (100,000, and 512 for data formats, in StarCoder2 2.1); null is off."""
    minimum: Thresholds | None = None
    """Lines, at least, 0 or more (10 in OpenCoder's code rules); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """Too many first, then too few."""
        return (
            Rule("lines", "above", self.maximum, "max_lines"),
            Rule("lines", "below", self.minimum, "min_lines"),
        )
