"""Base64, rows of hexadecimal bytes or of Unicode escapes in bulk -> dropped.

    logo.js with 9,000 characters of base64 in one run, limit 1,024 -> dropped, max_encoded_run
    test.py with a token of 88 characters -> kept

Which of the three encodings it is stands in the signals. Secrets are not looked for.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on encoded data."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum_run: Thresholds | None = None
    """Characters in the longest encoded run, at most, 0 or more (1,024 in StarCoder2 2.1); null is off."""
    maximum_fraction: Thresholds | None = None
    """Fraction of characters in encoded runs, at most, 0 to 1 (0.5 in StarCoder2 2.1); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """Longest run first, then the share."""
        return (
            Rule("encoded_longest", "above", self.maximum_run, "max_encoded_run"),
            Rule("encoded_fraction", "above", self.maximum_fraction, "max_encoded"),
        )
