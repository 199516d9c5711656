"""The seed goes to the stream of parameters alone, and there is no default stream."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(params=int(seed)))
    bridge.lazy_init(model, x)
    return model(x)
