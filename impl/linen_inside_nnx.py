"""The implementation under test: a Linen Dense layer held and called by an NNX model."""

import jax
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class MyNNXWithLinen(nnx.Module):
    """An NNX model whose one layer is a bridged ``nn.Dense`` of ``features`` outputs."""

    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        self.linen_dense = bridge.ToNNX(nn.Dense(features=features), rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.linen_dense(x)


def linen_inside_nnx(seed: float, x: jax.Array, features: float) -> jax.Array:
    """Build the model from ``int(seed)`` and ``int(features)``, initialise it with ``x``, call it on ``x``.

    ``x`` has shape ``(length,)``; the result has shape ``(int(features),)``.
    """
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    bridge.lazy_init(model, x)
    return model(x)
