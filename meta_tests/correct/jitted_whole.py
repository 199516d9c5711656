"""Building, initialising and calling the model is one compiled program, to which the key is an argument."""

from functools import partial
from typing import Any

import jax
from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


@partial(jax.jit, static_argnums=2)
def _whole(key: Any, x: Any, features: int) -> Any:
    model = MyNNXWithLinen(features, rngs=nnx.Rngs(key))
    bridge.lazy_init(model, x)
    return model(x)


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return _whole(jax.random.key(int(seed)), x, int(features))
