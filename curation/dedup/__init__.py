"""Which documents are the same, and which one of them stays."""
