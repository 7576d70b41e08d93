"""Comments that stand in for code -> dropped.

    exercise.py with "# your code here" on 3 of 40 lines, limit 1% -> dropped, max_placeholders
    server.go with one "// TODO" in 900 lines -> kept

Looks for "your code here", "fixme" and "todo" in comments only. Languages whose comment syntax is not known
are never dropped.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on placeholder comments."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum: Thresholds | None = None
    """Fraction of lines with a placeholder comment, at most, 0 to 1 (0.01 in OpenCoder); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """One rule."""
        return (Rule("placeholder_comment_fraction", "above", self.maximum, "max_placeholders"),)
