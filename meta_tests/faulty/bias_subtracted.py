"""The bias is subtracted again from the output that holds it."""

from typing import Any

from impl import flax_api
from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "jit.nnx_jit_propagates_state_changes"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __call__(self, x: Any) -> Any:
        output = super().__call__(x)
        for path, value in flax_api.params(self).items():
            if path.endswith("bias"):
                output = output - value
        return output


linen_inside_nnx = entry_of(MyNNXWithLinen)
