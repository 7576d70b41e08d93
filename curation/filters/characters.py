"""The wrong mix of characters -> dropped.

    tensor.m with 3% letters, limit 25% -> dropped, min_alphabetic
    tensor.py with 61% letters -> kept

Few letters mean numbers, tables or packed data; replacement characters mean a failed decoder. Long runs of
base64 are letters, and so are left to `encoded`.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on shares of characters; a character is a Unicode code point."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    minimum_alphanumeric: Thresholds | None = None
    """Letters and digits as a fraction of characters, at least, 0 to 1 (0.25, StarCoder 3.1); null is off."""
    minimum_alphabetic: Thresholds | None = None
    """Fraction of characters that are letters, at least, 0 to 1 (0.25 in StarCoder2 2.1); null is off."""
    minimum_alphabetic_nonspace: Thresholds | None = None
    """Letters as a fraction of what is not whitespace, at least, 0 to 1 (0.5 in OpenCoder); null is off."""
    maximum_digits: Thresholds | None = None
    """Fraction of characters that are digits, at most, 0 to 1 (0.2, SQL 0.3, in OpenCoder); null is off."""
    maximum_whitespace: Thresholds | None = None
    """Fraction of characters that are whitespace, at most, 0 to 1 (0.5 in OpenCoder); null is off."""
    maximum_replacement: Thresholds | None = None
    """Fraction of characters that are U+FFFD, at most, 0 to 1 (0.01 in OpenCoder); null is off."""
    maximum_non_ascii: Thresholds | None = None
    """Fraction of characters above U+007F, at most, 0 to 1 (in no published profile); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """What is missing first, then what is too much."""
        return (
            Rule("alphanumeric_fraction", "below", self.minimum_alphanumeric, "min_alphanumeric"),
            Rule("alphabetic_fraction", "below", self.minimum_alphabetic, "min_alphabetic"),
            Rule(
                "alphabetic_fraction_nonspace",
                "below",
                self.minimum_alphabetic_nonspace,
                "min_alphabetic_nonspace",
            ),
            Rule("digit_fraction", "above", self.maximum_digits, "max_digits"),
            Rule("whitespace_fraction", "above", self.maximum_whitespace, "max_whitespace"),
            Rule("replacement_fraction", "above", self.maximum_replacement, "max_replacement"),
            Rule("non_ascii_fraction", "above", self.maximum_non_ascii, "max_non_ascii"),
        )
