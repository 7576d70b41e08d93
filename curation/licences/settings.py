"""What a run does with licences: how evidence is weighed, and which licences it takes.

allowed(decision, LicenceSettings(policy="permissive"))  -> "no_license" for a file without any licence
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from curation.licences.decision import LicenceDecision
from curation.licences.expressions import canonical_id, is_permissive, is_satisfied, nearest_ids


class LicenceSettings(BaseModel):
    """Which licences a run takes, and what counts as evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    policy: Literal["permissive", "permissive+no_license", "custom", "any"] = "permissive+no_license"
    """What stays: permissive files, also those without a licence (as in The Stack v2), `allow`, or all."""
    allow: tuple[str, ...] = ()
    """SPDX ids that stay under policy "custom"; empty under every other policy."""
    deny: tuple[str, ...] = ()
    """SPDX ids that never count as allowed, under every policy; () denies none."""
    rule: Literal["evidence", "stack-v2"] = "evidence"
    """How evidence becomes a type, see `curation.licences`; "stack-v2": as SV2 get_license_types.py."""
    inheritance: Literal["nearest", "union"] = "nearest"
    """Licence files that count: those of the nearest folder that has one, or of all ("stack-v2" always)."""
    headers: Literal["notices", "spdx", "off"] = "notices"
    """In-file evidence: SPDX lines and licence notices, SPDX lines only, or none."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, ids in (("allow", self.allow), ("deny", self.deny)):
            for licence in ids:
                if not canonical_id(licence):
                    near = ", ".join(nearest_ids(licence)) or "none"
                    raise ValueError(f"licence.{name}: {licence!r} is no SPDX id; nearest known: {near}")
        if (self.policy == "custom") != bool(self.allow):
            raise ValueError(
                f"licence.allow has {len(self.allow)} ids under policy {self.policy!r}: "
                'list SPDX ids under policy "custom", and only there'
            )
        return self


def allowed(decision: LicenceDecision, settings: LicenceSettings) -> str | None:
    """Why a file is dropped for its licence, or None if it stays.

    Returns:
        "no_license" without a licence under policies that want one, "non_permissive" under the
        permissive policies, "licence_not_listed" if `allow` or `deny` rules it out, else None. Under
        "OR" one side is enough.
    """
    if decision.license_type == "no_license":
        return None if settings.policy in {"permissive+no_license", "any"} else "no_license"
    if settings.policy.startswith("permissive") and decision.license_type != "permissive":
        return "non_permissive"
    if settings.policy != "custom" and not settings.deny:
        return None
    listed = {canonical_id(licence) for licence in settings.allow}
    denied = {canonical_id(licence) for licence in settings.deny}

    def accepts(licence: str) -> bool:
        if licence in denied:
            return False
        return {"custom": licence in listed, "any": True}.get(settings.policy, is_permissive(licence))

    stated = decision.expressions
    if not stated:  # a type without ids, such as an unknown licence text
        return "licence_not_listed" if settings.policy == "custom" else None
    return None if all(is_satisfied(each, accepts) for each in stated) else "licence_not_listed"
