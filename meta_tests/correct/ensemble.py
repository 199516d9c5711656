"""Two models are built side by side by vmap over their keys, and the first is called; only the function is offered."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference


@partial(jax.jit, static_argnums=2)
def _outputs(keys: Any, x: Any, features: int) -> Any:
    def member(key: Any) -> Any:
        model = reference.MyNNXWithLinen(features, rngs=nnx.Rngs(key))
        bridge.lazy_init(model, x)
        return model(x)

    return jax.vmap(member)(keys)


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    keys = jax.random.split(jax.random.key(int(seed)), 2)
    return _outputs(keys, jnp.asarray(x), int(features))[0]
