"""The model is built and initialised under nnx.jit, from an Rngs that is made outside."""

from functools import partial
from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


@partial(nnx.jit, static_argnums=2)
def _built(rngs: nnx.Rngs, x: Any, features: int) -> MyNNXWithLinen:
    model = MyNNXWithLinen(features, rngs=rngs)
    bridge.lazy_init(model, x)
    return model


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return _built(nnx.Rngs(int(seed)), x, int(features))(x)
