"""The errors that a caller of this package can catch.

    CurationError
    ├── BadConfigError     the settings are wrong: said before any data is read   (also a ValueError)
    ├── BadInputError      a path, schema or shard cannot be read as what it is   (also a ValueError)
    ├── ChangedRunError    a run would be resumed with something that has changed (also a ValueError)
    └── BrokenRunError     a run's own outputs do not add up, are missing or damaged

Every message says what was seen, what was expected and what to do next. A single bad *document* is
never an error: it is set aside with a counted reason (see `curation.ledger`).
"""


class CurationError(Exception):
    """Base of all errors of this package."""


class BadConfigError(CurationError, ValueError):
    """The settings are wrong; raised before any data is read."""


class BadInputError(CurationError, ValueError):
    """An input path, schema or shard cannot be read as what it claims to be."""


class ChangedRunError(CurationError, ValueError):
    """A run exists whose config, input, task list or tool version differs from what is asked now."""


class BrokenRunError(CurationError):
    """A run's outputs do not add up, are missing or are damaged; or a worker died."""
