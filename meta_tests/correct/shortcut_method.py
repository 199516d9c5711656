"""The layer is initialised by its own method lazy_init instead of the function."""

from typing import Any

from flax import nnx

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    model.linen_dense.lazy_init(x)
    return model(x)
