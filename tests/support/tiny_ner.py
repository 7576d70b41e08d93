"""A token-classification model small enough for a test: it tags the two capitalised words after "by"."""

import random
from importlib import import_module
from pathlib import Path
from typing import Any

FILLER = ("return", "value", "of", "the", "list", "file", "open", "close", "x", "=", "y", "+", "1", ";", "#")
SYLLABLES = ("ka", "lo", "mi", "ne", "ru", "sa", "to", "vi", "be", "da", "fu", "go", "hi", "ja")
SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
CLS, SEP = 2, 3
WIDTH = 62


def a_name(rng: random.Random) -> str:
    """Two capitalised words of random syllables."""
    words = ("".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) + rng.choice("nrst") for _ in range(2))
    return " ".join(word.capitalize() for word in words)


def a_line(rng: random.Random) -> tuple[str, tuple[int, int]]:
    """A line of code words, and where in it the name after "by" stands; another name may stand before."""
    name = a_name(rng)
    decoy = f"{a_name(rng)} " if rng.random() < 0.4 else ""
    head = f"{' '.join(rng.choices(FILLER, k=rng.randint(0, 12)))} {decoy}by "
    tail = " ".join(rng.choices(FILLER, k=rng.randint(0, 12)))
    return f"{head}{name} {tail}{rng.choice([' ', chr(10)])}", (len(head), len(head) + len(name))


def make(folder: Path, steps: int = 150) -> Path:
    """Train a model of two layers for some seconds and save it with its tokeniser.

    Args:
        folder: Where to; it is made.
        steps: Of training, 24 pieces of `WIDTH` tokens each.
    """
    torch, transformers = import_module("torch"), import_module("transformers")
    torch.manual_seed(1)
    rng = random.Random(1)
    lines = [a_line(rng) for _ in range(1500)]
    tokenizer = _tokenizer([line for line, _ in lines[:300]])
    ids, targets, reasons = _tagged(tokenizer, lines)
    config = transformers.LlamaConfig(  # rotary positions: it learns "the word before" soonest
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=128,
        id2label={0: "O", 1: "B-NAME", 2: "I-NAME"},
        pad_token_id=0,
    )
    model = transformers.LlamaForTokenClassification(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=8e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, steps)
    for _ in range(steps):
        places = [rng.randrange(len(ids) - WIDTH) for _ in range(24)]
        rows = [[CLS, *ids[place : place + WIDTH], SEP] for place in places]
        wanted = [
            # a name whose "by" is cut off is none
            [0, *(targets[n] if reasons[n] >= place else 0 for n in range(place, place + WIDTH)), 0]
            for place in places
        ]
        loss = model(input_ids=torch.tensor(rows), labels=torch.tensor(wanted)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tagged(
    tokenizer: Any, lines: list[tuple[str, tuple[int, int]]]
) -> tuple[list[int], list[int], list[int]]:
    """All lines as ids and labels of tokens, one after the other, and for tokens of names where "by" is."""
    ids: list[int] = []
    targets: list[int] = []
    reasons: list[int] = []
    for text, (start, end) in lines:
        encoded = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
        inside = [a < end and b > start for a, b in encoded["offset_mapping"]]
        first = inside.index(True)
        reasons += [len(ids) + first - 1] * len(inside)
        ids += encoded["input_ids"]
        targets += [1 if n == first else 2 if is_name else 0 for n, is_name in enumerate(inside)]
    return ids, targets, reasons


def _tokenizer(texts: list[str]) -> Any:
    """A small byte-level BPE, as StarEncoder has a large one."""
    models, pre_tokenizers = import_module("tokenizers.models"), import_module("tokenizers.pre_tokenizers")
    trainers, processors = import_module("tokenizers.trainers"), import_module("tokenizers.processors")
    tokenizer = import_module("tokenizers").Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=list(SPECIAL.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)]
    )
    fast = import_module("transformers").PreTrainedTokenizerFast
    return fast(tokenizer_object=tokenizer, model_max_length=128, **SPECIAL)
