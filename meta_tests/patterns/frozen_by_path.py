"""Gradients are taken by the parameters that a filter of paths leaves, and the frozen layer keeps its bits.

After Physical-Intelligence/openpi, src/openpi/models/pi0_config.py and scripts/train.py.
"""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Policy(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        llm, expert = bridge.ToNNX(nn.Dense(4)), bridge.ToNNX(nn.Dense(2))
        llm.lazy_init(X, rngs=rngs)
        expert.lazy_init(jnp.zeros((1, 4)), rngs=rngs)
        self.parts = nnx.Dict(llm=llm, expert=expert)

    def __call__(self, x: Any) -> Any:
        return self.parts["expert"](self.parts["llm"](x))


def frozen(path: Any, _: Any) -> bool:
    return re.fullmatch(".*llm.*", "/".join(map(str, path))) is not None


trainable = nnx.All(nnx.Param, nnx.Not(frozen))
policy = Policy(nnx.Rngs(0))
before = jax.tree.map(np.asarray, nnx.to_pure_dict(nnx.state(policy)))["parts"]
grads = nnx.grad(lambda policy: (policy(X) ** 2).sum(), argnums=nnx.DiffState(0, trainable))(policy)
paths = {"/".join(map(str, path)) for path, _ in nnx.to_flat_state(grads)}
assert paths == {"parts/expert/kernel", "parts/expert/bias"}, paths

nnx.update(policy, jax.tree.map(lambda p, g: p - 0.1 * g, nnx.state(policy, trainable), grads))
hidden = np.asarray(X) @ before["llm"]["kernel"] + before["llm"]["bias"]
y = hidden @ before["expert"]["kernel"] + before["expert"]["bias"]
after = nnx.to_pure_dict(nnx.state(policy))["parts"]
jax.tree.map(np.testing.assert_array_equal, after["llm"], before["llm"])
np.testing.assert_allclose(after["expert"]["kernel"], before["expert"]["kernel"] - 0.2 * hidden.T @ y, rtol=1e-4)
np.testing.assert_allclose(after["expert"]["bias"], -0.2 * y.sum(0), rtol=1e-4)
