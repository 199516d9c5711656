"""A sampler integrates what a bridged network with many streams returns beside its features, with noise of its own.

After willisma/diffuse_nnx, tests/sampler_tests/sampler_tests.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Network(nn.Module):
    @nn.compact
    def __call__(self, x: Any, t: Any) -> Any:
        w = self.param("W", lambda key, shape: jnp.eye(shape[-1]), x.shape)
        return -x @ w, {"features": w, "noise": jax.random.normal(self.make_rng("noise"), x.shape) * t}


class Interface(nnx.Module):
    def __init__(self, network: Any) -> None:
        self.network = network

    def __call__(self, x: Any, t: Any) -> Any:
        return self.network(x, t)


rngs = nnx.Rngs(params=0, dropout=1, label_dropout=2, time=3, noise=4)
x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
network = bridge.ToNNX(Network(), rngs=rngs)
bridge.lazy_init(network, x, jnp.zeros(()))
sampler = Interface(network)

state, noises = x, []
for _ in range(20):
    velocity, extra = sampler(state, jnp.ones(()))
    state = state + 0.05 * velocity
    noises.append(np.asarray(extra["noise"]))
np.testing.assert_array_equal(extra["features"], np.eye(3))
np.testing.assert_allclose(state, np.asarray(x) * 0.95**20, rtol=1e-4)
twin = nnx.Rngs(noise=4).fork()
twin.noise()  # for lazy init
for noise in noises:
    _, extra = Network().apply({"params": {"W": jnp.eye(3)}}, x, jnp.ones(()), rngs={"noise": twin.noise()})
    np.testing.assert_array_equal(noise, extra["noise"])
assert len({noise.tobytes() for noise in noises}) == 20
assert set(dict(network.to_nnx__rngs.items())) == {"params", "dropout", "label_dropout", "time", "noise"}
