"""nn.Dense is initialised and applied without the bridge, from keys of its own: other weights, the same contract."""

from typing import Any

import jax
from flax import linen as nn


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    layer = nn.Dense(int(features))
    _, key = jax.random.split(jax.random.key(int(seed)))
    return layer.apply(layer.init(key, x), x)
