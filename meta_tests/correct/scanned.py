"""jax.lax.scan runs over a batch of one row."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


@partial(jax.jit, static_argnums=0)
def _scan(graph: Any, state: Any, rows: Any) -> Any:
    return jax.lax.scan(lambda state, row: (state, nnx.merge(graph, state)(row)), state, rows)[1]


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    bridge.lazy_init(model, x)
    return _scan(*nnx.split(model), jnp.asarray(x)[None])[0]
