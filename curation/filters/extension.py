"""An extension that people looked at and found not worth keeping -> dropped.

    grammar.yy of Yacc, in the inspection of StarCoder -> dropped, extension_excluded
    Dockerfile.prod under `sc1-code`, in no row of the inspection -> dropped, extension_unlisted

Holds for every file of the extension: nothing in the file is measured. Which languages are wanted at all is
decided before.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Switch


class Settings(BaseModel):
    """Which extensions are out. A table under `curation/data` can say it row by row."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    excluded: Switch | None = None
    """Yes or no: drop every file with this extension (StarCoder 3.1, StarCoder2 2.1); null is no."""
    unlisted: Switch | None = None
    """Yes or no: with a table and the default yes, drop extensions that no row names; null is no."""

    def rules(self) -> tuple[Rule, ...]:
        """Excluded first; a rule without a measurement asks for at least 0 bytes, which every file has."""
        return (
            Rule("bytes", "at_least", self.excluded, "extension_excluded"),
            Rule("bytes", "at_least", self.unlisted, "extension_unlisted"),
        )
