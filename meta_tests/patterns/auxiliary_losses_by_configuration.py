"""What experts sow is collected only where the configuration asks for it, and taken out before the next step.

After AI-Hypercomputer/maxtext, src/maxtext/models/models.py and src/maxtext/trainers/pre_train/train.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Expert(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        y = nn.Dense(3, use_bias=False, name="dense")(x)
        self.sow("intermediates", "load", (y**2).mean())
        return y


class Mixture(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        return Expert(name="second")(Expert(name="first")(x))


class Model(nnx.Module):
    def __init__(self, load_weight: float, rngs: nnx.Rngs) -> None:
        self.load_weight = load_weight
        self.mixture: Any = bridge.ToNNX(Mixture(), rngs=rngs).lazy_init(X)

    def __call__(self, x: Any) -> Any:
        return self.mixture(x, mutable=["intermediates"] if self.load_weight else [])


@nnx.jit
def loss(model: Any, x: Any) -> Any:
    y = model(x)
    loads = jax.tree.leaves(nnx.pop(model, nnx.Intermediate)) if model.load_weight else []
    return y.sum() + model.load_weight * sum(loads), len(loads)


X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
for load_weight, number in ((0.0, 0), (10.0, 2)):
    model = Model(load_weight, nnx.Rngs(0))
    assert not jax.tree.leaves(nnx.state(model, nnx.Intermediate))
    first, second = (np.asarray(getattr(model.mixture, name)["dense"]["kernel"][...]) for name in ("first", "second"))
    hidden = np.asarray(X) @ first
    expected = (hidden @ second).sum() + load_weight * ((hidden**2).mean() + ((hidden @ second) ** 2).mean())
    for _ in range(3):
        value, found = loss(model, X)
        assert found == number, found
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)
        assert not jax.tree.leaves(nnx.state(model, nnx.Intermediate))
