"""Lines too long for code, or too short -> dropped.

    bundle.min.js with a line of 24,000 characters, limit 1,000 -> dropped, max_line_length
    app.js with a longest line of 96 characters -> kept

Minified, packed and generated files show in the longest line, data in the mean. Which characters stand in
the lines is asked elsewhere (`characters`, `encoded`).
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on the length of lines; terminators do not count."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum: Thresholds | None = None
    """Characters in the longest line, at most, 1 or more (1,000 in StarCoder 3.1); null is off."""
    mean_maximum: Thresholds | None = None
    """Characters in a line on average, at most, 1 or more (100 in StarCoder 3.1); null is off."""
    mean_minimum: Thresholds | None = None
    """Characters in a line on average, at least, 0 or more (5 in OpenCoder's code rules); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """Longest line first, then the mean."""
        return (
            Rule("max_line_length", "above", self.maximum, "max_line_length"),
            Rule("mean_line_length", "above", self.mean_maximum, "max_mean_line_length"),
            Rule("mean_line_length", "below", self.mean_minimum, "min_mean_line_length"),
        )
