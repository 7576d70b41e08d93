"""From shards to a StarCoder that was continued on them: the path of a token.

    shards -> tokenise -> (cut into pieces, fill-in-the-middle) -> pack into windows -> train under DeepSpeed
        -> checkpoint with a record of its data -> merge, export -> generate, chat, evaluate

    tokenizer/    text <-> ids; the special tokens that a family must have
    tokenise/     shards of a curation run -> token files, as datatrove tasks
    fim/          a piece -> prefix, suffix, middle
    data/         pieces -> windows: plan of packing, keyed randomness, data set, collator
    model/        shapes, loading, LoRA targets, document isolation
    train/        settings -> Trainer under DeepSpeed, metrics, exact resume
    checkpoints/  ZeRO checkpoints -> other world sizes, safetensors; adapters -> merged models
    plan/         memory, steps and tokens before any device is used      preview/  what the model will see
    generate/     completion, infilling       evaluate/  loss, infilling  chat/  dialogues   classify/  heads

Of the curation package it uses the table of special tokens, the reader of YAML settings, the errors and the
keyed draws, nothing else. Importing it imports no torch.
"""

__version__ = "0.1.0"
