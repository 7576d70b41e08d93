"""Mostly string literals -> dropped.

    messages.js with 82% of its characters in strings, limit 60% -> dropped, max_strings
    client.js with 15% -> kept

Languages whose string syntax is not known are never dropped. Encoded data in strings is left to `encoded`.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on string literals."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum: Thresholds | None = None
    """Fraction of characters in string literals, at most, 0 to 1 (0.6 in OpenCoder); null is off."""
    maximum_long_lines: Thresholds | None = None
    """Fraction of lines with a string of over 20 words, at most, 0 to 1 (0.2 in OpenCoder); null is off."""
    maximum_long_words: Thresholds | None = None
    """Fraction of words in strings of over 20 characters, at most, 0 to 1 (0.4 in OpenCoder); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """Share, then long strings, then long words in them."""
        return (
            Rule("string_fraction", "above", self.maximum, "max_strings"),
            Rule("long_string_line_fraction", "above", self.maximum_long_lines, "max_long_strings"),
            Rule("long_string_word_fraction", "above", self.maximum_long_words, "max_long_string_words"),
        )
