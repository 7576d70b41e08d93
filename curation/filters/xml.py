"""XML under another name -> dropped.

    layout.cs that starts with `<?xml version="1.0"?>` -> dropped, xml_header
    layout.cs with the same text in a string on line 400 -> kept

Only the first 100 characters count. XML without the header is not found.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Switch


class Settings(BaseModel):
    """Whether files that declare themselves XML are dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    header: Switch | None = None
    """Yes or no: drop a file with XML declared in its first 100 characters (StarCoder 3.1); null is no."""

    def rules(self) -> tuple[Rule, ...]:
        """One rule."""
        return (Rule("xml_header", "above", self.header, "xml_header"),)
