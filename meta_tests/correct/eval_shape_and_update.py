"""An abstract model from nnx.eval_shape is filled with the state of an initialised one, as a checkpoint is restored."""

from functools import cache
from typing import Any

import jax.numpy as jnp
from flax import nnx
from flax.nnx import bridge

from impl import flax_api
from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def _initialised(seed: int, x: Any, features: int) -> MyNNXWithLinen:
    model = MyNNXWithLinen(features, rngs=nnx.Rngs(seed))
    bridge.lazy_init(model, x)
    return model


@cache
def _abstract(length: int, features: int) -> Any:
    return nnx.split(nnx.eval_shape(lambda: _initialised(0, jnp.ones(length), features)))


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = flax_api.merged(*_abstract(jnp.shape(x)[-1], int(features)))
    nnx.update(model, nnx.state(_initialised(int(seed), x, int(features))))
    return model(x)
