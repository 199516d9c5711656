"""The entry is one compiled program, in which the kernel is rounded as bfloat16 would; the model itself is right."""

from functools import partial
from typing import Any

import jax
from flax import nnx
from flax.nnx import bridge

from impl import flax_api
from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.unit_vector_gives_a_row_of_the_kernel"

MyNNXWithLinen = reference.MyNNXWithLinen


def _rounded(value: Any) -> Any:
    return jax.lax.reduce_precision(value, exponent_bits=8, mantissa_bits=7)


@partial(jax.jit, static_argnums=2)
def _whole(key: Any, x: Any, features: int) -> Any:
    model = MyNNXWithLinen(features, rngs=nnx.Rngs(key))
    bridge.lazy_init(model, x)
    flax_api.map_params(_rounded, model)
    return model(x)


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return _whole(jax.random.key(int(seed)), x, int(features))
