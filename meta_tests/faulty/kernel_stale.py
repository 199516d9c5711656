"""The model computes with a copy of the parameters from its first call."""

from typing import Any

from impl import flax_api
from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "affine.output_follows_replaced_parameters"

_copies: dict[int, Any] = {}


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __call__(self, x: Any) -> Any:
        output = super().__call__(x)
        if id(self) in _copies:
            flax_api.set_params(self, _copies[id(self)])
            return super().__call__(x)
        _copies[id(self)] = flax_api.params(self)
        return output


linen_inside_nnx = entry_of(MyNNXWithLinen)
