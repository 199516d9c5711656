"""The model is taken apart and put together again before it is called."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    bridge.lazy_init(model, x)
    graph, state = nnx.split(model)
    return nnx.merge(graph, state)(x)
