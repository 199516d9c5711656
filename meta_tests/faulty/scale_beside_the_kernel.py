"""The constructor makes a Param of its own."""

import jax.numpy as jnp
from flax import nnx

from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "lazy_init.no_param_before_lazy_init"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        super().__init__(features, rngs)
        self.scale = nnx.Param(jnp.ones(()))


linen_inside_nnx = entry_of(MyNNXWithLinen)
