"""What a finding of somebody else's detector is not replaced for.

    is_kept("IP_ADDRESS", "10.0.0.1") -> True      is_kept("KEY", "<KEY>") -> True

Stand-ins, and what replacements look like, so that redacting twice changes nothing. Our own detectors have
finer rules of their own.
"""

from curation.pii.detectors.placeholders import is_placeholder
from curation.pii.replacements import is_fake, is_kept_address

EXAMPLE_DOMAINS = ("@example.com", "@example.org", "@example.net")
"""Reserved for documentation (RFC 2606)."""


def is_kept(tag: str, value: str) -> bool:
    """Whether a value of this tag stays as it is."""
    if is_fake(value):
        return True
    if tag == "IP_ADDRESS":
        return is_kept_address(value)
    if tag == "EMAIL":
        return value.lower().endswith(EXAMPLE_DOMAINS)
    return is_placeholder(value)
