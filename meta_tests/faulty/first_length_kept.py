"""The model cuts or pads every x to the first length that it saw."""

from typing import Any

import jax.numpy as jnp
from flax import nnx

from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "reinit.initialising_with_another_length_reshapes_the_kernel"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        super().__init__(features, rngs)
        self.length = 0

    def __call__(self, x: Any) -> Any:
        self.length = self.length or len(x)
        return super().__call__(jnp.resize(jnp.asarray(x), self.length))


linen_inside_nnx = entry_of(MyNNXWithLinen)
