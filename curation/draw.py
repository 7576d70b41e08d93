"""Random choices that depend on nothing but a seed, a document and what is decided.

    uniform(0, "000003-00000017", "repository name")  -> the same number in [0, 1) on every machine

So a document gets the same choices whatever the order, the number of workers, or what else is in the run.
"""

import hashlib

SCALE = 2.0**-53


def uniform(seed: int, document: str, purpose: str) -> float:
    """A number in [0, 1) with 53 random bits.

    Args:
        seed: Of the run.
        document: What the choice is about, such as a document's id.
        purpose: What is chosen; two choices about one document need two purposes.
    """
    text = f"{seed}\x1f{document}\x1f{purpose}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) * SCALE


def whole(seed: int, document: str, purpose: str, end: int) -> int:
    """A whole number from 0 up to, but not including, `end`, which is at least 1."""
    return int(uniform(seed, document, purpose) * end)
