"""How fast a model of StarEncoder's size looks for names on this machine: kB of code per second.

    OMP_NUM_THREADS=1 .venv/bin/python tests/benchmarks/pii_ner.py [KILOBYTES]

The weights are random (12 layers x 768, 12 heads, 49,152 tokens in the vocabulary), which changes what is
found but not how long it takes; the tokeniser is fitted on the standard library.
"""

import os
import sys
import tempfile
import time
from pathlib import Path


def main(kilobytes: int) -> None:
    """Measure and print one line for each setting."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    from curation.pii.detectors.ner import Ner
    from curation.pii.settings import NerSettings

    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(os.__file__).parent.glob("*.py"))[:120]]
    with tempfile.TemporaryDirectory() as folder:
        _save(Path(folder), texts)
        chosen: list[str] = []
        for text in texts:
            if sum(map(len, chosen)) >= kilobytes * 1000:
                break
            chosen.append(text[:8000])
        size = sum(len(text.encode()) for text in chosen) / 1000
        for window, overlap, batch in ((512, 64, 8), (256, 32, 16)):
            ner = Ner(NerSettings(model=folder, window=window, overlap=overlap, batch=batch))
            ner.load()
            ner.find_many(["x = 1\n" * 20])
            begun = time.perf_counter()
            ner.find_many(chosen)
            seconds = time.perf_counter() - begun
            sys.stdout.write(
                f"window {window}, overlap {overlap}, batch {batch}, {torch.get_num_threads()} threads,"
                f" {'cuda' if torch.cuda.is_available() else 'cpu'}: {size:.0f} kB in {seconds:.1f} s,"
                f" {size / seconds:.2f} kB/s\n"
            )


def _save(folder: Path, texts: list[str]) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=20_000, special_tokens=["[PAD]"], show_progress=False)
    )
    special = {"pad_token": "[PAD]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    labels = {0: "O", 1: "B-NAME", 2: "I-NAME"}
    config = BertConfig(vocab_size=49_152, max_position_embeddings=1024, id2label=labels, pad_token_id=0)
    BertForTokenClassification(config).save_pretrained(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
