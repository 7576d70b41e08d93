"""What counts as personal data in a run, and what it is replaced with.

    PiiSettings(names="off", replacement="typed-fake")

Values only: detectors, redaction and the scorecard read them. It holds no secret: the key under which
replacements and hashes are made comes from the environment.
"""

import hashlib
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

PUBLIC_KEY = "curation"
"""The key if the user gives none: replacements are the same everywhere, and guesses can be confirmed."""


class NerSettings(BaseModel):
    """A token-classification model that looks for names, and for what else it was trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = ""
    """A local folder or a hub id such as bigcode/starpii; needed if `names` is ner."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Label of the model, without B- or I-, -> tag; labels that are tags need no entry, "" ignores one."""
    thresholds: dict[str, float] = Field(default_factory=dict)
    """Tag -> probability, 0 to 1, from which a finding counts; 0.5 where nothing is said."""
    window: int = Field(default=512, ge=16)
    """Tokens that the model sees at once (StarPII inference: 512)."""
    overlap: int = Field(default=64, ge=0)
    """Tokens that neighbouring windows share, so that a name on a border is seen whole."""
    batch: int = Field(default=32, ge=1)
    """Windows in one forward pass."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs; auto takes a GPU if there is one."""


class PiiSettings(BaseModel):
    """Which personal data and secrets are looked for, and what becomes of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    """Whether documents are redacted, yes or no."""
    replacement: Literal["sc1", "typed-fake"] = "sc1"
    """sc1: <NAME>, <EMAIL>, <KEY>, <PASSWORD> and private addresses, as StarCoder was trained with;
    typed-fake: made-up values of the same format."""
    names: Literal["rules", "ner", "off"] = "rules"
    """People's names: by rules (author tags, copyright lines, git trailers), by rules and a model, or not."""
    usernames: bool = False
    """Whether account names in author tags and home folders count, yes or no (StarCoder masks them in
    conversations only)."""
    ner: NerSettings = NerSettings()
    """The model, if `names` is ner."""
    gitleaks_rules: tuple[Path, ...] = ()
    """Rule files in the format of gitleaks whose patterns are looked for as well, paths."""
    detect_secrets_plugins: tuple[str, ...] = ()
    """Plugins of detect-secrets that look as well, class names such as AWSKeyDetector."""
    presidio_recognizers: tuple[str, ...] = ()
    """Recognizers of presidio-analyzer that look as well, class names such as IbanRecognizer."""
    timeout_seconds: float = Field(default=20.0, gt=0)
    """Time for all detectors on one document; a document that takes longer is set aside."""
    max_bytes: int = Field(default=64 << 20, ge=1 << 10)
    """UTF-8 bytes of a document, at most; a larger one is set aside."""
    keep_originals: bool = True
    """Whether the first pass's own copies of the texts, which hold all that was read, stay in the folder of
    a complete run, yes or no; without them audits show no texts, and the run cannot serve as an index whose
    documents are compared exactly."""
    key_env: str = "CURATION_PII_KEY"
    """Environment variable that holds the secret key of replacements and hashes; without it a public key is
    used, under which anybody can confirm a guess of a value that was replaced."""

    @field_validator("names", mode="before")
    @classmethod
    def _off(cls, value: object) -> object:
        """YAML reads a bare off as false."""
        return "off" if value is False else value

    def files(self) -> list[Path]:
        """Files that decide what is found: rule files, and the model if it is a local folder."""
        model = Path(self.ner.model) if self.names == "ner" and self.ner.model else None
        weights = sorted(model.glob("*")) if model and model.is_dir() else []
        return [*self.gitleaks_rules, *(path for path in weights if path.is_file())]

    def key(self) -> bytes:
        """The key of replacements and hashes."""
        return (os.environ.get(self.key_env) or PUBLIC_KEY).encode()

    def key_fingerprint(self) -> str:
        """16 hex characters by which a run that goes on notices another key."""
        return hashlib.blake2b(self.key(), digest_size=8, person=b"fingerprint").hexdigest()
