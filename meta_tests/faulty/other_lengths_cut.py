"""A call with an x of another length cuts or pads it."""

from typing import Any

import jax.numpy as jnp

from impl import flax_api
from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "lazy_init.wrong_length_raises_and_keeps_the_state"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __call__(self, x: Any) -> Any:
        try:
            return super().__call__(x)
        except Exception:
            parameters = flax_api.params(self)
            kernels = [value for path, value in parameters.items() if path.endswith("kernel")]
            if not kernels or jnp.ndim(x) != 1:
                raise
            return super().__call__(jnp.resize(jnp.asarray(x), len(kernels[0])))


linen_inside_nnx = entry_of(MyNNXWithLinen)
