"""The answer about one file: what its licence is, why, and how sure we are."""

from dataclasses import dataclass
from typing import Any, Literal

FileType = Literal["permissive", "no_license", "non_permissive"]


@dataclass(frozen=True, slots=True)
class LicenceDecision:
    """What `decide` found; the first five fields are columns of every shard."""

    license_type: FileType
    detected_licenses: tuple[str, ...]
    """SPDX ids of the evidence that decided; () if it names none."""
    license_evidence: tuple[str, ...]
    """All that was found, deciding evidence first: "header:MIT", "file:sub/LICENSE:Apache-2.0",
    "repository:MIT", "input:MIT"; ":unknown" where a licence is there but not known."""
    license_conflict: bool
    """Whether pieces of evidence about the same files differ in type."""
    license_confidence: float
    """Trust in the type, 0 to 1: a rank, see `curation.licences`, not a measured probability."""
    expressions: tuple[str, ...] = ()
    """SPDX expressions that decided; all hold. Not stored; `allowed` reads them."""

    def columns(self) -> dict[str, Any]:
        """The columns of a document, as plain values."""
        return {
            "license_type": self.license_type,
            "detected_licenses": list(self.detected_licenses),
            "license_evidence": list(self.license_evidence),
            "license_conflict": self.license_conflict,
            "license_confidence": self.license_confidence,
        }
