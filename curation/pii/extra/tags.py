"""What a finding of somebody else's detector counts as.

    tag_of("presidio", "IBAN_CODE") -> "KEY"      tag_of("detect_secrets", "BasicAuthDetector") -> "PASSWORD"

The tables are data, `curation/data/pii/extra_tags.toml`. It looks at names of rules, never at values.
"""

import tomllib
from functools import cache
from importlib.resources import files

OTHER = "KEY"
"""The tag of a kind that StarPII has no tag for."""


def tag_of(source: str, kind: str) -> str:
    """Tag of a kind of finding.

    Args:
        source: presidio, detect_secrets or gitleaks, a table of the data file.
        kind: Entity of presidio, plugin of detect-secrets, id of a gitleaks rule.
    """
    table = _tables()[source]
    if source == "gitleaks":
        lowered = kind.lower()
        return next((tag for word, tag in table.items() if word in lowered), OTHER)
    return table.get(kind, OTHER)


@cache
def _tables() -> dict[str, dict[str, str]]:
    text = (files("curation") / "data" / "pii" / "extra_tags.toml").read_text("utf-8")
    return tomllib.loads(text)
