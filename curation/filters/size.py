"""Too large or too small a file -> dropped.

    settings.json with 70 characters, window 100 to 5,000 -> dropped, min_characters
    dump.sql of 4 MB, limit 3,000,000 bytes -> dropped, max_bytes

Both ends of a window belong to it. Files too large to be read at all do not come here.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Thresholds


class Settings(BaseModel):
    """Limits on the length of the whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    maximum_bytes: Thresholds | None = None
    """Bytes of the content in UTF-8, at most, 0 or more (3,000,000 in OpenCoder); null is off."""
    minimum_characters: Thresholds | None = None
    """Characters, at least, 0 or more (100 for JSON in bigcode-dataset, 50 in OpenCoder); null is off."""
    maximum_characters: Thresholds | None = None
    """Characters, at most, 0 or more (5,000 for JSON and YAML in bigcode-dataset); null is off."""

    def rules(self) -> tuple[Rule, ...]:
        """Bytes first, then the window of characters."""
        return (
            Rule("bytes", "above", self.maximum_bytes, "max_bytes"),
            Rule("characters", "below", self.minimum_characters, "min_characters"),
            Rule("characters", "above", self.maximum_characters, "max_characters"),
        )
