"""Too few words, or words of an odd length -> dropped.

    stub.c with 12 words, limit 30 -> dropped, min_words
    table.h with 62% words that start with 0x, limit 40% -> dropped, max_hex_words

A word is a run of characters that are not whitespace. Words that repeat in a row are left to `repetition`.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on the words of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    minimum: Thresholds | None = None
    """Words, at least, 0 or more (30, prose 50, in OpenCoder); null is off."""
    mean_length_minimum: Thresholds | None = None
    """Characters in a word on average, at least, 0 or more (2, prose 3, in OpenCoder); null is off."""
    mean_length_maximum: Thresholds | None = None
    """Characters in a word on average, at most, 0 or more (10 in OpenCoder); null is off."""
    maximum_hex: Thresholds | None = None
    """Fraction of words that start with 0x, at most, 0 to 1 (0.4 in OpenCoder); null is off."""
    minimum_unique: Thresholds | None = None
    """Fraction of words that are distinct, at least, 0 to 1 (0.4 for data in OpenCoder); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """Number, length, kind."""
        return (
            Rule("words", "below", self.minimum, "min_words"),
            Rule("mean_word_length", "below", self.mean_length_minimum, "min_mean_word_length"),
            Rule("mean_word_length", "above", self.mean_length_maximum, "max_mean_word_length"),
            Rule("hex_word_fraction", "above", self.maximum_hex, "max_hex_words"),
            Rule("unique_word_fraction", "below", self.minimum_unique, "min_unique_words"),
        )
