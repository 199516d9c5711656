"""No Linen at all: an nnx.Linear as long as x, which lazy_init knows nothing of, so there is only the function."""

from typing import Any

import jax.numpy as jnp
from flax import nnx


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    x = jnp.asarray(x)
    return nnx.Linear(x.shape[-1], int(features), rngs=nnx.Rngs(int(seed)))(x)
