"""Layers of transformers' Flax BERT inside an NNX classifier; no weights are loaded."""

import jax.numpy as jnp
from flax import nnx
from flax.nnx import bridge
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_flax_bert import FlaxBertEmbeddings, FlaxBertLayer

config = BertConfig(
    vocab_size=11, hidden_size=8, num_attention_heads=2, intermediate_size=16, max_position_embeddings=6
)
tokens = jnp.array([[2, 7, 1, 8], [3, 1, 4, 0]])
mask = (tokens > 0).astype(jnp.int32)


class BertClassifier(nnx.Module):
    def __init__(self, config, classes, rngs):
        self.embeddings = bridge.ToNNX(FlaxBertEmbeddings(config), rngs=rngs)
        self.layer = bridge.ToNNX(FlaxBertLayer(config), rngs=rngs)
        self.head = nnx.Linear(config.hidden_size, classes, rngs=rngs)

    def __call__(self, tokens, mask, deterministic=True):
        positions = jnp.broadcast_to(jnp.arange(tokens.shape[1]), tokens.shape)
        hidden = self.embeddings(tokens, jnp.zeros_like(tokens), positions, mask, deterministic=deterministic)
        (hidden,) = self.layer(hidden, mask, None, deterministic=deterministic)
        return self.head(hidden[:, 0])


model = BertClassifier(config, 2, nnx.Rngs(params=0, dropout=1))
bridge.lazy_init(model, tokens, mask)
print("logits", model(tokens, mask).shape)
print("training", model(tokens, mask, deterministic=False).shape)
