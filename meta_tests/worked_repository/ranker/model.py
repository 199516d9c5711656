"""The model: an encoder that is still Linen, and a head that is NNX already."""

import jax
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Encoder(nn.Module):
    """Features of a candidate."""

    features: int

    @nn.compact
    def __call__(self, x):
        return nn.gelu(nn.LayerNorm()(nn.Dense(self.features)(x)))


class Ranker(nnx.Module):
    """A score for each candidate."""

    def __init__(self, features, rngs):
        self.encoder = bridge.ToNNX(Encoder(features), rngs=rngs)
        self.head = nnx.Linear(features, 1, rngs=rngs)

    def __call__(self, x):
        # The encoder draws nothing in a call.
        encoded = self.encoder(x, rngs=nnx.Rngs())
        return self.head(encoded)[..., 0]


def made(x, seed=0):
    """A new model for candidates such as ``x``."""
    model = Ranker(8, rngs=nnx.Rngs(seed))
    bridge.lazy_init(model, x)
    return model


def loss(model, x):
    """How far the first candidate is from being the best."""
    return -jax.nn.log_softmax(model(x))[0]
