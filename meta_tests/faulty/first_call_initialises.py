"""The first call initialises the model silently."""

from typing import Any

from flax.nnx import bridge

from impl import flax_api
from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "lazy_init.call_before_lazy_init_raises"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __call__(self, x: Any) -> Any:
        if not flax_api.params(self):
            bridge.lazy_init(self.linen_dense, x)
        return super().__call__(x)


linen_inside_nnx = entry_of(MyNNXWithLinen)
