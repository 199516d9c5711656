"""An x that cannot be used zeroes the parameters before the call raises."""

from typing import Any

import jax.numpy as jnp

from impl import flax_api
from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "lazy_init.failed_lazy_init_keeps_parameters"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __call__(self, x: Any) -> Any:
        try:
            return super().__call__(x)
        except Exception:
            flax_api.map_params(jnp.zeros_like, self)
            raise


linen_inside_nnx = entry_of(MyNNXWithLinen)
