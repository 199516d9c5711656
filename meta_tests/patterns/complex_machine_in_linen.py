"""A machine of complex NNX parameters is a Linen module with another method, and has a holomorphic gradient.

After netket/netket, Examples/nn_frameworks/nnx_wrappped.py.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import bridge


class Machine(nnx.Module):
    def __init__(self, sites: int, alpha: int, activation: Callable[[Any], Any], *, rngs: nnx.Rngs) -> None:
        self.linear = nnx.Linear(sites, alpha * sites, param_dtype=complex, rngs=rngs)
        noise = jax.random.normal(rngs.params(), (2, sites))
        self.visible = nnx.Param(noise[0] + 1j * noise[1])
        self.activation = activation

    def __call__(self, x: Any) -> Any:
        return self.hidden(x).sum(-1) + x @ self.visible[...]

    def hidden(self, x: Any) -> Any:
        return self.activation(self.linear(x))


machine = bridge.to_linen(Machine, 3, alpha=2, activation=jnp.cosh)
x = jnp.array([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])
params = machine.init(jax.random.key(0), x)["params"]
assert params["visible"].dtype == params["linear"]["kernel"].dtype == jnp.complex64
assert np.abs(np.imag(params["visible"])).min() > 0


def plain(params: Any, x: Any) -> Any:
    return jnp.cosh(x @ params["linear"]["kernel"] + params["linear"]["bias"]).sum(-1) + x @ params["visible"]


apply = jax.jit(lambda params, x: machine.apply({"params": params}, x))
np.testing.assert_allclose(apply(params, x), plain(params, x), rtol=1e-4)
hidden = machine.apply({"params": params}, x, nnx_method="hidden")
np.testing.assert_allclose(hidden.sum(-1) + x @ params["visible"], plain(params, x), rtol=1e-4)
grads = jax.grad(lambda params: apply(params, x).sum(), holomorphic=True)(params)
expected = jax.grad(lambda params: plain(params, x).sum(), holomorphic=True)(params)
jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), grads, expected)
