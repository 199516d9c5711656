"""nnx.vmap maps the model over a batch of one row."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def _call(model: MyNNXWithLinen, row: Any) -> Any:
    return model(row)


_of_rows = nnx.vmap(_call, in_axes=(None, 0))


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    bridge.lazy_init(model, x)
    return _of_rows(model, jnp.asarray(x)[None])[0]
