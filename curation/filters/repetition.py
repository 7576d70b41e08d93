"""The same lines or words over and over -> dropped.

    levels.lua with 91% of its lines seen before, limit 70% -> dropped, max_duplicate_lines
    a file that is "0, 0, 0, " a thousand times, limit 20% for 2 words -> dropped, max_top_2gram

Within one file only; files that resemble each other are left to deduplication.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on repetition; the shares of n words in a row are those of Gopher (arXiv 2112.11446)."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum_duplicate_lines: Thresholds | None = None
    """Fraction of lines that repeat an earlier one, at most, 0 to 1 (0.7 in OpenCoder); null is off."""
    maximum_top_2gram: Thresholds | None = None
    """Fraction of characters in the most frequent 2 words, at most, 0 up (0.20 in OpenCoder); null is off."""
    maximum_top_3gram: Thresholds | None = None
    """Fraction of characters in the most frequent 3 words, at most, 0 up (0.18 in OpenCoder); null is off."""
    maximum_top_4gram: Thresholds | None = None
    """Fraction of characters in the most frequent 4 words, at most, 0 up (0.16 in OpenCoder); null is off."""
    maximum_duplicate_5gram: Thresholds | None = None
    """Fraction of characters in repeated rows of 5 words, at most, 0 to 1 (0.8 in OpenCoder); null is off."""
    maximum_duplicate_6gram: Thresholds | None = None
    """Fraction of characters in repeated rows of 6 words, at most, 0 to 1 (0.7 in OpenCoder); null is off."""
    maximum_duplicate_7gram: Thresholds | None = None
    """Fraction of characters in repeated rows of 7 words, at most, 0 to 1 (0.7 in OpenCoder); null is off."""
    maximum_duplicate_8gram: Thresholds | None = None
    """Fraction of characters in repeated rows of 8 words, at most, 0 to 1 (0.7 in OpenCoder); null is off."""
    maximum_duplicate_9gram: Thresholds | None = None
    """Fraction of characters in repeated rows of 9 words, at most, 0 to 1 (0.7 in OpenCoder); null is off."""
    maximum_duplicate_10gram: Thresholds | None = None
    """Fraction of characters in repeated rows of 10 words, at most, 0 to 1 (0.6, OpenCoder); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """Lines, then the most frequent words, then all that repeat."""
        return (
            Rule("duplicate_line_fraction", "above", self.maximum_duplicate_lines, "max_duplicate_lines"),
            Rule("top_2gram_fraction", "above", self.maximum_top_2gram, "max_top_2gram"),
            Rule("top_3gram_fraction", "above", self.maximum_top_3gram, "max_top_3gram"),
            Rule("top_4gram_fraction", "above", self.maximum_top_4gram, "max_top_4gram"),
            Rule("duplicate_5gram_fraction", "above", self.maximum_duplicate_5gram, "max_duplicate_5gram"),
            Rule("duplicate_6gram_fraction", "above", self.maximum_duplicate_6gram, "max_duplicate_6gram"),
            Rule("duplicate_7gram_fraction", "above", self.maximum_duplicate_7gram, "max_duplicate_7gram"),
            Rule("duplicate_8gram_fraction", "above", self.maximum_duplicate_8gram, "max_duplicate_8gram"),
            Rule("duplicate_9gram_fraction", "above", self.maximum_duplicate_9gram, "max_duplicate_9gram"),
            Rule("duplicate_10gram_fraction", "above", self.maximum_duplicate_10gram, "max_duplicate_10gram"),
        )
