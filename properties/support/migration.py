"""A transformer on its way from Linen to NNX: new NNX blocks around layers that are still Linen's, and its twin.

The twin is the same NNX model in which every bridged layer is replaced by one
that calls plain Linen with separate variables, so that everything that the two do
differently is the bridge's doing.
"""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from hypothesis import given, settings
from hypothesis import strategies as st

from impl.flax_api import linen_variables, variables_of, wrapped_linen_module

WORDS, WIDTH = 5, 4


class Block(nnx.Module):
    """Self-attention and an MLP with residuals; the attention is Linen's."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.norm = nnx.LayerNorm(WIDTH, rngs=rngs)
        self.attention = bridge.ToNNX(nn.MultiHeadDotProductAttention(num_heads=2, dropout_rate=0.5), rngs=rngs)
        self.norm_of_mlp = nnx.LayerNorm(WIDTH, rngs=rngs)
        self.up = nnx.Linear(WIDTH, 2 * WIDTH, rngs=rngs)
        self.down = nnx.Linear(2 * WIDTH, WIDTH, rngs=rngs)

    def __call__(self, x: jax.Array, deterministic: bool) -> jax.Array:
        x = x + self.attention(self.norm(x), deterministic=deterministic)
        return x + self.down(nnx.gelu(self.up(self.norm_of_mlp(x))))


class Transformer(nnx.Module):
    """Two blocks between an embedding, which is Linen's, and the scores of each word by the same embedding."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.embedding = bridge.ToNNX(nn.Embed(WORDS, WIDTH), rngs=rngs)
        self.first = Block(rngs=rngs)
        self.second = Block(rngs=rngs)

    def __call__(self, tokens: jax.Array, deterministic: bool = True) -> jax.Array:
        x = self.second(self.first(self.embedding(tokens), deterministic), deterministic)
        return self.embedding(x, method="attend")


class Plain(nnx.Module):
    """A Linen module, called with variables that it holds itself, and with the keys of a training call."""

    def __init__(self, module: nn.Module, variables: Any) -> None:
        self.module = module
        leaves, self.structure = jax.tree.flatten(variables)
        self.names = tuple(f"leaf{number}" for number in range(len(leaves)))
        for name, leaf in zip(self.names, leaves, strict=True):
            setattr(self, name, nnx.Param(leaf))

    @property
    def variables(self) -> Any:
        return jax.tree.unflatten(self.structure, [getattr(self, name)[...] for name in self.names])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.module.apply(self.variables, *args, **kwargs)


def initialised(seed: int, tokens: jax.Array) -> Transformer:
    """A transformer whose bridged layers have their variables."""
    model = Transformer(rngs=nnx.Rngs(params=seed, dropout=seed + 1))
    bridge.lazy_init(model, tokens)
    return model


def twin(model: Transformer) -> Any:
    """The same transformer with plain Linen in place of the bridge."""
    copied = nnx.clone(model)
    for holder, name, layer in bridged(copied):
        setattr(holder, name, Plain(wrapped_linen_module(layer), linen_variables(layer)))
    return copied


def bridged(model: Any) -> Iterator[tuple[Any, str, Any]]:
    """Each layer that is Linen's, with what holds it and under which name."""
    for holder, name in ((model, "embedding"), (model.first, "attention"), (model.second, "attention")):
        yield holder, name, getattr(holder, name)


def values(model: Any) -> dict[str, Any]:
    """All that the model has learned: of Linen's layers in order, and of the NNX layers of both blocks."""
    layers = [layer.variables if isinstance(layer, Plain) else linen_variables(layer) for _, _, layer in bridged(model)]
    names = ("norm", "norm_of_mlp", "up", "down")
    own = [variables_of(getattr(block, name)) for block in (model.first, model.second) for name in names]
    return {"Linen": layers, "NNX": own}


def loss(model: Any, tokens: jax.Array) -> jax.Array:
    """A number that every parameter has a share in."""
    return (model(tokens) ** 2).mean()


def of_migrations(check: Callable[[int, jax.Array], None]) -> Any:
    """Ask a property for a few seeds and sentences."""
    # What varies are values, with which a bridge has little to do, and an example costs seconds.
    few = settings(max_examples=max(1, settings().max_examples // 50))
    words = st.lists(st.integers(0, WORDS - 1), min_size=6, max_size=6)
    sentences = words.map(lambda found: jnp.asarray(np.reshape(found, (2, 3))))
    asked: Any = few(given(seed=st.integers(0, 2**16), tokens=sentences)(check))
    return asked
