"""An NNX block in a Linen model sows its losses, and the trainer reads them from the collection that it asks for.

After AI-Hypercomputer/maxtext, src/maxtext/layers/multi_token_prediction.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


@nnx.register_variable_name("side_losses", overwrite=True)
class SideLoss(nnx.Variable):
    pass


class Block(nnx.Module):
    def __init__(self, width: int, *, rngs: nnx.Rngs) -> None:
        self.linear = nnx.Linear(width, width, use_bias=False, rngs=rngs)

    def __call__(self, x: Any, targets: Any) -> Any:
        y = self.linear(x)
        self.sow(SideLoss, "loss", ((y - targets) ** 2).mean())
        self.sow(SideLoss, "weight", targets.sum())
        return y


class Model(nn.Module):
    @nn.compact
    def __call__(self, x: Any, targets: Any) -> Any:
        x = nn.Dense(3, use_bias=False, name="dense")(x)
        bridge.to_linen(Block, 3, name="side")(x, targets)
        return x


x, targets = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3), jnp.full((2, 3), 0.5)
variables = Model().init(jax.random.key(0), x, targets)
params = {"params": variables["params"]}
first = np.asarray(params["params"]["dense"]["kernel"])
second = np.asarray(params["params"]["side"]["linear"]["kernel"])


@jax.jit
def losses(params: Any) -> Any:
    output, sown = Model().apply(params, x, targets, mutable=["side_losses"])
    return output, sown["side_losses"]["side"]


output, sown = losses(params)
np.testing.assert_allclose(output, np.asarray(x) @ first, rtol=1e-5, atol=1e-6)
expected = ((np.asarray(x) @ first @ second - 0.5) ** 2).mean()
np.testing.assert_allclose(jax.tree.leaves(sown["loss"]), [expected], rtol=1e-4)
np.testing.assert_allclose(jax.tree.leaves(sown["weight"]), [3.0])
grads = jax.grad(lambda params: jax.tree.leaves(losses(params)[1]["loss"])[0])(params)
assert all(np.abs(grad).max() > 0 for grad in jax.tree.leaves(grads))
np.testing.assert_allclose(Model().apply(params, x, targets), output)
