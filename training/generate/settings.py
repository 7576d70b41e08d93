"""How tokens are chosen, and where generation ends."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.errors import BadConfigError

Order = Literal["psm", "spm"]


class Sampling(BaseModel):
    """How tokens are chosen, and where generation ends."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_new_tokens: int = Field(default=256, ge=1)
    """Tokens that are generated at most; they have to fit behind the prompt."""
    temperature: float = Field(default=0.0, ge=0.0)
    """Divides the logits; 0 for the likeliest token always. StarCoder was evaluated with 0.2 (its card)."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Share of the probability that is drawn from, likeliest tokens first; 1 for all. 0.95 in StarCoder's
    evaluation."""
    samples: int = Field(default=1, ge=1)
    """Completions of each prompt."""
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    """Of the draws; each prompt has its own, whatever else is in the batch."""
    stops: tuple[str, ...] = ()
    """Texts before which a completion is cut, such as "\\nclass "; beside the model's own ends."""
    batch: int = Field(default=8, ge=1)
    """Completions that are generated at the same time. Does not change what is drawn."""

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        """Check that several samples are not one and the same.

        Raises:
            BadConfigError: If they would be, or a stop is empty.
        """
        if self.samples > 1 and self.temperature == 0:
            raise BadConfigError(
                f"samples: {self.samples} with temperature 0 would be equal; set temperature, such as 0.2"
            )
        if "" in self.stops:
            raise BadConfigError("stops: an empty text stops at once; leave it out")
        return self
