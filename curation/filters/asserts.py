"""Little but assertions -> dropped.

    test_table.py with `assert` on 70 of 120 lines, limit 40% -> dropped, max_asserts
    test_client.py with 15 of 120 -> kept

Counts the whole word, in any language; `assertEqual` does not count.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on lines with assertions."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum: Thresholds | None = None
    """Fraction of lines with the word assert, at most, 0 to 1 (0.4 in OpenCoder); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """One rule."""
        return (Rule("assert_line_fraction", "above", self.maximum, "max_asserts"),)
