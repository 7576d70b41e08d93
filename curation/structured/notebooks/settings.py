"""How notebooks become documents.

NotebookSettings()                                -> scripts and structured documents of every language
NotebookSettings(profile="sc1")                   -> the text of a structured document as StarCoder had it
NotebookSettings(forms=("script",))               -> scripts only
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.errors import BadConfigError

Form = Literal["script", "structured", "kaggle"]
MIB = 1024 * 1024


class StructuredRules(BaseModel):
    """How cells become text, code and output in turn; what the two published recipes differ in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plain_text: bool
    """Whether Markdown loses HTML tags, newlines and # (StarCoder's code) or is kept (StarCoder2)."""
    text_separator: str
    """What stands between Markdown cells that are merged."""
    raw_is_text: bool
    """Whether raw cells count as text; if not, they are left out, as by StarCoder's code, which names only
    Markdown and code."""
    mentioned: str
    """Text that must occur in the notebook's metadata; "" asks for none. StarCoder's "py" was to find
    Python, but finds nearly every notebook, since the key pygments_lexer holds it."""


PROFILES: dict[str, StructuredRules] = {
    "sc1": StructuredRules(plain_text=True, text_separator=" ", raw_is_text=False, mentioned="py"),
    "sc2": StructuredRules(plain_text=False, text_separator="\n\n", raw_is_text=True, mentioned=""),
}
"""sc1 is what bigcode-dataset does to structured notebooks; sc2 what StarCoder2 says of them in section 2,
which leaves separators and raw cells open: those are ours."""


class KaggleRules(BaseModel):
    """Which notebooks make a Kaggle document, from the-stack-v2's conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least_cells: int = Field(default=4, ge=1)
    """Cells, a count, that a notebook must have."""
    least_characters: int = Field(default=100, ge=0)
    """Characters that the script must have more of."""
    most_characters: int = Field(default=5_000_000, gt=0)
    """Characters of the notebook's JSON; one with more is refused."""
    line_characters: int = Field(default=600, gt=0)
    """Characters; a longer line of code becomes empty."""
    must_compile: bool = True
    """Whether the script must be Python 3; a top-level await is allowed, as it is in a notebook."""
    data_frame: bool = True
    """Whether a printed DataFrame.info() and the rows shown after it are put before the script."""


class NotebookSettings(BaseModel):
    """What is made of a notebook."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    """Whether notebooks are converted; if not, they are read as the JSON that they are."""
    forms: tuple[Form, ...] = ("script", "structured")
    """What each notebook becomes, in this order: script, structured (text, code and output in turn), kaggle
    (a script after what is known of its data)."""
    profile: Literal["sc1", "sc2"] = "sc2"
    """Whose rules the structured form follows."""
    outputs: Literal["all", "first_stream"] = "all"
    """all takes every textual output of a cell; first_stream only the `text` of its first one, as StarCoder's
    code did, which loses results and displays."""
    output_characters: int = Field(default=1000, gt=0)
    """Characters of an output; the rest of a longer one is replaced by [...]. 1,000 in StarCoder."""
    magika_score: float = Field(default=0.8, ge=0.0)
    """Least score, 0 to 1, at which magika's guess from the code is believed where no metadata name the
    language; above 1 it is not asked."""
    max_bytes: int = Field(default=64 * MIB, gt=0)
    """Bytes (characters of a text) of the notebook's JSON; a larger one is refused as too_large."""
    max_cells: int = Field(default=100_000, gt=0)
    """Cells; a notebook with more is refused as too_many_cells."""
    jupytext_cells: int = Field(default=1000, ge=0)
    """Cells up to which jupytext writes the script. Its time grows with their square (20,000 take 9 s), so
    larger notebooks are written here, by the same layout; 0 writes all here."""
    jupytext_characters: int = Field(default=1_000_000, ge=0)
    """The same for the characters of all cells."""
    kaggle: KaggleRules = KaggleRules()
    """Which notebooks make a Kaggle document."""

    @model_validator(mode="after")
    def distinct_forms(self) -> Self:
        """Refuse a form that is asked for twice, or no form at all.

        Raises:
            BadConfigError: If so. Pydantic passes the message on in its own ValidationError.
        """
        if not self.forms or len(set(self.forms)) < len(self.forms):
            raise BadConfigError(
                f"notebooks: forms are {list(self.forms)}; expected at least one of script, structured and "
                "kaggle, each once; to read notebooks as they are, set enabled to false"
            )
        return self
