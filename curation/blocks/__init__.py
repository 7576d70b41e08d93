"""The datatrove blocks of each pass: thin adapters around the pure functions of this package."""
