"""The sizes of a model and the numbers of its parameters, from its configuration alone.

    sizes = sizes_of(AutoConfig.from_pretrained("bigcode/starcoder2-3b"))
    sizes.parameters         -> 3_030_371_328
    sizes.block.elements     -> 95_978_496, of each of 30 blocks

Counted by formula and checked in the tests against models on torch's meta device. Imports no torch.
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from training.model.families import Architecture, architecture
from training.model.settings import Shape


@dataclass(frozen=True)
class Layer:
    """A linear layer of a block, by its name in transformers."""

    name: str
    inputs: int
    outputs: int
    bias: bool

    @property
    def elements(self) -> int:
        """Parameters."""
        return self.inputs * self.outputs + (self.outputs if self.bias else 0)


@dataclass(frozen=True)
class Sizes:
    """What of a configuration decides memory."""

    family: Architecture
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    vocabulary: int
    positions: int
    tied: bool
    """Whether input and output embeddings are one."""
    window: int | None
    """Tokens that attention looks back; None for all."""
    attention_dropout: float
    residual_dropout: float
    embedding_dropout: float
    linear: tuple[Layer, ...]
    """Linear layers of a block, in the order of the forward pass."""

    @property
    def head(self) -> int:
        """Width of a head."""
        return self.hidden // self.heads

    @property
    def block(self) -> int:
        """Parameters of a block: its linear layers and two norms."""
        return sum(layer.elements for layer in self.linear) + 4 * self.hidden

    @property
    def matrices(self) -> int:
        """Elements of the matrices of all blocks: what bitsandbytes holds in fewer bits."""
        return self.layers * sum(layer.inputs * layer.outputs for layer in self.linear)

    @property
    def tables(self) -> int:
        """Parameters of embeddings, of positions if learnt, and of an output layer of its own."""
        learnt = self.positions if self.family == "starcoder" else 0
        return (self.vocabulary * (1 if self.tied else 2) + learnt) * self.hidden

    @property
    def parameters(self) -> int:
        """All parameters, tied ones once; the last norm is the rest."""
        return self.tables + self.layers * self.block + 2 * self.hidden

    @property
    def buffers(self) -> int:
        """Bytes of what is on the device without being a parameter: StarCoder's triangle of positions."""
        return self.positions**2 if self.family == "starcoder" else 0

    def adapters(self, rank: int, targets: tuple[str, ...]) -> int:
        """Parameters of LoRA."""
        each = [rank * (one.inputs + one.outputs) for one in self.linear if one.name in targets]
        return self.layers * sum(each)


def sizes_of(config: Any) -> Sizes:
    """Sizes of a model.

    Args:
        config: The `transformers` configuration of a model of one of the two families.

    Raises:
        BadInputError: If it is of another family.
    """
    return _starcoder(config) if architecture(config.model_type) == "starcoder" else _starcoder2(config)


def plain_config(shape: Shape, vocabulary: int) -> SimpleNamespace:
    """What of a model's configuration is looked at here and for counting work, without transformers.

    transformers imports torch for a configuration; a plan should answer before that has ended.

    Args:
        shape: Sizes.
        vocabulary: Rows of the embedding.
    """
    if shape.family == "starcoder":
        return SimpleNamespace(
            model_type="gpt_bigcode",
            vocab_size=vocabulary,
            n_positions=shape.positions,
            n_embd=shape.hidden,
            n_layer=shape.layers,
            n_head=shape.heads,
            n_inner=shape.feed_forward,
            multi_query=shape.kv_heads == 1,
            resid_pdrop=shape.dropout,
            embd_pdrop=shape.dropout,
            attn_pdrop=shape.dropout,
            tie_word_embeddings=True,
        )
    return SimpleNamespace(
        model_type="starcoder2",
        vocab_size=vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.positions,
        sliding_window=shape.sliding_window,
        residual_dropout=shape.dropout,
        embedding_dropout=shape.dropout,
        attention_dropout=shape.dropout,
        tie_word_embeddings=shape.tied,
        use_bias=True,
    )


def _starcoder(config: Any) -> Sizes:
    hidden, heads = config.n_embd, config.n_head
    kv_heads = 1 if config.multi_query else heads
    wide = config.n_inner or 4 * hidden
    return Sizes(
        family="starcoder",
        layers=config.n_layer,
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        vocabulary=config.vocab_size,
        positions=config.n_positions,
        tied=bool(config.tie_word_embeddings),
        window=None,
        attention_dropout=config.attn_pdrop,
        residual_dropout=config.resid_pdrop,
        embedding_dropout=config.embd_pdrop,
        linear=(
            Layer("c_attn", hidden, hidden + 2 * kv_heads * (hidden // heads), bias=True),
            Layer("c_proj", hidden, hidden, bias=True),
            Layer("c_fc", hidden, wide, bias=True),
            Layer("c_proj", wide, hidden, bias=True),
        ),
    )


def _starcoder2(config: Any) -> Sizes:
    hidden, heads, kv_heads = config.hidden_size, config.num_attention_heads, config.num_key_value_heads
    wide, bias = config.intermediate_size, config.use_bias
    narrow = kv_heads * (hidden // heads)
    return Sizes(
        family="starcoder2",
        layers=config.num_hidden_layers,
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        vocabulary=config.vocab_size,
        positions=config.max_position_embeddings,
        tied=bool(config.tie_word_embeddings),
        window=config.sliding_window,
        attention_dropout=config.attention_dropout,
        residual_dropout=config.residual_dropout,
        embedding_dropout=config.embedding_dropout,
        linear=(
            Layer("q_proj", hidden, hidden, bias),
            Layer("k_proj", hidden, narrow, bias),
            Layer("v_proj", hidden, narrow, bias),
            Layer("o_proj", hidden, hidden, bias),
            Layer("c_fc", hidden, wide, bias),
            Layer("c_proj", wide, hidden, bias),
        ),
    )
