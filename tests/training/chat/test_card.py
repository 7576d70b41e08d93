"""The README.md beside a chat model."""

from pathlib import Path


def test_the_card_says_what_the_model_was_made_from_and_how_it_is_asked(runs: Path) -> None:
    """Numbers of the run, the prompt, and who loads it; an adapter is one for peft."""
    card = (runs / "zero3/final/README.md").read_text()
    assert card.startswith("---\nlibrary_name: transformers\n")
    assert "fine-tuned (all weights) on 33 dialogues" in card
    assert "in 6 steps of 4 windows of 128 tokens" in card
    assert "<|end|>\n<|assistant|>\n```" in card
    assert "`record.json` holds fingerprints" in card
    adapters = (runs / "adapters/final/README.md").read_text()
    assert "library_name: peft" in adapters
    assert "fine-tuned (adapters of rank 4)" in adapters
