"""A tokenizer with the layout of a family, trained from texts, where the published one cannot be had.

    make_tokenizer(texts, 4096, "starcoder2", Path("runs/train/base"))   -> tokenizer.json,
    tokenizer_config.json

Byte-level BPE over single digits and GPT-2's pieces, special tokens first, as in StarCoder's own: it stands
in for it in tests and demos. It is no substitute for the model's own tokenizer.
"""

from collections.abc import Iterable
from pathlib import Path

from curation import sentinels
from curation.sentinels import Family

MODEL_MAX_LENGTH = 16384
"""Tokens; written to tokenizer_config.json, as StarCoder2 has it."""


def make_tokenizer(texts: Iterable[str], vocabulary: int, family: Family, folder: Path) -> None:
    """Train a tokenizer and write it in the form that `transformers.AutoTokenizer` loads.

    Args:
        texts: What it is trained on; the same texts give the same file.
        vocabulary: Entries, special tokens included; fewer if the texts are short.
        family: Whose special tokens it gets, with the ids 0, 1, ...
        folder: Where it is written; made if needed.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    own = list(sentinels.of(family))
    tokenizer = Tokenizer(models.BPE())
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pieces])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=own,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=sentinels.END_OF_DOCUMENT,
        eos_token=sentinels.END_OF_DOCUMENT,
        unk_token=sentinels.END_OF_DOCUMENT,
        extra_special_tokens=own,
        model_max_length=MODEL_MAX_LENGTH,
        clean_up_tokenization_spaces=False,
    )
    folder.mkdir(parents=True, exist_ok=True)
    wrapped.save_pretrained(folder)
