"""A stack holds Linen layers, wrapped, and NNX layers as numbered attributes of a module two levels down.

After AI-Hypercomputer/maxtext, src/maxtext/layers/nnx_decoders.py.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


def single_layer(kind: type, rngs: nnx.Rngs) -> Any:
    if issubclass(kind, nnx.Module):
        return kind(3, 3, rngs=rngs)
    return bridge.ToNNX(kind(3), rngs=rngs)


class Stack(nnx.Module):
    def __init__(self, kinds: list[type], rngs: nnx.Rngs) -> None:
        self.number = len(kinds)
        for i, kind in enumerate(kinds):
            setattr(self, f"layers_{i}", single_layer(kind, rngs))

    def __call__(self, x: Any) -> Any:
        for i in range(self.number):
            x = jnp.tanh(getattr(self, f"layers_{i}")(x))
        return x


class Model(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.stacks = nnx.List([Stack([nn.Dense, nnx.Linear, nn.Dense], rngs) for _ in range(2)])

    def __call__(self, x: Any) -> Any:
        for stack in self.stacks:
            x = stack(x)
        return x


model = Model(nnx.Rngs(0))
assert bridge.lazy_init(model, X) is model
expected, kernels = np.asarray(X), []
for stack in model.stacks:
    for i in range(3):
        layer = getattr(stack, f"layers_{i}")
        kernels.append(np.asarray(layer.kernel[...]))
        expected = np.tanh(expected @ kernels[-1] + np.asarray(layer.bias[...]))
np.testing.assert_allclose(model(X), expected, rtol=1e-4, atol=1e-6)
assert len({kernel.tobytes() for kernel in kernels}) == 6
assert len(nnx.to_flat_state(nnx.state(model, nnx.Param))) == 12
