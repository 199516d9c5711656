"""The Rngs is made of typed keys, one for parameters and one for dropout, and a field of the layer asks for float32."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from meta_tests.support.building import model_around

MyNNXWithLinen = model_around(lambda features: nn.Dense(features, param_dtype=jnp.float32))


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    key = jax.random.key(int(seed))
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(params=key, dropout=jax.random.fold_in(key, 1)))
    bridge.lazy_init(model, x)
    return model(x)
