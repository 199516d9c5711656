"""Initialising again keeps the bias that was learnt."""

from typing import Any

from impl import flax_api
from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "reinit.initialising_again_replaces_trained_parameters"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __call__(self, x: Any) -> Any:
        before = flax_api.params(self)
        output = super().__call__(x)
        after = flax_api.params(self)
        biases = {path: value for path, value in before.items() if path.endswith("bias")}
        flax_api.set_params(self, after | biases)
        return output


linen_inside_nnx = entry_of(MyNNXWithLinen)
