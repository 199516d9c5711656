"""The model moves every x to the first device."""

from typing import Any

import jax

from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "reinit.moving_a_model_changes_no_bit"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __call__(self, x: Any) -> Any:
        return super().__call__(x if isinstance(x, jax.core.Tracer) else jax.device_put(x, jax.devices()[0]))


linen_inside_nnx = entry_of(MyNNXWithLinen)
