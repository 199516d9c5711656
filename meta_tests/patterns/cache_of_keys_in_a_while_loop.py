"""A prefix fills a cache of keys and values, which a jax.lax.while_loop then reads with the layer closed over.

After Physical-Intelligence/openpi, src/openpi/models/pi0.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Experts(nn.Module):
    """One head of attention over two lists of tokens, either of which may be missing."""

    @nn.compact
    def __call__(self, embedded: Any, cache: Any = None) -> Any:
        tokens = jnp.concatenate([part for part in embedded if part is not None])
        q, k, v = (nn.Dense(4, use_bias=False, name=name)(tokens) for name in "qkv")
        if cache is not None:
            k, v = jnp.concatenate([cache[0], k]), jnp.concatenate([cache[1], v])
        mixed = jax.nn.softmax(q @ k.T) @ v
        outputs, start = [], 0
        for part in embedded:
            outputs.append(None if part is None else mixed[start : start + len(part)])
            start += 0 if part is None else len(part)
        return tuple(outputs), (k, v)


prefix, noise = jnp.linspace(-1.0, 1.0, 12).reshape(3, 4), jnp.linspace(0.5, -0.5, 8).reshape(2, 4)
layer = bridge.ToNNX(Experts()).lazy_init([prefix, noise], rngs=nnx.Rngs(0))


@jax.jit
def sample(noise: Any) -> Any:
    _, cache = layer([prefix, None])

    def step(carry: Any) -> Any:
        x, time = carry
        (nothing, velocity), _ = layer([None, x], cache=cache)
        assert nothing is None
        return x - 0.25 * velocity, time - 1

    return jax.lax.while_loop(lambda carry: carry[1] > 0, step, (noise, 4))[0]


def attended(x: np.ndarray) -> np.ndarray:
    q, k, v = (np.concatenate([prefix, x]) @ np.asarray(getattr(layer, name)["kernel"][...]) for name in "qkv")
    scores = np.exp(q[3:] @ k.T)
    return (scores / scores.sum(1, keepdims=True)) @ v


expected = np.asarray(noise)
for _ in range(4):
    expected = expected - 0.25 * attended(expected)
np.testing.assert_allclose(sample(noise), expected, rtol=1e-4, atol=1e-5)
