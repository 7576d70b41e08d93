"""What a chat model was made from and how it is talked to, as the README.md beside it.

    write(final, config, material)       -> runs/train/chat/final/README.md

Says what the manifest of the dialogues says: how many, how many tokens, what share is learnt. Judges nothing.
"""

from pathlib import Path

from training.chat.config import ChatConfig
from training.chat.material import Material
from training.checkpoints import beside


def write(final: Path, config: ChatConfig, material: Material) -> None:
    """Write README.md.

    Args:
        final: Folder of the model or adapter.
        config: The settings.
        material: What it was trained on.
    """
    name = str(config.model.name)
    beside.write_card(
        final,
        config.output.name,
        text(config, material),
        base=None if Path(name).exists() else name,
        library="peft" if config.lora.enabled else "transformers",
    )


def text(config: ChatConfig, material: Material) -> str:
    """What is said of the model.

    Args:
        config: The settings.
        material: What it was trained on.
    """
    counts = material.manifest["train"]
    share = counts["targets"] / max(counts["tokens"], 1)
    how = f"adapters of rank {config.lora.rank}" if config.lora.enabled else "all weights"
    prompt = config.template.render([], prompt=True).strip()
    return (
        f"{config.model.name}, fine-tuned ({how}) on {counts['used']:,} dialogues of "
        f"{', '.join(config.data.paths)} in {material.steps:,} steps of {config.optimiser.batch} windows of "
        f"{config.sequence_length:,} tokens. Of {counts['tokens']:,} tokens, {share:.1%} were learnt: what "
        "the assistant says, and the ends of its turns.\n\n"
        f"A dialogue begins with\n\n```\n{prompt}\n```\n\nand is written by `apply_chat_template`; text of "
        "users is to be encoded with `sanitize_control_tokens=True`, so that none of it becomes a special "
        f"token. An answer ends with `{config.template.end_token}`, as generation_config.json says.\n"
    )
