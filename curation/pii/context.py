"""What a detector may know of a document besides its text.

    Context("Python", "src/app.py")

Both may be empty, and they only sharpen a decision: a secret is a secret in any file.
"""

from typing import NamedTuple


class Context(NamedTuple):
    """Where a text comes from."""

    language: str = ""
    """Programming language, a linguist name; empty if unknown."""
    path: str = ""
    """Path inside its repository; empty if unknown."""
