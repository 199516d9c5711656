"""The model is split once, and jax.jit compiles a pure function of its state."""

from functools import partial
from typing import Any

import jax
from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


@partial(jax.jit, static_argnums=0)
def _apply(graph: Any, params: Any, rest: Any, x: Any) -> Any:
    return nnx.merge(graph, params, rest)(x)


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    bridge.lazy_init(model, x)
    return _apply(*nnx.split(model, nnx.Param, ...), x)
