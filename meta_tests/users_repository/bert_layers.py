"""Layers of BERT that our models call through nnx.bridge: what an upgrade of Flax must not change."""

import jax.numpy as jnp
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_flax_bert import (
    FlaxBertEmbeddings,
    FlaxBertLayer,
    FlaxBertModule,
    FlaxBertSelfAttention,
)

CONFIG = BertConfig(
    vocab_size=11,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=16,
    max_position_embeddings=6,
)
TOKENS = jnp.array([[2, 7, 1, 8], [3, 1, 4, 0]])
KINDS = jnp.array([[0, 0, 1, 1], [0, 1, 1, 0]])
POSITIONS = jnp.array([[0, 1, 2, 3]] * 2)
MASK = jnp.array([[1, 1, 1, 1], [1, 1, 1, 0]])
HIDDEN = jnp.linspace(-1.0, 1.0, 64).reshape(2, 4, 8)

CALLS = {"kwargs": {"deterministic": True}, "train": {"deterministic": False}, "streams": ["dropout"]}

SUBJECTS = {
    "BertEmbeddings": {"module": FlaxBertEmbeddings(CONFIG), "args": (TOKENS, KINDS, POSITIONS, MASK), **CALLS},
    "BertSelfAttention": {"module": FlaxBertSelfAttention(CONFIG), "args": (HIDDEN, MASK, None), **CALLS},
    "BertLayer": {"module": FlaxBertLayer(CONFIG), "args": (HIDDEN, MASK, None), **CALLS},
    "BertModule": {"module": FlaxBertModule(CONFIG), "args": (TOKENS, MASK, KINDS, POSITIONS, None), **CALLS},
    # One token at a time, with a cache as long as the sequence that it is initialised with.
    "BertDecoding": {
        "module": FlaxBertSelfAttention(CONFIG, causal=True),
        "init_args": (HIDDEN, MASK, None),
        "args": (HIDDEN[:, :1], MASK, None),
        "kwargs": {"init_cache": True},
        "mutable": ["cache"],
    },
}
