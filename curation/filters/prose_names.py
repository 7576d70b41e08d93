"""Plain text that is not documentation by its name -> dropped.

    data/words.txt -> dropped, not_documentation
    README.txt, docs/requirements-dev.txt -> kept

Documentation is a name that holds "requirement", or that is readme, notes, todo, description or
cmakelists. The text itself is not looked at.
"""

from pydantic import BaseModel, ConfigDict

from curation.filters.thresholds import Rule, Switch


class Settings(BaseModel):
    """For which languages the name decides."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    required: Switch | None = None
    """Yes or no: keep only files with a documentation name (Text in StarCoder2 2.1); null is no."""

    def rules(self) -> tuple[Rule, ...]:
        """One rule: the signal is 0 or 1."""
        return (Rule("name_is_documentation", "below", self.required, "not_documentation", on=1.0),)
