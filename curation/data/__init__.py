"""Tables that the package reads: facts and rules as data, with their sources; no code but `generate`."""
