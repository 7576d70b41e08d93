"""What libraries print on every start or step and that asks nobody to do anything.

    hush()

Each line is one message with why it is harmless here. All else that they say is let through.
"""

import logging
import os
import warnings

HARMLESS = (
    (r"`torch\.distributed\.\w+` is deprecated", FutureWarning),  # DeepSpeed 0.19 on torch 2.13
    (r"`is_gradient_checkpointing` is deprecated", FutureWarning),  # peft 0.21 on transformers 5
    (r"IProgress not found", Warning),  # tqdm in notebooks without ipywidgets; nothing of ours needs them
    (r"OMP_NUM_THREADS/MKL_NUM_THREADS unset", UserWarning),  # accelerate, once for each process
)
"""Beginnings of warnings, as regular expressions, and their kinds."""


class _Harmless(logging.Filter):
    """Drops log lines that begin in one of these ways."""

    beginnings = (
        "Gradient accumulation steps mismatch",  # transformers counts them itself, DeepSpeed is told the same
    )

    def filter(self, record: logging.LogRecord) -> bool:
        return not any(text in record.getMessage() for text in self.beginnings)


def hush() -> None:
    """Leave out messages that are known to be harmless, and progress bars of single files."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # or one line for each process of a loader
    for message, kind in HARMLESS:
        warnings.filterwarnings("ignore", message=message, category=kind)
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    logging.getLogger("accelerate.accelerator").addFilter(_Harmless())
    logging.getLogger("DeepSpeed").setLevel(logging.ERROR)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # one line for each product of 8-bit matrices
