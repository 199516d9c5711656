"""A pretrained Linen encoder in an NNX model, with its old checkpoints."""

import json
import pathlib

import jax.numpy as jnp
from flax import linen as nn
from flax import nnx, serialization
from flax.nnx import bridge, replace_by_pure_dict, to_pure_dict


class Encoder(nn.Module):
    vocabulary: int
    width: int
    dropout: float = 0.1

    @nn.compact
    def __call__(self, tokens, deterministic: bool = True):
        x = nn.Embed(self.vocabulary, self.width)(tokens)
        x = x + nn.SelfAttention(4)(nn.LayerNorm()(x))
        return nn.Dropout(self.dropout, deterministic=deterministic)(x)


class SentenceClassifier(nnx.Module):
    def __init__(self, encoder: nn.Module, labels: int, rngs: nnx.Rngs):
        self.encoder = bridge.ToNNX(encoder, rngs=rngs.fork())
        self.head = nnx.Linear(encoder.width, labels, rngs=rngs)

    def __call__(self, tokens, training=False):
        # The wrapped module used to be self.encoder.module.
        if training:
            x = self.encoder(tokens, deterministic=False)
        else:
            x = self.encoder(tokens, rngs=nnx.Rngs())  # expect: rngs_without_streams_raise
        return self.head(x[:, 0])


def build(config_file: pathlib.Path) -> SentenceClassifier:
    config = json.loads(config_file.read_text())
    encoder = Encoder(config["vocabulary"], config["width"])
    model = SentenceClassifier(encoder, config["labels"], nnx.Rngs(0, dropout=1))
    bridge.lazy_init(model.encoder, jnp.zeros((1, 8), int))  # expect: first_weights_of_a_seed
    return model


def save(model, path: pathlib.Path) -> None:
    path.write_bytes(serialization.msgpack_serialize(to_pure_dict(nnx.state(model))))


def load(model, path: pathlib.Path) -> None:
    restored = serialization.msgpack_restore(path.read_bytes())
    state = nnx.state(model)
    replace_by_pure_dict(state, restored)  # expect: paths_of_the_state
    nnx.update(model, state)


def dropout_streams(model):
    return nnx.state(model, nnx.All(nnx.RngState, nnx.PathContains("rngs")))  # expect: paths_of_the_state
