"""The models: NNX models of every kind that hold bridged Linen layers, in the form that a file of yours has.

Each is tiny, because every generic property runs with each.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class HybridModel(nnx.Module):
    """A bridged Linen layer before a layer of NNX."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.linen_dense = bridge.ToNNX(nn.Dense(4), rngs=rngs)
        self.head = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.head(nnx.relu(self.linen_dense(x)))


class AttentionBlock(nnx.Module):
    """Linen's attention between layers of NNX; both draw for dropout."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.norm = nnx.LayerNorm(4, rngs=rngs)
        self.attention = bridge.ToNNX(nn.MultiHeadDotProductAttention(num_heads=2, dropout_rate=0.5), rngs=rngs)
        self.up, self.down = nnx.Linear(4, 8, rngs=rngs), nnx.Linear(8, 4, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x: jax.Array, deterministic: bool = True) -> jax.Array:
        x = x + self.attention(self.norm(x), deterministic=deterministic)
        return x + self.dropout(self.down(nnx.gelu(self.up(x))), deterministic=deterministic)


class ConvNet(nnx.Module):
    """Linen's convolution and BatchNorm, whose statistics change in training, before a layer of NNX."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.conv = bridge.ToNNX(nn.Conv(3, (3, 3)), rngs=rngs)
        self.norm = bridge.ToNNX(nn.BatchNorm(), rngs=rngs)
        self.head = nnx.Linear(3, 2, rngs=rngs)

    def __call__(self, x: jax.Array, train: bool = False) -> jax.Array:
        changes = {"mutable": ["batch_stats"]} if train else {}
        x = self.norm(self.conv(x), use_running_average=not train, **changes)
        return self.head(nnx.relu(x).mean(axis=(1, 2)))


class Encoder(nnx.Module):
    """Linen's embedding of tokens, which both ends share, with a layer of NNX between."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.embed = bridge.ToNNX(nn.Embed(5, 4), rngs=rngs)
        self.hidden = nnx.Linear(4, 4, rngs=rngs)

    def __call__(self, tokens: jax.Array) -> jax.Array:
        return self.embed(nnx.tanh(self.hidden(self.embed(tokens))), method="attend")


class Decoder(nnx.Module):
    """Linen's attention with a cache, which changes in every call."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.attention = bridge.ToNNX(nn.MultiHeadDotProductAttention(num_heads=2, decode=True), rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.head(self.attention(x, mutable=["cache"]))


class LinenAroundNnx(nn.Module):
    """A Linen module that holds a layer of NNX, and sows."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        hidden = nn.tanh(bridge.to_linen(nnx.Linear, 3, 4, name="inner")(x))
        self.sow("intermediates", "hidden", hidden)
        return nn.Dense(3)(hidden)


class Nested(nnx.Module):
    """A layer of NNX inside a Linen module inside an NNX model."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.between = bridge.ToNNX(LinenAroundNnx(), rngs=rngs)
        self.scale = nnx.Param(jnp.full(3, 0.5))

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.between(x) * self.scale


def cross_entropy(model: nnx.Module, tokens: jax.Array) -> jax.Array:
    """How badly the model tells each token from the one before it."""
    called: Any = model
    predicted = jax.nn.log_softmax(called(tokens)[:, :-1])
    return -jnp.take_along_axis(predicted, tokens[:, 1:, None], axis=-1).mean()


X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
SEQUENCE = jnp.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)
IMAGES = jnp.linspace(-1.0, 1.0, 32).reshape(2, 4, 4, 1)
TOKENS = jnp.array([[0, 3, 1, 4], [2, 2, 0, 1]])

MODELS = {
    "HybridModel": {"model": lambda rngs: HybridModel(rngs), "args": (X,)},
    "AttentionBlock": {
        # Up to 0.11.2 a bridged layer draws for dropout only from a stream of this name.
        "model": lambda rngs: AttentionBlock(nnx.Rngs(params=rngs.params(), dropout=rngs.dropout())),
        "args": (SEQUENCE,),
        "train": {"deterministic": False},
    },
    "ConvNet": {"model": lambda rngs: ConvNet(rngs), "args": (IMAGES,), "train": {"train": True}},
    "Encoder": {"model": lambda rngs: Encoder(rngs), "args": (TOKENS,), "loss": cross_entropy},
    "Decoder": {
        "model": lambda rngs: Decoder(rngs),
        "args": (SEQUENCE[:, :1],),
        # The cache has room for as many tokens as there are at the initialization. The layer is initialized without
        # `mutable`, for which `bridge.lazy_init` raises up to 0.11.2.
        "init": lambda model: bridge.lazy_init(model.attention, SEQUENCE),
    },
    "Nested": {"model": lambda rngs: Nested(rngs), "args": (X,)},
}
