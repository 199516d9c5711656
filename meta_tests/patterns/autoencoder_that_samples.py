"""An autoencoder is called by the names of inherited methods, with Python flags and the caller's `nnx.Rngs`.

After willisma/diffuse_nnx, networks/encoders/sd_vae.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx, struct
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


@struct.dataclass
class Posterior:
    mean: Any
    scale: float = struct.field(pytree_node=False)


class Coder(nn.Module):
    def setup(self) -> None:
        self.down, self.up = nn.Dense(2, use_bias=False), nn.Dense(3, use_bias=False)

    def encode(self, x: Any, sample: bool = True, *, scale: float = 1.0) -> Any:
        posterior: Any = Posterior(self.down(x), scale)  # type: ignore[call-arg]
        if not sample:
            return posterior
        return posterior.mean + scale * jax.random.normal(self.make_rng("noise"), posterior.mean.shape)

    def decode(self, z: Any) -> Any:
        return self.up(z)


class Autoencoder(Coder):
    def __call__(self, x: Any, sample: bool = True) -> Any:
        return self.decode(self.encode(x, sample) if sample else self.encode(x, sample).mean)


layer = bridge.ToNNX(Autoencoder()).lazy_init(X, sample=False, rngs=nnx.Rngs(0))
pretrained = {"down": {"kernel": np.arange(6.0).reshape(3, 2)}, "up": {"kernel": np.ones((2, 3))}}
nnx.update(layer, pretrained)
mean = np.asarray(X) @ pretrained["down"]["kernel"]
posterior = layer.encode(X, False, scale=0.5)
assert isinstance(posterior, Posterior) and posterior.scale == 0.5
np.testing.assert_allclose(posterior.mean, mean, rtol=1e-5, atol=1e-6)
np.testing.assert_allclose(layer(mean, method="decode"), mean @ pretrained["up"]["kernel"], rtol=1e-5, atol=1e-6)

rngs, twin = nnx.Rngs(noise=5), nnx.Rngs(noise=5)
samples = [np.asarray(layer(X, True, method="encode", rngs=rngs)) for _ in range(2)]
assert not np.array_equal(samples[0], samples[1])
variables = {"params": pretrained}
for sample in samples:
    plain = Autoencoder().apply(variables, X, True, method="encode", rngs={"noise": twin.noise()})
    np.testing.assert_allclose(sample, plain, rtol=1e-5, atol=1e-6)
