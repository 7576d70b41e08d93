"""What training can refuse or fail with, beside the errors of the curation package, which it shares.

    CurationError                        curation.errors
    ├── BadConfigError                   the settings are wrong
    ├── BadInputError                    a corpus, shard or checkpoint cannot be read as what it is
    │   └── BadTokenizerError            the tokenizer lacks tokens, or is not the one of the corpus or model
    ├── ChangedRunError                  a run would be resumed with another corpus, tokenizer or setting
    └── BrokenRunError                   a run's outputs do not add up
        ├── DivergedError                the loss is no number any more
        └── OutOfDeviceMemoryError       a device has too little memory for a step

Messages say what was seen, what was expected and what to do next.
"""

from curation.errors import BadInputError, BrokenRunError


class BadTokenizerError(BadInputError):
    """A tokenizer lacks special tokens, or is not the one of the tokens or of the model."""


class DivergedError(BrokenRunError):
    """The loss became NaN or infinite; the last good checkpoint is untouched."""


class OutOfDeviceMemoryError(BrokenRunError):
    """A device ran out of memory; the message carries what the plan advises."""
