"""Why a file, row or record cannot be used, as a value that is counted.

    Problem("too_large", value=20_000_000, limit=10_485_760)

It is returned, not raised, because a bad document is ordinary: it is set aside with its reason and the work
goes on.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be read; becomes the reason of a ledger row."""

    reason: str
    """Short, counted: too_large, null_content, bad_row, unsafe_path, link, special_file, unreadable,
    bad_json, bad_encoding, blob_missing, blob_corrupt, submodule, binary, empty."""
    value: float | None = None
    """What was measured, such as bytes; None if nothing was."""
    limit: float | None = None
    """What was allowed; None where no number decides."""
    detail: str = ""
    """Short text for people; never any content."""
